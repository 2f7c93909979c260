defmodule Cookbook.Message do
  @moduledoc """
  What a conversation is made of, and its JSON form.

  A message is a map in which the presence of a key carries meaning: `trainable: nil` is not the
  same as no `:trainable`, and empty `:tool_calls` are not the same as none. `%{tool_calls:
  calls}` in a function's head asks for both at once.
  """

  alias Cookbook.{Rejected, ToolCall, UnparsedToolCall}

  @type part :: {:text, String.t()} | {:thinking, String.t()} | {:image, String.t()}
  @type content :: String.t() | [part]
  @type t :: %{
          required(:role) => String.t(),
          required(:content) => content,
          optional(:tool_calls) => [ToolCall.t()],
          optional(:unparsed_tool_calls) => [UnparsedToolCall.t()],
          optional(:trainable) => boolean | nil,
          optional(:tool_call_id) => String.t(),
          optional(:name) => String.t()
        }

  # Reading JSON.

  @doc """
  A message from decoded JSON, whose objects are maps. Raises `Cookbook.Rejected`.

      iex> Cookbook.Message.from_json(%{"role" => "user", "content" => [%{"type" => "text", "text" => "Hi"}]})
      %{role: "user", content: [text: "Hi"]}
  """
  @spec from_json(term) :: t
  def from_json(%{"role" => role, "content" => _} = json) when is_binary(role) do
    for {key, value} <- json, field = field(key, value), into: %{}, do: field
  end

  def from_json(json), do: invalid("a message needs a role and a content, which may be ''", json)

  defp field("role", role), do: {:role, role}
  defp field("content", content), do: {:content, content_from_json(content)}
  defp field("trainable", value), do: {:trainable, value}
  defp field("tool_call_id", id), do: {:tool_call_id, id}
  defp field("name", name), do: {:name, name}

  defp field("tool_calls", calls) when is_list(calls),
    do: {:tool_calls, Enum.map(calls, &ToolCall.from_json/1)}

  defp field("unparsed_tool_calls", calls) when is_list(calls),
    do: {:unparsed_tool_calls, Enum.map(calls, &UnparsedToolCall.from_json/1)}

  defp field(key, value), do: invalid("no such key, or not a list: #{key}", value)

  @doc "The content of a message from decoded JSON. Raises `Cookbook.Rejected`."
  @spec content_from_json(term) :: content
  def content_from_json(text) when is_binary(text), do: text
  def content_from_json(parts) when is_list(parts), do: Enum.map(parts, &part/1)
  def content_from_json(json), do: invalid("content is text or a list of parts", json)

  defp part(%{"type" => "text", "text" => text}) when is_binary(text), do: {:text, text}

  defp part(%{"type" => "thinking", "thinking" => text}) when is_binary(text), do: {:thinking, text}

  defp part(%{"type" => "image", "image" => image}), do: {:image, image}
  defp part(json), do: invalid("a part is of the type text, thinking or image", json)

  # Writing JSON.

  @doc "The JSON form of a message. Absent keys stay absent."
  @spec to_json(t) :: map
  def to_json(message), do: Map.new(message, &field_to_json/1)

  defp field_to_json({:content, parts}) when is_list(parts),
    do: {:content, Enum.map(parts, &part_to_json/1)}

  defp field_to_json({:tool_calls, calls}), do: {:tool_calls, Enum.map(calls, &ToolCall.to_json/1)}

  defp field_to_json({:unparsed_tool_calls, calls}),
    do: {:unparsed_tool_calls, Enum.map(calls, &Map.from_struct/1)}

  defp field_to_json(field), do: field

  defp part_to_json({type, value}), do: %{:type => type, type => value}

  # Reading content.

  @doc "The text of a content that is nothing but one text. Raises `Cookbook.Rejected`."
  @spec only_text!(content) :: String.t()
  def only_text!(text) when is_binary(text), do: text
  def only_text!([{:text, text}]), do: text

  def only_text!(parts) do
    types = Enum.map_join(parts, ", ", &elem(&1, 0))

    raise Rejected, {:renderer_error, "one text a message is all that fits, not the parts [#{types}]"}
  end

  @doc "All texts of the parts of one type, joined. A string is one text."
  @spec joined(content, :text | :thinking) :: String.t()
  def joined(text, :text) when is_binary(text), do: text
  def joined(text, :thinking) when is_binary(text), do: ""
  def joined(parts, type), do: for({^type, text} <- parts, into: "", do: text)

  @doc "Whether there is a thinking part, or a string that opens a think block (closed or not)."
  @spec reasons?(content) :: boolean
  def reasons?(text) when is_binary(text), do: String.contains?(text, "<think>")
  def reasons?(parts), do: Enum.any?(parts, &match?({:thinking, _}, &1))

  @doc "All parts as one text for a log."
  @spec content_as_string(content, String.t()) :: String.t()
  def content_as_string(content, separator \\ "\n")
  def content_as_string(text, _) when is_binary(text), do: text
  def content_as_string(parts, separator), do: Enum.map_join(parts, separator, &part_as_string/1)

  defp part_as_string({:text, text}), do: text
  defp part_as_string({:thinking, text}), do: "<think>#{text}</think>"
  defp part_as_string({:image, image}), do: "<image>#{image}</image>"

  @doc """
  The form of OpenAI's chat API. Reasoning goes into a field of its own, or inline, where an image
  is refused.
  """
  @spec to_openai(t, reasoning_field: boolean) :: map
  def to_openai(%{role: role, content: content} = message, reasoning_field: own_field) do
    %{role: role, content: content}
    |> Map.merge(if own_field, do: split(content), else: %{content: inline(content)})
    |> Map.merge(openai_calls(message))
    |> Map.merge(if role == "tool", do: Map.take(message, [:tool_call_id, :name]), else: %{})
  end

  defp split(content) do
    if is_list(content) and reasons?(content),
      do: %{content: joined(content, :text), reasoning_content: joined(content, :thinking)},
      else: %{content: joined(content, :text)}
  end

  defp inline(text) when is_binary(text), do: text

  defp inline(parts) do
    if Enum.any?(parts, &match?({:image, _}, &1)),
      do: raise(Rejected, {:not_implemented, "an image has no place in this form"}),
      else: content_as_string(parts, "")
  end

  defp openai_calls(%{tool_calls: [_ | _] = calls}),
    do: %{tool_calls: Enum.map(calls, &Map.put(ToolCall.to_json(&1), :id, &1.id))}

  defp openai_calls(_), do: %{}

  @doc false
  @spec invalid(String.t(), term) :: no_return
  def invalid(what, json) do
    raise Rejected, {:invalid_message, "#{what}, not #{inspect(json, printable_limit: 80)}"}
  end
end
