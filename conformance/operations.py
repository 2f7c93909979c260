"""The operations: what can be asked, and the form of every question and answer.

An operation carries the name of the upstream function it stands for. Its params and its result are msgspec
structs; golden/schema/ holds the same as JSON Schema, written by `conformance.schemas`. Unknown members are
refused, so that a misspelt name is found where it is made. An absent optional param means upstream's default.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
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


# Params. All are keyword-only frozen structs that refuse unknown members.


class EncodeParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    tokenizer: str
    text: str
    split_special_tokens: bool = False


class DecodeParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tokenizer: str
    tokens: list[TokenId]


class RendererParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every question to a renderer names."""

    renderer: str
    tokenizer: str
    options: Options | UnsetType = UNSET


class GenerationPromptParams(RendererParams, frozen=True, kw_only=True):
    messages: list[Message]
    role: str | UnsetType = UNSET
    prefill: str | UnsetType = UNSET


class SupervisedExampleParams(RendererParams, frozen=True, kw_only=True):
    messages: list[Message]
    train_on_what: str | UnsetType = UNSET


class ParseResponseParams(RendererParams, frozen=True, kw_only=True):
    tokens: list[TokenId]


class ConversationPrefixParams(RendererParams, frozen=True, kw_only=True):
    tools: list[ToolSpec]
    system_prompt: str | UnsetType = UNSET


class ClassifyParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    message: Message
    termination: Literal["stop_sequence", "eos", "malformed"]


class MessageParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    message: Message


class OpenAIMessageParams(RendererParams, frozen=True, kw_only=True):
    message: Message


class ContentParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    content: Content
    separator: str | UnsetType = UNSET


class FromNestedParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`data` may be any JSON: what is no nested list of numbers must be refused."""

    data: Any
    dtype: str


class ToNestedParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: list[Number]
    dtype: str
    shape: list[int]


# Results.


class Tokens(Struct, frozen=True, forbid_unknown_fields=True):
    tokens: list[TokenId]


class Decoded(Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class SupervisedExample(Struct, frozen=True, forbid_unknown_fields=True):
    """A weight for each token."""

    tokens: list[TokenId]
    weights: list[Float]


class SupervisedExamples(Struct, frozen=True, forbid_unknown_fields=True):
    examples: list[SupervisedExample]


class ParsedResponse(Struct, frozen=True, forbid_unknown_fields=True):
    message: Message
    termination: Literal["stop_sequence", "eos", "malformed"]


class StreamHeader(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The stream's first event: a message begins."""

    role: str
    name: str | UnsetType = UNSET


class TextDelta(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="text"):
    """More text. `content_index` grows by one whenever a think block opens or closes."""

    text: str
    content_index: Annotated[int, Meta(ge=0)]


class ThinkingDelta(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="thinking"):
    """More reasoning."""

    thinking: str
    content_index: Annotated[int, Meta(ge=0)]


class StreamedResponse(Struct, frozen=True, forbid_unknown_fields=True):
    """What a stream of the tokens, fed one at a time, gives: header, deltas in their order, the whole message."""

    header: StreamHeader
    deltas: list[TextDelta | ThinkingDelta]
    message: Message


