"""What kind of wrong an answer made of numbers is: tensors, rows, records, and the lists and objects that hold them.

Every place at which two results differ is looked at, the smallest whole thing around it: a number that stands alone, a
row of numbers, a tensor, a list of records, the keys of an object. What is wrong with the shape of the answer (keys,
the number of records) is told first. A cause of numbers is told where it is that of all places; else nothing is.
"""

from __future__ import annotations

import math
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.compare import ABSENT, float32
from conformance.number_causes import NumberDifference, equal, explain_number, explain_numbers, number
from conformance.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.number_causes import Number
    from conformance.result_path import ResultPath

STRUCTURE = ("keys", "items-count")
"""What is wrong with the form of an answer. Numbers that differ elsewhere, too, do not make it right."""
KEYS = 4
"""How many keys of a list are shown."""
OF_TOKENS = {"target_tokens", "input_tokens", "logprobs", "sequences"}
"""Rows that a port shifts sooner than it does anything else to them."""


class ValueDifference(NamedTuple):
    """The cause, the place of what it is about, the first place in it that differs, and a phrase about the whole."""

    cause: str
    path: ResultPath
    at: ResultPath
    expected: Any
    got: Any
    told: str
    detail: str = ""
    longer: int = 0
    """By how many numbers the answer is longer than expected."""


def explain_values(expected: Any, got: Any) -> ValueDifference | None:
    """The cause of all differences between two decoded results; None where there is no single one."""
    found = _differences(expected, got, (), rounded=False)
    if not found:
        return None
    structural = [one for one in found if one.cause in STRUCTURE]
    if structural:
        return _and_more(structural[0], len(found) - 1)
    # What is within a tolerance, or next to it, is nothing beside what is plainly wrong.
    plain = [one for one in found if one.cause != "numbers-precision"] or found
    first = plain[0]
    if first.cause == "value" or (
        any(one.cause != first.cause for one in plain)
        and not (first.cause == "numbers-length" and all(one.longer == first.longer for one in plain))
    ):
        return None
    return _and_more(first, len(plain) - 1)


def _and_more(first: ValueDifference, more: int) -> ValueDifference:
    if not more:
        return first
    places = "1 more place differs" if more == 1 else f"{more} more places differ"
    return first._replace(told=f"{first.told}; {places}")


