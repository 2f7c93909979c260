defmodule Cookbook.Formats.Reasoning do
  @moduledoc """
  Responses of formats whose turns end with one token and whose reasoning stands in `<think>`
  tags. `parse` makes a message of the text of a turn.
  """

  alias Cookbook.{Format, Message, Parsing, Streaming, Tokenizer}

  @type parse :: (String.t() -> Message.t())

  @doc "Blocks are looked for in a whole turn only: one that was cut off stays text."
  @spec parse(Tokenizer.t(), [non_neg_integer], stop :: non_neg_integer, parse) ::
          {Message.t(), Format.termination()}
  def parse(tokenizer, tokens, stop, parse) do
    {tokens, termination} = Parsing.split_at_stop(tokens, stop)
    text = Tokenizer.decode(tokenizer, tokens)
    {if(termination == :malformed, do: Parsing.message(text), else: parse.(text)), termination}
  end

  @doc "Blocks are parsed even if the turn was cut off, and what follows the stop token is ignored."
  @spec stream(Tokenizer.t(), [non_neg_integer], stop :: non_neg_integer, parse) ::
          {[Streaming.delta()], Message.t()}
  def stream(tokenizer, tokens, stop, parse) do
    turn = Enum.take_while(tokens, &(&1 != stop))
    {Streaming.deltas(tokenizer, turn), parse.(Tokenizer.decode(tokenizer, turn))}
  end
end
