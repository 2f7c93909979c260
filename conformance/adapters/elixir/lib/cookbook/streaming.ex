defmodule Cookbook.Streaming do
  @moduledoc """
  Text and reasoning of a response, token by token. They are shown as they are written, with line
  breaks and the markup of tool calls, so joined deltas need not equal the message.
  """

  alias Cookbook.Tokenizer

  @typedoc "The number grows by one whenever a think block opens or closes."
  @type delta :: {:text | :thinking, String.t(), non_neg_integer}

  # `pending` are tokens, newest first, that end within a character; `held` is text that could
  # begin a tag.
  defstruct [:tokenizer, mode: :text, index: 0, pending: [], held: "", deltas: []]

  # The last character is decided by the last four bytes, and a token has at least one.
  @look_back 4

  @tags %{text: "<think>", thinking: "</think>"}
  @other %{text: :thinking, thinking: :text}

  @doc "The deltas of a response, without its stop token."
  @spec deltas(Tokenizer.t(), [non_neg_integer]) :: [delta]
  def deltas(tokenizer, tokens) do
    state = Enum.reduce(tokens, %__MODULE__{tokenizer: tokenizer}, &feed/2)
    {rest, state} = flush(state)
    Enum.reverse(emit(state, state.held <> rest).deltas)
  end

  defp feed(token, state) do
    text = Tokenizer.decode(state.tokenizer, [token])

    case state do
      %{pending: []} ->
        if incomplete?(text), do: %{state | pending: [token]}, else: split(state, text)

      _ when text == "" ->
        state

      _ ->
        complete(%{state | pending: [token | state.pending]})
    end
  end

  defp complete(state) do
    end_of_text = state.pending |> Enum.take(@look_back) |> Enum.reverse()

    if incomplete?(Tokenizer.decode(state.tokenizer, end_of_text)) do
      state
    else
      {text, state} = flush(state)
      split(state, text)
    end
  end

  defp flush(%{pending: []} = state), do: {"", state}

  defp flush(state),
    do: {Tokenizer.decode(state.tokenizer, Enum.reverse(state.pending)), %{state | pending: []}}

  defp incomplete?(text), do: String.ends_with?(text, "\uFFFD")

  defp split(state, text) do
    text = state.held <> text
    tag = @tags[state.mode]

    case String.split(text, tag, parts: 2) do
      [before, rest] ->
        state = emit(state, before)
        split(%{state | held: "", mode: @other[state.mode], index: state.index + 1}, rest)

      [_] ->
        held = partial(tag, text)
        emit(%{state | held: held}, String.replace_suffix(text, held, ""))
    end
  end

  # The longest end of the text that the tag could begin with.
  defp partial(tag, text) do
    Enum.find_value((byte_size(tag) - 1)..1, "", fn length ->
      beginning = binary_part(tag, 0, length)
      if String.ends_with?(text, beginning), do: beginning
    end)
  end

  defp emit(state, ""), do: state
  defp emit(state, text), do: %{state | deltas: [{state.mode, text, state.index} | state.deltas]}
end
