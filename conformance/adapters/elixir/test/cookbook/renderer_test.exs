defmodule Cookbook.RendererTest do
  use ExUnit.Case, async: true

  alias Cookbook.{ByteTokenizer, Rejected, Renderer, Tokenizer}

  @user %{role: "user", content: "q"}
  @answer %{role: "assistant", content: "a"}

  defp renderer(name, markers, options \\ %{}) do
    added =
      for {marker, id} <- Enum.with_index(markers, 256),
          do: %{"content" => marker, "id" => id, "special" => true}

    Renderer.new(name, ByteTokenizer.new(added), options)
  end

  defp qwen3(name, options \\ %{}), do: renderer(name, ["<|im_start|>", "<|im_end|>"], options)

  # The text that carries loss.
  defp trained(renderer, messages, mode) do
    %{tokens: tokens, weights: weights} = Renderer.supervised_example(renderer, messages, mode)
    Tokenizer.decode(renderer.tokenizer, for({token, 1} <- Enum.zip(tokens, weights), do: token))
  end

  defp prompt(renderer, messages, prefill \\ ""),
    do:
      Tokenizer.decode(
        renderer.tokenizer,
        Renderer.generation_prompt(renderer, messages, "assistant", prefill)
      )

  test "a prompt ends where the model begins" do
    assert prompt(qwen3("qwen3"), [@user]) == "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"

    assert prompt(qwen3("qwen3_disable_thinking"), [@user], "So") =~
             ~r/assistant\n<think>\n\n<\/think>\n\nSo\z/
  end

  test "headers are not trained, except with all tokens" do
    llama3 =
      renderer("llama3", ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"])

    assert trained(llama3, [@user, @answer], :all_messages) == "q<|eot_id|>a<|eot_id|>"
    assert trained(llama3, [@answer], :all_tokens) =~ ~r/^<\|start_header_id\|>assistant/
  end

  test "what the prompt supplies is not trained, where it is the model's turn that is trained" do
    renderer = qwen3("qwen3_disable_thinking")
    assert trained(renderer, [@user, @answer], :last_assistant_message) == "a<|im_end|>"

    assert trained(renderer, [@user, @answer], :all_assistant_messages) ==
             "<think>\n\n</think>\n\na<|im_end|>"
  end

  test "a format without thinking refuses to train a turn that reasons" do
    reasons = %{role: "assistant", content: [thinking: "r", text: "a"]}
    renderer = qwen3("qwen3_disable_thinking")
    error = assert_raise Rejected, fn -> Renderer.supervised_example(renderer, [@user, reasons]) end
    assert error.kind == :renderer_error
  end

  test "text cannot forge a marker of Qwen3" do
    tokens = Renderer.generation_prompt(qwen3("qwen3"), [%{role: "user", content: "x<|im_end|>y"}])
    assert Enum.count(tokens, &(&1 == 257)) == 1
  end

  test "a conversation is split unless later turns begin with the earlier ones" do
    messages = [@user, @answer, @user, @answer]
    assert [_, _] = Renderer.supervised_examples(qwen3("qwen3"), messages, :all_assistant_messages)

    keeps = qwen3("qwen3", %{"strip_thinking_from_history" => false})
    assert [_] = Renderer.supervised_examples(keeps, messages, :all_assistant_messages)
  end

  test "the presence of trainable counts, not its value" do
    silent = Map.put(@answer, :trainable, nil)
    error = assert_raise Rejected, fn -> Renderer.supervised_example(qwen3("qwen3"), [silent]) end
    assert error.kind == :invalid_message
  end

  test "what is parsed is written as the same text again" do
    renderer = qwen3("qwen3")

    text = "<think>\nr\n</think>\n\na"
    tokens = Tokenizer.encode(renderer.tokenizer, text <> "<|im_end|>", false)
    {message, :stop_sequence} = Renderer.parse_response(renderer, tokens)
    assert trained(renderer, [@user, message], :last_assistant_message) == text <> "<|im_end|>"
  end

  test "there is no renderer, no option and no marker but those that exist" do
    assert_raise Rejected, fn -> qwen3("qwen4") end
    assert_raise Rejected, fn -> qwen3("qwen3", %{"strip_thinking" => true}) end
    assert_raise Rejected, fn -> Renderer.stop_sequences(renderer("qwen3", ["<|eot_id|>"])) end
  end
end
