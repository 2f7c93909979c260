defmodule Cookbook.ByteTokenizerTest do
  use ExUnit.Case, async: true

  alias Cookbook.{ByteTokenizer, Tokenizer}

  doctest ByteTokenizer

  @added [
    %{"content" => "<a>", "id" => 256, "special" => true},
    %{"content" => "<a><b>", "id" => 257, "special" => true},
    %{"content" => "<b>", "id" => 258, "special" => false}
  ]

  setup do: %{tokenizer: ByteTokenizer.new(@added)}

  test "takes the longest token at a place", %{tokenizer: tokenizer} do
    assert Tokenizer.encode(tokenizer, "<a><b><b>é", false) == [257, 258, 0xC3, 0xA9]
  end

  test "splits special tokens alone, and finds none within them", %{tokenizer: tokenizer} do
    assert Tokenizer.encode(tokenizer, "<a><b><b>", true) == String.to_charlist("<a><b>") ++ [258]
  end

  # From the table of the Unicode Standard, 3.9.
  test "shows U+FFFD for each longest ill-formed part", %{tokenizer: tokenizer} do
    bytes = [0x61, 0xF1, 0x80, 0x80, 0xE1, 0x80, 0xC2, 0x62, 0x80, 0x63, 0x80, 0xBF, 0x64]
    assert Tokenizer.decode(tokenizer, bytes) == "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd"
    assert Tokenizer.decode(tokenizer, [0xED, 0xA0, 0x80]) == "\uFFFD\uFFFD\uFFFD"
    assert Tokenizer.decode(tokenizer, [0xF4, 0x91, 0x92, 0x93]) == "\uFFFD\uFFFD\uFFFD\uFFFD"
  end

  test "decodes once, so that a character may lie across tokens but not across an added one", %{
    tokenizer: tokenizer
  } do
    assert Tokenizer.decode(tokenizer, [0xC3, 0xA9, 0xC3, 256, 0xA9]) == "é\uFFFD<a>\uFFFD"
  end
end
