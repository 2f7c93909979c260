"""Wrong variants of llama3."""

from __future__ import annotations

from typing import Any

from cookbook.errors import RendererError
from cookbook.renderers.llama3 import Llama3Renderer as Llama3
from cookbook.renderers.parsing import ParseTermination
from cookbook.renderers.pieces import Constant, RenderedMessage, Text

from . import planting as plant
from .planting import PlantedFault
from .shared import shared_faults

BOS = "<|begin_of_text|>"
EOT = "<|eot_id|>"
DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"


def fault(name: str, traps: str, *causes: str, by: plant.Plant) -> PlantedFault:
    return PlantedFault(family="llama3", name=name, traps=traps, renderers=("llama3",), causes=causes, plant=by)


def _dated(self: Any, messages: Any) -> Any:
    """As the chat template does: a system message with dates, there or not."""
    if messages and plant.role_of(messages[0]) == "system":
        return [{**messages[0], "content": DATES + str(messages[0].get("content"))}, *messages[1:]]
    return [{"role": "system", "content": DATES}, *messages]


def _without_end_of_last(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    if not ctx.is_last:
        return done
    return done._replace(output=tuple((Text(_text(chunk).removesuffix(EOT)),) for chunk in done.output))


def _end_after_output(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    """The end is written, but by the one who writes the next header."""
    output = tuple((Text(_text(chunk).removesuffix(EOT)),) for chunk in done.output)
    header = (Constant(EOT), *(done.header or ())) if ctx.idx else done.header
    return RenderedMessage(header, output, (Constant(EOT),) if ctx.is_last else None)


def _text(chunk: Any) -> str:
    return "".join(piece.text for piece in chunk)


def _newline_in_output(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    header = (Constant(_text(done.header).removesuffix("\n\n")),)
    return RenderedMessage(header, ((Constant("\n\n"),), *done.output))


def _calls_written(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    calls = "".join(call.function.arguments for call in message.get("tool_calls") or ())
    return done._replace(output=tuple((Text(calls + _text(chunk)),) for chunk in done.output))


def _joined_parts(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if isinstance(content, list) and all(part["type"] == "text" for part in content):
        return {**message, "content": "".join(part["text"] for part in content)}
    return message


def _without_thinking(message: Any, ctx: Any) -> Any:
    content = message.get("content")
    if isinstance(content, list):
        return {**message, "content": [part for part in content if part["type"] != "thinking"]}
    return message


def _empty_for_null(message: Any, ctx: Any) -> Any:
    return {**message, "content": message.get("content") or ""}


def _known_roles(message: Any, ctx: Any) -> Any:
    if plant.role_of(message) not in ("system", "user", "assistant", "tool"):
        raise RendererError(f"no role {message['role']}")
    return message


def _up_to_first_stop(renderer: Any, tokens: list[int]) -> list[int]:
    stop = renderer.get_stop_sequences()[0]
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens


def _text_after_stop(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    stop = renderer.get_stop_sequences()[0]
    return {**message, "content": renderer.tokenizer.decode([token for token in tokens if token != stop])}, ending


def _eos_is_an_end(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    eos = renderer.tokenizer.eos_token_id
    if tokens[-1:] != [eos] or ending is not ParseTermination.MALFORMED:
        return message, ending
    return {**message, "content": renderer.tokenizer.decode(tokens[:-1])}, ParseTermination.EOS


def _without_special(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    """`skip_special_tokens` of many tokenizers."""
    if ending is not ParseTermination.MALFORMED:
        return message, ending
    return {**message, "content": renderer.tokenizer.decode([token for token in tokens if token < 256])}, ending


def _split_like_others(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_turn") -> Any:
    return [
        self.build_supervised_example(messages[: at + 1], "last_assistant_message")
        for at, message in enumerate(messages)
        if message["role"] == "assistant"
    ]


FAULTS = (
    *shared_faults("llama3", ("llama3",), Llama3),
    # Prompts and examples
    fault("no BOS", "T024", "bos-missing", by=plant.answering(Llama3, "bos", ())),
    fault("BOS twice", "T024", "bos-extra", by=plant.answering(Llama3, "bos", (Constant(BOS + BOS),))),
    fault(
        "BOS with every message",
        "T024",
        "bos-extra",
        by=plant.output(Llama3, lambda text, *_: text.replace(EOT, EOT + BOS)),
    ),
    fault("BOS trained", "T002", "weights-bos", by=plant.first_weight(Llama3, 1, "all_tokens")),
    fault(
        "dates of the chat template",
        "T070",
        "text-extra",
        by=plant.attribute(Llama3, "conversation", _dated),
    ),
    fault("one newline after the header", "T018", "newlines", by=plant.header(Llama3, lambda text, *_: text[:-1])),
    fault("a newline after every message", "T081", "newlines", by=plant.output(Llama3, lambda text, *_: text + "\n")),
    fault(
        "the newlines of the header trained", "T001", "weights-prefix", by=plant.rendered(Llama3, _newline_in_output)
    ),
    fault(
        "no end after the last message", "T081", "terminator-missing", by=plant.rendered(Llama3, _without_end_of_last)
    ),
    fault("end not trained", "T001", "weights-terminator", by=plant.rendered(Llama3, _end_after_output)),
    fault("end written as text", "T018", "special-as-text", by=plant.spelled_out(Llama3, EOT)),
    fault("special tokens in text split", "T075", "special-as-text", by=plant.splitting(Llama3, True)),
    fault(
        "role tool becomes ipython",
        "T072",
        "role-header",
        by=plant.header(Llama3, lambda text, *_: text.replace("|>tool<|", "|>ipython<|")),
    ),
    fault("role lowercased", "T039", "letter-case", by=plant.header(Llama3, lambda text, *_: text.lower())),
    fault(
        "role stripped",
        "T039",
        "whitespace",
        by=plant.asked(Llama3, lambda message, _: {**message, "role": message["role"].strip()}),
    ),
    fault("unknown roles refused", "T039", "rejected", by=plant.asked(Llama3, _known_roles)),
    fault("tool calls written out", "T072", "text-extra", by=plant.rendered(Llama3, _calls_written)),
    fault("several text parts joined", "T037", "accepted", by=plant.asked(Llama3, _joined_parts)),
    fault("reasoning dropped", "T063", "accepted", by=plant.asked(Llama3, _without_thinking)),
    fault(
        "tools accepted",
        "T072",
        "accepted",
        by=plant.attribute(Llama3, "create_conversation_prefix_with_tools", lambda self, tools, system_prompt="": []),
    ),
    # Who is trained
    fault(
        "one example a turn",
        "T029",
        "examples-count",
        by=plant.wrapped(Llama3, "build_supervised_examples", _split_like_others),
    ),
    fault(
        "no extension property",
        "T032",
        "extension-property",
        by=plant.answering(Llama3, "has_extension_property", False),
    ),
    # Parsing
    fault(
        "EOS is the stop",
        "T073",
        "stop-sequences",
        by=plant.attribute(Llama3, "get_stop_sequences", lambda self: [self.tokenizer.eos_token_id]),
    ),
    fault("EOS is an end too", "T073", "termination", by=plant.parsed(Llama3, _eos_is_an_end)),
    fault("special tokens skipped in decoding", "T073", "content", by=plant.parsed(Llama3, _without_special)),
    fault("several ends are fine", "T074", "accepted", by=plant.read(Llama3, _up_to_first_stop)),
    fault("text after the end kept", "T074", "content", by=plant.parsed(Llama3, _text_after_stop)),
)
