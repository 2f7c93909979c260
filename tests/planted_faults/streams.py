"""Wrong ways to read a response as it arrives."""

from __future__ import annotations

from typing import Any

from cookbook.messages import Message
from cookbook.renderers import llama3, streaming
from cookbook.renderers.deepseek_v3 import DeepSeekV3ThinkingRenderer as Thinking
from cookbook.renderers.qwen3 import Qwen3Renderer as Qwen3
from cookbook.renderers.streaming import (
    ReasoningStream,
    StreamingMessageHeader,
    StreamingTextDelta,
    StreamingThinkingDelta,
    Utf8TokenDecoder,
)

from . import planting as plant
from .planting import PlantedFault


def fault(name: str, traps: str, *causes: str, by: plant.Plant, of: tuple[str, ...] = ("qwen3",)) -> PlantedFault:
    by = plant.Plant(by.change, "parse_response_streaming")
    return PlantedFault(family="streams", name=name, traps=traps, renderers=of, causes=causes, plant=by)


def streamed(change: Any, cls: type = Qwen3) -> plant.Plant:
    """Other pieces come: `change(deltas)` is given all of them."""
    return plant.wrapped(
        cls,
        "parse_response_streaming",
        lambda original, self, response: iter(change(list(original(self, response)))),
    )


def _at_once(self: Any, token: int) -> str:
    """Every token by itself, whether or not it ends within a character."""
    return self._tokenizer.decode([token])


def _joined(deltas: list[Any]) -> list[Any]:
    """Neighbouring pieces of one kind become one."""
    made: list[Any] = []
    for delta in deltas:
        before = made[-1] if made else None
        if isinstance(delta, StreamingTextDelta) and isinstance(before, StreamingTextDelta):
            made[-1] = StreamingTextDelta(before.text + delta.text, delta.content_index)
        elif isinstance(delta, StreamingThinkingDelta) and isinstance(before, StreamingThinkingDelta):
            made[-1] = StreamingThinkingDelta(before.thinking + delta.thinking, delta.content_index)
        else:
            made.append(delta)
    return made


def _numbered(number: Any) -> Any:
    def changed(deltas: list[Any]) -> list[Any]:
        made = []
        for delta in deltas:
            if isinstance(delta, StreamingTextDelta):
                delta = StreamingTextDelta(delta.text, number(delta.content_index))
            elif isinstance(delta, StreamingThinkingDelta):
                delta = StreamingThinkingDelta(delta.thinking, number(delta.content_index))
            made.append(delta)
        return made

    return changed


def _stripped(deltas: list[Any]) -> list[Any]:
    return [
        delta
        for delta in deltas
        if not isinstance(delta, StreamingTextDelta | StreamingThinkingDelta)
        or (delta.text if isinstance(delta, StreamingTextDelta) else delta.thinking).strip("\n")
    ]


def _unparsed(self: Any, tokens: Any) -> Any:
    """The message of a response that was cut off stays text, as where it is parsed at once."""
    kept, ending = self._split(tokens)
    text = self.tokenizer.decode(kept)
    return self.parse_text(text) if ending.is_clean else Message(role="assistant", content=text)


def _several_ends(original: Any, self: Any, response: Any) -> Any:
    self.parse_response(response)  # which raises for two ends
    return original(self, response)


FAULTS: tuple[PlantedFault, ...] = (
    fault(
        "tags not held back",
        "T235",
        "stream-pieces",
        by=plant.attribute(streaming, "_length_of_partial", lambda tag, text: 0),
    ),
    fault("half a character shown", "T236", "stream-pieces", by=plant.attribute(Utf8TokenDecoder, "decode", _at_once)),
    fault(
        "the end of half a character dropped",
        "T236",
        "stream-pieces",
        by=plant.attribute(Utf8TokenDecoder, "flush", lambda self: ""),
    ),
    fault("pieces joined", "T234", "stream-pieces", by=streamed(_joined)),
    fault(
        "no header",
        "T237",
        "malformed-result",
        by=streamed(lambda deltas: [delta for delta in deltas if not isinstance(delta, StreamingMessageHeader)]),
    ),
    fault(
        "no header for an empty response",
        "T237",
        "malformed-result",
        by=streamed(lambda deltas: deltas if len(deltas) > 2 else deltas[-1:]),
    ),
    fault("index from one", "T233", "stream-index", by=streamed(_numbered(lambda index: index + 1))),
    fault("index always zero", "T233", "stream-index", by=streamed(_numbered(lambda index: 0))),
    fault("reasoning is index zero", "T233", "stream-index", by=streamed(_numbered(lambda index: max(0, index - 1)))),
    fault("line breaks alone dropped", "T234", "stream-pieces", by=streamed(_stripped)),
    fault(
        "reasoning as text",
        "T233",
        "stream-pieces",
        by=streamed(
            lambda deltas: [
                StreamingTextDelta(delta.thinking, delta.content_index)
                if isinstance(delta, StreamingThinkingDelta)
                else delta
                for delta in deltas
            ]
        ),
    ),
    fault(
        "a message that was cut off stays text",
        "T237",
        "content-shape",
        by=plant.attribute(Qwen3, "_parse_anyway", _unparsed),
    ),
    fault("two ends refused", "T237", "rejected", by=plant.wrapped(Qwen3, "parse_response_streaming", _several_ends)),
    fault(
        "goes on after the end",
        "T237",
        "stream-pieces",
        by=plant.wrapped(
            ReasoningStream,
            "__init__",
            lambda original, self, tokenizer, stop, parse: original(self, tokenizer, -1, parse),
        ),
    ),
    fault(
        "<think> of the prompt not restored",
        "T238",
        "stream-pieces",
        by=plant.attribute(Thinking, "restore_prefill", lambda self, response: response),
        of=("deepseekv3_thinking",),
    ),
    fault(
        "Llama 3 streams",
        "T232",
        "accepted",
        by=plant.attribute(
            llama3.Llama3Renderer,
            "parse_response_streaming",
            lambda self, response: iter([StreamingMessageHeader("assistant"), self.parse_response(response)[0]]),
        ),
        of=("llama3",),
    ),
)
