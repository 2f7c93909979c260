defmodule Cookbook.PythonText do
  @moduledoc """
  Methods of Python's `str` that Elixir's `String` has otherwise.
  """

  defguardp is_space(char)
            when char in 0x09..0x0D or char in 0x1C..0x20 or char in [0x85, 0xA0, 0x1680] or
                   char in 0x2000..0x200A or char in [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]

  @doc """
  `str.strip()`. Unlike `String.trim/1` it takes the separators U+001C to U+001F for whitespace.
  """
  @spec strip(String.t()) :: String.t()
  def strip(text), do: text |> strip_leading() |> strip_trailing()

  @doc "`str.rstrip()`."
  @spec strip_trailing(String.t()) :: String.t()
  def strip_trailing(text) do
    text
    |> String.to_charlist()
    |> Enum.reverse()
    |> Enum.drop_while(&is_space/1)
    |> Enum.reverse()
    |> List.to_string()
  end

  defp strip_leading(<<char::utf8, rest::binary>>) when is_space(char), do: strip_leading(rest)
  defp strip_leading(text), do: text

  @doc """
  The first characters of a text. `String.slice/3` would count what a reader sees as one, such as
  an emoji of several code points.
  """
  @spec take(String.t(), non_neg_integer) :: String.t()
  def take(text, count), do: text |> String.codepoints() |> Enum.take(count) |> Enum.join()

  @doc """
  `str.capitalize()`: the first code point in title case, which is not always upper case, and the
  rest in lower case.

      iex> Cookbook.PythonText.capitalize("myROLE")
      "Myrole"

  A sigma that ends a word is `ς` in Python, which `String.downcase/2` only does if it is asked
  for Greek, and only sees in the whole word, and not after a letter of ASCII.
  """
  @spec capitalize(String.t()) :: String.t()
  def capitalize(""), do: ""

  def capitalize(<<first::utf8, _::binary>> = text) do
    first = <<first::utf8>>
    lower = text |> final_sigma_after_ascii() |> String.downcase(:greek)
    rest = String.replace_prefix(lower, String.downcase(first), "")
    String.capitalize(first) <> rest
  end

  # What Unicode calls case-ignorable may stand between the letters of a word.
  @between "[\\p{Mn}\\p{Me}\\p{Cf}\\p{Lm}\\p{Sk}.':·]*"

  defp final_sigma_after_ascii(text) do
    Regex.replace(~r/[A-Za-z]#{@between}\KΣ(?!#{@between}\p{L})/u, text, "ς")
  end
end
