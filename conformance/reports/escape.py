"""Make text from models, ports and files safe to show. The one place where reports do so.

Such text may hold anything: terminal sequences, line ends that forge a line of the report, marks that turn its
direction, characters without a picture, markup. Every function here first makes the unprintable visible, so that
nothing is lost and a difference that cannot be seen otherwise can be seen: control characters become the pictures that
Unicode has for them (ESC becomes ␛), everything else without a picture of its own becomes its code (``\\u202e``).

There is no function for rich's markup (`[bold]`): rich offers no escape that holds for every text, so reports never
let it read markup and pass `rich.text.Text`.
"""

from __future__ import annotations

import html as _html
import re
import unicodedata

# Printable by their Unicode category, yet without a picture: fillers, joiners, variation selectors, the blank braille
# cell. The other invisible characters are not `str.isprintable`.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Every mark that Markdown, or what GitHub adds to it, gives a meaning.
_MARKDOWN = re.compile(r"[!\"#$%&'()*+\-./:;<=>?@\[\\\]^_`{|}~]")


def visible(text: str, *, keep: str = "") -> str:
    """The text with every character that has no picture of its own replaced by one that has.

    Replaced are: C0 and C1 control characters, separators other than the space, format characters (bidi, zero width,
    tags), lone surrogates, noncharacters, private and unassigned code points, and invisible letters and marks.
    Characters in `keep` stay as they are (`keep="\\n"` for a text of several lines).
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(c if c in keep or (c.isprintable() and not _INVISIBLE.match(c)) else _picture(c) for c in text)


def token(text: str) -> str:
    """The text of one token as one unbroken cell: `visible`, and a space is ␣, so that it can be seen and counted."""
    if not text:
        return "(empty)"
    shown = visible(text).replace(" ", "␣")
    # A combining mark on its own would otherwise be drawn over the cell's left neighbour.
    return f"◌{shown}" if unicodedata.category(shown[0])[0] == "M" else shown


def narrow(text: str, encoding: str) -> str:
    """The text with what `encoding` cannot say as its code, so that writing it to such a stream cannot fail."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def xml(text: str, *, keep: str = "") -> str:
    """Text that XML 1.0 can hold. `<`, `>` and `&` are left to the writer of the XML, which knows where they are."""
    return visible(text, keep=keep)


def html(text: str) -> str:
    """For the text of an HTML element or a quoted attribute."""
    return _html.escape(visible(text))


def markdown(text: str) -> str:
    """For running Markdown text, tables included: no mark is read as markup. It may still mention (`@name`)."""
    return _MARKDOWN.sub(lambda mark: f"&#{ord(mark.group())};", visible(text))


def markdown_code(text: str) -> str:
    """For code in Markdown, tables included: no markup, no links, no mentions."""
    # A code span of backticks cannot hold a pipe in a table; the element can, with every mark as an entity.
    return f"<code>{markdown(text)}</code>"


def _picture(c: str) -> str:
    code = ord(c)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
