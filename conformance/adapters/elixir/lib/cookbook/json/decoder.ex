defmodule Cookbook.Json.Decoder do
  @moduledoc false

  # Every function takes the text that is left and returns what it read with the text left after it. What is not JSON is
  # thrown. `how` is what becomes of objects, and how many brackets may still be opened.

  alias Cookbook.Rejected

  defguardp is_digit(byte) when byte in ?0..?9

  # Where Python gives up, with an error that says nothing of JSON: an integer of more digits than this, because the time
  # that it takes grows with their square, and about so many brackets in each other, because its stack is full.
  @max_digits 4300
  @max_depth 994

  def decode(text, objects) do
    case text |> skip() |> value({objects, @max_depth}) do
      {value, ""} -> {:ok, value}
      {_, rest} -> {:error, "more follows the value: #{shown(rest)}"}
    end
  catch
    {:not_json, reason} -> {:error, reason}
  end

  # A value, and the whitespace after it.
  defp value(text, how) do
    {value, rest} = bare_value(text, how)
    {value, skip(rest)}
  end

  defp bare_value(<<?", rest::binary>>, _), do: string(rest, "")
  defp bare_value("[" <> rest, how), do: array(skip(rest), deeper(how))
  defp bare_value("{" <> rest, how), do: object(skip(rest), deeper(how))
  defp bare_value("null" <> rest, _), do: {nil, rest}
  defp bare_value("true" <> rest, _), do: {true, rest}
  defp bare_value("false" <> rest, _), do: {false, rest}
  defp bare_value("NaN" <> rest, _), do: {:nan, rest}
  defp bare_value("Infinity" <> rest, _), do: {:infinity, rest}
  defp bare_value("-Infinity" <> rest, _), do: {:negative_infinity, rest}
  defp bare_value("-" <> rest, _), do: integer(rest, "-")
  defp bare_value(text, _), do: integer(text, "")

  defp deeper({_, 0}), do: raise(Rejected, {:invalid_message, "more than #{@max_depth} brackets are open"})
  defp deeper({objects, left}), do: {objects, left - 1}

  defp array("]" <> rest, _), do: {[], rest}
  defp array(text, how), do: items(text, how, [])

  defp items(text, how, items) do
    case value(text, how) do
      {item, "," <> rest} -> items(skip(rest), how, [item | items])
      {item, "]" <> rest} -> {Enum.reverse(items, [item]), rest}
      {_, rest} -> not_json("a comma or ] is missing", rest)
    end
  end

  defp object("}" <> rest, how), do: {collect([], how), rest}
  defp object(text, how), do: members(text, how, [])

  defp members(<<?", rest::binary>>, how, members) do
    {key, rest} = string(rest, "")

    with ":" <> rest <- skip(rest),
         {value, rest} = value(skip(rest), how),
         members = [{key, value} | members],
         {:more, members, rest} <- more(rest, members) do
      members(skip(rest), how, members)
    else
      {:done, members, rest} -> {collect(Enum.reverse(members), how), rest}
      rest -> not_json("a colon is missing", rest)
    end
  end

  defp members(text, _, _), do: not_json("a key is missing", text)

  defp more("," <> rest, members), do: {:more, members, rest}
  defp more("}" <> rest, members), do: {:done, members, rest}
  defp more(rest, _), do: not_json("a comma or } is missing", rest)

  # A key that repeats keeps its first place and its last value.
  defp collect(members, {:maps, _}), do: Map.new(members)

  defp collect(members, {:ordered, _}) do
    last = Map.new(members)

    firsts = if map_size(last) == length(members), do: members, else: Enum.uniq_by(members, &elem(&1, 0))

    {:object, for({key, _} <- firsts, do: {key, last[key]})}
  end

  # The rest of a string whose opening quote is taken.
  defp string(<<?", rest::binary>>, read), do: {read, rest}
  defp string(<<?\\, ?u, rest::binary>>, read), do: unicode_escape(rest, read)

  defp string(<<?\\, byte, rest::binary>> = text, read) do
    string(rest, <<read::binary, escaped(byte) || not_json("no such escape", text)>>)
  end

  defp string(<<byte, rest::binary>>, read) when byte >= 0x20,
    do: string(rest, <<read::binary, byte>>)

  defp string("", _), do: not_json("the closing quote is missing", "")
  defp string(text, _), do: not_json("a control character stands in a string", text)

  defp escaped(byte) when byte in [?", ?\\, ?/], do: byte
  defp escaped(?b), do: ?\b
  defp escaped(?f), do: ?\f
  defp escaped(?n), do: ?\n
  defp escaped(?r), do: ?\r
  defp escaped(?t), do: ?\t
  defp escaped(_), do: nil

  defp unicode_escape(text, read) do
    case code_unit(text) do
      {high, <<?\\, ?u, rest::binary>>} when high in 0xD800..0xDBFF -> pair(high, rest, read)
      {unit, rest} -> string(rest, <<read::binary, utf8(unit)::binary>>)
    end
  end

  defp pair(high, text, read) do
    case code_unit(text) do
      {low, rest} when low in 0xDC00..0xDFFF ->
        astral = 0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)
        string(rest, <<read::binary, astral::utf8>>)

      _ ->
        unicode_escape(text, <<read::binary, utf8(high)::binary>>)
    end
  end

  defp code_unit(text) do
    with <<hex::binary-size(4), rest::binary>> <- text,
         {:ok, <<unit::16>>} <- Base.decode16(hex, case: :mixed) do
      {unit, rest}
    else
      _ -> not_json("no four hexadecimal digits", text)
    end
  end

  # `::utf8` refuses surrogates.
  defp utf8(unit) when unit in 0xD800..0xDFFF do
    <<top::4, middle::6, low::6>> = <<unit::16>>
    <<0b1110::4, top::4, 0b10::2, middle::6, 0b10::2, low::6>>
  end

  defp utf8(unit), do: <<unit::utf8>>

  defp integer("0" <> rest, sign), do: fraction(rest, sign <> "0")

  defp integer(<<byte, _::binary>> = text, sign) when is_digit(byte) do
    {digits, rest} = digits(text, sign)
    fraction(rest, digits)
  end

  defp integer(text, _), do: not_json("a value is missing before", text)

  defp fraction(<<?., byte, rest::binary>>, integer) when is_digit(byte) do
    {mantissa, rest} = digits(rest, <<integer::binary, ?., byte>>)
    {exponent, rest} = exponent(rest)
    {float(mantissa, exponent || "0"), rest}
  end

  defp fraction(text, integer) do
    case exponent(text) do
      {nil, rest} -> {whole(integer), rest}
      {exponent, rest} -> {float(integer <> ".0", exponent), rest}
    end
  end

  defp whole("-" <> digits), do: -whole(digits)

  defp whole(digits) when byte_size(digits) > @max_digits,
    do: raise(Rejected, {:invalid_message, "an integer has more than #{@max_digits} digits"})

  defp whole(digits), do: String.to_integer(digits)

  defp exponent(<<e, sign, byte, _::binary>> = text)
       when e in 'eE' and sign in '+-' and is_digit(byte) do
    <<_, _, digits::binary>> = text
    digits(digits, <<sign>>)
  end

  defp exponent(<<e, byte, _::binary>> = text) when e in 'eE' and is_digit(byte) do
    <<_, digits::binary>> = text
    digits(digits, "")
  end

  defp exponent(text), do: {nil, text}

  defp digits(<<byte, rest::binary>>, read) when is_digit(byte),
    do: digits(rest, <<read::binary, byte>>)

  defp digits(text, read), do: {read, text}

  # The BEAM has no infinite floats, and raises where Python overflows to one.
  defp float(mantissa, exponent) do
    String.to_float("#{mantissa}e#{exponent}")
  rescue
    ArgumentError -> if match?("-" <> _, mantissa), do: :negative_infinity, else: :infinity
  end

  defp skip(<<byte, rest::binary>>) when byte in ' \t\n\r', do: skip(rest)
  defp skip(text), do: text

  @spec not_json(String.t(), binary) :: no_return
  defp not_json(what, text), do: throw({:not_json, "#{what}: #{shown(text)}"})

  defp shown(""), do: "the end"
  defp shown(text), do: String.slice(text, 0, 20)
end
