# ruff: noqa: RUF001 (the markers are written with U+FF5C and U+2581)
"""Wrong variants of deepseekv3 (thinking off) and deepseekv3_thinking."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

from cookbook.renderers import deepseek_v3
from cookbook.renderers.deepseek_v3 import DeepSeekV3DisableThinkingRenderer as Disabled
from cookbook.renderers.deepseek_v3 import DeepSeekV3ThinkingRenderer as Thinking
from cookbook.renderers.pieces import Constant, RenderedMessage, Text

from . import planting as plant
from .planting import PlantedFault
from .shared import shared_faults

BOTH = ("deepseekv3", "deepseekv3_thinking")
OFF = ("deepseekv3", "deepseekv3_disable_thinking")
ON = ("deepseekv3_thinking",)
BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
USER, ASSISTANT = "<｜User｜>", "<｜Assistant｜>"
OUTPUT, OUTPUT_END = "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"
CALLS, CALLS_END = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"
CALL, CALL_END, SEP = "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", "<｜tool▁sep｜>"


def fault(name: str, traps: str, *causes: str, by: plant.Plant, of: tuple[str, ...] = BOTH) -> PlantedFault:
    return PlantedFault(family="deepseek_v3", name=name, traps=traps, renderers=of, causes=causes, plant=by)


def both(make: Any) -> plant.Plant:
    return plant.all_of(make(Disabled), make(Thinking))


def header(change: Any) -> plant.Plant:
    return both(lambda cls: plant.header(cls, change))


def output(change: Any) -> plant.Plant:
    return both(lambda cls: plant.output(cls, change))


def asked(change: Any) -> plant.Plant:
    return both(lambda cls: plant.asked(cls, change))


def parsed(change: Any) -> plant.Plant:
    return both(lambda cls: plant.parsed(cls, change))


def on_json(dumps: Any) -> plant.Plant:
    """Another JSON library writes the declarations of tools."""
    made = SimpleNamespace(dumps=dumps, loads=json.loads, JSONDecodeError=json.JSONDecodeError)
    return plant.attribute(deepseek_v3, "json", made)


def is_turn(message: Any) -> bool:
    return plant.role_of(message) == "assistant"


def follows_tool(ctx: Any) -> bool:
    return ctx.prev_message is not None and plant.role_of(ctx.prev_message) == "tool"


def text_of(chunk: Any) -> str:
    return "".join(piece.text for piece in chunk)


# Headers and ends


def _header_after_tool(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    if is_turn(message) and done.header is None:
        return done._replace(header=(Constant(ASSISTANT),))
    return done


def _no_header_at_all(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    return done._replace(header=None) if plant.role_of(message) == "tool" else done


def _always_ended(text: str, message: Any, ctx: Any) -> str:
    return text if not is_turn(message) or text.endswith(EOS) else text + EOS


def _never_ended_after_calls(text: str, message: Any, ctx: Any) -> str:
    return text.removesuffix(EOS) if message.get("tool_calls") else text


def _untrained_end(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
    model_input, weights = original(self, messages, train_on_what)
    for at, token in enumerate(model_input.to_ints()):
        if token == self.tokenizer.eos_token_id:
            weights[at] = 0
    return model_input, weights


def _spaced_system(text: str, message: Any, ctx: Any) -> str:
    return f"{text}\n\n" if plant.role_of(message) == "system" and not ctx.idx else text


def _system_header(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    return done._replace(header=(Constant(USER),)) if plant.role_of(message) == "system" else done


def _later_systems(message: Any, ctx: Any) -> Any:
    return {**message, "role": "user"} if plant.role_of(message) == "system" and ctx.idx else message


def _developers(message: Any, ctx: Any) -> Any:
    return {**message, "role": "user"} if plant.role_of(message) == "developer" else message


def _system_first(self: Any, messages: Any) -> Any:
    return sorted(messages, key=lambda message: plant.role_of(message) != "system")


# Think blocks


def _no_close_in_header(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    if not is_turn(message) or done.header is None:
        return done
    return done._replace(header=(Constant(text_of(done.header).replace("</think>", "")),))


def _close_in_output(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    if not is_turn(message) or done.header is None or not text_of(done.header).endswith("</think>"):
        return done
    first, *rest = done.output
    return done._replace(header=(Constant(ASSISTANT),), output=((Constant("</think>"), *first), *rest))


def _open_in_header(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    body = text_of(done.output[0])
    if not is_turn(message) or not ctx.is_last or not body.startswith("<think>"):
        return done
    header = (*(done.header or ()), Constant("<think>"))
    return done._replace(header=header, output=((Text(body.removeprefix("<think>")),),))


def _as_history(message: Any, ctx: Any) -> Any:
    return ctx._replace(is_last=False)


def _as_produced(message: Any, ctx: Any) -> Any:
    return ctx._replace(is_last=True) if is_turn(message) else ctx


def _thinking_dropped_before_calls(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if ctx.is_last or not message.get("tool_calls") or not isinstance(content, list):
        return message
    return {**message, "content": [part for part in content if part["type"] != "thinking"]}


def _inline_dropped_from_history(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if ctx.is_last or not is_turn(message) or not isinstance(content, str):
        return message
    return {**message, "content": re.sub(r"<think>.*?</think>", "", content, flags=re.DOTALL)}


def _framed(text: str, message: Any, ctx: Any) -> str:
    return re.sub(r"<think>(.+?)</think>", r"<think>\n\1\n</think>\n\n", text, flags=re.DOTALL)


def _thinking_stripped(message: Any, ctx: Any) -> Any:
    return plant.with_text(message, str.strip, ("thinking",))


def _keeps_inline(content: Any) -> Any:
    return content


FAULTS = (
    *shared_faults("deepseek_v3", BOTH, Disabled, Thinking, role_of_the_prompt_ignored="text-other"),
    # The beginning, headers and ends
    fault("no BOS", "T024", "bos-missing", by=both(lambda cls: plant.answering(cls, "bos", ()))),
    fault("BOS twice", "T024", "bos-extra", by=both(lambda cls: plant.answering(cls, "bos", (Constant(BOS + BOS),)))),
    fault("BOS trained", "T002", "weights-bos", by=both(lambda cls: plant.first_weight(cls, 1, "all_tokens"))),
    fault(
        "ASCII markers",
        "T043",
        "special-as-text",
        by=header(lambda text, *_: text.replace("｜", "|").replace("▁", "_")),
    ),
    fault(
        "a header after a tool's result",
        "T142 T143",
        "text-extra",
        "tail-extra",
        by=both(lambda cls: plant.rendered(cls, _header_after_tool)),
    ),
    fault(
        "a tool's result without its beginning",
        "T142",
        "text-missing",
        by=both(lambda cls: plant.rendered(cls, _no_header_at_all)),
    ),
    fault("EOS after empty content", "T144 T145", "text-extra", "terminator-extra", by=output(_always_ended)),
    fault("no EOS after tool calls", "T144", "terminator-missing", by=output(_never_ended_after_calls)),
    fault(
        "no EOS after the last message",
        "T081",
        "terminator-missing",
        by=output(lambda text, _, ctx: text.removesuffix(EOS) if ctx.is_last else text),
    ),
    fault(
        "EOS after everybody",
        "T150",
        "text-extra",
        "terminator-extra",
        by=output(lambda text, *_: text if text.endswith(EOS) else text + EOS),
    ),
    fault(
        "EOS not trained",
        "T001",
        "weights-terminator",
        by=both(lambda cls: plant.wrapped(cls, "build_supervised_example", _untrained_end)),
    ),
    fault("EOS written as text", "T099", "special-as-text", by=both(lambda cls: plant.spelled_out(cls, EOS))),
    fault("special tokens in text split", "T075", "special-as-text", by=both(lambda cls: plant.splitting(cls, True))),
    fault("blank line after the system message", "T150", "newlines", by=output(_spaced_system)),
    fault(
        "a header for the system message",
        "T150",
        "text-extra",
        by=both(lambda cls: plant.rendered(cls, _system_header)),
    ),
    fault("later system messages accepted", "T149", "accepted", by=asked(_later_systems)),
    fault(
        "system_role_as_user for the first one too",
        "T149",
        "text-extra",
        "accepted",
        by=asked(lambda message, ctx: {**message, "role": "user"} if plant.role_of(message) == "system" else message),
    ),
    fault(
        "system message moved to the front",
        "T149",
        "accepted",
        "text-other",
        by=both(lambda cls: plant.attribute(cls, "conversation", _system_first)),
    ),
    fault("developer accepted", "T151", "accepted", by=asked(_developers)),
    # Think blocks
    fault(
        "no </think> in the header",
        "T141",
        "think-frame",
        "tail-missing",
        by=plant.rendered(Disabled, _no_close_in_header),
        of=OFF,
    ),
    fault("no </think> in history", "T146", "think-frame", by=plant.rendered(Thinking, _no_close_in_header), of=ON),
    fault(
        "</think> trained",
        "T141",
        "weights-prefix",
        "tail-missing",
        by=plant.rendered(Disabled, _close_in_output),
        of=OFF,
    ),
    fault("<think> not trained", "T013", "weights-start", by=plant.rendered(Thinking, _open_in_header), of=ON),
    fault(
        "names flipped",
        "T140",
        "think-frame",
        by=plant.attribute(deepseek_v3, "DeepSeekV3DisableThinkingRenderer", Thinking),
        of=OFF,
    ),
    fault("reasoning kept in history", "T146", "think-frame", by=plant.placed(Thinking, _as_produced), of=ON),
    fault(
        "the produced turn as history",
        "T148",
        "think-frame",
        "think-block",
        by=plant.placed(Thinking, _as_history),
        of=ON,
    ),
    fault(
        "no empty block",
        "T148",
        "think-frame",
        by=plant.output(Thinking, lambda text, *_: text.removeprefix("<think></think>")),
        of=ON,
    ),
    fault(
        "empty block twice",
        "T082",
        "think-frame",
        by=plant.output(
            Thinking, lambda text, *_: f"<think></think>{text}" if text.startswith("<think></think>") else text
        ),
        of=ON,
    ),
    fault(
        "reasoning dropped before tool calls in history",
        "T146",
        "think-block",
        by=plant.asked(Thinking, _thinking_dropped_before_calls),
        of=ON,
    ),
    fault(
        "inline reasoning dropped from history",
        "T147",
        "think-block",
        by=plant.asked(Thinking, _inline_dropped_from_history),
        of=ON,
    ),
    fault(
        "inline reasoning kept without thinking",
        "T147",
        "think-block",
        by=plant.attribute(deepseek_v3, "_without_think_blocks", _keeps_inline),
        of=OFF,
    ),
    fault("blocks framed as in Qwen3", "T085", "newlines", by=plant.output(Thinking, _framed), of=ON),
    fault("reasoning stripped", "T086", "newlines", "whitespace", by=asked(_thinking_stripped)),
    fault(
        "history always stripped",
        "T104",
        "think-frame",
        by=both(
            lambda cls: plant.wrapped(
                cls,
                "__init__",
                lambda original, self, tokenizer, **options: original(
                    self, tokenizer, **{k: v for k, v in options.items() if k != "strip_thinking_from_history"}
                ),
            )
        ),
    ),
    fault(
        "no <think> in the prompt",
        "T013",
        "tail-missing",
        "weights-prefix",
        by=plant.attribute(Thinking, "prefill", lambda self, messages, prefill: prefill),
        of=ON,
    ),
    fault(
        "<think> in the prompt after a tool's result",
        "T143",
        "tail-extra",
        "weights-start",
        by=plant.attribute(Thinking, "prefill", lambda self, messages, prefill: f"<think>{prefill}"),
        of=ON,
    ),
    fault(
        "prefill instead of <think>",
        "T026",
        "think-frame",
        by=plant.attribute(Thinking, "prefill", lambda self, messages, prefill: prefill or "<think>"),
        of=ON,
    ),
    fault("boundary ignored", "T013", "weights-prefix", by=plant.BOUNDARY_IGNORED, of=ON),
    fault("boundary by length", "T014", "weights-start", by=plant.BOUNDARY_BY_LENGTH),
    fault("boundary in all modes", "T012", "weights-start", "weights-none", by=plant.BOUNDARY_IN_ALL_MODES),
)
