defmodule Adapter.Lines do
  @moduledoc """
  Lines of JSON on stdin and stdout. The runner writes ASCII, and so does this.
  """

  alias Cookbook.Json

  @doc "Bytes in, bytes out: without this, Elixir would take them for characters of the locale's encoding."
  @spec open() :: :ok
  def open, do: :io.setopts(:standard_io, binary: true, encoding: :latin1)

  @doc "The next line, or nil at the end of stdin."
  @spec read() :: map | nil
  def read do
    with line when is_binary(line) <- IO.binread(:stdio, :line) do
      {:ok, object} = Json.decode(line, :maps)
      object
    else
      :eof -> nil
    end
  end

  @doc "Writes a line. Standard output of the BEAM has no buffer that would have to be flushed."
  @spec write(iodata) :: :ok
  def write(line), do: IO.binwrite(:stdio, line)

  @doc "An object of the protocol as a line."
  @spec line(map) :: iodata
  def line(object), do: [Json.encode(Map.put(object, :jsonrpc, "2.0")), ?\n]

  @doc "Puts a question to the runner, while it waits for our answer to its own. One at a time, so any id will do."
  @spec ask(String.t(), map) :: map
  def ask(method, params) do
    write(line(%{id: method, method: method, params: params}))

    case read() do
      %{"id" => ^method, "result" => result} -> result
      other -> raise "#{method} was not answered: #{inspect(other, limit: 5)}"
    end
  end
end
