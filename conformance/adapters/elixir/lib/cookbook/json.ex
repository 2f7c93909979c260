defmodule Cookbook.Json do
  @moduledoc """
  JSON as Python's `json` module reads and writes it, because a model sees what it writes.

  | JSON | Elixir |
  |---|---|
  | object | `{:object, [{key, value}]}` in the order of the text, or a map if asked for |
  | number without fraction and exponent | integer, of any size |
  | other numbers | float |
  | `NaN`, `Infinity`, `-Infinity` | `:nan`, `:infinity`, `:negative_infinity`: the BEAM has no such floats |

  A surrogate without its other half, which Python keeps, becomes three bytes as if UTF-8 had
  them, so that it can be written again. Such a string is not `String.valid?/1`.
  """

  alias Cookbook.Json.{Decoder, Encoder}

  @type value ::
          nil
          | boolean
          | integer
          | float
          | :nan
          | :infinity
          | :negative_infinity
          | String.t()
          | [value]
          | {:object, [{String.t(), value}]}
          | %{optional(String.t()) => value}

  @doc """
  Python's `json.loads`. With `:maps`, objects become maps, for readers to whom order means nothing. Raises
  `Cookbook.Rejected` where Python gives up for another reason than that the text is no JSON.

      iex> Cookbook.Json.decode(~S({"b": 1, "a": [1.0, 1e400]}))
      {:ok, {:object, [{"b", 1}, {"a", [1.0, :infinity]}]}}

      iex> Cookbook.Json.decode("[1,]")
      {:error, "a value is missing before: ]"}
  """
  @spec decode(binary, :ordered | :maps) :: {:ok, value} | {:error, String.t()}
  defdelegate decode(text, objects \\ :ordered), to: Decoder

  @doc """
  Python's `json.dumps`: a space after each comma and colon, and ASCII alone. Other atoms are
  written as their names.

      iex> Cookbook.Json.encode({:object, [{"é", 1.0e16}, {"stop", [nil, true, -0.0]}]})
      ~S({"\\u00e9": 1e+16, "stop": [null, true, -0.0]})
  """
  @spec encode(value | map | atom) :: String.t()
  def encode(value), do: value |> Encoder.encode() |> IO.iodata_to_binary()
end