class ParseFailure(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`detail` is there for `content` alone: the errors of the calls that could not be parsed."""

    kind: Literal["structural", "content"] | None
    detail: str | UnsetType = UNSET


class OpenAIMessage(Struct, frozen=True, forbid_unknown_fields=True):
    message: dict[str, Any]


class StopSequences(Struct, frozen=True, forbid_unknown_fields=True):
    """Token ids, or texts."""

    stop: Annotated[
        list[TokenId | str],
        Meta(
            extra_json_schema={
                "anyOf": [{"items": {"type": "integer", "minimum": 0}}, {"items": {"type": "string"}}],
            }
        ),
    ]


class ConversationPrefix(Struct, frozen=True, forbid_unknown_fields=True):
    messages: list[Message]


class ExtensionProperty(Struct, frozen=True, forbid_unknown_fields=True):
    has_extension_property: bool


class Tensor(Struct, frozen=True, forbid_unknown_fields=True):
    """Flat data in row-major order. The shape of a scalar is []."""

    data: list[Number]
    dtype: Literal["float32", "int64"]
    shape: list[Annotated[int, Meta(ge=0)]]


class NestedData(Struct, frozen=True, forbid_unknown_fields=True):
    data: Nested


# The table.


class Operation(Struct, frozen=True, kw_only=True):
    """One thing that can be asked: its name on the wire, the types of its params and result, one line about it."""

    name: str
    params: type[Struct]
    result: type[Struct]
    summary: str

    @property
    def area(self) -> str:
        """`renderer` of `renderer.parse_response`: the directory under golden/cases/."""
        return self.name.partition(".")[0]


def _table(*operations: Operation) -> dict[str, Operation]:
    return {operation.name: operation for operation in operations}


OPERATIONS = _table(
    Operation(
        name="tokenizer.encode",
        params=EncodeParams,
        result=Tokens,
        summary="The tokens of a text. BOS is never added.",
    ),
    Operation(
        name="tokenizer.decode",
        params=DecodeParams,
        result=Decoded,
        summary="The text of tokens. Special tokens are shown, bytes that are not UTF-8 become U+FFFD.",
    ),
    Operation(
        name="renderer.build_generation_prompt",
        params=GenerationPromptParams,
        result=Tokens,
        summary="The tokens that a model is to continue.",
    ),
    Operation(
        name="renderer.build_supervised_example",
        params=SupervisedExampleParams,
        result=SupervisedExample,
        summary="The tokens of a whole conversation and the weight of each in the loss.",
    ),
    Operation(
        name="renderer.build_supervised_examples",
        params=SupervisedExampleParams,
        result=SupervisedExamples,
        summary="The same, split into as many examples as the renderer needs for what is trained.",
    ),
    Operation(
        name="renderer.parse_response",
        params=ParseResponseParams,
        result=ParsedResponse,
        summary="The message in sampled tokens, and how it ended.",
    ),
    Operation(
        name="renderer.parse_response_streaming",
        params=ParseResponseParams,
        result=StreamedResponse,
        summary="The same, token by token: what is shown while a model is still sampling.",
    ),
    Operation(
        name="renderer.classify_parse_failure",
        params=ClassifyParams,
        result=ParseFailure,
        summary="Whether a response broke the format, only its content, or neither.",
    ),
    Operation(
        name="renderer.to_openai_message",
        params=OpenAIMessageParams,
        result=OpenAIMessage,
        summary="The message as the OpenAI chat API has it.",
    ),
    Operation(
        name="renderer.format_content_as_string",
        params=ContentParams,
        result=Decoded,
        summary="All parts of a content as one string, reasoning in think tags.",
    ),
    Operation(
        name="renderer.get_text_content",
        params=MessageParams,
        result=Decoded,
        summary="The text of a message, without its reasoning.",
    ),
    Operation(
        name="renderer.get_stop_sequences",
        params=RendererParams,
        result=StopSequences,
        summary="Where sampling must stop: token ids, or texts.",
    ),
    Operation(
        name="renderer.create_conversation_prefix_with_tools",
        params=ConversationPrefixParams,
        result=ConversationPrefix,
        summary="The messages that offer tools to a model.",
    ),
    Operation(
        name="renderer.has_extension_property",
        params=RendererParams,
        result=ExtensionProperty,
        summary="Whether every prompt of a conversation is a prefix of the next one.",
    ),
    Operation(
        name="tensor.from_nested",
        params=FromNestedParams,
        result=Tensor,
        summary="Nested lists as flat data with a dtype and a shape.",
    ),
    Operation(
        name="tensor.to_nested",
        params=ToNestedParams,
        result=NestedData,
        summary="Flat data with a dtype and a shape as nested lists.",
    ),
)


# Validation.


def invalid_params(operation: str, raw: bytes) -> str | None:
    """Why the JSON text `raw` is not the params of `operation`, in one line that names the member; None if it is.

    Raises:
        KeyError: there is no such operation.
    """
    return _invalid("params", _decoder(OPERATIONS[operation].params), raw)


def invalid_result(operation: str, raw: bytes) -> str | None:
    """Why the JSON text `raw` is not a result of `operation`, e.g. `result.tokens[3]: expected integer, got string`.

    Raises:
        KeyError: there is no such operation.
    """
    return _invalid("result", _decoder(OPERATIONS[operation].result), raw)


@cache
def _decoder(form: type[Struct]) -> msgspec.json.Decoder[Struct]:
    return msgspec.json.Decoder(form)


def _invalid(what: str, decoder: msgspec.json.Decoder[Struct], raw: bytes) -> str | None:
    try:
        value = decoder.decode(raw)
    except (ValueError, RecursionError) as error:
        from conformance.invalid import reason

        return reason(what, str(error))
    if isinstance(value, NestedData):
        return _not_nested(value.data, f"{what}.data")
    if isinstance(value, StopSequences):
        return _mixed(value.stop, f"{what}.stop")
    return None


def _not_nested(data: object, path: str) -> str | None:
    """msgspec has no recursive arrays, so nested data is looked at here. JSON was read, so depth is bounded."""
    if isinstance(data, list):
        reasons = (_not_nested(item, f"{path}[{at}]") for at, item in enumerate(data))
        return next((reason for reason in reasons if reason), None)
    if isinstance(data, bool) or data is None or isinstance(data, dict):
        return f"{path}: expected number or array"
    if isinstance(data, str) and not re.fullmatch(NUMBER_TEXT, data):
        return f"{path}: the string {data!r} is neither an integer nor NaN, Infinity, -Infinity"
    return None


def _mixed(stop: list[int | str], path: str) -> str | None:
    """All ids, or all texts."""
    kinds = {type(item) for item in stop}
    return f"{path}: holds both integers and strings" if len(kinds) > 1 else None
