defmodule AdapterTest do
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Cookbook.Json

  @offers %{
    "bytes-x" => %{
      kind: "bytes",
      bos_token: nil,
      eos_token: nil,
      added: [%{content: "<|im_end|>", id: 256, special: true}]
    },
    "x" => %{kind: "file", path: "x.json", sha256: "", bos_token: nil, eos_token: nil}
  }
  @initialize %{id: 0, method: "initialize", params: %{protocol: 1, tokenizers: @offers}}

  # The replies to these lines.
  defp talk(lines, arguments \\ []) do
    input = Enum.map_join(lines, &(Json.encode(&1) <> "\n"))

    output = capture_io([input: input, capture_prompt: false], fn -> Adapter.serve(arguments) end)

    for line <- String.split(output, "\n", trim: true) do
      {:ok, reply} = Json.decode(line, :maps)
      reply
    end
  end

  defp encode(text), do: %{id: "é", method: "tokenizer.encode", params: %{tokenizer: "bytes-x", text: text}}

  test "declares the tokenizers that it can use" do
    assert [%{"id" => 0, "result" => own}] = talk([@initialize])
    assert own["tokenizers"] == ["bytes-x"]
    assert "tokenizer.encode" in own["operations"]

    assert [%{"result" => lent}] = talk([@initialize], ["--callback"])
    assert Enum.sort(lent["tokenizers"]) == ["bytes-x", "x"]
    assert lent["options"] == %{"tokenizer" => "callback"}
    refute "tokenizer.encode" in lent["operations"]
  end

  test "answers with the id of the question, and characters beyond ASCII arrive" do
    assert [_, %{"id" => "é", "result" => result}] = talk([@initialize, encode("é<|im_end|>")])
    assert result == %{"tokens" => [0xC3, 0xA9, 256]}
  end

  test "keeps rejections, what is not supported and faults apart" do
    ask = fn renderer, tokenizer ->
      params = %{renderer: renderer, tokenizer: tokenizer}
      %{id: 1, method: "renderer.get_stop_sequences", params: params}
    end

    unknown = %{id: 1, method: "renderer.paint", params: %{}}
    lines = [@initialize, ask.("qwen3", "bytes-x"), ask.("qwen4", "bytes-x"), unknown, ask.("qwen3", "y")]
    [_ | replies] = talk(lines)
    assert [%{"result" => %{"stop" => [256]}} | errors] = replies
    assert Enum.map(errors, & &1["error"]["code"]) == [-32000, -32601, -32603]
  end

  test "ends when it is told to" do
    assert [_, %{"id" => 9, "result" => %{}}] =
             talk([@initialize, %{id: 9, method: "shutdown", params: %{}}, encode("unread")])
  end

  test "asks the runner for a tokenizer that it does not have, and once for the same text" do
    stop = %{id: 1, method: "renderer.get_stop_sequences", params: %{renderer: "qwen3", tokenizer: "x"}}
    lent = %{id: "tokenizer.encode", result: %{tokens: [7]}}
    [_, question, first, second] = talk([@initialize, stop, lent, stop], ["--callback"])

    assert question["method"] == "tokenizer.encode"

    assert question["params"] == %{
             "tokenizer" => "x",
             "text" => "<|im_end|>",
             "split_special_tokens" => false
           }

    assert first["result"] == %{"stop" => [7]}
    assert second["result"] == first["result"]
  end
end
