defmodule Cookbook.Renderer do
  @moduledoc """
  A chat format, bound to a tokenizer: messages to tokens and weights, sampled tokens back to
  messages.

      renderer = Cookbook.Renderer.new("qwen3", tokenizer)
      Cookbook.Renderer.generation_prompt(renderer, [%{role: "user", content: "Hi"}])

  A format says what it writes for a message (`Cookbook.Format`). Token ids, weights and the reach
  of the generation prompt are worked out here.
  """

  alias Cookbook.Conversation
  alias Cookbook.{Format, Formats, Message, Rejected, Rendered, Tokenizer, ToolSpec, Training}

  @enforce_keys [:name, :format, :variant, :tokenizer, :options]
  defstruct @enforce_keys

  @type t :: %__MODULE__{
          name: String.t(),
          format: module,
          variant: atom,
          tokenizer: Tokenizer.t(),
          options: %{optional(atom) => boolean}
        }
  @type tokens :: [non_neg_integer]
  @type example :: %{tokens: tokens, weights: [0 | 1]}

  @qwen3 %{"strip_thinking_from_history" => true}
  @deepseek %{"strip_thinking_from_history" => true, "system_role_as_user" => false}

  # Name -> the format, its variant, and the options that it takes with their defaults.
  @formats %{
    "role_colon" => {Formats.RoleColon, :base, %{}},
    "llama3" => {Formats.Llama3, :instruct, %{}},
    "qwen3" => {Formats.Qwen3, :thinking, @qwen3},
    "qwen3_disable_thinking" => {Formats.Qwen3, :disable_thinking, @qwen3},
    "qwen3_instruct" => {Formats.Qwen3, :instruct, @qwen3},
    "deepseekv3" => {Formats.DeepSeekV3, :disable_thinking, @deepseek},
    "deepseekv3_disable_thinking" => {Formats.DeepSeekV3, :disable_thinking, @deepseek},
    "deepseekv3_thinking" => {Formats.DeepSeekV3, :thinking, @deepseek}
  }

  @doc "The names of all renderers."
  @spec names() :: [String.t()]
  def names, do: Map.keys(@formats)

  @doc "The renderer of that name. Raises `Cookbook.Rejected` for an unknown name or option."
  @spec new(String.t(), Tokenizer.t(), %{optional(String.t()) => boolean}) :: t
  def new(name, tokenizer, options \\ %{}) do
    case @formats do
      %{^name => {format, variant, defaults}} ->
        options =
          Map.new(checked(name, defaults, options), fn {key, value} ->
            {String.to_atom(key), value}
          end)

        %__MODULE__{
          name: name,
          format: format,
          variant: variant,
          tokenizer: tokenizer,
          options: options
        }

      _ ->
        raise Rejected, {:renderer_error, "no renderer #{name}: use one of #{inspect(names())}"}
    end
  end

  defp checked(name, defaults, options) do
    case Map.keys(options) -- Map.keys(defaults) do
      [] -> Map.merge(defaults, options)
      unknown -> raise Rejected, {:config, "#{name} has no options #{inspect(unknown)}"}
    end
  end

  # Prompts.

  @doc "The prompt for the next message, which `role` writes and `prefill` begins."
  @spec generation_prompt(t, [Message.t()], String.t(), String.t()) :: tokens
  def generation_prompt(renderer, messages, role \\ "assistant", prefill \\ "") do
    %{format: format} = renderer
    next = Conversation.next_place(messages)

    history =
      for {message, place} <- Conversation.places(messages, Conversation.turn_start(messages)),
          %Rendered{header: header, output: output} = format.render_message(renderer, message, place),
          piece <- header ++ output,
          do: piece

    suffix = format.generation_suffix(renderer, role, next)

    prefill = format.prefill(renderer, next, prefill)
    encode(renderer, format.bos(renderer) ++ history ++ suffix ++ [prefill])
  end

  # Training.

  @doc "The whole conversation, with a weight for each token. Raises `Cookbook.Rejected`."
  @spec supervised_example(t, [Message.t()], Training.mode()) :: example
  def supervised_example(renderer, messages, mode \\ :last_assistant_message) do
    turn_start = messages |> Enum.drop(-1) |> Conversation.turn_start()

    described =
      for {message, place} <- Conversation.places(messages, turn_start),
          part <- describe(renderer, message, place, mode),
          do: part

    encoded =
      for {pieces, weight} <- [{renderer.format.bos(renderer), 0} | described],
          do: {encode(renderer, pieces), weight}

    tokens = Enum.flat_map(encoded, &elem(&1, 0))
    weights = Enum.flat_map(encoded, fn {tokens, weight} -> List.duplicate(weight, length(tokens)) end)
    %{tokens: tokens, weights: without_prompt(weights, renderer, tokens, messages, mode)}
  end

  defp describe(renderer, message, place, mode) do
    rendered = renderer.format.render_message(renderer, message, place)
    overlap = if place.last?, do: rendered.stop_overlap, else: []
    weight = Training.output_weight(mode, message, place)
    [{rendered.header, Training.header_weight(mode)}, {rendered.output ++ overlap, weight}]
  end

  # Tokens that the prompt would supply are not trained, even where a format counts them as
  # output: the model never has to write them. What counts is that the example begins with these
  # very tokens, not how many they are.
  defp without_prompt(weights, renderer, tokens, messages, mode) do
    with start when is_integer(start) <- Training.first_sampled(mode, messages),
         prompt = generation_prompt(renderer, Enum.take(messages, start)),
         {:prefix, true} <- {:prefix, List.starts_with?(tokens, prompt)} do
      {supplied, trained} = Enum.split(weights, length(prompt))
      Enum.map(supplied, fn _ -> 0 end) ++ trained
    else
      nil ->
        weights

      {:prefix, false} ->
        if renderer.format.disables_thinking?(renderer), do: refuse_reasoning(renderer), else: weights
    end
  end

  defp refuse_reasoning(%{name: name}) do
    raise Rejected,
          {:renderer_error, "the prompt of #{name} ends reasoning, so it cannot train a turn that reasons"}
  end

  @doc """
  As many examples as it takes to show every trained turn the context that it is sampled in: one
  for formats with the extension property, else one for each trained message. Raises
  `Cookbook.Rejected`.
  """
  @spec supervised_examples(t, [Message.t()], Training.mode()) :: [example]
  def supervised_examples(renderer, messages, mode \\ :last_assistant_turn) do
    if renderer.format.extension?(renderer),
      do: [supervised_example(renderer, messages, mode)],
      else: split(renderer, messages, first_example(renderer, messages, mode))
  end

  defp split(renderer, messages, start) do
    for {%{role: "assistant"}, index} <- Enum.with_index(messages), index >= start do
      supervised_example(renderer, Enum.take(messages, index + 1), :last_assistant_message)
    end
  end

  defp first_example(_, [], :last_assistant_message),
    do: Message.invalid("there is no last message", [])

  defp first_example(_, messages, :last_assistant_message), do: length(messages) - 1
  defp first_example(_, messages, :last_assistant_turn), do: Conversation.turn_start(messages)
  defp first_example(_, _, :all_assistant_messages), do: 0

  defp first_example(renderer, _, mode),
    do: Format.not_implemented(renderer, "split a conversation for #{inspect(mode)}")

  # Responses, and what only the format knows.

  @doc "The message that sampled tokens spell, and how they ended. Raises `Cookbook.Rejected`."
  @spec parse_response(t, tokens) :: {Message.t(), Format.termination()}
  def parse_response(renderer, tokens), do: renderer.format.parse_response(renderer, tokens)

  @doc "The same in pieces, each as soon as its tokens are there. Raises `Cookbook.Rejected`."
  @spec stream_response(t, tokens) :: {[Cookbook.Streaming.delta()], Message.t()}
  def stream_response(renderer, tokens), do: renderer.format.stream_response(renderer, tokens)

  @doc "Token ids, or strings, at which sampling stops."
  @spec stop_sequences(t) :: tokens | [String.t()]
  def stop_sequences(renderer), do: renderer.format.stop_sequences(renderer)

  @doc "The messages that declare tools, to be put before a conversation. Raises `Cookbook.Rejected`."
  @spec tools_prefix(t, [ToolSpec.t()], String.t()) :: [Message.t()]
  def tools_prefix(renderer, tools, system_prompt \\ ""),
    do: renderer.format.tools_prefix(renderer, tools, system_prompt)

  @doc "Whether every later prompt begins with all that came before it, token by token."
  @spec extension?(t) :: boolean
  def extension?(renderer), do: renderer.format.extension?(renderer)

  @doc "A message in the form of OpenAI's chat API. Raises `Cookbook.Rejected`."
  @spec to_openai(t, Message.t()) :: map
  def to_openai(renderer, message),
    do: Message.to_openai(message, reasoning_field: renderer.format.reasoning_field?())

  @doc "The id of a text that the format needs as one token. Raises `Cookbook.Rejected` where it is not."
  @spec marker!(t, String.t()) :: non_neg_integer
  def marker!(%__MODULE__{name: name, tokenizer: tokenizer}, text) do
    Tokenizer.token_id(tokenizer, text) ||
      raise Rejected, {:config, "#{name} needs #{text} as one token: use the tokenizer of its model"}
  end

  defp encode(renderer, pieces), do: Enum.flat_map(pieces, &encode_piece(renderer.tokenizer, &1))

  defp encode_piece(_, ""), do: []
  defp encode_piece(tokenizer, {:protected, text}), do: Tokenizer.encode(tokenizer, text, true)
  defp encode_piece(tokenizer, text), do: Tokenizer.encode(tokenizer, text, false)
end
