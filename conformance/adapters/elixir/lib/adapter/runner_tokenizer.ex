defmodule Adapter.RunnerTokenizer do
  @moduledoc """
  A tokenizer that the runner lends: it asks by a request of its own, in the middle of a question.

  Every request is a journey to another process and back. Headers and markers, which come again and again, are asked
  about once.
  """

  defstruct [:name, :bos_token, :eos_token, :known]

  @type t :: %__MODULE__{}

  @doc "The tokenizer of that name among those that the runner offers."
  @spec new(String.t(), map) :: t
  def new(name, %{"bos_token" => bos_token, "eos_token" => eos_token}) do
    known = :ets.new(:known, [:private])
    %__MODULE__{name: name, bos_token: bos_token, eos_token: eos_token, known: known}
  end

  defimpl Cookbook.Tokenizer do
    # Longer texts are what people write: they seldom come twice.
    @longest_known 64

    def encode(%{known: known} = tokenizer, text, split_special_tokens) do
      key = {text, split_special_tokens}

      case :ets.lookup(known, key) do
        [{^key, tokens}] ->
          tokens

        [] ->
          tokens = ask(tokenizer, text, split_special_tokens)
          if byte_size(text) <= @longest_known, do: :ets.insert(known, {key, tokens})
          tokens
      end
    end

    defp ask(%{name: name}, text, split_special_tokens) do
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
