defmodule Cookbook.Formats.Llama3 do
  @moduledoc """
  Llama 3's format.

      <|begin_of_text|><|start_header_id|>user<|end_header_id|>

      What is up?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

  Unlike Meta's chat template it adds no dates and trims nothing; tool calls are not written.
  """

  use Cookbook.Format

  alias Cookbook.{Parsing, Tokenizer}

  @end_of_turn "<|eot_id|>"

  @impl true
  def bos(_), do: ["<|begin_of_text|>"]

  @impl true
  def render_message(_, %{role: role, content: content}, _) do
    %Rendered{
      header: ["<|start_header_id|>#{role}<|end_header_id|>\n\n"],
      # Two pieces, although text could forge the marker: no token of the text may reach into it.
      output: [Message.only_text!(content), @end_of_turn]
    }
  end

  @impl true
  def stop_sequences(renderer), do: [Renderer.marker!(renderer, @end_of_turn)]

  @impl true
  def parse_response(renderer, tokens) do
    {tokens, termination} = Parsing.split_at_stop(tokens, Renderer.marker!(renderer, @end_of_turn))

    {%{role: "assistant", content: Tokenizer.decode(renderer.tokenizer, tokens)}, termination}
  end
end
