defmodule Adapter do
  @moduledoc """
  The adapter: requests as lines of JSON on stdin, a reply to each on stdout, until stdin ends.

  With `--callback` the runner lends the vendors' tokenizers, for which this port has no code of
  its own.
  """

  alias Adapter.{Lines, Operations, RunnerTokenizer}
  alias Cookbook.{ByteTokenizer, Rejected, Renderer}

  @rejected -32000
  @not_supported -32601
  @broke -32603

  @doc "The entry of the escript."
  @spec main([String.t()]) :: :ok
  def main(arguments) do
    :ok = Lines.open()
    serve(arguments)
  end

  @doc "Answers until the input ends."
  @spec serve([String.t()]) :: :ok
  def serve(arguments) do
    {options, []} = OptionParser.parse!(arguments, strict: [callback: :boolean])
    loop(%{lent?: Keyword.get(options, :callback, false), tokenizers: %{}})
  end

  defp loop(session) do
    case Lines.read() do
      nil ->
        :ok

      %{"id" => id, "method" => "shutdown"} ->
        Lines.write(Lines.line(%{id: id, result: %{}}))

      %{"id" => id, "method" => "initialize", "params" => %{"tokenizers" => offers}} ->
        session = %{session | tokenizers: tokenizers(offers, session.lent?)}
        Lines.write(Lines.line(%{id: id, result: hello(session)}))
        loop(session)

      %{"id" => id, "method" => method, "params" => params} ->
        Lines.write(reply(id, method, params, session))
        loop(session)
    end
  end

  defp hello(%{lent?: lent?, tokenizers: tokenizers}) do
    %{
      protocol: 1,
      implementation: %{
        name: "cookbook-elixir",
        version: "0.1.0",
        language: "elixir #{System.version()}",
        upstream: "0.5.8"
      },
      operations: Operations.names(lent: lent?),
      renderers: Renderer.names(),
      tokenizers: Map.keys(tokenizers),
      options: %{tokenizer: if(lent?, do: "callback", else: "own")}
    }
  end

  # Of what is offered: byte tokenizers, which are a page of code, and with `--callback` every
  # other.
  defp tokenizers(offers, lent?) do
    for {name, offer} <- offers,
        tokenizer = tokenizer(name, offer, lent?),
        into: %{},
        do: {name, tokenizer}
  end

  defp tokenizer(_, %{"kind" => "bytes", "added" => added} = offer, _),
    do: ByteTokenizer.new(added, bos_token: offer["bos_token"], eos_token: offer["eos_token"])

  defp tokenizer(name, offer, true), do: RunnerTokenizer.new(name, offer)
  defp tokenizer(_, _, false), do: nil

  # What the port refuses on purpose is a rejection; any other exception is a fault, and so is an answer that cannot be
  # written.
  defp reply(id, method, params, %{lent?: lent?, tokenizers: tokenizers}) do
    if method in Operations.names(lent: lent?),
      do: Lines.line(%{id: id, result: Operations.answer(method, params, tokenizers)}),
      else: error(id, @not_supported, "no operation #{method}", %{})
  rescue
    rejected in Rejected ->
      error(id, @rejected, rejected.message, %{kind: rejected.kind})

    exception ->
      trace = Exception.format(:error, exception, __STACKTRACE__)
      error(id, @broke, Exception.message(exception), %{trace: trace})
  end

  defp error(id, code, message, data),
    do: Lines.line(%{id: id, error: %{code: code, message: message, data: data}})
end
