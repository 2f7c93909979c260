"""Wrong variants of qwen3, qwen3_disable_thinking and qwen3_instruct."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.renderers import qwen3
from cookbook.renderers.pieces import Constant, RenderedMessage, Text
from cookbook.renderers.qwen3 import Qwen3DisableThinkingRenderer as Disabled
from cookbook.renderers.qwen3 import Qwen3InstructRenderer as Instruct
from cookbook.renderers.qwen3 import Qwen3Renderer as Qwen3
from cookbook.tokenizer import ByteTokenizer

from . import planting as plant
from .planting import PlantedFault
from .shared import shared_faults

ALL = ("qwen3", "qwen3_disable_thinking", "qwen3_instruct")
THINKING = ("qwen3",)
END = "<|im_end|>"
EMPTY_BLOCK = "<think>\n\n</think>\n\n"


def fault(name: str, traps: str, *causes: str, by: plant.Plant, of: tuple[str, ...] = THINKING) -> PlantedFault:
    return PlantedFault(family="qwen3", name=name, traps=traps, renderers=of, causes=causes, plant=by)


def on_json(dumps: Any = json.dumps, loads: Any = None) -> plant.Plant:
    """Another JSON library writes tool calls and declarations, and reads arguments."""
    written = SimpleNamespace(dumps=dumps, JSONDecodeError=json.JSONDecodeError)
    writes = plant.attribute(qwen3, "json", written)
    if loads is None:
        return writes

    def read(text: str) -> Any:
        try:
            return loads(text)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as error:  # beyond Python's limits, which is another question
            raise InvalidMessageError(str(error)) from error

    return plant.all_of(writes, plant.attribute(qwen3, "read_json", read))


def text_of(chunk: Any) -> str:
    return "".join(piece.text for piece in chunk)


def is_turn(message: Any) -> bool:
    return plant.role_of(message) == "assistant"


# Framing


def _no_empty_block(text: str, message: Any, ctx: Any) -> str:
    return text.removeprefix(EMPTY_BLOCK)


def _block_twice(text: str, message: Any, ctx: Any) -> str:
    return EMPTY_BLOCK + text if text.startswith("<think>") and is_turn(message) else text


def _empty_block_in_history(text: str, message: Any, ctx: Any) -> str:
    return EMPTY_BLOCK + text if is_turn(message) and not ctx.is_last and text != END else text


def _block_in_header(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    """The block's opening is given to the model, as in an older release."""
    body = text_of(done.output[0])
    if not is_turn(message) or not body.startswith("<think>\n"):
        return done
    header = (*(done.header or ()), Constant("<think>\n"))
    return done._replace(header=header, output=((Text(body.removeprefix("<think>\n"), True),), *done.output[1:]))


def _history_as_produced(message: Any, ctx: Any) -> Any:
    return ctx._replace(is_last=True) if is_turn(message) else ctx


def _produced_as_history(message: Any, ctx: Any) -> Any:
    return ctx._replace(is_last=False)


def _thinking_stripped(message: Any, ctx: Any) -> Any:
    return plant.with_text(message, str.strip, ("thinking",))


def _answer_stripped_on_the_right(message: Any, ctx: Any) -> Any:
    return plant.with_text(message, str.rstrip) if is_turn(message) else message


def _inline_stripped_from_history(message: Any, ctx: Any) -> Any:
    """As the chat template does."""
    if not is_turn(message) or ctx.is_last or not isinstance(message.get("content"), str):
        return message
    return {**message, "content": message["content"].rpartition("</think>")[2].lstrip("\n")}


def _thinking_kept_before_tools(message: Any, ctx: Any) -> Any:
    """As the chat template does: reasoning after the last user message stays."""
    if is_turn(message) and not ctx.is_last and ctx.idx > ctx.last_user_index >= 0:
        return ctx._replace(is_last=True)
    return ctx


def _framed_without_user(message: Any, ctx: Any) -> Any:
    return ctx._replace(last_user_index=max(ctx.last_user_index, 0))


