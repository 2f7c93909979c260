defmodule Cookbook.Formats.DeepSeekV3 do
  @moduledoc """
  The formats of DeepSeek V3.1, without and with thinking.

      <｜begin▁of▁sentence｜>Be brief.<｜User｜>What is up?<｜Assistant｜></think>Not much.<｜end▁of▁sentence｜>
      <｜begin▁of▁sentence｜><｜User｜>What is up?<｜Assistant｜><think>A greeting.</think>Not much.<｜end▁of▁sentence｜>

  A turn that follows a tool's result has no header: it goes on with the turn before. The markers
  are written with U+FF5C and U+2581.

  With `strip_thinking_from_history` thinking parts are dropped from earlier messages without tool
  calls. Only the first message may be a system message, unless `system_role_as_user` makes users
  of the others.
  """

  use Cookbook.Format

  alias Cookbook.Formats.{DeepSeekV3Tools, Reasoning}
  alias Cookbook.{Parsing, Tokenizer}

  @end_of_turn "<｜end▁of▁sentence｜>"
  @user "<｜User｜>"
  @assistant "<｜Assistant｜>"

  # Writing.

  @impl true
  def bos(_), do: ["<｜begin▁of▁sentence｜>"]

  @impl true
  def render_message(_, %{role: "system"} = message, %{index: 0}), do: render([], message)

  def render_message(%{options: %{system_role_as_user: true}}, %{role: "system"} = message, _),
    do: render([@user], message)

  def render_message(_, %{role: "system"}, %{index: index}) do
    raise Rejected, {:renderer_error, "message #{index} is a system message, which only the first may be"}
  end

  def render_message(_, %{role: "user"} = message, _), do: render([@user], message)

  def render_message(_, %{role: "tool"} = message, _),
    do: render(["<｜tool▁output▁begin｜>"], message, "<｜tool▁output▁end｜>")

  def render_message(renderer, %{role: "assistant"} = message, %{previous: %{role: "tool"}} = place),
    do: render_turn(renderer, [], [], message, place)

  # Without thinking, reasoning is dropped wherever it stands, even from a turn to be trained.
  def render_message(%{variant: :disable_thinking} = renderer, %{role: "assistant"} = message, place) do
    visible =
      case message.content do
        text when is_binary(text) -> Parsing.without_think_blocks(text)
        parts -> Message.joined(parts, :text)
      end

    render_turn(renderer, [@assistant, "</think>"], [], %{message | content: visible}, place)
  end

  # With thinking, earlier turns have a closed block in their header, the last one an empty one if it did not reason.
  def render_message(%{variant: :thinking} = renderer, %{role: "assistant"} = message, place) do
    {header, block} =
      cond do
        place.last? and (message.content in ["", []] or Message.reasons?(message.content)) ->
          {[@assistant], []}

        place.last? ->
          {[@assistant], ["<think></think>"]}

        renderer.options.strip_thinking_from_history ->
          {[@assistant, "</think>"], []}

        true ->
          {[@assistant], []}
      end

    render_turn(renderer, header, block, message, place)
  end

  def render_message(_, %{role: role}, _) do
    raise Rejected, {:renderer_error, "no role #{role}: use system, user, assistant or tool"}
  end

  defp render(header, %{content: content} = message, closing \\ "") do
    text = Message.only_text!(content) <> closing <> DeepSeekV3Tools.write_calls(message)
    %Rendered{header: header, output: [text]}
  end

  # The end of a turn is written only if the message has content: not after lone tool calls.
  defp render_turn(renderer, header, block, %{content: content} = message, place) do
    text = write(content, strips?(renderer, message, place)) <> DeepSeekV3Tools.write_calls(message)

    ending = if content in ["", []], do: [], else: [@end_of_turn]
    %Rendered{header: header, output: block ++ [text] ++ ending}
  end

  defp strips?(%{options: options}, message, place) do
    options.strip_thinking_from_history and not place.last? and
      not match?(%{tool_calls: [_ | _]}, message)
  end

  defp write(text, _) when is_binary(text), do: text
  defp write(parts, true), do: Message.joined(parts, :text)
  defp write(parts, false), do: for(part <- parts, into: "", do: write_part(part))

  defp write_part({:text, text}), do: text
  defp write_part({:thinking, reasoning}), do: "<think>#{reasoning}</think>"
  defp write_part({:image, _}), do: ""

  @impl true
  def generation_suffix(_, "assistant", %{previous: %{role: "tool"}}), do: []

  def generation_suffix(%{variant: :disable_thinking}, "assistant", _), do: [@assistant, "</think>"]

  def generation_suffix(_, "assistant", _), do: [@assistant]

  def generation_suffix(renderer, role, place),
    do: render_message(renderer, %{role: role, content: ""}, place).header

  # Together with the caller's words this is encoded as one text.
  @impl true
  def prefill(%{variant: :disable_thinking}, _, text), do: text
  def prefill(_, %{previous: %{role: "tool"}}, text), do: text
  def prefill(_, _, text), do: "<think>" <> text

  # Reading.

  @impl true
  def stop_sequences(renderer), do: [Renderer.marker!(renderer, @end_of_turn)]

  @impl true
  def parse_response(renderer, tokens) do
    stop = Renderer.marker!(renderer, @end_of_turn)
    Reasoning.parse(renderer.tokenizer, restore_prefill(renderer, tokens), stop, &parse/1)
  end

  @impl true
  def stream_response(renderer, tokens) do
    stop = Renderer.marker!(renderer, @end_of_turn)
    Reasoning.stream(renderer.tokenizer, restore_prefill(renderer, tokens), stop, &parse/1)
  end

  defp parse(text) do
    {text, calls} = DeepSeekV3Tools.parse_calls(text)
    text |> Parsing.think_blocks() |> Parsing.message(calls)
  end

  # The prompt has opened the block that such a response closes. The tokenizer of the first
  # DeepSeek V3 does not have the tags as tokens, so nothing can be restored with it.
  defp restore_prefill(%{variant: :disable_thinking}, tokens), do: tokens

  defp restore_prefill(%{tokenizer: tokenizer}, tokens) do
    opening = Tokenizer.token_id(tokenizer, "<think>")
    closing = Tokenizer.token_id(tokenizer, "</think>")

    if opening != nil and closing in tokens and hd(tokens) != opening,
      do: [opening | tokens],
      else: tokens
  end

  # Tools, and what holds for the format.

  @impl true
  def tools_prefix(_, tools, system_prompt),
    do: [%{role: "system", content: system_prompt <> DeepSeekV3Tools.declare(tools)}]

  @impl true
  def extension?(%{variant: :disable_thinking}), do: true
  def extension?(%{options: options}), do: not options.strip_thinking_from_history

  @impl true
  def reasoning_field?, do: true
end
