"""What questions and answers of every area are made of: numbers, messages, tools; and what an operation is."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

TokenId = Annotated[int, Meta(ge=0)]
NotFinite = Literal["NaN", "Infinity", "-Infinity"]
Float = float | NotFinite
"""A JSON number, or the name of a value that JSON has no number for."""
NUMBER_TEXT = "^(NaN|-?Infinity|-?[0-9]+)$"
Number = int | float | Annotated[str, Meta(pattern=NUMBER_TEXT)]
"""As `Float`; an integer beyond 2^53 may also be a decimal string."""
Nested = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Nested"})]
"""A `Number`, or nested arrays of them."""
Elements = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Elements"})]
"""As `Nested`; in a tensor of booleans, true and false."""
Options = dict[str, Any]
"""Options of a renderer, e.g. {"strip_thinking_from_history": false}."""


# Messages and tools.


class TextPart(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="text"):
    text: str


class ThinkingPart(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="thinking"):
    thinking: str


class ImagePart(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="image"):
    image: str


class FunctionCall(Struct, frozen=True, forbid_unknown_fields=True):
    """`arguments` is JSON text in a string, so that its order of keys survives."""

    name: str
    arguments: str


class ToolCall(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call of a tool. A call without an id has no member `id`."""

    type: Literal["function"]
    function: FunctionCall
    id: str | UnsetType = UNSET


class UnparsedToolCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call that could not be read. Of `error`, what stands before the first ": " is compared."""

    raw_text: str
    error: str


Content = str | list[TextPart | ThinkingPart | ImagePart]


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message as upstream has it. A member that upstream's message lacks is absent, never null.

    `trainable` may be null in a question: there its presence alone matters.
    """

    role: str
    content: Content
    tool_calls: list[ToolCall] | UnsetType = UNSET
    unparsed_tool_calls: list[UnparsedToolCall] | UnsetType = UNSET
    trainable: bool | UnsetType | None = UNSET
    tool_call_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class ToolSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool that is offered. `parameters` is the JSON text of a JSON Schema, so that its order of keys survives."""

    name: str
    description: str
    parameters: str


# What the forms of several operations share.


class RendererParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every question to a renderer names."""

    renderer: str
    tokenizer: str
    options: Options | UnsetType = UNSET


class Tokens(Struct, frozen=True, forbid_unknown_fields=True):
    tokens: list[TokenId]


class Operation(Struct, frozen=True, kw_only=True):
    """One thing that can be asked: its name on the wire, the types of its params and result, one line about it.

    A type may have a method `misfit(path) -> str | None` for what its annotations cannot say.
    """

    name: str
    params: type[Struct]
    result: type[Struct]
    summary: str

    @property
    def area(self) -> str:
        """`renderer` of `renderer.parse_response`: the directory under golden/cases/."""
        return self.name.partition(".")[0]


def not_nested(data: object, path: str) -> str | None:
    """Why `data` is not `Nested`, None if it is. msgspec has no arrays that hold themselves."""
    if isinstance(data, list):
        reasons = (not_nested(item, f"{path}[{at}]") for at, item in enumerate(data))
        return next((reason for reason in reasons if reason), None)
    if isinstance(data, bool) or data is None or isinstance(data, dict):
        return f"{path}: expected number or array"
    if isinstance(data, str) and not re.fullmatch(NUMBER_TEXT, data):
        return f"{path}: the string {data!r} is neither an integer nor NaN, Infinity, -Infinity"
    return None
