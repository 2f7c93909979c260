defmodule GoldenTest do
  @moduledoc """
  The suite's cases, read from their files. `conformance run` asks the same and says more about what differs; this shows
  that golden can stand in unit tests of any language.
  """

  use ExUnit.Case, async: true

  alias Adapter.Operations
  alias Cookbook.{ByteTokenizer, Json, Rejected, Renderer}

  @golden Path.expand("../../../../golden", __DIR__)

  setup_all do
    tokenizers =
      for path <- Path.wildcard("#{@golden}/tokenizers/bytes-*.json"), into: %{} do
        {:ok, offer} = path |> File.read!() |> Json.decode(:maps)
        edges = [bos_token: offer["bos_token"], eos_token: offer["eos_token"]]
        {Path.basename(path, ".json"), ByteTokenizer.new(offer["added"], edges)}
      end

    %{tokenizers: tokenizers}
  end

  for subject <- ["content" | Renderer.names()] do
    test "golden answers of #{subject}", %{tokenizers: tokenizers} do
      cases =
        "#{@golden}/cases/renderer/#{unquote(subject)}.bytes.jsonl" |> File.stream!() |> Enum.map(&read/1)

      assert cases != []
      assert for(one <- cases, wrong = judge(one, tokenizers), do: wrong) == []
    end
  end

  defp read(line) do
    {:ok, one} = Json.decode(line, :maps)
    one
  end

  # Nil, or what is wrong.
  defp judge(%{"expect" => expected} = one, tokenizers) do
    case {expected, answer(one, tokenizers)} do
      {%{"rejection" => _}, :rejected} -> nil
      {%{"result" => result}, {:ok, answer}} -> if same?(answer, result), do: nil, else: {one["id"], answer}
      {_, answer} -> {one["id"], answer}
    end
  end

  defp answer(%{"operation" => operation, "params" => params}, tokenizers) do
    answer = Operations.answer(operation, params, tokenizers)
    {:ok, _} = answer |> Json.encode() |> Json.decode(:maps)
  rescue
    Rejected -> :rejected
  end

  # Numbers are equal in value; of the error of an unreadable call, what stands before the first ": " counts.
  defp same?(answer, result), do: shortened(answer) == shortened(result)

  defp shortened(%{"error" => error, "raw_text" => raw_text}),
    do: %{"error" => error |> String.split(": ") |> hd(), "raw_text" => raw_text}

  defp shortened(map) when is_map(map), do: Map.new(map, fn {key, value} -> {key, shortened(value)} end)
  defp shortened(list) when is_list(list), do: Enum.map(list, &shortened/1)
  defp shortened(value), do: value
end
