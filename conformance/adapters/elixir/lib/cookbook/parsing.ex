defmodule Cookbook.Parsing do
  @moduledoc """
  Sampled tokens back into a message: what the formats share.
  """

  alias Cookbook.{Format, Json, Message, PythonText, Rejected, ToolCall, UnparsedToolCall}

  @type tag :: {opening :: String.t(), closing :: String.t()}
  @type block :: {:plain | tag, String.t()}
  @type call :: ToolCall.t() | UnparsedToolCall.t()

  @think {"<think>", "</think>"}
  @tool_call {"<tool_call>", "</tool_call>"}
  @max_detail_characters 16_384

  @doc """
  The tokens before the only stop token, or all of them if there is none. Raises
  `Cookbook.Rejected` for several, which sampling with the right stop token cannot give.
  """
  @spec split_at_stop([non_neg_integer], non_neg_integer) :: {[non_neg_integer], Format.termination()}
  def split_at_stop(tokens, stop) do
    case Enum.split_while(tokens, &(&1 != stop)) do
      {before, []} ->
        {before, :malformed}

      {before, [_ | rest]} ->
        if stop in rest, do: refuse_repeated(stop)
        {before, :stop_sequence}
    end
  end

  defp refuse_repeated(stop) do
    raise Rejected, {:renderer_error, "the stop token #{stop} stands in the response more than once"}
  end

  @doc """
  Cuts a text at tags. An opening tag that is not closed is plain text.

      iex> Cookbook.Parsing.blocks("a<b>c</b><b>", [{"<b>", "</b>"}])
      [{:plain, "a"}, {{"<b>", "</b>"}, "c"}, {:plain, "<b>"}]
  """
  @spec blocks(String.t(), [tag]) :: [block]
  def blocks(text, tags), do: blocks(text, 0, tags)

  # From `from` on, an opening tag can stand.
  defp blocks(text, from, tags) do
    scope = {from, byte_size(text) - from}
    openings = Enum.map(tags, &elem(&1, 0))

    case openings != [] && :binary.match(text, openings, scope: scope) do
      {start, length} ->
        block(text, start, List.keyfind(tags, binary_part(text, start, length), 0), tags)

      _ ->
        plain(text)
    end
  end

  defp block(text, start, {opening, closing} = tag, tags) do
    <<before::binary-size(start), rest::binary>> = text

    case rest |> String.replace_prefix(opening, "") |> String.split(closing, parts: 2) do
      [inner, rest] -> plain(before) ++ [{tag, inner} | blocks(rest, tags)]
      # It is not closed here, so it is closed nowhere behind.
      [_] -> blocks(text, start, List.delete(tags, tag))
    end
  end

  defp plain(""), do: []
  defp plain(text), do: [{:plain, text}]

  @doc """
  Content and tool calls of a text with `<think>` and `<tool_call>` blocks. Text that opens
  neither stays a string; whitespace is kept, and an empty think block leaves no part.
  """
  @spec content_blocks(String.t()) :: {Message.content(), [call]}
  def content_blocks(text) do
    if String.contains?(text, ["<think>", "<tool_call>"]) do
      blocks = blocks(text, [@think, @tool_call])
      calls = for {@tool_call, inner} <- blocks, do: tool_call(inner)
      {parts(blocks), calls ++ unterminated(text, @tool_call)}
    else
      {text, []}
    end
  end

  @doc "Content of a text with `<think>` blocks alone, for formats with tool calls of their own."
  @spec think_blocks(String.t()) :: Message.content()
  def think_blocks(text) do
    if String.contains?(text, "<think>"), do: text |> blocks([@think]) |> parts(), else: text
  end

  @doc "A text without its closed think blocks."
  @spec without_think_blocks(String.t()) :: String.t()
  def without_think_blocks(text),
    do: for({:plain, kept} <- blocks(text, [@think]), into: "", do: kept)

  defp parts(blocks), do: Enum.flat_map(blocks, &part/1)

  defp part({:plain, text}), do: [{:text, text}]
  defp part({@think, text}) when text != "", do: [{:thinking, text}]
  defp part(_), do: []

  defp tool_call(inner) do
    case inner |> PythonText.strip() |> Json.decode() do
      {:ok, {:object, members}} -> members |> Map.new() |> named_call(inner)
      {:ok, _} -> unparsed(inner, "Tool call is not a JSON object")
      {:error, reason} -> unparsed(inner, "Invalid JSON: #{reason}")
    end
  end

  defp named_call(%{"name" => name, "arguments" => {:object, _} = arguments} = call, _)
       when is_binary(name) do
    id = with id when not is_binary(id) <- call["id"], do: nil
    %ToolCall{name: name, arguments: Json.encode(arguments), id: id}
  end

  defp named_call(%{"name" => name}, inner) when is_binary(name),
    do: unparsed(inner, "Missing or invalid 'arguments' field")

  defp named_call(_, inner), do: unparsed(inner, "Missing or invalid 'name' field")

  defp unparsed(inner, error) do
    {opening, closing} = @tool_call
    %UnparsedToolCall{raw_text: opening <> inner <> closing, error: error}
  end

  @doc "The last of the blocks that are opened, if fewer are closed."
  @spec unterminated(String.t(), tag) :: [UnparsedToolCall.t()]
  def unterminated(text, {opening, closing}) do
    opened = :binary.matches(text, opening)

    if length(opened) > length(:binary.matches(text, closing)) do
      {start, _} = List.last(opened)

      raw_text =
        text
        |> binary_part(start, byte_size(text) - start)
        |> PythonText.take(@max_detail_characters)

      [
        %UnparsedToolCall{
          raw_text: raw_text,
          error: "unterminated tool block: '#{opening}' lacks '#{closing}'"
        }
      ]
    else
      []
    end
  end

  @doc "The assistant's message of content and calls. A key without calls is left out."
  @spec message(Message.content(), [call]) :: Message.t()
  def message(content, calls \\ []) do
    {parsed, unparsed} = Enum.split_with(calls, &is_struct(&1, ToolCall))

    for {key, [_ | _] = calls} <- [tool_calls: parsed, unparsed_tool_calls: unparsed],
        into: %{role: "assistant", content: content},
        do: {key, calls}
  end

  @doc "What is wrong with a parsed response, if anything is. A broken frame outranks unreadable tool calls."
  @spec failure(Message.t(), Format.termination()) :: nil | :structural | {:content, String.t()}
  def failure(_, :malformed), do: :structural

  def failure(%{unparsed_tool_calls: [_ | _] = calls}, _),
    do: {:content, calls |> Enum.map_join("\n", & &1.error) |> PythonText.take(@max_detail_characters)}

  def failure(_, _), do: nil
end
