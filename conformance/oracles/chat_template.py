"""Hugging Face's chat templates as an oracle: what a family's own template writes for a conversation.

Run as `python -m conformance.oracles.chat_template`. The template is read at run time from the tokenizer_config.json
that comes with the family's tokenizer, and is rendered as transformers renders it: a sandboxed jinja2 environment with
trimmed blocks, a `tojson` that leaves non-ASCII as it is, and `raise_exception`. The text is then encoded in one
piece by the tokenizer that the question names.

It answers generation prompts alone: a template knows neither weights nor responses. Outside its territory
(another role than assistant, images, content that is no text) it answers "not supported".
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected, serve

if TYPE_CHECKING:
    from cookbook.tokenizer import Tokenizer

VERSION = "1"
"""Raised when this file's way of turning messages into a template's input changes."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Whose template it is, and what the renderer's mode is called there."""

    tokenizer: str
    arguments: dict[str, Any]


FAMILIES = {
    "qwen3": Family(tokenizer="qwen3", arguments={}),
    "qwen3_disable_thinking": Family(tokenizer="qwen3", arguments={"enable_thinking": False}),
    "llama3": Family(tokenizer="llama3_instruct", arguments={}),
}


class ChatTemplates:
    """The state of one session: templates compiled and tokenizers loaded so far."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.tokenizer = functools.cache(self._tokenizer)
        self.template = functools.cache(self._template)

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self.offers = params["tokenizers"]
        return {
            "protocol": 1,
            "implementation": {"name": "chat-template", "version": VERSION, "language": "jinja2"},
            "operations": ["renderer.build_generation_prompt"],
            "renderers": list(FAMILIES),
            "tokenizers": list(self.offers),
        }

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method != "renderer.build_generation_prompt":
            raise NotSupported("a template writes prompts alone")
        return self._prompt(**params)

    def _prompt(
        self,
        *,
        renderer: str,
        tokenizer: str,
        messages: list[dict[str, Any]],
        role: str = "assistant",
        prefill: str | None = None,
        options: dict[str, Any] | None = None,
    ) -> Any:
        import jinja2

        family = FAMILIES[renderer]
        if role != "assistant" or options:
            raise NotSupported("a template opens the assistant's turn, and has no renderer options")
        if self.offers[tokenizer]["bos_token"] != self.offers[_same_tier(family.tokenizer, tokenizer)]["bos_token"]:
            raise NotSupported("another tokenizer than the template's own")
        given = [_template_message(message) for message in messages]
        try:
            text = self.template(family.tokenizer).render(
                messages=given,
                add_generation_prompt=True,
                bos_token=self.offers[tokenizer]["bos_token"] or "",
                eos_token=self.offers[tokenizer]["eos_token"] or "",
                **family.arguments,
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise Rejected("invalid_message", str(error)) from error
        return {"tokens": self.tokenizer(tokenizer).encode(text + (prefill or ""))}

    def _tokenizer(self, name: str) -> Tokenizer:
        from cookbook.tokenizer import ByteTokenizer, load_tokenizer

        offer = self.offers[name]
        if offer["kind"] == "bytes":
            return ByteTokenizer.from_json(offer)
        return load_tokenizer(offer["path"], bos_token=offer["bos_token"], eos_token=offer["eos_token"])

    def _template(self, tokenizer: str) -> Any:
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        from conformance.tokenizers import Store

        config = json.loads(Store().companion(tokenizer, "tokenizer_config.json").read_bytes())
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise_exception
        return environment.from_string(config["chat_template"])


def _same_tier(tokenizer: str, like: str) -> str:
    return f"bytes-{tokenizer}" if like.startswith("bytes-") else tokenizer


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_exception(message: str) -> None:
    import jinja2

    raise jinja2.TemplateError(message)


def _template_message(message: dict[str, Any]) -> dict[str, Any]:
    """A message in the form that templates know: text as a string, reasoning in a field of its own.

    Tool-call arguments are handed over as an object, as transformers' own documentation does.
    """
    content = message.get("content")
    if isinstance(content, list):
        if any(part.get("type") not in ("text", "thinking") for part in content):
            raise NotSupported("a template of a text model has no images")
        thinking = "".join(part["thinking"] for part in content if part["type"] == "thinking")
        given = {**message, "content": "".join(part["text"] for part in content if part["type"] == "text")}
        if thinking:
            given["reasoning_content"] = thinking
    elif isinstance(content, str):
        given = dict(message)
    else:
        raise NotSupported("content is no text")
    if given.get("tool_calls"):
        given["tool_calls"] = [_template_call(call) for call in given["tool_calls"]]
    return given


def _template_call(call: dict[str, Any]) -> dict[str, Any]:
    try:
        arguments = json.loads(call["function"]["arguments"])
    except ValueError as error:
        raise NotSupported("arguments that are not JSON") from error
    return {**call, "function": {**call["function"], "arguments": arguments}}


if __name__ == "__main__":
    templates = ChatTemplates()
    serve(initialize=templates.initialize, answer=templates.answer)
