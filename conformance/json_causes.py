"""Why two texts differ that hold the same JSON values: how spaces, keys, escapes and numbers are written.

Tool calls and tool declarations travel as JSON inside text. The values are the same in nearly every port; how they are
written is what a model was trained on, and what an encoder of another language does otherwise.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NamedTuple

from conformance.quoting import quote

WAYS = {
    "spaces": "json-spacing",
    "key order": "json-key-order",
    "escapes": "json-escapes",
    "numbers": "json-numbers",
}
"""In which ways JSON text can differ, and the cause where it is the only one."""
LEADS = {
    "spaces": "JSON with other spaces",
    "key order": "JSON with its keys in another order",
    "escapes": "JSON with other escapes",
    "numbers": "JSON with numbers written otherwise",
}
SEVERAL = "json-text"
"""The cause where there are several at once."""
RENAMED = "json-keys"
"""The cause where a key has another name and the values are the same."""
KEYS = 8
"""How many keys of a list are shown."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?(?:[0-9][0-9.eE+-]*|Infinity)|[A-Za-z]+|[\[\]{},:]|\s+', re.DOTALL)
_Pairs = list[tuple[str, Any]]


class JsonDifference(NamedTuple):
    """The cause, and one line: in which ways, with an example of each."""

    cause: str
    summary: str


