defmodule Adapter.Operations do
  @moduledoc """
  The operations of the suite, each a few lines over a function of the port. To leave one out is
  to not declare it.
  """

  alias Cookbook.{Message, Parsing, Renderer, Tokenizer, ToolSpec, Training}

  @tokenizer_operations ["tokenizer.encode", "tokenizer.decode"]
  @message_operations [
    "renderer.classify_parse_failure",
    "renderer.format_content_as_string",
    "renderer.get_text_content"
  ]
  @renderer_operations [
    "renderer.build_generation_prompt",
    "renderer.build_supervised_example",
    "renderer.build_supervised_examples",
    "renderer.parse_response",
    "renderer.parse_response_streaming",
    "renderer.get_stop_sequences",
    "renderer.create_conversation_prefix_with_tools",
    "renderer.has_extension_property",
    "renderer.to_openai_message"
  ]

  @doc "What is declared. A tokenizer that is lent is nothing to be asked about."
  @spec names(lent: boolean) :: [String.t()]
  def names(lent: true), do: @message_operations ++ @renderer_operations
  def names(lent: false), do: @tokenizer_operations ++ names(lent: true)

  @doc "The answer to a question, among tokenizers by name. Raises `Cookbook.Rejected`."
  @spec answer(String.t(), map, %{String.t() => Tokenizer.t()}) :: map
  def answer(operation, params, tokenizers)

  def answer(operation, params, _) when operation in @message_operations,
    do: about_message(operation, params)

  def answer(operation, params, tokenizers) when operation in @tokenizer_operations,
    do: with_tokenizer(operation, Map.fetch!(tokenizers, params["tokenizer"]), params)

  def answer(operation, params, tokenizers) when operation in @renderer_operations do
    tokenizer = Map.fetch!(tokenizers, params["tokenizer"])
    renderer = Renderer.new(params["renderer"], tokenizer, Map.get(params, "options", %{}))
    with_renderer(operation, renderer, params)
  end

  # An absent param means the default of the upstream function, which differs between the two that
  # build examples.

  defp with_tokenizer("tokenizer.encode", tokenizer, %{"text" => text} = params) do
    %{tokens: Tokenizer.encode(tokenizer, text, Map.get(params, "split_special_tokens", false))}
  end

  defp with_tokenizer("tokenizer.decode", tokenizer, %{"tokens" => tokens}),
    do: %{text: Tokenizer.decode(tokenizer, tokens)}

  defp with_renderer("renderer.build_generation_prompt", renderer, params) do
    role = Map.get(params, "role", "assistant")

    %{tokens: Renderer.generation_prompt(renderer, messages(params), role, params["prefill"] || "")}
  end

  defp with_renderer("renderer.build_supervised_example", renderer, params) do
    mode = mode(params, "last_assistant_message")
    Renderer.supervised_example(renderer, messages(params), mode)
  end

  defp with_renderer("renderer.build_supervised_examples", renderer, params) do
    mode = mode(params, "last_assistant_turn")
    %{examples: Renderer.supervised_examples(renderer, messages(params), mode)}
  end

  defp with_renderer("renderer.parse_response", renderer, %{"tokens" => tokens}) do
    {message, termination} = Renderer.parse_response(renderer, tokens)
    %{message: Message.to_json(message), termination: termination}
  end

  defp with_renderer("renderer.parse_response_streaming", renderer, %{"tokens" => tokens}) do
    {deltas, message} = Renderer.stream_response(renderer, tokens)

    %{
      header: %{role: message.role},
      deltas: for({type, text, index} <- deltas, do: %{:type => type, type => text, :content_index => index}),
      message: Message.to_json(message)
    }
  end

  defp with_renderer("renderer.get_stop_sequences", renderer, _),
    do: %{stop: Renderer.stop_sequences(renderer)}

  defp with_renderer("renderer.create_conversation_prefix_with_tools", renderer, params) do
    %{"tools" => tools} = params
    system_prompt = Map.get(params, "system_prompt", "")

    messages = Renderer.tools_prefix(renderer, Enum.map(tools, &ToolSpec.from_json/1), system_prompt)

    %{messages: Enum.map(messages, &Message.to_json/1)}
  end

  defp with_renderer("renderer.has_extension_property", renderer, _),
    do: %{has_extension_property: Renderer.extension?(renderer)}

  defp with_renderer("renderer.to_openai_message", renderer, %{"message" => message}),
    do: %{message: Renderer.to_openai(renderer, Message.from_json(message))}

  defp about_message("renderer.classify_parse_failure", %{
         "message" => message,
         "termination" => termination
       }) do
    case Parsing.failure(Message.from_json(message), termination(termination)) do
      {kind, detail} -> %{kind: kind, detail: detail}
      kind -> %{kind: kind}
    end
  end

  defp about_message("renderer.format_content_as_string", %{"content" => content} = params) do
    text = Message.content_as_string(Message.content_from_json(content), Map.get(params, "separator", "\n"))

    %{text: text}
  end

  defp about_message("renderer.get_text_content", %{"message" => message}),
    do: %{text: message |> Message.from_json() |> Map.fetch!(:content) |> Message.joined(:text)}

  defp messages(%{"messages" => messages}), do: Enum.map(messages, &Message.from_json/1)

  defp mode(params, default), do: params |> Map.get("train_on_what", default) |> Training.mode()

  defp termination("stop_sequence"), do: :stop_sequence
  defp termination("eos"), do: :eos
  defp termination("malformed"), do: :malformed
end