def _text_before_block_kept(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if not is_turn(message) or not isinstance(content, str) or "</think>" not in content:
        return message
    before, _, after = content.partition("<think>")
    thinking, _, rest = after.partition("</think>")
    parts = [("text", before), ("thinking", thinking), ("text", rest)]
    return {**message, "content": [{"type": kind, kind: text} for kind, text in parts if text]}


def _string_blocks_ignored(message: Any, ctx: Any) -> Any:
    """Only thinking parts are framed."""
    content = message.get("content")
    if not isinstance(content, str) or "</think>" not in content:
        return message
    return {**message, "content": [{"type": "text", "text": content}]}


def _first_thinking_first(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    order = {"thinking": 0}
    return {**message, "content": sorted(content, key=lambda part: order.get(part["type"], 1))}


def _images_refused(message: Any, ctx: Any) -> Any:
    if isinstance(message.get("content"), list) and any(part["type"] == "image" for part in message["content"]):
        raise RendererError("no images")
    return message


# Special tokens


def _split_all(original: Any, self: Any, text: str, *, split_special_tokens: bool = False) -> list[int]:
    """Every added token is split, those that are not special too."""
    return list(text.encode()) if split_special_tokens else original(self, text)


FAULTS = (
    *shared_faults("qwen3", THINKING, Qwen3),
    # Headers and ends
    fault(
        "newline of the header belongs to the end",
        "T080",
        "tail-extra",
        "newlines",
        by=plant.all_of(
            plant.header(Qwen3, lambda text, *_: text.removeprefix("\n")),
            plant.output(Qwen3, lambda text, *_: text.replace(END, END + "\n") if text == END else text),
        ),
    ),
    fault(
        "a newline after the last end",
        "T081",
        "tail-extra",
        by=plant.output(Qwen3, lambda text, _, ctx: END + "\n" if text == END and ctx.is_last else text),
    ),
    fault(
        "no newline between messages",
        "T080",
        "newlines",
        by=plant.header(Qwen3, lambda text, *_: text.removeprefix("\n")),
    ),
    fault("no newline after the role", "T080", "newlines", by=plant.header(Qwen3, lambda text, *_: text[:-1])),
    fault(
        "a newline before the first message",
        "T021",
        "newlines",
        by=plant.header(Qwen3, lambda text, *_: text if text.startswith("\n") else f"\n{text}"),
    ),
    fault(
        "no end after the last message",
        "T081",
        "terminator-missing",
        by=plant.output(Qwen3, lambda text, _, ctx: "" if text == END and ctx.is_last else text),
    ),
    fault("role lowercased", "T039", "letter-case", by=plant.header(Qwen3, lambda text, *_: text.lower())),
    fault(
        "BOS of another family", "T062", "text-extra", by=plant.answering(Qwen3, "bos", (Constant("<|endoftext|>"),))
    ),
    # Think blocks
    fault("no empty block", "T082", "think-frame", by=plant.output(Qwen3, _no_empty_block), of=THINKING),
    fault(
        "block twice",
        "T082",
        "think-frame",
        by=plant.output(Qwen3, _block_twice),
        of=("qwen3", "qwen3_disable_thinking"),
    ),
    fault(
        "block opened in the header",
        "T083",
        "weights-start",
        "tail-extra",
        by=plant.rendered(Qwen3, _block_in_header),
        of=THINKING,
    ),
    fault(
        "empty block in history",
        "T084 T102",
        "think-frame",
        by=plant.output(Qwen3, _empty_block_in_history),
        of=("qwen3", "qwen3_disable_thinking"),
    ),
    fault(
        "reasoning kept in history", "T084 T103", "think-block", by=plant.placed(Qwen3, _history_as_produced), of=ALL
    ),
    fault(
        "reasoning dropped from the produced turn",
        "T083 T103",
        "think-block",
        by=plant.placed(Qwen3, _produced_as_history),
        of=ALL,
    ),
    fault(
        "reasoning kept before tool results",
        "T094",
        "think-block",
        by=plant.placed(Qwen3, _thinking_kept_before_tools),
        of=THINKING,
    ),
    fault(
        "inline reasoning dropped from history",
        "T093",
        "think-block",
        "think-frame",
        by=plant.asked(Qwen3, _inline_stripped_from_history),
    ),
    fault("reasoning stripped of spaces", "T086", "whitespace", by=plant.asked(Qwen3, _thinking_stripped)),
    fault(
        "answer stripped on the right",
        "T091",
        "newlines",
        "whitespace",
        by=plant.asked(Qwen3, _answer_stripped_on_the_right),
    ),
    fault(
        "framed without a user",
        "T096 T022",
        "think-frame",
        by=plant.placed(Qwen3, _framed_without_user),
        of=("qwen3", "qwen3_disable_thinking"),
    ),
    fault(
        "one newline after the block",
        "T085",
        "newlines",
        by=plant.output(Qwen3, lambda text, *_: text.replace("</think>\n\n", "</think>\n")),
    ),
    fault(
        "block without newlines",
        "T085",
        "newlines",
        by=plant.output(
            Qwen3, lambda text, *_: re.sub(r"<think>\n(.*?)\n</think>\n\n", r"<think>\1</think>", text, flags=re.DOTALL)
        ),
    ),
    fault(
        "text before an inline block kept",
        "T088",
        "think-block",
        by=plant.asked(Qwen3, _text_before_block_kept),
        of=THINKING,
    ),
    fault("inline block not framed", "T087", "think-frame", by=plant.asked(Qwen3, _string_blocks_ignored), of=THINKING),
    fault("reasoning moved to the front", "T092", "text-order", by=plant.asked(Qwen3, _first_thinking_first)),
    fault(
        "instruct frames",
        "T103",
        "think-frame",
        by=plant.attribute(Instruct, "frames_thinking", True),
        of=("qwen3_instruct",),
    ),
    fault("images refused", "T038", "rejected", by=plant.asked(Qwen3, _images_refused)),
    fault(
        "history always stripped",
        "T104",
        "think-frame",
        "think-block",
        by=plant.wrapped(Qwen3, "__init__", lambda original, self, tokenizer, **options: original(self, tokenizer)),
    ),
    # Disabling
    fault(
        "no empty block in the prompt",
        "T011 T102",
        "weights-prefix",
        "accepted",
        by=plant.attribute(
            Disabled, "generation_suffix", lambda self, role, ctx: Qwen3.generation_suffix(self, role, ctx)
        ),
        of=("qwen3_disable_thinking",),
    ),
    fault(
        "reasoning in a trained turn accepted",
        "T015 T100",
        "accepted",
        by=plant.attribute(Disabled, "disables_thinking", False),
        of=("qwen3_disable_thinking",),
    ),
    fault(
        "a conversation without a user accepted",
        "T101",
        "accepted",
        by=plant.attribute(
            Disabled, "render_message", lambda self, message, ctx: Qwen3.render_message(self, message, ctx)
        ),
        of=("qwen3_disable_thinking",),
    ),
    # The boundary
    fault("boundary ignored", "T011", "weights-prefix", by=plant.BOUNDARY_IGNORED, of=ALL),
    fault("boundary by length", "T014 T015", "weights-start", "accepted", by=plant.BOUNDARY_BY_LENGTH, of=ALL),
    fault("boundary in all modes", "T012", "weights-start", "weights-none", by=plant.BOUNDARY_IN_ALL_MODES, of=ALL),
    # Text and special tokens
    fault("special tokens in text not split", "T097", "text-as-special", by=plant.splitting(Qwen3, False), of=ALL),
    fault("all added tokens split", "T098", "special-as-text", by=plant.wrapped(ByteTokenizer, "encode", _split_all)),
    fault("end written as text", "T099", "special-as-text", by=plant.spelled_out(Qwen3, END)),
    fault(
        "think tags written as text",
        "T098",
        "special-as-text",
        by=plant.all_of(plant.spelled_out(Qwen3, "<think>"), plant.wrapped(ByteTokenizer, "encode", _split_all)),
    ),
)
