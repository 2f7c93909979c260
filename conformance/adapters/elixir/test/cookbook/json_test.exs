defmodule Cookbook.JsonTest do
  use ExUnit.Case, async: true

  alias Cookbook.{Json, Rejected}

  doctest Json

  # What Python's json.dumps(json.loads(text)) gives.
  @rewritten [
    {~S({"b":1,"a":"é","n":null,"t":true}), ~S({"b": 1, "a": "\u00e9", "n": null, "t": true})},
    {~S({"a":1,"b":2,"a":3}), ~S({"a": 3, "b": 2})},
    {~S([1.0,1E-7,1e3,1.10,0.0001,123456789012345678.0]),
     ~S([1.0, 1e-07, 1000.0, 1.1, 0.0001, 1.2345678901234568e+17])},
    {~S([12345678901234567890,-0,-0.0,5e-324,1e15,1e16,-2.5]),
     ~S([12345678901234567890, 0, -0.0, 5e-324, 1000000000000000.0, 1e+16, -2.5])},
    {~S([NaN,-Infinity,1e999,-1e999,1e-999]), ~S([NaN, -Infinity, Infinity, -Infinity, 0.0])},
    {~S("\ud83d\ude00\ud83d!\ude00"), ~S("\ud83d\ude00\ud83d!\ude00")},
    {~S("\/<\u007f\u0041\n\b"), ~S("/<\u007fA\n\b")},
    {" [ ] ", "[]"},
    {"{}", "{}"}
  ]

  for {{text, expected}, index} <- Enum.with_index(@rewritten) do
    test "rewrites as Python does (#{index})" do
      {:ok, value} = Json.decode(unquote(text))
      assert Json.encode(value) == unquote(expected)
    end
  end

  @refused [
    "",
    "nul",
    "01",
    "1.",
    "+1",
    "-",
    "[1,]",
    "[1 2]",
    ~S({"a"}),
    ~S({"a":1,}),
    "{a:1}",
    ~S("open),
    ~s("\n"),
    ~S("\x"),
    ~S("\u12é"),
    ~S("\u+123"),
    "1 2",
    "\uFEFF1"
  ]

  for {text, index} <- Enum.with_index(@refused) do
    test "refuses what is not JSON (#{index})" do
      assert {:error, reason} = Json.decode(unquote(text))
      assert String.valid?(reason)
    end
  end

  test "gives up where Python does" do
    for {longest, too_long} <- [
          {nines(4300), nines(4301)},
          {"-" <> nines(4300), "-" <> nines(4301)},
          {deep(994), deep(1200)}
        ] do
      assert {:ok, _} = Json.decode(longest)
      assert_raise Rejected, fn -> Json.decode(too_long) end
    end
  end

  defp nines(count), do: String.duplicate("9", count)
  defp deep(count), do: String.duplicate("[", count) <> String.duplicate("]", count)

  test "reads objects as maps where their order means nothing" do
    assert Json.decode(~S({"a":{"b":[]}}), :maps) == {:ok, %{"a" => %{"b" => []}}}
  end
end
