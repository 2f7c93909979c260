defmodule Cookbook.Formats.Qwen3 do
  @moduledoc """
  The formats of Qwen3's text models.

      <|im_start|>user
      What is up?<|im_end|>
      <|im_start|>assistant
      <think>
      A greeting.
      </think>

      Not much.<|im_end|>

  The line break between messages belongs to the next header. There are three variants:

    * `:thinking` frames the think block of the turn that is produced, with an empty one if it did not reason;
    * `:disable_thinking` is the same with an empty block in its prompt;
    * `:instruct` is for models that know no think block: one is written only where a message has it.

  With `strip_thinking_from_history` reasoning is dropped from earlier messages, if it stands in
  thinking parts.
  """

  use Cookbook.Format

  alias Cookbook.Formats.Reasoning
  alias Cookbook.{Json, Parsing, ToolCall, ToolSpec}

  @end_of_turn "<|im_end|>"

  # Writing.

  @impl true
  def render_message(%{variant: :disable_thinking}, %{role: "assistant", content: content}, %{
        last?: true,
        last_user: nil
      })
      when content not in ["", []] do
    raise Rejected,
          {:renderer_error,
           "without a user message this turn has no think block, but the prompt would have one"}
  end

  def render_message(renderer, %{role: role, content: content} = message, place) do
    style = style(renderer, role, place)
    text = write(content, style)

    body = if style == :framed and not Message.reasons?(content), do: empty_block(text), else: text

    %Rendered{
      header: [header(if(role == "tool", do: "user", else: role), place)],
      # Protected, lest text forge markers. A role is not protected.
      output: [{:protected, in_response(body, role) <> calls(message, text)}, @end_of_turn]
    }
  end

  defp header(role, %{index: 0}), do: "<|im_start|>#{role}\n"
  defp header(role, _), do: "\n<|im_start|>#{role}\n"

  # Without any user message the chat template sees no produced turn, so it frames none.
  defp style(renderer, "assistant", place) do
    %{variant: variant, options: %{strip_thinking_from_history: strip?}} = renderer

    cond do
      strip? and not place.last? -> :stripped
      variant == :instruct or place.last_user == nil -> :verbatim
      true -> :framed
    end
  end

  defp style(_, _, _), do: :verbatim

  # Reasoning that stands in a string is framed like a thinking part, but never stripped.
  defp write(text, :framed) when is_binary(text) do
    case String.split(text, "</think>", parts: 2) do
      [before, rest] ->
        frame(before |> String.split("<think>") |> List.last()) <> trim_start(rest)

      [_] ->
        text
    end
  end

  defp write(text, _) when is_binary(text), do: text
  defp write(parts, :framed), do: parts |> Enum.reject(&match?({:image, _}, &1)) |> framed()
  defp write(parts, :stripped), do: Message.joined(parts, :text)
  defp write(parts, :verbatim), do: for(part <- parts, into: "", do: verbatim(part))

  defp framed([{:thinking, reasoning}, {:text, text} | parts]),
    do: frame(reasoning) <> trim_start(text) <> framed(parts)

  defp framed([{:thinking, reasoning} | parts]), do: frame(reasoning) <> framed(parts)
  defp framed([{:text, text} | parts]), do: text <> framed(parts)
  defp framed([]), do: ""

  defp verbatim({:text, text}), do: text
  defp verbatim({:thinking, reasoning}), do: "<think>#{reasoning}</think>"
  defp verbatim({:image, _}), do: ""

  # The think block as the chat template pads it.
  defp frame(reasoning), do: "<think>\n#{String.trim(reasoning, "\n")}\n</think>\n\n"

  defp empty_block(text), do: frame("") <> trim_start(text)

  defp trim_start(text), do: String.trim_leading(text, "\n")

  defp in_response(body, "tool"), do: "<tool_response>\n#{body}\n</tool_response>"
  defp in_response(body, _), do: body

  # A list of no calls writes the line break, too.
  defp calls(%{tool_calls: calls}, text),
    do: if(text == "", do: "", else: "\n") <> Enum.map_join(calls, "\n", &call/1)

  defp calls(_, _), do: ""

  # The arguments are read and written again, so their spacing and escapes become Python's.
  defp call(%ToolCall{name: name, arguments: text}) do
    case Json.decode(text) do
      {:ok, arguments} ->
        "<tool_call>\n#{Json.encode({:object, [{"name", name}, {"arguments", arguments}]})}\n</tool_call>"

      {:error, reason} ->
        Message.invalid("arguments of #{name} are JSON text (#{reason})", text)
    end
  end

  @impl true
  def generation_suffix(%{variant: :disable_thinking}, role, place),
    do: [header(role, place) <> frame("")]

  def generation_suffix(renderer, role, place),
    do: render_message(renderer, %{role: role, content: ""}, place).header

  # Reading.

  @impl true
  def stop_sequences(renderer), do: [Renderer.marker!(renderer, @end_of_turn)]

  @impl true
  def parse_response(renderer, tokens) do
    stop = Renderer.marker!(renderer, @end_of_turn)
    Reasoning.parse(renderer.tokenizer, tokens, stop, &parse(renderer, &1))
  end

  @impl true
  def stream_response(renderer, tokens) do
    stop = Renderer.marker!(renderer, @end_of_turn)
    Reasoning.stream(renderer.tokenizer, tokens, stop, &parse(renderer, &1))
  end

  defp parse(%{variant: variant}, text) do
    {content, calls} = Parsing.content_blocks(text)
    Parsing.message(if(variant == :instruct, do: content, else: unframe(content)), calls)
  end

  # Undoes `frame`, so that what was parsed is written as the same text again.
  defp unframe(text) when is_binary(text), do: text

  defp unframe([{:thinking, reasoning}, {:text, text} | parts]),
    do: unframe_reasoning(reasoning) ++ [{:text, trim_start(text)} | unframe(parts)]

  defp unframe([{:thinking, reasoning} | parts]), do: unframe_reasoning(reasoning) ++ unframe(parts)

  defp unframe([part | parts]), do: [part | unframe(parts)]
  defp unframe([]), do: []

  defp unframe_reasoning(reasoning) do
    case String.trim(reasoning, "\n") do
      "" -> []
      reasoning -> [{:thinking, reasoning}]
    end
  end

  # Tools, and what holds for the format.

  @impl true
  def tools_prefix(_, [], system_prompt), do: [system(system_prompt, "")]

  def tools_prefix(_, tools, system_prompt) do
    # One system message: the prompt, then the tools, one a line.
    declaration = """
    # Tools

    You may call one or more functions to assist with the user query.

    You are provided with function signatures within <tools></tools> XML tags:
    <tools>
    #{Enum.map_join(tools, "\n", &declare/1)}
    </tools>

    For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
    <tool_call>
    {"name": <function-name>, "arguments": <args-json-object>}
    </tool_call>\
    """

    [system(system_prompt, declaration)]
  end

  defp system("", declaration), do: %{role: "system", content: declaration}

  defp system(prompt, declaration), do: %{role: "system", content: prompt <> "\n\n" <> declaration}

  defp declare(%ToolSpec{name: name, description: description, parameters: parameters}) do
    function = {:object, [{"name", name}, {"description", description}, {"parameters", parameters}]}

    Json.encode({:object, [{"type", "function"}, {"function", function}]})
  end

  @impl true
  def extension?(%{variant: :instruct}), do: true
  def extension?(%{options: options}), do: not options.strip_thinking_from_history

  @impl true
  def disables_thinking?(%{variant: variant}), do: variant == :disable_thinking

  @impl true
  def reasoning_field?, do: true
end
