"""Wrong variants of the gpt_oss renderers."""

from __future__ import annotations

import re
from typing import Any

from cookbook.errors import RendererError
from cookbook.renderers.gpt_oss import GptOssRenderer as GptOss
from cookbook.renderers.pieces import Constant

from . import planting as plant
from .planting import PlantedFault
from .shared import shared_faults

PLAIN = ("gpt_oss_no_sysprompt",)
PROMPTED = ("gpt_oss_low_reasoning", "gpt_oss_medium_reasoning", "gpt_oss_high_reasoning")
BOTH = ("gpt_oss_no_sysprompt", "gpt_oss_medium_reasoning")
NEXT = "<|start|>assistant"
RETURN, END, CALL = "<|return|>", "<|end|>", "<|call|>"
FINAL = "<|channel|>final<|message|>"


def fault(name: str, traps: str, *causes: str, by: plant.Plant, of: tuple[str, ...] = PLAIN) -> PlantedFault:
    return PlantedFault(family="gpt_oss", name=name, traps=traps, renderers=of, causes=causes, plant=by)


def replaced(old: str, new: str) -> plant.Plant:
    return plant.output(GptOss, lambda text, *_: text.replace(old, new))


def header(change: Any) -> plant.Plant:
    return plant.header(GptOss, change)


def asked(change: Any) -> plant.Plant:
    return plant.asked(GptOss, change)


def system_prompt(change: Any) -> plant.Plant:
    """The built-in system message says something else."""

    def conversation(original: Any, self: Any, messages: Any) -> Any:
        first, *rest = original(self, messages)
        return [{**first, "content": change(first["content"])}, *rest]

    return plant.wrapped(GptOss, "conversation", conversation)


def is_turn(message: Any) -> bool:
    return plant.role_of(message) == "assistant"


def text_of(chunk: Any) -> str:
    return "".join(piece.text for piece in chunk)


def _return_in_history(text: str, message: Any, ctx: Any) -> str:
    return text[: -len(END)] + RETURN if is_turn(message) and text.endswith(END) else text


def _end_for_return(text: str, message: Any, ctx: Any) -> str:
    return text.replace(RETURN, END)


def _return_for_everybody(text: str, message: Any, ctx: Any) -> str:
    return text[: -len(END)] + RETURN if ctx.is_last and text.endswith(END) else text


def _end_for_call(text: str, message: Any, ctx: Any) -> str:
    return text[: -len(CALL)] + RETURN if ctx.is_last and text.endswith(CALL) else text


def _unended(text: str, message: Any, ctx: Any) -> str:
    return re.sub(r"<\|(return|end|call)\|>$", "", text) if ctx.is_last else text


