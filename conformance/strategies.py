"""Hypothesis strategies for what conformance asks about, for the tests of ports in Python.

    from hypothesis import given
    from conformance.strategies import conversations

    @given(conversations())
    def test_a_prompt_is_what_the_original_writes(messages): ...

Everything is JSON as it goes over the wire (golden/README.md): messages are dicts, the arguments of a call and the
schema of a tool are JSON text. What is drawn shrinks as Hypothesis shrinks: towards few, short and plain.

Needs Hypothesis: the extra `strategies` of this package brings it. For bulk, `conformance fuzz` draws faster by itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.corpus.text import ALL as TEXTS
from conformance.corpus.tool_calls import ILL_FORMED, WELL_FORMED
from conformance.drawing.conversations import MODES
from conformance.drawing.tensors import FLOATS
from conformance.drawing.tokens import PIECES

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "conformance.strategies needs Hypothesis: install cookbook-conformance[strategies]"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

__all__ = [
    "content_parts",
    "conversations",
    "flat_tensors",
    "json_texts",
    "message_contents",
    "messages",
    "nested_tensors",
    "response_texts",
    "texts",
    "tool_calls",
    "tools",
    "train_on_what",
]

ROLES = ("user", "assistant", "system", "tool")
INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
# Whatever JSON can hold: no half of a surrogate pair.
_CHARACTERS = st.characters(exclude_categories=["Cs"])


def texts(*, max_size: int = 40) -> SearchStrategy[str]:
    """Any Unicode text, and those that are known to be awkward, whatever their length."""
    return st.text(_CHARACTERS, max_size=max_size) | st.sampled_from([one.value for one in TEXTS])


def json_texts(*, well_formed: bool = True) -> SearchStrategy[str]:
    """The JSON text of an object, in any spacing and escaping. Not `well_formed`: texts that are no JSON too."""
    known = [one.value for one in WELL_FORMED if one.value.lstrip().startswith("{")]
    scalars = st.none() | st.booleans() | INT64 | st.floats(allow_nan=False, allow_infinity=False) | texts(max_size=8)
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(max_size=6), inner, max_size=3),
        max_leaves=6,
    )
    written = st.builds(
        lambda value, separators, ascii_only: json.dumps(value, separators=separators, ensure_ascii=ascii_only),
        st.dictionaries(texts(max_size=6), values, max_size=4),
        st.sampled_from([(", ", ": "), (",", ":")]),
        st.booleans(),
    )
    made = written | st.sampled_from(known)
    return made if well_formed else made | st.sampled_from([one.value for one in ILL_FORMED])


def tool_calls(*, well_formed: bool = True) -> SearchStrategy[dict[str, Any]]:
    """A call of a function, with or without an id."""
    return _object(
        {
            "type": st.just("function"),
            "function": _object(
                {"name": texts(max_size=12).filter(bool), "arguments": json_texts(well_formed=well_formed)}
            ),
        },
        {"id": texts(max_size=8)},
    )


def content_parts(*, thinking: bool = True) -> SearchStrategy[dict[str, Any]]:
    """A part of a content: text, or reasoning."""
    part = _object({"type": st.just("text"), "text": texts()})
    return part | _object({"type": st.just("thinking"), "thinking": texts()}) if thinking else part


def message_contents(*, parts: bool = True, thinking: bool = True) -> SearchStrategy[Any]:
    """A string; with `parts`, lists of parts too."""
    return texts() | st.lists(content_parts(thinking=thinking), max_size=4) if parts else texts()


@st.composite
def messages(
    draw: st.DrawFn, *, roles: Sequence[str] = ROLES, parts: bool = True, tools: bool = True
) -> dict[str, Any]:
    """A message. `parts` and `tools`: whether it may have what not every renderer can write."""
    role = draw(st.sampled_from(roles))
    # Reasoning is the assistant's.
    made = {"role": role, "content": draw(message_contents(parts=parts, thinking=role == "assistant"))}
    if tools and role == "assistant" and draw(st.booleans()):
        made["tool_calls"] = draw(st.lists(tool_calls(), min_size=1, max_size=3))
    if role == "tool":
        made |= draw(_object({}, {"name": texts(max_size=12), "tool_call_id": texts(max_size=8)}))
    return made


def conversations(
    *, min_size: int = 1, max_size: int = 6, roles: Sequence[str] = ROLES, parts: bool = True, tools: bool = True
) -> SearchStrategy[list[dict[str, Any]]]:
    """Messages of any roles in any order. Leave "tool" out of `roles` for renderers without tools."""
    one = messages(roles=roles, parts=parts, tools=tools)
    return st.lists(one, min_size=min_size, max_size=max_size)


def train_on_what() -> SearchStrategy[str]:
    """What to train. `customized`, which needs every message marked, is not drawn."""
    return st.sampled_from([mode for mode in MODES if mode != "customized"])


def tools() -> SearchStrategy[dict[str, str]]:
    """A tool that is offered; its parameters are the JSON text of a schema of flat properties."""
    kinds = st.sampled_from(["string", "integer", "number", "boolean", "array", "object"])
    schema = _object({"type": kinds}, {"description": texts(), "enum": st.lists(texts(max_size=6), min_size=1)})
    properties = st.dictionaries(texts(max_size=8), schema, max_size=4)
    parameters = properties.map(
        lambda made: json.dumps({"type": "object", "properties": made, "required": sorted(made)[:1]})
    )
    return _object({"name": texts(max_size=12).filter(bool), "description": texts(), "parameters": parameters})


def response_texts() -> SearchStrategy[str]:
    """What a model may have sampled: texts and markers of every format, to be encoded and parsed."""
    return st.lists(st.sampled_from(PIECES) | texts(max_size=8), max_size=6).map("".join)


@st.composite
def flat_tensors(draw: st.DrawFn, *, dtype: str = "float32", max_dims: int = 3) -> dict[str, Any]:
    """`{data, dtype, shape}`, row by row. Float32 values are any doubles, to be rounded."""
    shape = draw(st.lists(st.integers(min_value=0, max_value=3), max_size=max_dims))
    count = 1
    for size in shape:
        count *= size
    return {"data": draw(st.lists(_numbers(dtype), min_size=count, max_size=count)), "dtype": dtype, "shape": shape}


@st.composite
def nested_tensors(draw: st.DrawFn, *, dtype: str = "float32", max_dims: int = 3) -> dict[str, Any]:
    """`{data, dtype}` with lists in lists, all of the same length at a depth."""
    sizes = draw(st.lists(st.integers(min_value=1, max_value=3), max_size=max_dims))

    def level(depth: int) -> Any:
        if depth == len(sizes):
            return draw(_numbers(dtype))
        return [level(depth + 1) for _ in range(sizes[depth])]

    return {"data": level(0), "dtype": dtype}


def _numbers(dtype: str) -> SearchStrategy[Any]:
    if dtype == "int64":
        return INT64
    return st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(FLOATS)


def _object(
    required: dict[str, SearchStrategy[Any]], optional: dict[str, SearchStrategy[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional or {})
