defmodule Cookbook.Formats.DeepSeekV3Tools do
  @moduledoc """
  How DeepSeek V3.1 declares tools, and how it writes and reads their calls.
  """

  alias Cookbook.{Json, Message, Parsing, PythonText, ToolCall, ToolSpec, UnparsedToolCall}

  @calls {"<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"}
  @call {"<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"}
  @separator "<｜tool▁sep｜>"

  # A name is one word, of letters of any script: a call by another name vanishes.
  @head ~r/<｜tool▁call▁begin｜>(\w+)<｜tool▁sep｜>/u

  @doc "The arguments stay as they are written, be they JSON or not."
  @spec write_calls(Message.t()) :: String.t()
  def write_calls(%{tool_calls: [_ | _] = calls}) do
    written =
      for call <- calls,
          into: "",
          do: enclose("#{call.name}#{@separator}#{call.arguments}", @call)

    enclose(written, @calls)
  end

  def write_calls(_), do: ""

  @doc """
  The text without its calls, and the calls of its first section. If it holds any, or half of one,
  all sections leave the text.
  """
  @spec parse_calls(String.t()) :: {String.t(), [Parsing.call()]}
  def parse_calls(text) do
    blocks = Parsing.blocks(text, [@calls])

    case section_calls(blocks) ++ unterminated(text) do
      [] -> {text, []}
      calls -> {without_sections(blocks), calls}
    end
  end

  defp section_calls(blocks) do
    {_, ending} = @call

    with {_, section} <- List.keyfind(blocks, @calls, 0) do
      for closed <- section |> String.split(ending) |> Enum.drop(-1),
          call <- parse_call(closed),
          do: call
    else
      nil -> []
    end
  end

  defp parse_call(closed) do
    case Regex.run(@head, closed, return: :index) do
      [{start, length}, {name_start, name_length}] ->
        <<_::binary-size(start), raw::binary>> = closed
        <<_::binary-size(length), arguments::binary>> = raw
        [call(binary_part(closed, name_start, name_length), PythonText.strip(arguments), raw)]

      nil ->
        []
    end
  end

  defp call(name, arguments, raw) do
    {_, ending} = @call

    case Json.decode(arguments) do
      {:ok, _} ->
        %ToolCall{name: name, arguments: arguments}

      {:error, reason} ->
        %UnparsedToolCall{raw_text: raw <> ending, error: "Invalid JSON: #{reason}"}
    end
  end

  defp unterminated(text) do
    with [] <- Parsing.unterminated(text, @calls), do: Parsing.unterminated(text, @call)
  end

  # The whitespace before each section goes with it.
  defp without_sections(blocks) do
    {before, last} = Enum.split(blocks, -1)
    kept = for {:plain, text} <- before, into: "", do: PythonText.strip_trailing(text)
    PythonText.strip(kept <> for({:plain, text} <- last, into: "", do: text))
  end

  @doc "The declaration of tools, to follow the system prompt."
  @spec declare([ToolSpec.t()]) :: String.t()
  def declare([]), do: ""

  def declare(tools) do
    example = "tool_call_name#{@separator}tool_call_arguments" |> enclose(@call) |> enclose(@calls)

    """


    ## Tools
    You have access to the following tools:

    #{Enum.map_join(tools, "\n", &describe/1)}

    IMPORTANT: ALWAYS adhere to this exact format for tool use:
    #{example}

    Where:
    - `tool_call_name` must be an exact match to one of the available tools
    - `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
    - For multiple tool calls, chain them directly without separators or spaces\
    """
  end

  defp describe(%ToolSpec{name: name, description: description, parameters: parameters}),
    do: "### #{name}\nDescription: #{description}\n\nParameters: #{Json.encode(parameters)}"

  defp enclose(text, {opening, closing}), do: opening <> text <> closing
end