def _differences(expected: Any, got: Any, path: ResultPath, *, rounded: bool) -> list[ValueDifference]:
    """What differs, in order. `rounded`: numbers are compared as float32."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return _objects(expected, got, path)
    if isinstance(expected, list) and isinstance(got, list):
        return _lists(expected, got, path, rounded=rounded)
    if type(expected) is type(got) and expected == got:
        return []
    wanted, there = number(expected), number(got)
    if wanted is not None and got is None and not math.isfinite(_as_float(wanted)):
        told = "JSON has no number for it, and null is written in its place"
        return [ValueDifference("not-finite", path, path, expected, got, told, "null")]
    if wanted is None or there is None:
        boolean = isinstance(expected, bool) != isinstance(got, bool) and expected == got
        told = "the same value, as a boolean on one side and a number on the other" if boolean else ""
        return [ValueDifference("dtype" if boolean else "value", path, path, expected, got, told, "boolean")]
    if rounded:
        wanted, there = float32(wanted), float32(there)
    if equal(wanted, there):
        return []
    return [_told(explain_number(wanted, there), path, path, expected, got)]


def _as_float(value: Number) -> float:
    return value if isinstance(value, float) else 0.0  # An integer is finite, however great.


def _told(
    found: NumberDifference | None, path: ResultPath, at: ResultPath, expected: Any, got: Any, longer: int = 0
) -> ValueDifference:
    cause, told, detail = found or NumberDifference("value", "")
    return ValueDifference(cause, path, at, expected, got, told, detail, longer)


# Objects.


def _objects(expected: dict[str, Any], got: dict[str, Any], path: ResultPath) -> list[ValueDifference]:
    if _is_tensor(expected) and _is_tensor(got) and expected.keys() == got.keys():
        return _tensors(expected, got, path)
    found = [_keys(expected, got, path)] if expected.keys() != got.keys() else []
    for key, value in expected.items():
        if key not in got:
            continue
        if key == "chunks" and (cut := _chunks(value, got[key], (*path, key))):
            found.append(cut)
        else:
            rounded = key == "weights" or (key == "data" and expected.get("dtype") == "float32")
            found += _differences(value, got[key], (*path, key), rounded=rounded)
    return found


def _keys(expected: dict[str, Any], got: dict[str, Any], path: ResultPath) -> ValueDifference:
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    # The place is the one that `compare` names.
    first = min((*missing, *extra))
    others, told = list(extra), []
    for key in missing[:KEYS]:
        same = [other for other in others if _key(got[other]) == _key(expected[key])]
        alike = get_close_matches(key, same or others, 1, 0.0 if len(same) == 1 else 0.75)
        if alike:
            others.remove(alike[0])
            told.append(f"{quote(alike[0], 40)} is written for {quote(key, 40)}")
        else:
            told.append(f"{quote(key, 40)} is missing")
    told += [f"{quote(key, 40)} does not belong" for key in others[:KEYS]]
    more = len(missing[KEYS:]) + len(others[KEYS:])
    if more:
        told.append(f"{more} more keys")
    detail = ",".join([*(f"-{key}" for key in missing[:KEYS]), *(f"+{key}" for key in extra[:KEYS])])
    at = (*path, first)
    return ValueDifference(
        "keys", path, at, expected.get(first, ABSENT), got.get(first, ABSENT), ", ".join(told), quote(detail, 80)
    )


def _chunks(expected: Any, got: Any, path: ResultPath) -> ValueDifference | None:
    """Chunks that differ and hold the same tokens."""
    if not (isinstance(expected, list) and isinstance(got, list)):
        return None
    wanted, there = _flattened_chunks(expected), _flattened_chunks(got)
    if wanted is None or wanted != there or _key(expected) == _key(got):
        return None
    first = _first(expected, got)
    told = f"the same tokens in {len(got)} chunks instead of {len(expected)}"
    if len(got) == len(expected):
        told = f"the same tokens, cut elsewhere into {len(got)} chunks"
    return ValueDifference("chunks", path, (*path, first), *_both(expected, got, first), told)


def _flattened_chunks(chunks: list[Any]) -> list[Any] | None:
    flat: list[Any] = []
    for chunk in chunks:
        if not isinstance(chunk, dict):
            return None
        tokens = chunk.get("tokens")
        flat += map(_key, tokens) if isinstance(tokens, list) else [_key(chunk)]
    return flat


# Tensors: {data, dtype, shape}.


def _is_tensor(value: dict[str, Any]) -> bool:
    return isinstance(value.get("data"), list) and isinstance(value.get("dtype"), str)


def _tensors(expected: dict[str, Any], got: dict[str, Any], path: ResultPath) -> list[ValueDifference]:
    place, rounded = (*path, "data"), expected["dtype"] == "float32"
    wanted, there = _both_rows(expected["data"], got["data"], rounded=rounded)
    if wanted is None or there is None:
        found = _differences(expected["data"], got["data"], place, rounded=rounded)
        return found + _members(expected, got, path, ("data",))
    others = _members(expected, got, path, ("data", "dtype", "shape"))
    same = len(wanted) == len(there) and all(map(equal, wanted, there))
    shapes = [side.get("shape") for side in (expected, got)]
    if expected["dtype"] != got["dtype"]:
        cast = same or (len(wanted) == len(there) and _cast(wanted, there))
        told = "the same numbers" if same else "the numbers are cut or rounded to it"
        detail = f"{expected['dtype']} {got['dtype']}"
        values = expected["dtype"], got["dtype"]
        one = ValueDifference("dtype", path, (*path, "dtype"), *values, told, quote(detail))
        if not cast or _key(shapes[0]) != _key(shapes[1]):
            one = one._replace(cause="value")
        return [one, *others]
    if _key(shapes[0]) != _key(shapes[1]) and len(wanted) == len(there):
        if same:
            told = f"the same {len(wanted)} numbers in another shape"
            values = shapes[0], shapes[1]
            return [ValueDifference("shape", path, (*path, "shape"), *values, told), *others]
        moved = explain_numbers(wanted, there, shape=_sizes(shapes[0]))
        if moved is None or moved.detail != "transposed":
            moved = None
        return [*_rows(expected["data"], got["data"], place, moved, rounded=rounded), *others]
    if same:
        return others
    of_tokens = bool(OF_TOKENS.intersection(key for key in path if isinstance(key, str)))
    found_row = explain_numbers(wanted, there, shape=_sizes(shapes[0]), of_tokens=of_tokens)
    return [*_rows(expected["data"], got["data"], place, found_row, rounded=rounded), *others]


def _members(
    expected: dict[str, Any], got: dict[str, Any], path: ResultPath, done: tuple[str, ...]
) -> list[ValueDifference]:
    left = [key for key in expected if key not in done]
    return [one for key in left for one in _differences(expected[key], got[key], (*path, key), rounded=False)]


def _cast(expected: Sequence[Number], got: Sequence[Number]) -> bool:
    """Whether numbers are the same but for what another type cannot hold: fractions, or the last digits."""
    for one, other in zip(expected, got, strict=True):
        if not all(isinstance(side, int) or math.isfinite(side) for side in (one, other)):
            return False
        near = abs(float32(one) - float32(other)) <= abs(float32(one)) / 128
        if not near and other not in (math.trunc(one), math.floor(one), round(one)):
            return False
    return True


def _sizes(shape: Any) -> list[int] | None:
    if isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape):
        return shape
    return None


# Lists: rows of numbers, nested or not, and lists of anything else.


def _lists(expected: list[Any], got: list[Any], path: ResultPath, *, rounded: bool) -> list[ValueDifference]:
    if _key(expected) == _key(got):
        return []
    wanted, there = _both_rows(expected, got, rounded=rounded)
    if wanted is not None and there is not None:
        of_tokens = bool(OF_TOKENS.intersection(key for key in path if isinstance(key, str)))
        return _rows(expected, got, path, explain_numbers(wanted, there, of_tokens=of_tokens), rounded=rounded)
    left, right = _flat(expected), _flat(got)
    if left and right and len(left) == len(right):
        if all(map(equal, left, right)):
            first = _first(expected, got)
            told = f"the same {len(left)} numbers, nested otherwise"
            return [ValueDifference("shape", path, (*path, first), *_both(expected, got, first), told, "nested")]
        shape = _shape(expected)
        if shape is not None and _shape(got) in (shape, shape[::-1]):
            found = explain_numbers(left, right, shape=shape)
            if found is not None and (_shape(got) == shape or found.detail == "transposed"):
                first = _first(expected, got)
                return [_told(found, path, (*path, first), *_both(expected, got, first))]
    return _items(expected, got, path, rounded=rounded)


def _rows(
    expected: list[Any], got: list[Any], path: ResultPath, found: NumberDifference | None, *, rounded: bool
) -> list[ValueDifference]:
    """The difference of two rows, if they do differ, at the first number of it."""
    wanted, there = _row(expected, rounded=rounded) or [], _row(got, rounded=rounded) or []
    pairs = zip(wanted, there, strict=False)
    first = next((at for at, (left, right) in enumerate(pairs) if not equal(left, right)), min(len(wanted), len(there)))
    longer = len(there) - len(wanted)
    if first == len(wanted) and not longer:
        return []
    return [_told(found, path, (*path, first), *_both(expected, got, first), longer)]


def _items(expected: list[Any], got: list[Any], path: ResultPath, *, rounded: bool) -> list[ValueDifference]:
    left, right = ([_key(item) for item in side] for side in (expected, got))
    first = next(
        (at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other),
        min(len(left), len(right)),
    )
    counted = f"{len(got)} items where {len(expected)} are expected"
    objects = all(isinstance(item, dict | list) for item in (*expected, *got))
    if len(left) != len(right):
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        rest = iter(longer)
        if objects or all(item in rest for item in shorter):
            detail = "missing" if len(right) < len(left) else "extra"
            one = "items-count", path, (*path, first), *_both(expected, got, first), counted, detail
            return [ValueDifference(*one)]
        return [ValueDifference("value", path, (*path, first), *_both(expected, got, first), counted)]
    if Counter(left) == Counter(right):
        told = "the same, reversed" if left == right[::-1] else "the same in another order"
        if left != right:
            return [ValueDifference("items-order", path, (*path, first), *_both(expected, got, first), told)]
    return [
        found
        for at, (one, other) in enumerate(zip(expected, got, strict=True))
        for found in _differences(one, other, (*path, at), rounded=rounded)
    ]


def _both_rows(
    expected: list[Any], got: list[Any], *, rounded: bool
) -> tuple[list[Number], list[Number]] | tuple[None, None]:
    """Two lists as rows of numbers; neither where one of them is none, or numbers stand for booleans."""
    booleans = [isinstance(value, bool) for value in (*expected, *got)]
    wanted, there = _row(expected, rounded=rounded), _row(got, rounded=rounded)
    if wanted is None or there is None or any(booleans) != all(booleans):
        return None, None
    return wanted, there


def _row(values: list[Any], *, rounded: bool) -> list[Number] | None:
    """A list of numbers, or of booleans, as numbers; None for any other."""
    if values and all(isinstance(value, bool) for value in values):
        return [int(value) for value in values]
    row = []
    for value in values:
        found = number(value)
        if found is None:
            return None
        row.append(float32(found) if rounded else found)
    return row


def _flat(value: Any) -> list[Number] | None:
    if not isinstance(value, list):
        found = number(value)
        return None if found is None else [found]
    flat: list[Number] = []
    for item in value:
        part = _flat(item)
        if part is None:
            return None
        flat += part
    return flat


def _shape(value: Any) -> list[int] | None:
    """The shape of nested lists; None where they are ragged."""
    if not isinstance(value, list):
        return []
    inner = [_shape(item) for item in value]
    if any(shape is None or shape != inner[0] for shape in inner):
        return None
    return [len(value), *(inner[0] or [] if inner else [])]


def _both(expected: Any, got: Any, at: int) -> tuple[Any, Any]:
    """What two lists have at a place."""
    return (
        expected[at] if at < len(expected) else ABSENT,
        got[at] if at < len(got) else ABSENT,
    )


def _first(expected: list[Any], got: list[Any]) -> int:
    pairs = zip(expected, got, strict=False)
    return next(
        (at for at, (left, right) in enumerate(pairs) if _key(left) != _key(right)), min(len(expected), len(got))
    )


def _key(value: Any) -> Any:
    """A value that can be counted, the same for values that JSON does not tell apart: 1 and 1.0."""
    if isinstance(value, dict):
        return "object", frozenset((name, _key(member)) for name, member in value.items())
    if isinstance(value, list):
        return "list", *map(_key, value)
    found = number(value)
    if found is not None:
        return "number", None if found != found else found
    return type(value).__name__, value