def json_difference(left: str, right: str) -> JsonDifference | None:
    """How the JSON values inside two texts are written otherwise; None when they differ in more, or hold none."""
    wanted, there = _parts(left), _parts(right)
    if not wanted[1] or wanted[0] != there[0] or len(wanted[1]) != len(there[1]):
        return None
    found: dict[str, str] = {}
    for one, other in zip(wanted[1], there[1], strict=True):
        if one == other:
            continue
        if not _same(_value(one), _value(other)):
            renamed = _renamed(_value(one), _value(other))
            if not renamed:
                return None
            return JsonDifference(RENAMED, f"JSON with a key named otherwise: {renamed}")
        for way, example in _ways(one, other):
            found.setdefault(way, example)
    if not found:
        return None
    if len(found) == 1:
        ((way, example),) = found.items()
        return JsonDifference(WAYS[way], f"{LEADS[way]}: {example}")
    told = "; ".join(f"{way}: {found[way]}" for way in WAYS if way in found)
    return JsonDifference(SEVERAL, f"JSON written otherwise in {len(found)} ways: {told}")


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The text around JSON objects, and the objects as they are written. Objects do not nest in the result."""
    decoder = json.JSONDecoder()
    around, objects = [], []
    begin = at = 0
    while (at := text.find("{", at)) >= 0:
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        around.append(text[begin:at])
        objects.append(text[at:end])
        begin = at = end
    around.append(text[begin:])
    return around, objects


class _Object(NamedTuple):
    """A JSON object with its members in order, also those of one name."""

    pairs: _Pairs

    def members(self) -> dict[str, Any]:
        return dict(self.pairs)


def _value(written: str) -> Any:
    return json.loads(written, object_pairs_hook=_Object, parse_int=float, strict=False)


def _same(one: Any, other: Any) -> bool:
    """Whether the values are equal, whatever the order of keys. A number is what a double holds of it."""
    if isinstance(one, _Object) and isinstance(other, _Object):
        here, there = one.members(), other.members()
        return here.keys() == there.keys() and all(_same(here[key], there[key]) for key in here)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _renamed(one: Any, other: Any) -> str:
    """The first key that has another name, where nothing else differs than names of keys; empty if more does."""
    if isinstance(one, _Object) and isinstance(other, _Object) and len(one.pairs) == len(other.pairs):
        names = [(here, there) for (here, _), (there, _) in zip(one.pairs, other.pairs, strict=True) if here != there]
        # Letter case and damaged characters are causes of their own.
        if not all((here + there).isascii() and here.casefold() != there.casefold() for here, there in names):
            return ""
        told = [f"{quote(there, 24)} where {quote(here, 24)} is expected" for here, there in names]
        values = [(here, there) for (_, here), (_, there) in zip(one.pairs, other.pairs, strict=True)]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        told, values = [], [*zip(one, other, strict=True)]
    else:
        return ""
    inside = [_renamed(here, there) for here, there in values if not _same(here, there)]
    return next(iter(told + inside), "") if all(inside) else ""


def _ways(one: str, other: str) -> list[tuple[str, str]]:
    """In which ways two texts of the same value differ, with an example of each."""
    left, right = _Written(one), _Written(other)
    found = []
    if left.spaces.keys() != right.spaces.keys():
        found.append(("spaces", _space_example(left.spaces, right.spaces)))
    keys = _keys(_value(one), _value(other))
    if keys is not None and Counter(keys[0]) != Counter(keys[1]):  # of twins, one side kept more
        return [("key order", f"{_listed(keys[1])} where {_listed(keys[0])} is expected")]
    if keys is not None:
        found.append(("key order", f"{_listed(keys[1])} where {_listed(keys[0])} is expected"))
    if left.strings != right.strings:
        found.append(("escapes", _example(left.strings, right.strings, _unescaped)))
    if left.numbers != right.numbers:
        found.append(("numbers", _example(left.numbers, right.numbers, float)))
    return found


class _Written:
    """How one JSON text is written, apart from what it says."""

    def __init__(self, text: str) -> None:
        self.spaces: dict[tuple[str, str], None] = {}  # a mark and the white space after it, or before it
        self.strings: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()
        before, space = "", ""
        for token in _TOKEN.findall(text):
            if token.isspace():
                space = token
                continue
            if before and before in "[{,:":
                self.spaces[before, space] = None
            elif token in "]},:":
                self.spaces[f"before {token}", space] = None
            if token[0] == '"':
                self.strings[token] += 1
            elif token[0] in "-0123456789":
                self.numbers[token] += 1
            before, space = token, ""


def _space_example(left: dict[tuple[str, str], None], right: dict[tuple[str, str], None]) -> str:
    for mark, there in right:
        for other, wanted in left:
            if mark == other and there != wanted and ((mark, there) not in left or (mark, wanted) not in right):
                lead, _, name = mark.rpartition(" ")
                texts = (space + name if lead else name + space for space in (there, wanted))
                return " where ".join(map(quote, texts)) + " is expected"
    return "between its tokens"


def _example(left: Counter[str], right: Counter[str], value: Any) -> str:
    """A string or number as both sides write it."""
    wanted, there = [*(left - right)], [*(right - left)]
    for one in wanted:
        for other in there:
            if value(one) == value(other):
                return f"{_cut(other)} where {_cut(one)} is expected"
    return f"{_cut(there[0])} does not belong" if there else f"{_cut(wanted[0])} is missing"


def _cut(written: str) -> str:
    """A piece of JSON text as it stands there, in ASCII."""
    shown = written if len(written) <= 48 else f"{written[:24]}...{written[-24:]}"
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in shown)


def _unescaped(written: str) -> Any:
    return json.loads(written, strict=False)


def _keys(one: Any, other: Any) -> tuple[list[str], list[str]] | None:
    """The keys of the first object, from outside in, whose members are in another order."""
    if isinstance(one, _Object) and isinstance(other, _Object):
        left, right = ([key for key, _ in side.pairs] for side in (one, other))
        if left != right:
            return left, right
        here, there = one.members(), other.members()
        return next((found for key in here if (found := _keys(here[key], there[key]))), None)
    if isinstance(one, list) and isinstance(other, list):
        return next((found for a, b in zip(one, other, strict=True) if (found := _keys(a, b))), None)
    return None


def _listed(keys: list[str]) -> str:
    shown = ", ".join(quote(key, 24) for key in keys[:KEYS])
    return f"{shown}, ..." if len(keys) > KEYS else shown
