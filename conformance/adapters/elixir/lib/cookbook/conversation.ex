defmodule Cookbook.Conversation do
  @moduledoc """
  Where each message stands in its conversation.
  """

  alias Cookbook.Message

  defmodule Place do
    @moduledoc """
    `last_user` is the index of the last user message, or nil; a tool's result never counts.
    `in_last_turn?` is true for everything after the last user message that an assistant's turn
    follows: a turn can span tool calls and their results.
    """

    defstruct [:index, :previous, :last_user, last?: false, in_last_turn?: false]

    @type t :: %__MODULE__{
            index: non_neg_integer,
            previous: Message.t() | nil,
            last_user: non_neg_integer | nil,
            last?: boolean,
            in_last_turn?: boolean
          }
  end

  @doc "Each message with its place, when the last turn of the assistant begins at `turn_start`."
  @spec places([Message.t()], non_neg_integer) :: [{Message.t(), Place.t()}]
  def places(messages, turn_start) do
    last_user = last_user(messages)
    last = length(messages) - 1

    for {{message, previous}, index} <-
          messages |> Enum.zip([nil | messages]) |> Enum.with_index() do
      place = %Place{
        index: index,
        previous: previous,
        last_user: last_user,
        last?: index == last,
        in_last_turn?: index >= turn_start
      }

      {message, place}
    end
  end

  @doc "The place of the message that is yet to be written."
  @spec next_place([Message.t()]) :: Place.t()
  def next_place(messages) do
    %Place{
      index: length(messages),
      previous: List.last(messages),
      last_user: last_user(messages),
      last?: true,
      in_last_turn?: true
    }
  end

  @doc "The index at which the last turn of the assistant begins: after the last user message."
  @spec turn_start([Message.t()]) :: non_neg_integer
  def turn_start(messages), do: (last_user(messages) || -1) + 1

  @doc "Index of the last message of a user, or nil."
  @spec last_user([Message.t()]) :: non_neg_integer | nil
  def last_user(messages) do
    for({%{role: "user"}, index} <- Enum.with_index(messages), do: index) |> List.last()
  end
end
