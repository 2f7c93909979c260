defmodule Cookbook.Training do
  @moduledoc """
  Which part of a conversation carries loss.
  """

  alias Cookbook.Conversation
  alias Cookbook.Conversation.Place
  alias Cookbook.{Message, Rejected}

  @modes %{
    "last_assistant_message" => :last_assistant_message,
    "last_assistant_turn" => :last_assistant_turn,
    "all_assistant_messages" => :all_assistant_messages,
    "all_messages" => :all_messages,
    "all_tokens" => :all_tokens,
    "all_user_and_system_messages" => :all_user_and_system_messages,
    "customized" => :customized
  }

  @type mode ::
          :last_assistant_message
          | :last_assistant_turn
          | :all_assistant_messages
          | :all_messages
          | :all_tokens
          | :all_user_and_system_messages
          | :customized
          | {:unknown, String.t()}

  @doc "The mode of that name. An unknown one is refused, as upstream does, when a message is weighed."
  @spec mode(String.t()) :: mode
  def mode(name), do: Map.get(@modes, name, {:unknown, name})

  @doc "The weight of what introduces a message."
  @spec header_weight(mode) :: 0 | 1
  def header_weight(:all_tokens), do: 1
  def header_weight(_), do: 0

  @doc "The weight of what the model writes for a message, or would. Raises `Cookbook.Rejected`."
  @spec output_weight(mode, Message.t(), Place.t()) :: 0 | 1
  def output_weight({:unknown, name}, _, _) do
    known = @modes |> Map.keys() |> Enum.join(", ")
    raise Rejected, {:renderer_error, "no train_on_what is called #{inspect(name)}: use one of #{known}"}
  end

  def output_weight(:customized, %{trainable: true}, _), do: 1
  def output_weight(:customized, %{trainable: false}, _), do: 0

  def output_weight(:customized, message, _) do
    Message.invalid("customized training needs trainable on every message, true or false", message)
  end

  def output_weight(mode, %{trainable: _} = message, _) do
    Message.invalid("trainable is for customized training, and has no place in #{mode}", message)
  end

  def output_weight(mode, message, place), do: if(trained?(mode, message, place), do: 1, else: 0)

  defp trained?(:all_tokens, _, _), do: true
  defp trained?(:all_messages, _, _), do: true
  defp trained?(:all_user_and_system_messages, %{role: role}, _), do: role in ["user", "system"]
  defp trained?(:all_assistant_messages, %{role: role}, _), do: role == "assistant"

  defp trained?(:last_assistant_message, %{role: role}, place),
    do: role == "assistant" and place.last?

  defp trained?(:last_assistant_turn, %{role: role}, place),
    do: role == "assistant" and place.in_last_turn?

  @doc """
  Index of the message at which sampling would have begun, for the two modes that train what
  sampling produces; nil in all other modes, and where that message is not the assistant's.
  """
  @spec first_sampled(mode, [Message.t()]) :: non_neg_integer | nil
  def first_sampled(:last_assistant_message, messages),
    do: if_assistant(messages, length(messages) - 1)

  def first_sampled(:last_assistant_turn, messages),
    do: if_assistant(messages, Conversation.turn_start(messages))

  def first_sampled(_, _), do: nil

  # No message stands before the first: Enum.at would count -1 from the end.
  defp if_assistant(messages, index) do
    if index >= 0 and match?(%{role: "assistant"}, Enum.at(messages, index)), do: index
  end
end
