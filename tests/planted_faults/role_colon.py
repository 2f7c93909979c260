"""Wrong variants of role_colon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cookbook.renderers.parsing import ParseTermination
from cookbook.renderers.pieces import Constant, RenderedMessage, Text
from cookbook.renderers.role_colon import RoleColonRenderer as RoleColon

from . import planting as plant
from .planting import PlantedFault
from .shared import shared_faults

if TYPE_CHECKING:
    from cookbook.messages import ToolSpec
    from cookbook.renderers.pieces import RenderContext

STOP = "\n\nUser:"


def fault(name: str, traps: str, *causes: str, by: plant.Plant) -> PlantedFault:
    return PlantedFault(family="role_colon", name=name, traps=traps, renderers=("role_colon",), causes=causes, plant=by)


def _overlap(done: RenderedMessage, text: str) -> RenderedMessage:
    return done._replace(stop_overlap=(Constant(text),))


def _overlap_everywhere(done: RenderedMessage, message: Any, ctx: RenderContext) -> RenderedMessage:
    if message["role"] != "assistant" or ctx.is_last or done.stop_overlap is None:
        return done
    return done._replace(output=(*done.output, done.stop_overlap))


def _overlap_in_header(done: RenderedMessage, message: Any, ctx: RenderContext) -> RenderedMessage:
    """The overlap is written, but belongs to no message's output: it is never trained."""
    return done._replace(stop_overlap=None)


def _eos_written(
    done: RenderedMessage, message: Any, ctx: RenderContext, eos: str = "<|end_of_text|>"
) -> RenderedMessage:
    if message["role"] != "assistant" or not ctx.is_last:
        return done
    return done._replace(stop_overlap=(Constant(eos),))


