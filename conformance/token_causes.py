"""Why two token sequences differ, in the words of the field. Works on ids, and on text only to explain them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from os.path import commonprefix
from typing import TYPE_CHECKING, Protocol

from conformance.json_causes import json_difference
from conformance.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lexicon(Protocol):
    """What is known of a tokenizer: how its ids read, and which of them are markers of the format."""

    @property
    def bos(self) -> int | None: ...

    def text(self, tokens: Sequence[int]) -> str:
        """The tokens decoded together; ids that do not exist are shown, never an error."""
        ...

    def piece(self, token: int) -> str:
        """One token as people read it: a lone byte of a longer character is shown as `\\xNN`."""
        ...

    def is_marker(self, token: int) -> bool:
        """Whether the id is an added token (`<|im_end|>`, `<think>`), which ordinary text never encodes to."""
        ...


@dataclass(frozen=True, slots=True)
class TokenDifference:
    """The cause, where it begins (a token index, counted from 0), and one line about it."""

    cause: str
    index: int
    summary: str


def first_difference(expected: Sequence[int], got: Sequence[int]) -> int:
    """The first index at which the sequences differ; the shorter length when one is the beginning of the other."""
    for index, (left, right) in enumerate(zip(expected, got, strict=False)):
        if left != right:
            return index
    return min(len(expected), len(got))


def explain_tokens(expected: Sequence[int], got: Sequence[int], lexicon: Lexicon) -> TokenDifference:
    """The most telling cause that holds for two sequences that differ."""
    index = first_difference(expected, got)
    cause, summary = (
        _at_the_beginning(expected, got, lexicon)
        or _at_the_end(expected, got, index, lexicon)
        or _same_text(expected, got, index, lexicon)
        or _lookalike(expected, got, index, lexicon)
        or _another_terminator(expected, got, lexicon)
        or _nearly_the_same_text(lexicon.text(expected), lexicon.text(got))
        or _in_the_middle(expected, got, index, lexicon)
    )
    return TokenDifference(cause, index, summary)


_Found = tuple[str, str] | None


def _at_the_beginning(expected: Sequence[int], got: Sequence[int], lexicon: Lexicon) -> _Found:
    bos = lexicon.bos
    if bos is None:
        return None
    wanted, there = list(expected).count(bos), list(got).count(bos)
    name = quote(lexicon.piece(bos))
    if expected[:1] == [bos] and list(got) == list(expected[1:]):
        return "bos-missing", f"{name} is missing at the beginning; everything after it agrees"
    if there > wanted and _without(expected, bos) == _without(got, bos):
        return "bos-extra", f"{name} occurs {there} times, expected {wanted}; everything else agrees"
    return None


def _without(tokens: Sequence[int], dropped: int) -> list[int]:
    return [token for token in tokens if token != dropped]


def _at_the_end(expected: Sequence[int], got: Sequence[int], index: int, lexicon: Lexicon) -> _Found:
    if index == len(got):
        tail, verb, ending = expected[index:], "is missing at the end", "missing"
    elif index == len(expected):
        tail, verb, ending = got[index:], "is written after the end", "extra"
    else:
        return None
    what = f"{_count(len(tail))} {quote(lexicon.text(tail))} {verb}"
    closes = len(tail) == 1 and _is_terminator(tail[0], lexicon)
    return (f"terminator-{ending}" if closes else f"tail-{ending}"), what


def _same_text(expected: Sequence[int], got: Sequence[int], index: int, lexicon: Lexicon) -> _Found:
    text = lexicon.text(expected)
    if text != lexicon.text(got):
        return None
    left, right = expected[index], got[index]
    if lexicon.is_marker(left) and not lexicon.is_marker(right):
        return "special-as-text", f"{quote(lexicon.piece(left))} should be the single id {left}, it was spelled out"
    if lexicon.is_marker(right) and not lexicon.is_marker(left):
        return "text-as-special", f"the text {quote(lexicon.piece(right))} became the special id {right}"
    if "\ufffd" in text:
        # Bytes that are not UTF-8 all read alike, so equal texts prove nothing.
        return "text-other", f"{quote(lexicon.piece(right))} where {quote(lexicon.piece(left))} is expected"
    return "segmentation", (
        f"the same text in {len(got)} tokens instead of {len(expected)}: "
        f"{quote(lexicon.piece(right))} where {quote(lexicon.piece(left))} is expected"
    )


def _lookalike(expected: Sequence[int], got: Sequence[int], index: int, lexicon: Lexicon) -> _Found:
    """A marker spelled with characters that look like its own: `<|User|>` with the bar of ASCII, not U+FF5C."""
    marker = expected[index]
    if not lexicon.is_marker(marker) or lexicon.is_marker(got[index]):
        return None
    if _as_looked_at(lexicon.text(expected)) != _as_looked_at(lexicon.text(got)):
        return None
    piece = lexicon.piece(marker)
    codes = ", ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(piece) if not character.isascii())
    return "special-as-text", f"{quote(piece)} is spelled with other characters; its own are {codes or 'all of ASCII'}"


def _as_looked_at(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\u2581", "_")


def _another_terminator(expected: Sequence[int], got: Sequence[int], lexicon: Lexicon) -> _Found:
    """Where one marker ends something, another does: `<|end|>` for `<|return|>`."""
    if len(expected) != len(got):
        return None
    pairs = [(left, right) for left, right in zip(expected, got, strict=True) if left != right]
    if not all(_is_terminator(token, lexicon) for pair in pairs for token in pair):
        return None
    left, right = (quote(lexicon.piece(token)) for token in pairs[0])
    places = f", at {len(pairs)} places" if len(pairs) > 1 else ""
    return "terminator-other", f"{right} where {left} is expected{places}"


def _is_terminator(token: int, lexicon: Lexicon) -> bool:
    return lexicon.is_marker(token) and CLOSING.search(lexicon.piece(token)) is not None


CLOSING = re.compile(r"^(?!.*(?:header|think)).*(?:end|eot|eom|return|\|call\||/s>)")
"""What is in the name of a marker that ends something, in the formats that there are."""
_NEWLINES = re.compile(r"[\r\n]+")
_SPACE = re.compile(r"\s+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_TAGS = re.compile(r"</?think>")
_CHANNEL = re.compile(r"(?<=<\|channel\|>)\w+")
_BLOCKS = re.compile(r"<think>.*?</think>", re.DOTALL)


def explain_texts(expected: str, got: str) -> str:
    """The most telling cause that holds for two texts that differ and are no tokens."""
    return (_nearly_the_same_text(expected, got) or _changed(expected, got))[0]


def _nearly_the_same_text(left: str, right: str) -> _Found:
    change = describe_change(left, right)
    if unicodedata.normalize("NFC", left) == unicodedata.normalize("NFC", right):
        return "normalization", change
    if written := json_difference(left, right):
        return written
    if _NEWLINES.sub("", left) == _NEWLINES.sub("", right):
        return "newlines", change
    if _SPACE.sub("", left) == _SPACE.sub("", right):
        return "whitespace", change
    if left.casefold() == right.casefold():
        return "letter-case", change
    if _damaged(left, right):
        return "characters", change
    if _CHANNEL.sub("", left) == _CHANNEL.sub("", right):
        return "channel", change
    if cause := think_difference(left, right):
        return cause, change
    return None


def think_difference(left: str, right: str) -> str:
    """The cause, where two texts differ in think tags alone or in whole think blocks; empty if in more."""
    if _SPACE.sub("", _TAGS.sub("", left)) == _SPACE.sub("", _TAGS.sub("", right)):
        return "think-frame"
    if _blocks(left) != _blocks(right) and _SPACE.sub("", _BLOCKS.sub("", left)) == _SPACE.sub(
        "", _BLOCKS.sub("", right)
    ):
        return "think-block"
    return ""


def _blocks(text: str) -> list[bool]:
    """For each think block, whether anything stands in it."""
    return [bool(_TAGS.sub("", block).strip()) for block in _BLOCKS.findall(text)]


def _damaged(left: str, right: str) -> bool:
    """Whether the texts differ in characters beyond ASCII alone, as when one of them was decoded wrongly."""
    return _BEYOND_ASCII.sub("", left) == _BEYOND_ASCII.sub("", right)


def _in_the_middle(expected: Sequence[int], got: Sequence[int], index: int, lexicon: Lexicon) -> tuple[str, str]:
    left, right = lexicon.text(expected), lexicon.text(got)
    opened = index and lexicon.is_marker(expected[index - 1]) and _is_role_opener(lexicon.piece(expected[index - 1]))
    if opened and not _is_reordered(left, right):
        return "role-header", describe_change(left, right)
    return _changed(left, right)


def _changed(left: str, right: str) -> tuple[str, str]:
    change = describe_change(left, right)
    if _is_reordered(left, right):
        return "text-order", change
    places = changed_places(left, right)
    if not any(inserted for _, inserted in places):
        return "text-missing", change
    if not any(removed for removed, _ in places):
        return "text-extra", change
    return "text-other", change


def _is_reordered(left: str, right: str) -> bool:
    """Whether the texts are of the same characters, in another order at more than one place."""
    same = sorted(_SPACE.sub("", left)) == sorted(_SPACE.sub("", right))
    return same and len(changed_places(left, right)) > 1


def _is_role_opener(piece: str) -> bool:
    return piece in ("<|im_start|>", "<|start_header_id|>", "<|start|>")


def changed_parts(left: str, right: str) -> tuple[str, str]:
    """What is left of two texts when their common beginning and their common end are taken away."""
    begin = 0
    limit = min(len(left), len(right))
    while begin < limit and left[begin] == right[begin]:
        begin += 1
    end = 0
    while end < limit - begin and left[-1 - end] == right[-1 - end]:
        end += 1
    removed, inserted = left[begin : len(left) - end], right[begin : len(right) - end]
    if not removed or not inserted:
        # Which of several equal places is meant cannot be told: `a<b>` in `<a<b>>`. Begin at a tag or a line.
        slid = _slid(left[:begin], removed or inserted)
        return (slid, "") if removed else ("", slid)
    return removed, inserted


def _slid(before: str, text: str) -> str:
    """The text, begun further left where what stands before it allows, and there at the first of `<`, `{`, newline."""
    at, limit = 0, len(text)
    while at < limit and at < len(before) and before[-1 - at] == text[-1 - at]:
        at += 1
        if text[-at] in "<{\n":
            return text[-at:] + text[:-at]
    return text


_WORD = re.compile(r"<[^<>]*>|\w+|\n|[^\S\n]+|.", re.DOTALL)
_TAG_EDGE = re.compile(r"[<>\s]")
_TAG_BEGUN = re.compile(r"<[^<>\s]*\Z")
_TAG_ENDED = re.compile(r"[^<>\s]*>")
LONGEST_TAG = 64
"""How far the ends of a tag are looked for around a change."""
MATCHED_WORDS = 1000
"""Up to so many changed words, places are told apart; beyond, all from the first change to the last is one."""


def changed_places(left: str, right: str) -> list[tuple[str, str]]:
    """Each place at which two texts differ: what the left one has there, and what the right one has."""
    removed, inserted = changed_parts(left, right)
    there: list[str] = _WORD.findall(removed)
    here: list[str] = _WORD.findall(inserted)
    if not removed or not inserted or len(there) + len(here) > MATCHED_WORDS:
        return [(removed, inserted)]
    opcodes = SequenceMatcher(None, there, here, autojunk=False).get_opcodes()
    return [("".join(there[i1:i2]), "".join(here[j1:j2])) for kind, i1, i2, j1, j2 in opcodes if kind != "equal"]


def _whole_tags(left: str, right: str, removed: str, inserted: str) -> tuple[str, str] | None:
    """The tag that a change lies in, as either text has it: `<think>` and `</think>` differ by more than a slash."""
    if _TAG_EDGE.search(removed + inserted):
        return None
    begin = len(commonprefix([left, right]))  # noqa: RUF071 (these are no paths)
    before = _TAG_BEGUN.search(left[max(0, begin - LONGEST_TAG) : begin])
    after = _TAG_ENDED.match(left[begin + len(removed) :][:LONGEST_TAG])
    return (before[0] + removed + after[0], before[0] + inserted + after[0]) if before and after else None


def describe_change(left: str, right: str) -> str:
    """One line: what the expected text has that the other has not, and the reverse, at the first place."""
    places = changed_places(left, right)
    removed, inserted = (len(places) == 1 and _whole_tags(left, right, *places[0])) or places[0]
    if not inserted:
        change = f"{quote(removed)} is missing"
    elif not removed:
        change = f"{quote(inserted)} does not belong"
    else:
        change = f"{quote(inserted)} where {quote(removed)} is expected"
    more = len(places) - 1
    return f"{change}, and so at {more} more {'place' if more == 1 else 'places'}" if more else change


def _count(tokens: int) -> str:
    return "1 token" if tokens == 1 else f"{tokens} tokens"
