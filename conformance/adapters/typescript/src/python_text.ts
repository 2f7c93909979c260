/** Methods of Python's `str` that JavaScript has otherwise or not at all. */

/**
 * Whitespace as Python sees it, with the separators U+001C to U+001F and U+0085, and without U+FEFF: what stands
 * between the brackets of a regular expression's class.
 */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const ENDS = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");

/** `str.strip()`. */
export function strip(text: string): string {
  return text.replace(ENDS, "");
}

/** `str.lstrip("\n")`. */
export function withoutLeadingNewlines(text: string): string {
  return text.replace(/^\n+/, "");
}

/** `str.strip("\n")`. */
export function withoutOuterNewlines(text: string): string {
  return text.replace(/^\n+|\n+$/g, "");
}

/** `str.capitalize()`: a first letter in title case, which is not always upper case, and a lower case rest. */
export function capitalize(text: string): string {
  const [first = ""] = text;
  return titleCase(first) + text.toLowerCase().slice(first.toLowerCase().length);
}

/** An upper case of several letters has but one capital, and a subscript iota stays below its letter. */
function titleCase(letter: string): string {
  const [initial = "", ...others] = letter.toUpperCase();
  return TITLE_CASE.get(letter) ?? initial + others.join("").toLowerCase().replace("\u03b9", "\u0345");
}

/** Letters whose title case has a form of its own, such as the digraphs; Georgian ones are their own title case. */
const TITLE_CASE = new Map([["\u0149", "\u02bcN"]]);
for (let code = 0; code < 0x2000; code += 1) {
  const letter = String.fromCharCode(code);
  if (/[\u10d0-\u10ff]/.test(letter)) TITLE_CASE.set(letter, letter);
  if (/\p{Lt}/u.test(letter)) {
    for (const form of [letter, letter.toLowerCase(), letter.toLowerCase().toUpperCase()]) TITLE_CASE.set(form, letter);
  }
}
