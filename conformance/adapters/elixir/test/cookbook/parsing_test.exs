defmodule Cookbook.ParsingTest do
  use ExUnit.Case, async: true

  alias Cookbook.{ByteTokenizer, Parsing, Rejected, Streaming, ToolCall, UnparsedToolCall}

  doctest Parsing

  test "one stop token ends a response, two are refused" do
    assert Parsing.split_at_stop([1, 9, 2], 9) == {[1], :stop_sequence}
    assert Parsing.split_at_stop([1, 2], 9) == {[1, 2], :malformed}
    assert_raise Rejected, fn -> Parsing.split_at_stop([9, 9], 9) end
  end

  test "a call within reasoning is reasoning" do
    text = "<think><tool_call>{}</tool_call></think>"
    assert Parsing.content_blocks(text) == {[thinking: "<tool_call>{}</tool_call>"], []}
  end

  test "calls leave the text, readable or not" do
    text = ~S(x<tool_call>{"name":"f","arguments":{"é":1e2}}</tool_call>y<tool_call>[]</tool_call><tool_call>)
    {content, calls} = Parsing.content_blocks(text)
    assert content == [text: "x", text: "y", text: "<tool_call>"]

    assert [
             %ToolCall{name: "f", arguments: ~S({"\u00e9": 100.0}), id: nil},
             %UnparsedToolCall{raw_text: "<tool_call>[]</tool_call>"},
             %UnparsedToolCall{raw_text: "<tool_call>"}
           ] = calls
  end

  test "a broken frame outranks an unreadable call" do
    message = Parsing.message("", [%UnparsedToolCall{raw_text: "", error: "no"}])
    assert Parsing.failure(message, :malformed) == :structural
    assert Parsing.failure(message, :stop_sequence) == {:content, "no"}
    assert Parsing.failure(%{role: "assistant", content: ""}, :eos) == nil
  end

  test "streaming holds back what could become a tag or a character" do
    tokens = :binary.bin_to_list("a<th<think>é</think>") ++ [0xF0, 0x9F]

    deltas =
      Streaming.deltas(ByteTokenizer.new([%{"content" => "<x>", "id" => 256, "special" => true}]), tokens)

    assert deltas == [
             {:text, "a", 0},
             {:text, "<th", 0},
             {:thinking, "é", 1},
             {:text, "\uFFFD", 2}
           ]
  end
end
