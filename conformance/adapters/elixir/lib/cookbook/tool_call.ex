defmodule Cookbook.ToolCall do
  @moduledoc """
  A call that the model makes. Its arguments are JSON text, whose spacing and order of keys can
  reach the tokens.
  """

  @enforce_keys [:name, :arguments]
  defstruct [:name, :arguments, :id]

  @type t :: %__MODULE__{name: String.t(), arguments: String.t(), id: String.t() | nil}

  @spec from_json(term) :: t
  def from_json(%{"type" => "function", "function" => %{"name" => name, "arguments" => arguments}} = json)
      when is_binary(name) and is_binary(arguments) do
    id = json["id"]
    if not (is_nil(id) or is_binary(id)), do: Cookbook.Message.invalid("an id is text", id)
    %__MODULE__{name: name, arguments: arguments, id: id}
  end

  def from_json(json),
    do: Cookbook.Message.invalid("a tool call has a function with name and arguments", json)

  @spec to_json(t) :: map
  def to_json(%__MODULE__{name: name, arguments: arguments, id: id}) do
    call = %{type: "function", function: %{name: name, arguments: arguments}}
    if id, do: Map.put(call, :id, id), else: call
  end
end

defmodule Cookbook.UnparsedToolCall do
  @moduledoc """
  What looked like a tool call in a response but could not be read as one.
  """

  @enforce_keys [:raw_text, :error]
  defstruct @enforce_keys

  @type t :: %__MODULE__{raw_text: String.t(), error: String.t()}

  @spec from_json(term) :: t
  def from_json(%{"raw_text" => raw_text, "error" => error})
      when is_binary(raw_text) and is_binary(error),
      do: %__MODULE__{raw_text: raw_text, error: error}

  def from_json(json),
    do: Cookbook.Message.invalid("an unparsed tool call has raw_text and error", json)
end

defmodule Cookbook.ToolSpec do
  @moduledoc """
  A tool that the model may call. `parameters` is a JSON schema, the order of its keys kept.
  """

  @enforce_keys [:name, :description, :parameters]
  defstruct @enforce_keys

  @type t :: %__MODULE__{
          name: String.t(),
          description: String.t(),
          parameters: Cookbook.Json.value()
        }

  @doc "From decoded JSON in which `parameters` is JSON text. Raises `Cookbook.Rejected`."
  @spec from_json(term) :: t
  def from_json(%{"name" => name, "description" => description, "parameters" => text} = json) do
    case Cookbook.Json.decode(text) do
      {:ok, schema} -> %__MODULE__{name: name, description: description, parameters: schema}
      {:error, reason} -> Cookbook.Message.invalid("parameters are JSON text (#{reason})", json)
    end
  end

  def from_json(json),
    do: Cookbook.Message.invalid("a tool has name, description and parameters", json)
end
