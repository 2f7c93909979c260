defmodule Cookbook.ByteTokenizer do
  @moduledoc """
  Ids 0 to 255 are bytes; above them come added tokens, which are found in the text before it is
  cut into bytes.
  """

  defstruct [:bos_token, :eos_token, :pattern, :by_content, :by_id]

  @type t :: %__MODULE__{}

  @doc """
  From the tokens that it adds, as the suite describes them.

      iex> added = [%{"content" => "<eot>", "id" => 256, "special" => true}]
      iex> tokenizer = Cookbook.ByteTokenizer.new(added)
      iex> Cookbook.Tokenizer.encode(tokenizer, "a<eot>", false)
      [97, 256]
      iex> Cookbook.Tokenizer.decode(tokenizer, [97, 256, 0xF0])
      "a<eot>\uFFFD"
  """
  @spec new([map], bos_token: String.t() | nil, eos_token: String.t() | nil) :: t
  def new(added, options \\ []) do
    %__MODULE__{
      bos_token: options[:bos_token],
      eos_token: options[:eos_token],
      pattern: added |> Enum.map(& &1["content"]) |> :binary.compile_pattern(),
      by_content: Map.new(added, &{&1["content"], {&1["id"], &1["special"]}}),
      by_id: Map.new(added, &{&1["id"], &1["content"]})
    }
  end

  defimpl Cookbook.Tokenizer do
    defguardp is_tail(byte) when byte in 0x80..0xBF

    # Among tokens that begin at one place, `:binary.matches` takes the longest.
    def encode(tokenizer, text, split_special_tokens) do
      matches = :binary.matches(text, tokenizer.pattern)
      pieces(text, 0, matches, tokenizer.by_content, split_special_tokens)
    end

    defp pieces(text, from, [], _, _), do: bytes(text, from, byte_size(text))

    defp pieces(text, from, [{start, length} | matches], by_content, split?) do
      token =
        case by_content[binary_part(text, start, length)] do
          {_, true} when split? -> bytes(text, start, start + length)
          {id, _} -> [id]
        end

      bytes(text, from, start) ++
        token ++ pieces(text, start + length, matches, by_content, split?)
    end

    defp bytes(text, from, to), do: text |> binary_part(from, to - from) |> :binary.bin_to_list()

    def decode(tokenizer, tokens) do
      tokens
      |> Enum.map(&Map.get(tokenizer.by_id, &1, if(&1 < 256, do: &1, else: "")))
      |> IO.iodata_to_binary()
      |> replace_invalid("")
    end

    # One U+FFFD for each longest beginning of a character that does not go on as it should, or
    # for a lone byte.
    defp replace_invalid("", valid), do: valid

    defp replace_invalid(<<char::utf8, rest::binary>>, valid),
      do: replace_invalid(rest, <<valid::binary, char::utf8>>)

    defp replace_invalid(bytes, valid) do
      size = ill_formed(bytes)
      <<_::binary-size(size), rest::binary>> = bytes
      replace_invalid(rest, <<valid::binary, 0xFFFD::utf8>>)
    end

    defp ill_formed(<<0xE0, b, _::binary>>) when b in 0xA0..0xBF, do: 2
    defp ill_formed(<<0xED, b, _::binary>>) when b in 0x80..0x9F, do: 2
    defp ill_formed(<<a, b, _::binary>>) when a in 0xE1..0xEF and a != 0xED and is_tail(b), do: 2
    defp ill_formed(<<0xF0, b, rest::binary>>) when b in 0x90..0xBF, do: 2 + third(rest)
    defp ill_formed(<<a, b, rest::binary>>) when a in 0xF1..0xF3 and is_tail(b), do: 2 + third(rest)
    defp ill_formed(<<0xF4, b, rest::binary>>) when b in 0x80..0x8F, do: 2 + third(rest)
    defp ill_formed(_), do: 1

    defp third(<<c, _::binary>>) when is_tail(c), do: 1
    defp third(_), do: 0

    def token_id(tokenizer, text) do
      case tokenizer.by_content do
        %{^text => {id, _}} -> id
        _ -> nil
      end
    end
  end
end
