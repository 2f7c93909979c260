defprotocol Cookbook.Tokenizer do
  @moduledoc """
  Text to token ids and back. Nothing is ever added at the beginning or end of a text.

  An implementation is a struct with the fields `bos_token` and `eos_token`, each a text or nil.
  """

  @doc "With `split_special_tokens`, special tokens in the text are encoded as if they were ordinary words."
  @spec encode(t, String.t(), boolean) :: [non_neg_integer]
  def encode(tokenizer, text, split_special_tokens)

  @doc "Special tokens are shown; bytes that are not UTF-8 become U+FFFD."
  @spec decode(t, [non_neg_integer]) :: String.t()
  def decode(tokenizer, tokens)

  @doc "The id of a text that is one token, or nil."
  @spec token_id(t, String.t()) :: non_neg_integer | nil
  def token_id(tokenizer, text)
end
