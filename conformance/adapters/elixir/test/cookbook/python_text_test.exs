defmodule Cookbook.PythonTextTest do
  use ExUnit.Case, async: true

  alias Cookbook.PythonText

  doctest PythonText

  test "strips what Python takes for whitespace, and nothing else" do
    assert PythonText.strip(" \t\x1C\u00A0a b\u3000\u0085\n") == "a b"
    assert PythonText.strip("\uFEFFa\u200B") == "\uFEFFa\u200B"
    assert PythonText.strip("\r\n") == ""
  end

  test "capitalizes the first code point and lowers the rest" do
    assert Enum.map(["", "ΑΣ", "aΣ", "x'ΣA", "ǆX", "ßA", "e\u0301A", "!AB"], &PythonText.capitalize/1) ==
             ["", "Ας", "Aς", "X'σa", "ǅx", "Ssa", "E\u0301a", "!ab"]
  end

  test "takes code points, not what a reader sees as one character" do
    assert PythonText.take("e\u0301x", 1) == "e"
  end
end
