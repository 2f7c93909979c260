"""JSON as the encoders of other languages write it, for the tool calls and declarations of Qwen3."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from .qwen3 import fault, on_json

if TYPE_CHECKING:
    from .planting import PlantedFault

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _in_strings(change: Any) -> Any:
    """Python's JSON, with every string written otherwise."""
    return lambda value: _STRING.sub(lambda found: change(found[0]), json.dumps(value))


def _number(change: Any) -> Any:
    """Python's JSON, with every float written otherwise."""

    def dumps(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(key)}: {dumps(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(dumps, value)) + "]"
        return change(value) if isinstance(value, float) and math.isfinite(value) else json.dumps(value)

    return dumps


def _javascript(value: float) -> str:
    """As JSON.stringify: no fraction where there is none, exponents from 1e21 up and below 1e-6."""
    if value == 0:
        return "0"
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if not exponent and abs(value) >= 1e-6:
        return mantissa
    if not exponent:
        return f"{value:.17g}"
    power = int(exponent)
    if -7 < power < 0:
        return f"{value:.20f}".rstrip("0")
    return f"{mantissa}e{power:+d}"


def _unescaped_controls(text: str) -> str:
    for short, long in (
        ("\\b", "\\u0008"),
        ("\\f", "\\u000c"),
        ("\\n", "\\u000a"),
        ("\\t", "\\u0009"),
        ("\\r", "\\u000d"),
    ):
        text = re.sub(r"(?<!\\)((?:\\\\)*)" + re.escape(short), lambda found, to=long: found[1] + to, text)
    return text


def _first_of_twins(text: str) -> Any:
    """Of several members of one name the first stays."""

    def first(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in items:
            made.setdefault(key, value)
        return made

    return json.loads(text, object_pairs_hook=first)


def _last_place_of_twins(text: str) -> Any:
    """Of several members of one name the last stays, at its own place."""

    def last(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in items:
            made.pop(key, None)
            made[key] = value
        return made

    return json.loads(text, object_pairs_hook=last)


def _no_constants(text: str) -> Any:
    def refuse(name: str) -> None:
        raise json.JSONDecodeError(f"{name} is no JSON", text, 0)

    return json.loads(text, parse_constant=refuse)


FAULTS: tuple[PlantedFault, ...] = (
    fault(
        "hexadecimal digits in upper case",
        "T109 T480",
        "json-escapes",
        by=on_json(
            _in_strings(lambda text: re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text))
        ),
    ),
    fault(
        "slashes escaped", "T110 T480", "json-escapes", by=on_json(_in_strings(lambda text: text.replace("/", "\\/")))
    ),
    fault(
        "< > & escaped, as in Go",
        "T110 T480",
        "json-escapes",
        by=on_json(_in_strings(lambda text: re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text))),
    ),
    fault(
        "quotes escaped, as in .NET",
        "T110 T480",
        "json-escapes",
        by=on_json(_in_strings(lambda text: '"' + text[1:-1].replace('\\"', "\\u0022").replace("'", "\\u0027") + '"')),
    ),
    fault("no short escapes", "T110 T480", "json-escapes", by=on_json(_in_strings(_unescaped_controls))),
    fault("numbers as JavaScript writes them", "T110", "json-numbers", by=on_json(_number(_javascript))),
    fault(
        "exponents of one digit",
        "T110",
        "json-numbers",
        by=on_json(_number(lambda value: re.sub(r"e([+-])0(\d)$", r"e\1\2", repr(value)))),
    ),
    fault(
        "exponents in capitals",
        "T110",
        "json-numbers",
        by=on_json(_number(lambda value: repr(value).replace("e", "E"))),
    ),
    fault("floats of six digits", "T110", "text-other", by=on_json(_number(lambda value: f"{value:f}"))),
    fault(
        "null for what is not finite",
        "T110",
        "text-other",
        by=on_json(lambda value: re.sub(r"\b(NaN|-?Infinity)\b", "null", json.dumps(value))),
    ),
    fault("what is not finite refused", "T110", "rejected", by=on_json(loads=_no_constants)),
    fault("the first of two members stays", "T110", "text-other", by=on_json(loads=_first_of_twins)),
    fault(
        "the second of two members stays at its place", "T110", "json-key-order", by=on_json(loads=_last_place_of_twins)
    ),
    fault("indented JSON", "T109", "json-spacing", by=on_json(lambda value: json.dumps(value, indent=2))),
)
