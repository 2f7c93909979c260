"""Why an answer differs from golden: the cause, one line, and the neighbourhood of the first difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.compare import ABSENT, float32
from conformance.events import Diagnosis, Token, Window
from conformance.json_causes import json_difference
from conformance.member_causes import explain_result_member
from conformance.message_causes import explain_member, explain_message
from conformance.number_causes import number
from conformance.object_causes import explain_values
from conformance.protocol import ascii_json
from conformance.quoting import quote
from conformance.result_path import dotted as as_written
from conformance.token_causes import TokenDifference, describe_change, explain_tokens, think_difference
from conformance.weight_causes import explain_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.compare import Mismatch
    from conformance.result_path import ResultPath
    from conformance.token_causes import Lexicon

NEIGHBOURS = 5
"""How many tokens are shown on either side of the first difference."""

ANSWER_LIMIT = 200
"""How many characters of an answer that should not be there are shown."""

VALUE_LIMIT = 2000
"""How many characters of a value are kept in a diagnosis."""

FORM_FIRST = {"chunks", "loss_fn_inputs"}
"""Inside these, the form of a datum or of a model input is judged before its tokens and weights."""
FORM = frozenset({"chunks", "items-order", "items-count", "keys", "dtype", "shape"})
MESSAGES = {"message", "messages", "header", "deltas"}
"""Members whose values are not made of numbers."""
PLACED = frozenset({"keys", "items-order", "items-count", "chunks"})
"""Causes that are about the whole of an object or a list, not about the first value in it that differs."""


def diagnose(mismatch: Mismatch, lexicon: Lexicon | None) -> Diagnosis:
    """The diagnosis of two results that differ. Without a lexicon, tokens are shown as ids alone."""
    mismatch = _more_telling(mismatch)
    if FORM_FIRST.intersection(mismatch.path) and (form := _diagnose_values(mismatch, only=FORM)) is not None:
        return form
    if lexicon is not None and (found := _diagnose_datum(mismatch, lexicon)) is not None:
        return found
    place = _tokens_at(mismatch)
    if place is not None:
        return _diagnose_tokens(mismatch, place, lexicon or _IdsAlone())
    path = dotted(mismatch.path)
    cause, summary = _value_cause(mismatch)
    if cause == "value" and (told := _diagnose_values(mismatch)) is not None:
        return told
    if cause == "value":
        cause = explain_result_member(mismatch.path) or cause
    return Diagnosis(
        cause=cause,
        summary=summary,
        signature=f"{cause} {path}",
        path=path,
        expected_value=shown_value(mismatch.expected),
        got_value=shown_value(mismatch.got),
    )


def diagnose_answer(cause: str, summary: str, *, signature: str = "") -> Diagnosis:
    """The diagnosis of an answer of the wrong kind: a rejection, a result of the wrong form, ..."""
    return Diagnosis(cause=cause, summary=summary, signature=signature or cause)


def _more_telling(mismatch: Mismatch) -> Mismatch:
    """The difference that the first one follows from: another number of examples, or another end of a response."""
    sides = (mismatch.expected_result, mismatch.got_result)
    examples = [_at(side, ("examples",)) for side in sides]
    within_one = len(mismatch.path) > 2 and all(isinstance(each, list) for each in examples)
    if within_one and len(examples[0]) != len(examples[1]):
        return replace(mismatch, path=("examples",), expected=examples[0], got=examples[1])
    ends = [_at(side, ("termination",)) for side in sides]
    if all(isinstance(end, str) for end in ends) and ends[0] != ends[1]:
        return replace(mismatch, path=("termination",), expected=ends[0], got=ends[1])
    return mismatch


def shown_value(value: Any) -> str:
    """A value as JSON text, cut to a readable length; `(absent)` for a value that one side does not have."""
    if value is ABSENT:
        return "(absent)"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}… ({len(text)} characters)"


def shown_answer(raw: bytes, lexicon: Lexicon | None) -> str:
    """An answer in one line: its tokens as text where it is made of tokens, else its JSON."""
    value = msgspec.json.decode(raw)
    example = value["examples"][0] if isinstance(value, dict) and value.get("examples") else value
    tokens = example.get("tokens") if isinstance(example, dict) else None
    if lexicon is None or not isinstance(tokens, list):
        return quote(raw.decode(errors="replace"), ANSWER_LIMIT)
    return f"{quote(lexicon.text(tokens), ANSWER_LIMIT)} ({len(tokens)} tokens)"


def shown_tokens(tokens: Sequence[int], weights: Sequence[float] | None, lexicon: Lexicon | None) -> tuple[Token, ...]:
    """Tokens as people read them, each with its weight where there is one."""
    known = lexicon or _IdsAlone()
    return tuple(
        Token(
            id=token, text=known.piece(token), weight=weights[at] if weights is not None and at < len(weights) else None
        )
        for at, token in enumerate(tokens)
    )


def dotted(path: ResultPath) -> str:
    """A place as people write it, in one line: a port chooses the keys of its answer."""
    text = as_written(path)
    return text if text.isprintable() else quote(text, VALUE_LIMIT)


class _IdsAlone:
    """Stands for a tokenizer that is not here."""

    bos: int | None = None

    def text(self, tokens: Sequence[int]) -> str:
        return " ".join(str(token) for token in tokens)

    def piece(self, token: int) -> str:
        return str(token)

    def is_marker(self, token: int) -> bool:
        return False


# Tokens and weights. They stand in an object {tokens, weights?}: the result itself, or one of `examples`.


def _tokens_at(mismatch: Mismatch) -> tuple[str | int, ...] | None:
    """Where the object is in whose tokens or weights the results first differ; None if they differ elsewhere."""
    path = mismatch.path
    for depth, key in enumerate(path):
        if key in ("tokens", "weights"):
            parent = path[:depth]
            sides = (mismatch.expected_result, mismatch.got_result)
            both, rows = ([_at(side, (*parent, part)) for side in sides] for part in ("tokens", "weights"))
            return parent if all(map(_is_row, both)) and all(map(_are_weights, rows)) else None
    return None


def _is_row(tokens: Any) -> bool:
    """Whether these are tokens alone: between them may stand images, in a datum."""
    return isinstance(tokens, list) and all(type(token) is int for token in tokens)


def _are_weights(weights: Any) -> bool:
    if isinstance(weights, list):
        return all(number(weight) is not None for weight in weights)
    return weights is ABSENT or weights is None


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def _diagnose_tokens(mismatch: Mismatch, place: tuple[str | int, ...], lexicon: Lexicon) -> Diagnosis:
    expected, got = _at(mismatch.expected_result, place), _at(mismatch.got_result, place)
    weights = [rounded_weights(side.get("weights")) for side in (expected, got)]
    if expected["tokens"] != got["tokens"]:
        field, found = "tokens", explain_tokens(expected["tokens"], got["tokens"], lexicon)
    elif weights[0] is not None and weights[1] is not None:
        field, found = "weights", explain_weights(expected["tokens"], weights[0], weights[1], lexicon)
    else:
        field, found = "weights", TokenDifference("weights-length", 0, "one side has no weights")
    path = dotted((*place, field))
    windows = [
        _window(side["tokens"], row, found.index, lexicon) for side, row in zip((expected, got), weights, strict=True)
    ]
    return Diagnosis(
        cause=found.cause,
        summary=found.summary,
        signature=f"{found.cause} {path}@{found.index} {_token_at(got['tokens'], found.index)}",
        path=f"{path}[{found.index}]",
        index=found.index,
        expected=windows[0],
        got=windows[1],
    )


def _diagnose_datum(mismatch: Mismatch, lexicon: Lexicon) -> Diagnosis | None:
    """The difference of two datums as one of the rendered tokens or of their weights, which is what it comes from.

    Of what was rendered, a datum has all but the last token as `tokens`, and all but the first as `target_tokens`.
    """
    places = (mismatch.path[:depth] for depth in range(len(mismatch.path)))
    place = next((at for at in places if _at(mismatch.expected_result, (*at, "loss_fn_inputs")) is not ABSENT), None)
    if place is None:
        return None
    expected, got = (_rendered(_at(side, place)) for side in (mismatch.expected_result, mismatch.got_result))
    if expected is None or got is None or expected == got:
        return None
    found = _diagnose_tokens(replace(mismatch, expected_result=expected, got_result=got), (), lexicon)
    return msgspec.structs.replace(found, path=f"{dotted(place) or 'datum'}: {found.path} as rendered")


def _rendered(datum: Any) -> dict[str, Any] | None:
    """The tokens and weights that a datum was made of; None when it does not hold together."""
    tokens, targets, weights = (
        _at(datum, path)
        for path in (("tokens",), ("loss_fn_inputs", "target_tokens", "data"), ("loss_fn_inputs", "weights", "data"))
    )
    if not (_is_row(tokens) and _is_row(targets) and isinstance(weights, list) and _are_weights(weights)):
        return None
    if not (tokens and len(tokens) == len(targets) == len(weights) and tokens[1:] == targets[:-1]):
        return None
    return {"tokens": [*tokens, targets[-1]], "weights": [0.0, *weights]}


def rounded_weights(weights: Sequence[float | str] | None) -> list[float] | None:
    """Weights of an answer as they are compared. What is not finite is written as a string there."""
    return (
        None
        if weights is None
        else [float(weight) if isinstance(weight, str) else float32(weight) for weight in weights]
    )


def _token_at(tokens: Sequence[int], index: int) -> str:
    return f"got {tokens[index]}" if index < len(tokens) else "got the end"


def _window(tokens: Sequence[int], weights: Sequence[float] | None, index: int, lexicon: Lexicon) -> Window:
    start = max(0, index - NEIGHBOURS)
    end = index + NEIGHBOURS + 1
    shown = shown_tokens(tokens[start:end], None if weights is None else weights[start:end], lexicon)
    return Window(start=start, tokens=shown, length=len(tokens))


# Everything else.


def _diagnose_values(mismatch: Mismatch, *, only: frozenset[str] | None = None) -> Diagnosis | None:
    """The difference as one of numbers and of what holds them; None when it is none, or none of the causes `only`."""
    if MESSAGES.intersection(mismatch.path[:1]):
        return None
    try:
        found = explain_values(mismatch.expected_result, mismatch.got_result)
    except RecursionError:
        return None
    if _sign_of_zero(mismatch):
        at, told, detail = (mismatch.path, mismatch.expected, mismatch.got), "the sign of zero differs", "zero"
        cause, unit = "numbers-sign", mismatch.path
    elif found is None:
        return None
    else:
        cause, unit, told, detail = found.cause, found.path, found.told, found.detail
        at = found.at, found.expected, found.got
        if cause not in ("dtype", "shape") and mismatch.path[: len(unit)] == unit:
            at = mismatch.path, mismatch.expected, mismatch.got
    if only is not None and cause not in only:
        return None
    path, expected, got = at
    here = f"{dotted(unit) or 'the result'}: " if cause in PLACED else f"{dotted(path)}: "
    values = "" if cause in PLACED else f"{_brief(expected)} expected, got {_brief(got)}; "
    return Diagnosis(
        cause=cause,
        summary=f"{here}{values}{told}",
        signature=" ".join(filter(None, (cause, dotted(unit), detail))),
        path=dotted(path),
        expected_value=shown_value(expected),
        got_value=shown_value(got),
    )


def _sign_of_zero(mismatch: Mismatch) -> bool:
    return isinstance(mismatch.expected, int | float) and mismatch.expected == mismatch.got == 0


def _value_cause(mismatch: Mismatch) -> tuple[str, str]:
    expected, got = mismatch.expected, mismatch.got
    path = dotted(mismatch.path)
    keys = [key for key in mismatch.path if isinstance(key, str)]
    change = _change(path, expected, got)
    examples = [_at(result, ("examples",)) for result in (mismatch.expected_result, mismatch.got_result)]
    if keys == ["examples"] and all(isinstance(each, list) for each in examples):
        counts = [len(each) for each in examples]
        return "examples-count", f"{counts[1]} examples where {counts[0]} are expected"
    if _emptiness(expected) and _emptiness(got):
        return "absent-or-null", f"{path} is {_emptiness(got)} where {_emptiness(expected)} is expected"
    if found := explain_message(mismatch.path, expected, got):
        return found, change
    for key, cause in (
        ("termination", "termination"),
        ("unparsed_tool_calls", "unparsed-tool-calls"),
        ("tool_calls", "tool-calls"),
        ("thinking", "thinking"),
        ("stop", "stop-sequences"),
        ("has_extension_property", "extension-property"),
    ):
        if key in keys:
            return cause, change
    if "content" in keys:
        if isinstance(expected, str) and isinstance(got, str) and (written := json_difference(expected, got)):
            return written.cause, f"{path}: {written.summary}"  # in the declaration of a tool
        return _content_cause(expected, got), change
    return explain_member(mismatch.path, expected, got) or "value", change


def _content_cause(expected: Any, got: Any) -> str:
    if isinstance(expected, str) != isinstance(got, str):
        return "content-shape"
    if isinstance(expected, str) and "".join(expected.split()) == "".join(got.split()):
        return "content-whitespace"
    if isinstance(expected, str):
        return think_difference(expected, got) or "content"
    return "content"


def _change(path: str, expected: Any, got: Any) -> str:
    if isinstance(expected, str) and isinstance(got, str):
        return f"{path}: {describe_change(expected, got)}"
    return f"{path} is {_brief(got)} where {_brief(expected)} is expected"


def _brief(value: Any) -> str:
    return "absent" if value is ABSENT else quote(value) if isinstance(value, str) else ascii_json(value).decode()[:80]


def _emptiness(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    return {"null": "null", "[]": "an empty list", '""': "an empty string", "{}": "an empty object"}.get(
        msgspec.json.encode(value).decode(), ""
    )
