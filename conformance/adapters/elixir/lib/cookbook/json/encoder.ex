defmodule Cookbook.Json.Encoder do
  @moduledoc false

  def encode(nil), do: "null"
  def encode(:nan), do: "NaN"
  def encode(:infinity), do: "Infinity"
  def encode(:negative_infinity), do: "-Infinity"
  def encode(value) when is_boolean(value), do: Atom.to_string(value)
  def encode(value) when is_atom(value), do: value |> Atom.to_string() |> string()
  def encode(value) when is_integer(value), do: Integer.to_string(value)
  def encode(value) when is_float(value), do: float(value)
  def encode(value) when is_binary(value), do: string(value)

  def encode(value) when is_list(value), do: [?[, Enum.map_intersperse(value, ", ", &encode/1), ?]]

  def encode({:object, members}), do: [?{, Enum.map_intersperse(members, ", ", &member/1), ?}]
  def encode(value) when is_map(value), do: encode({:object, Map.to_list(value)})

  defp member({key, value}), do: [key |> to_string() |> string(), ": ", encode(value)]

  defp string(text), do: [?", escape(text, []), ?"]

  defp escape("", written), do: Enum.reverse(written)
  defp escape(<<?", rest::binary>>, written), do: escape(rest, ["\\\"" | written])
  defp escape(<<?\\, rest::binary>>, written), do: escape(rest, ["\\\\" | written])
  defp escape(<<?\b, rest::binary>>, written), do: escape(rest, ["\\b" | written])
  defp escape(<<?\f, rest::binary>>, written), do: escape(rest, ["\\f" | written])
  defp escape(<<?\n, rest::binary>>, written), do: escape(rest, ["\\n" | written])
  defp escape(<<?\r, rest::binary>>, written), do: escape(rest, ["\\r" | written])
  defp escape(<<?\t, rest::binary>>, written), do: escape(rest, ["\\t" | written])

  defp escape(<<byte, rest::binary>>, written) when byte in 0x20..0x7E,
    do: escape(rest, [byte | written])

  defp escape(<<char::utf8, rest::binary>>, written) when char > 0xFFFF do
    <<high::16, low::16>> = <<char::utf16>>
    escape(rest, [[unit(high), unit(low)] | written])
  end

  defp escape(<<char::utf8, rest::binary>>, written), do: escape(rest, [unit(char) | written])

  # Half of a pair of surrogates, as the decoder leaves it.
  defp escape(<<0b1110::4, top::4, 0b10::2, middle::6, 0b10::2, low::6, rest::binary>>, written) do
    <<half::16>> = <<top::4, middle::6, low::6>>
    escape(rest, [unit(half) | written])
  end

  defp unit(code), do: ["\\u", Base.encode16(<<code::16>>, case: :lower)]

  # Python's `repr`: the shortest digits that read back as the same float, without an exponent
  # from 1e-4 up to 1e16. Erlang finds the same digits and sets the exponent elsewhere.
  defp float(value) do
    {sign, digits, exponent} = value |> :erlang.float_to_binary([:short]) |> scientific()
    [sign | positional(digits, exponent)]
  end

  defp positional("0", _), do: ["0.0"]

  defp positional(digits, exponent) when exponent < -4,
    do: [point(digits, 1), "e-", two_digits(-exponent)]

  defp positional(digits, exponent) when exponent >= 16,
    do: [point(digits, 1), "e+", two_digits(exponent)]

  defp positional(digits, exponent) when exponent < 0,
    do: ["0.", String.duplicate("0", -exponent - 1), digits]

  defp positional(digits, exponent) do
    case point(digits, exponent + 1) do
      [_, ".", _] = number -> number
      integer -> [integer, ".0"]
    end
  end

  # The digits with a point after so many of them, or none where no digit would follow.
  defp point(digits, before) do
    case String.split_at(digits, before) do
      {whole, ""} -> String.pad_trailing(whole, before, "0")
      {whole, fraction} -> [whole, ".", fraction]
    end
  end

  defp two_digits(exponent), do: exponent |> Integer.to_string() |> String.pad_leading(2, "0")

  # Sign, significant digits and the exponent of the first of them, of what Erlang writes: 12.5,
  # 0.001 or 1.0e22.
  defp scientific("-" <> text) do
    {_, digits, exponent} = scientific(text)
    {"-", digits, exponent}
  end

  defp scientific(text) do
    {mantissa, shift} =
      case String.split(text, "e") do
        [mantissa] -> {mantissa, 0}
        [mantissa, exponent] -> {mantissa, String.to_integer(exponent)}
      end

    [whole, fraction] = String.split(mantissa, ".")
    digits = String.trim_leading(whole <> fraction, "0")
    leading_zeros = String.length(whole <> fraction) - String.length(digits)

    case String.trim_trailing(digits, "0") do
      "" -> {"", "0", 0}
      significant -> {"", significant, shift + String.length(whole) - 1 - leading_zeros}
    end
  end
end
