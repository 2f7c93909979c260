defmodule Cookbook.Format do
  @moduledoc """
  What a family of chat formats says about itself. `Cookbook.Renderer` does the rest.

  `use Cookbook.Format` brings what most families share; each of those functions can be
  overridden.
  """

  alias Cookbook.{Message, Rejected, Rendered, Renderer, ToolSpec}
  alias Cookbook.Conversation.Place

  @type termination :: :stop_sequence | :eos | :malformed

  @doc "What stands before the first message, and is never trained."
  @callback bos(Renderer.t()) :: [Rendered.piece()]

  @doc "What the format writes for one message. Raises `Cookbook.Rejected`."
  @callback render_message(Renderer.t(), Message.t(), Place.t()) :: Rendered.t()

  @doc "What opens the turn to be sampled."
  @callback generation_suffix(Renderer.t(), role :: String.t(), Place.t()) :: [Rendered.piece()]

  @doc "What the prompt writes at the start of the sampled turn, given what the caller wants there."
  @callback prefill(Renderer.t(), Place.t(), String.t()) :: String.t()

  @doc "Token ids, or strings, at which sampling stops."
  @callback stop_sequences(Renderer.t()) :: [non_neg_integer] | [String.t()]

  @doc "The message that sampled tokens spell, and how they ended. Raises `Cookbook.Rejected`."
  @callback parse_response(Renderer.t(), [non_neg_integer]) :: {Message.t(), termination}

  @doc "The same, preceded by its pieces in the order in which their tokens come."
  @callback stream_response(Renderer.t(), [non_neg_integer]) :: {[Cookbook.Streaming.delta()], Message.t()}

  @doc "The messages that declare tools, to be put before a conversation."
  @callback tools_prefix(Renderer.t(), [ToolSpec.t()], system_prompt :: String.t()) :: [Message.t()]

  @doc "Whether every later prompt begins with all that came before it, token by token."
  @callback extension?(Renderer.t()) :: boolean

  @doc "Whether the prompt closes the think block, so that a turn which reasons cannot follow it."
  @callback disables_thinking?(Renderer.t()) :: boolean

  @doc "Whether the models' API takes reasoning in a field of its own."
  @callback reasoning_field?() :: boolean

  defmacro __using__(_) do
    quote do
      @behaviour Cookbook.Format

      alias Cookbook.{Message, Rejected, Rendered, Renderer}
      alias Cookbook.Conversation.Place

      @impl true
      def bos(_), do: []

      @impl true
      def generation_suffix(renderer, role, place),
        do: render_message(renderer, %{role: role, content: ""}, place).header

      @impl true
      def prefill(_, _, text), do: text

      @impl true
      def stream_response(renderer, _),
        do: Cookbook.Format.not_implemented(renderer, "parse token by token")

      @impl true
      def tools_prefix(renderer, _, _),
        do: Cookbook.Format.not_implemented(renderer, "declare tools")

      @impl true
      def extension?(_), do: true

      @impl true
      def disables_thinking?(_), do: false

      @impl true
      def reasoning_field?, do: false

      defoverridable Cookbook.Format
    end
  end

  @doc false
  @spec not_implemented(Renderer.t(), String.t()) :: no_return
  def not_implemented(renderer, what) do
    raise Rejected, {:not_implemented, "#{renderer.name} has no way to #{what}"}
  end
end
