"""Why JSON does not have the form of its operation: msgspec's reason, in the words of JSON and with a full path."""

from __future__ import annotations

import re

JSON_NAMES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "null": "null",
    "array": "array",
    "object": "object",
}

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`$")
_LIMITED = re.compile(r"^Expected `(?P<want>[^`]+)` (?P<limit>.+)$", re.DOTALL)
_FIELD = re.compile(r"^Object (?P<how>missing|contains unknown)(?: required)? field `(?P<name>.*)`$", re.DOTALL)
_VALUE = re.compile(r"^Invalid (?:enum )?value (?P<value>.*)$", re.DOTALL)


def reason(what: str, message: str) -> str:
    """One line such as `result.tokens[3]: expected integer, got string`.

    `what` names the value that was read (`params`, `result`), `message` is the text of msgspec's exception.
    """
    match = _PLACE.match(message)
    if match is None:
        return f"{what}: {message}"
    path = match["path"] or ""
    return f"{what}{path}: {'a key: ' if match['key'] else ''}{_words(match['what'])}"


def _words(text: str) -> str:
    if match := _EXPECTED.match(text):
        if match["got"] == "float" and "float" not in match["want"]:
            return f"expected {_names(match['want'])}, got a number with a point or an exponent"
        return f"expected {_names(match['want'])}, got {_names(match['got'])}"
    if match := _LIMITED.match(text):
        return f"expected {_names(match['want'])} {match['limit']}"
    if match := _FIELD.match(text):
        return f"{'missing' if match['how'] == 'missing' else 'unknown'} member `{match['name']}`"
    if match := _VALUE.match(text):
        return f"{match['value']} is none of the values that are known here"
    return text if text.startswith("JSON") else text[:1].lower() + text[1:]


def _names(types: str) -> str:
    return " or ".join(JSON_NAMES.get(name, name) for name in types.split(" | "))
