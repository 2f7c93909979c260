defmodule Cookbook.Rendered do
  @moduledoc """
  A message in the three places that matter for loss.

  `header` introduces the turn and is given to the model; `output` is what the model writes, its
  end marker included; `stop_overlap` completes a stop sequence that reaches into the next header,
  and stands only after the last message of an example.

  Each is a list of pieces. Pieces are encoded one by one: no token spans a seam. In a piece that
  is a string, text can be a special token; in a `{:protected, text}` it cannot.
  """

  defstruct header: [], output: [], stop_overlap: []

  @type piece :: String.t() | {:protected, String.t()}
  @type t :: %__MODULE__{header: [piece], output: [piece], stop_overlap: [piece]}
end