def _no_thinking_in_history(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if ctx.is_last or not isinstance(content, list):
        return message
    return {**message, "content": [part for part in content if part["type"] != "thinking"]}


def _no_thinking_at_the_end(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if not ctx.is_last or not isinstance(content, list):
        return message
    return {**message, "content": [part for part in content if part["type"] != "thinking"]}


def _empty_analysis(text: str, message: Any, ctx: Any) -> str:
    if not is_turn(message) or "<|channel|>analysis" in text:
        return text
    return f"<|channel|>analysis<|message|><|end|>{NEXT}{text}"


def _thinking_stripped(message: Any, ctx: Any) -> Any:
    return plant.with_text(message, str.strip, ("thinking",))


def _think_tags_read(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if not is_turn(message) or not isinstance(content, str) or "</think>" not in content:
        return message
    thinking, _, text = content.partition("</think>")
    parts = [{"type": "thinking", "thinking": thinking.replace("<think>", "")}, {"type": "text", "text": text}]
    return {**message, "content": parts}


def _system_raw(message: Any, ctx: Any) -> Any:
    return {**message, "role": "developer"} if plant.role_of(message) == "system" else message


def _developer_instructed(text: str, message: Any, ctx: Any) -> str:
    if plant.role_of(message) != "developer":
        return text
    return re.sub(r"<\|message\|>(.*)<\|end\|>", r"<|message|># Instructions\n\n\1\n\n<|end|>", text, flags=re.DOTALL)


def _channel_for_all(text: str, message: Any, ctx: Any) -> str:
    return FINAL + text.removeprefix("<|message|>") if text.startswith("<|message|>") else text


def _tool_role_kept(text: str, message: Any, ctx: Any) -> str:
    return "<|start|>tool to=assistant" if plant.role_of(message) == "tool" else text


def _always_qualified(message: Any, ctx: Any) -> Any:
    name = message.get("name")
    return {**message, "name": f"functions.functions.{name[10:]}"} if str(name).startswith("functions.") else message


def _nameless_refused(message: Any, ctx: Any) -> Any:
    if plant.role_of(message) == "tool" and not message.get("name"):
        raise RendererError("a tool needs a name")
    return message


def _name_from_id(message: Any, ctx: Any) -> Any:
    if plant.role_of(message) == "tool" and not message.get("name"):
        return {**message, "name": "tool"}
    return message


def _inner_headers_untrained(
    original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message"
) -> Any:
    """Whoever masks every header masks those inside a turn too."""
    model_input, weights = original(self, messages, train_on_what)
    tokens = model_input.to_ints()
    start, channel = (self.tokenizer.token_to_id(marker) for marker in ("<|start|>", "<|channel|>"))
    inside = False
    for at, token in enumerate(tokens):
        inside = token == start or (inside and token != channel)
        if inside and train_on_what != "all_tokens":
            weights[at] = 0
    return model_input, weights


def _date_of_another_day(text: str) -> str:
    return re.sub(r"(Current date: )\d{4}-\d\d-\d\d", r"\g<1>2026-01-01", text)


def _system_instead(self: Any, messages: Any) -> Any:
    """The caller's system message takes the place of the built-in one."""
    if self._system_message is None or (messages and plant.role_of(messages[0]) == "system"):
        return messages
    return [self._system_message, *messages]


def _trainable_system(original: Any, self: Any, messages: Any) -> Any:
    """Customized training works, because the built-in message says that it is not trained."""
    first, *rest = original(self, messages)
    if self._system_message is None or not any("trainable" in message for message in rest):
        return [first, *rest]
    return [{**first, "trainable": False}, *rest]


def _system_like(weight: int, message: Any, ctx: Any, mode: str) -> int:
    role = str(plant.role_of(message))
    return 1 if mode == "all_user_and_system_messages" and role.endswith("_system") else weight


FAULTS = (
    *shared_faults("gpt_oss", PLAIN, GptOss),
    # Headers and ends
    fault(
        "BOS of the tokenizer", "T062", "bos-extra", by=plant.answering(GptOss, "bos", (Constant("<|startoftext|>"),))
    ),
    fault("newline after every message", "T081", "newlines", by=plant.output(GptOss, lambda text, *_: f"{text}\n")),
    fault("<|return|> in history", "T172", "terminator-other", by=plant.output(GptOss, _return_in_history)),
    fault("<|end|> after the last answer", "T172", "terminator-other", by=plant.output(GptOss, _end_for_return)),
    fault(
        "<|return|> after another's last message",
        "T172",
        "terminator-other",
        by=plant.output(GptOss, _return_for_everybody),
    ),
    fault("<|return|> after a tool call", "T178", "terminator-other", by=plant.output(GptOss, _end_for_call)),
    fault("nothing after the last message", "T172", "terminator-missing", by=plant.output(GptOss, _unended)),
    fault("end not trained", "T172", "weights-terminator", by=plant.last_weight(GptOss, 0)),
    fault("markers written as text", "T099", "special-as-text", by=plant.spelled_out(GptOss, "<|channel|>")),
    fault("special tokens in text split", "T075", "special-as-text", by=plant.splitting(GptOss, True)),
    # Roles
    fault("system raw", "T170", "text-missing", by=asked(_system_raw)),
    fault(
        "system stays system",
        "T170",
        "role-header",
        by=header(lambda text, message, _: "<|start|>system" if plant.role_of(message) == "system" else text),
    ),
    fault(
        "instructions without a blank line after them",
        "T170",
        "newlines",
        by=plant.output(
            GptOss,
            lambda text, message, _: (
                text.replace("\n\n<|end|>", "<|end|>") if plant.role_of(message) == "system" else text
            ),
        ),
    ),
    fault("developer gets instructions", "T171", "text-extra", by=plant.output(GptOss, _developer_instructed)),
    fault("a channel for everybody", "T175", "text-extra", by=plant.output(GptOss, _channel_for_all)),
    fault("tool role kept", "T179", "role-header", by=header(_tool_role_kept)),
    fault(
        "tool without recipient", "T179", "text-missing", by=header(lambda text, *_: text.removesuffix(" to=assistant"))
    ),
    fault(
        "tool without channel",
        "T179",
        "text-missing",
        by=plant.output(
            GptOss,
            lambda text, message, _: (
                text.replace("<|channel|>commentary", "") if plant.role_of(message) == "tool" else text
            ),
        ),
    ),
    fault(
        "tool names not qualified", "T179", "role-header", by=header(lambda text, *_: text.replace("functions.", ""))
    ),
    fault("tool names qualified twice", "T179", "text-extra", by=asked(_always_qualified)),
    fault("a tool without a name refused", "T179", "rejected", by=asked(_nameless_refused)),
    fault("a tool without a name is tool", "T179", "text-other", by=asked(_name_from_id)),
    # The built-in system message
    fault(
        "no system message",
        "T173",
        "role-header",
        by=plant.attribute(GptOss, "conversation", lambda self, messages: messages),
        of=PROMPTED,
    ),
    fault(
        "the caller's system message instead",
        "T170 T173",
        "role-header",
        by=plant.attribute(GptOss, "conversation", _system_instead),
        of=PROMPTED,
    ),
    fault("date of another day", "T173 T485", "text-other", by=system_prompt(_date_of_another_day), of=PROMPTED),
    fault(
        "no date",
        "T173",
        "text-missing",
        by=system_prompt(lambda text: re.sub(r"Current date: .*\n", "", text)),
        of=PROMPTED,
    ),
    fault(
        "date written otherwise",
        "T173",
        "text-other",
        by=system_prompt(lambda text: re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", text)),
        of=PROMPTED,
    ),
    fault(
        "effort always medium",
        "T173",
        "text-other",
        by=system_prompt(lambda text: re.sub("Reasoning: .*", "Reasoning: medium", text)),
        of=PROMPTED,
    ),
    fault(
        "effort capitalised",
        "T173",
        "letter-case",
        by=system_prompt(lambda text: re.sub("Reasoning: (.*)", lambda m: f"Reasoning: {m[1].capitalize()}", text)),
        of=PROMPTED,
    ),
    fault(
        "another knowledge cutoff",
        "T173",
        "text-other",
        by=system_prompt(lambda text: text.replace("2024-06", "2024-09")),
        of=PROMPTED,
    ),
    fault(
        "a newline after the system message",
        "T173",
        "newlines",
        by=system_prompt(lambda text: text + "\n"),
        of=PROMPTED,
    ),
    fault(
        "no line of channels",
        "T173",
        "text-missing",
        by=system_prompt(lambda text: text.partition("\n\n# Valid")[0]),
        of=PROMPTED,
    ),
    fault(
        "built-in system message trained",
        "T006",
        "weights-messages",
        by=plant.weighted(_system_like),
        of=PROMPTED,
    ),
    fault(
        "customized training mended",
        "T009",
        "accepted",
        by=plant.wrapped(GptOss, "conversation", _trainable_system),
        of=PROMPTED,
    ),
    # Channels
    fault("final without a channel", "T175", "text-missing", by=replaced("<|channel|>final", "")),
    fault(
        "answer on the commentary channel",
        "T177",
        "channel",
        by=replaced("<|channel|>final", "<|channel|>commentary"),
    ),
    fault(
        "reasoning on the commentary channel",
        "T175",
        "channel",
        by=replaced("<|channel|>analysis", "<|channel|>commentary"),
    ),
    fault("reasoning dropped from history", "T175", "text-missing", by=asked(_no_thinking_in_history)),
    fault("reasoning dropped from the produced turn", "T175", "text-missing", by=asked(_no_thinking_at_the_end)),
    fault("empty analysis", "T175", "text-extra", by=plant.output(GptOss, _empty_analysis)),
    fault("reasoning stripped", "T086", "whitespace", "newlines", by=asked(_thinking_stripped)),
    fault("inline reasoning read", "T087", "text-other", by=asked(_think_tags_read)),
    fault("no second header after reasoning", "T175", "text-missing", by=replaced(END + NEXT, END)),
    fault(
        "headers inside a turn not trained",
        "T176",
        "weights-messages",
        "weights-start",
        by=plant.wrapped(GptOss, "build_supervised_example", _inner_headers_untrained),
    ),
    fault("boundary by length", "T014", "weights-none", by=plant.BOUNDARY_BY_LENGTH, of=BOTH),
    fault("boundary in all modes", "T012", "weights-none", by=plant.BOUNDARY_IN_ALL_MODES),
)
