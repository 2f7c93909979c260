defmodule Adapter.RunnerTokenizer do
  @moduledoc """
  A tokenizer that the runner lends: it asks by a request of its own, in the middle of a question.
  """

  defstruct [:name, :bos_token, :eos_token]

  defimpl Cookbook.Tokenizer do
    def encode(%{name: name}, text, split_special_tokens) do
      params = %{tokenizer: name, text: text, split_special_tokens: split_special_tokens}
      Adapter.Lines.ask("tokenizer.encode", params)["tokens"]
    end

    def decode(%{name: name}, tokens) do
      Adapter.Lines.ask("tokenizer.decode", %{tokenizer: name, tokens: tokens})["text"]
    end

    def token_id(tokenizer, text) do
      case encode(tokenizer, text, false) do
        [id] -> id
        _ -> nil
      end
    end
  end
end
