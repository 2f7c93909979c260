defmodule Cookbook.Rejected do
  @moduledoc """
  The port refuses an input, on purpose. Any other exception is a fault of the port.
  """

  @type kind :: :renderer_error | :invalid_message | :not_implemented | :config

  defexception [:kind, :message]

  @impl true
  def exception({kind, message}), do: %__MODULE__{kind: kind, message: message}
end
