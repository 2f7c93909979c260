defmodule Cookbook.Formats.RoleColon do
  @moduledoc """
  The format for base models.

      User: What is up?

      Assistant: Not much.

  The stop sequence is the text that would open the user's next turn.
  """

  use Cookbook.Format

  alias Cookbook.{PythonText, Tokenizer}

  @stop "\n\nUser:"

  @impl true
  def bos(renderer), do: List.wrap(renderer.tokenizer.bos_token)

  @impl true
  def render_message(_, %{role: role, content: content}, _) do
    %Rendered{
      header: [PythonText.capitalize(role) <> ":"],
      output: [" #{Message.only_text!(content)}\n\n"],
      # Odd, but what upstream writes where the last message is not the assistant's.
      stop_overlap: [if(role == "assistant", do: "User:", else: "<UNUSED>")]
    }
  end

  # A string, not ids: these differ with what stands before it.
  @impl true
  def stop_sequences(_), do: [@stop]

  @impl true
  def parse_response(%{tokenizer: tokenizer}, tokens) do
    eos = tokenizer.eos_token && Tokenizer.token_id(tokenizer, tokenizer.eos_token)
    ended? = eos != nil and List.last(tokens) == eos
    text = Tokenizer.decode(tokenizer, if(ended?, do: Enum.drop(tokens, -1), else: tokens))
    [first | rest] = String.split(text, @stop)
    content = first |> String.replace_prefix(" ", "") |> String.replace_suffix("\n\n", "")
    {%{role: "assistant", content: content}, termination(rest, ended?)}
  end

  defp termination([_], false), do: :stop_sequence
  defp termination([], true), do: :eos
  defp termination(_, _), do: :malformed
end
