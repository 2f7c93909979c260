"""The operations: what can be asked, and the form of every question and answer.

An operation carries the name of the upstream function it stands for. Its params and its result are msgspec
structs; golden/schema/ holds the same as JSON Schema, written by `conformance.schemas`. Unknown members are
refused, so that a misspelt name is found where it is made. An absent optional param means upstream's default.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.forms import (
    NUMBER_TEXT,
    Content,
    Float,
    Message,
    Nested,
    Number,
    Operation,
    RendererParams,
    TokenId,
    Tokens,
    ToolSpec,
    not_nested,
)
from conformance.number_operations import NUMBER_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "NUMBER_TEXT",
    "OPERATIONS",
    "DecodeParams",
    "EncodeParams",
    "Float",
    "Message",
    "Nested",
    "Number",
    "Operation",
    "RendererParams",
    "TokenId",
    "Tokens",
    "invalid_params",
    "invalid_result",
]

# Params. All are keyword-only frozen structs that refuse unknown members.


class EncodeParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    tokenizer: str
    text: str
    split_special_tokens: bool = False


class DecodeParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tokenizer: str
    tokens: list[TokenId]


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

    def misfit(self, path: str) -> str | None:
        mixed = len({type(item) for item in self.stop}) > 1
        return f"{path}.stop: holds both integers and strings" if mixed else None


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

    def misfit(self, path: str) -> str | None:
        return not_nested(self.data, f"{path}.data")


# The table.


def _table(*operations: Operation) -> dict[str, Operation]:
    return {operation.name: operation for operation in operations}


_OPERATIONS = _table(
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

OPERATIONS: Mapping[str, Operation] = MappingProxyType({**_OPERATIONS, **NUMBER_OPERATIONS})
"""Every operation by its name."""


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
    # What msgspec has no words for, a form says of itself.
    misfit: Callable[[str], str | None] | None = getattr(value, "misfit", None)
    return misfit(what) if misfit is not None else None