def _untrained_overlap(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
    model_input, weights = original(self, messages, train_on_what)
    overlap = len(self.tokenizer.encode("User:"))
    if messages and messages[-1]["role"] == "assistant":
        weights[len(weights) - overlap :] = 0
    return model_input, weights


def _lenient_bos(self: Any) -> Any:
    return (Constant(self.tokenizer.bos_token or self.tokenizer.eos_token),)


def _many_delimiters(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if renderer.tokenizer.decode(tokens).count(STOP) > 1:
        ending = ParseTermination.STOP_SEQUENCE
    return message, ending


def _last_delimiter(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    before, found, _ = renderer.tokenizer.decode(tokens).rpartition(STOP)
    return ({**message, "content": before.removeprefix(" ")} if found else message), ending


def _raises_on_many(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if renderer.tokenizer.decode(tokens).count(STOP) > 1:
        raise ValueError("several delimiters")
    return message, ending


def _stop_despite_eos(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    eos = tokens[-1:] == [renderer.tokenizer.eos_token_id]
    return message, ParseTermination.STOP_SEQUENCE if eos and STOP in renderer.tokenizer.decode(tokens) else ending


def _without_eos(renderer: Any, tokens: list[int]) -> list[int]:
    """All of them, wherever they stand."""
    last = [renderer.tokenizer.eos_token_id] if tokens[-1:] == [renderer.tokenizer.eos_token_id] else []
    return [token for token in tokens if token != renderer.tokenizer.eos_token_id] + last


def _eos_as_text(renderer: Any, tokens: list[int]) -> list[int]:
    eos = renderer.tokenizer.eos_token_id
    if tokens[-1:] != [eos]:
        return tokens
    return [*tokens[:-1], *renderer.tokenizer.eos_token.encode()]


def _tools(original: Any, self: Any, tools: list[ToolSpec], system_prompt: str = "") -> Any:
    return [{"role": "system", "content": system_prompt}]


def _several_parts(message: Any, ctx: RenderContext) -> Any:
    content = message.get("content")
    if isinstance(content, list) and all(part["type"] == "text" for part in content):
        return {**message, "content": "".join(part["text"] for part in content)}
    return message


def _thinking_written(message: Any, ctx: RenderContext) -> Any:
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text", f"<think>{part.get('thinking')}</think>") for part in content]
        return {**message, "content": "".join(texts)}
    return message


def _calls_written(done: RenderedMessage, message: Any, ctx: RenderContext) -> RenderedMessage:
    calls = "".join(call.function.arguments for call in message.get("tool_calls") or ())
    return done._replace(output=(*done.output[:-1], (Text(done.output[-1][0].text.rstrip() + calls + "\n\n"),)))


FAULTS = (
    *shared_faults("role_colon", ("role_colon",), RoleColon, role_of_the_prompt_ignored="text-other"),
    # Prompts and examples
    fault("no BOS", "T062", "bos-missing", by=plant.answering(RoleColon, "bos", ())),
    fault(
        "BOS twice",
        "T024",
        "bos-extra",
        by=plant.attribute(
            RoleColon,
            "bos",
            property(
                lambda self: (Constant((self.tokenizer.bos_token or "") * 2),) if self.tokenizer.bos_token else ()
            ),
        ),
    ),
    fault(
        "EOS as BOS where there is none",
        "T062",
        "text-extra",
        by=plant.attribute(RoleColon, "bos", property(_lenient_bos)),
    ),
    fault("BOS trained", "T002", "weights-bos", by=plant.first_weight(RoleColon, 1, "all_tokens")),
    fault(
        "role as it is",
        "T050",
        "letter-case",
        by=plant.header(RoleColon, lambda text, message, _: f"{message['role']}:"),
    ),
    fault("role lowercased", "T050", "letter-case", by=plant.header(RoleColon, lambda text, *_: text.lower())),
    fault(
        "role keeps the case of its tail",
        "T050 T481",
        "letter-case",
        by=plant.header(RoleColon, lambda text, message, _: f"{message['role'][:1].upper()}{message['role'][1:]}:"),
    ),
    fault(
        "role upper-cased where it is title-cased",
        "T481",
        "letter-case",
        by=plant.header(
            RoleColon, lambda text, message, _: f"{message['role'][:1].upper()}{message['role'][1:].lower()}:"
        ),
    ),
    fault(
        "a space after the colon of the prompt",
        "T051",
        "tail-extra",
        by=plant.all_of(
            plant.header(RoleColon, lambda text, *_: f"{text} "),
            plant.output(RoleColon, lambda text, *_: text.removeprefix(" ")),
        ),
    ),
    fault(
        "no space after the colon",
        "T051",
        "whitespace",
        by=plant.output(RoleColon, lambda text, *_: text.removeprefix(" ")),
    ),
    fault("one newline between messages", "T053", "newlines", by=plant.output(RoleColon, lambda text, *_: text[:-1])),
    fault(
        "three newlines between messages", "T053", "newlines", by=plant.output(RoleColon, lambda text, *_: text + "\n")
    ),
    fault("special tokens in text split", "T075", "special-as-text", by=plant.splitting(RoleColon, True)),
    fault("no stop overlap", "T052", "tail-missing", by=plant.rendered(RoleColon, _overlap_in_header)),
    fault(
        "stop overlap not trained",
        "T052",
        "weights-end",
        by=plant.wrapped(RoleColon, "build_supervised_example", _untrained_overlap),
    ),
    fault("stop overlap after every answer", "T053", "text-extra", by=plant.rendered(RoleColon, _overlap_everywhere)),
    fault("EOS in place of the stop overlap", "T052", "text-other", by=plant.rendered(RoleColon, _eos_written)),
    fault(
        "no <UNUSED> after another's last message",
        "T054",
        "tail-missing",
        by=plant.rendered(
            RoleColon,
            lambda done, message, _: done if message["role"] == "assistant" else done._replace(stop_overlap=None),
        ),
    ),
    fault(
        "User: after another's last message too",
        "T054",
        "text-other",
        by=plant.rendered(RoleColon, lambda done, *_: _overlap(done, "User:")),
    ),
    fault(
        "prefill after a space",
        "T025",
        "whitespace",
        by=plant.prompted(RoleColon, lambda self, messages, role, prefill: (messages, role, prefill and f" {prefill}")),
    ),
    fault("several text parts joined", "T037", "accepted", by=plant.asked(RoleColon, _several_parts)),
    fault("reasoning written out", "T063", "accepted", by=plant.asked(RoleColon, _thinking_written)),
    fault("tool calls written out", "T063", "text-extra", by=plant.rendered(RoleColon, _calls_written)),
    fault(
        "tools accepted",
        "T063",
        "accepted",
        by=plant.wrapped(RoleColon, "create_conversation_prefix_with_tools", _tools),
    ),
    fault(
        "no extension property",
        "T032",
        "extension-property",
        by=plant.answering(RoleColon, "has_extension_property", False),
    ),
    # Parsing
    fault(
        "stop as token ids",
        "T061",
        "stop-sequences",
        by=plant.attribute(RoleColon, "get_stop_sequences", lambda self: self.tokenizer.encode(STOP)),
    ),
    fault(
        "parsed content keeps its space",
        "T055",
        "content-whitespace",
        by=plant.content_parsed(RoleColon, lambda text: f" {text}"),
    ),
    fault(
        "all leading spaces dropped",
        "T055",
        "content-whitespace",
        by=plant.content_parsed(RoleColon, lambda text: text.lstrip(" ")),
    ),
    fault(
        "trailing newlines dropped",
        "T055",
        "content-whitespace",
        by=plant.content_parsed(RoleColon, lambda text: text.rstrip("\n")),
    ),
    fault("EOS not known as an end", "T056", "termination", by=plant.read(RoleColon, _eos_as_text)),
    fault("every EOS removed", "T060", "content", by=plant.read(RoleColon, _without_eos)),
    fault(
        "EOS taken for the stop sequence",
        "T056",
        "termination",
        by=plant.parsed(
            RoleColon,
            lambda message, ending, *_: (message, ParseTermination.STOP_SEQUENCE if ending == "eos" else ending),
        ),
    ),
    fault("EOS after the delimiter is fine", "T059", "termination", by=plant.parsed(RoleColon, _stop_despite_eos)),
    fault("several delimiters are fine", "T058", "termination", by=plant.parsed(RoleColon, _many_delimiters)),
    fault("split at the last delimiter", "T058", "content", by=plant.parsed(RoleColon, _last_delimiter)),
)
