"""The original as an oracle: the installed tinker-cookbook answers, whatever its version.

Run as `python -m conformance.oracles.upstream` in an environment that holds tinker-cookbook (and with it torch
and transformers). The tokenizers are those that the handshake offers: a tokenizer.json is loaded as it is,
without the guesses of AutoTokenizer, and a byte tokenizer is built as a BPE without merges.

Older releases are asked as well, for what has changed since: `conformance.oracles.upstream_releases` says how.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.metadata
import json
import warnings
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, serve
from conformance.oracles import upstream_numbers
from conformance.oracles import upstream_releases as releases
from conformance.oracles.torch_tensors import FLOAT_BYTES, INTEGER_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

RENDERERS = (
    "role_colon",
    "llama3",
    "qwen3",
    "qwen3_disable_thinking",
    "qwen3_instruct",
    "deepseekv3",
    "deepseekv3_disable_thinking",
    "deepseekv3_thinking",
    "gpt_oss_no_sysprompt",
    "gpt_oss_low_reasoning",
    "gpt_oss_medium_reasoning",
    "gpt_oss_high_reasoning",
)


class Upstream:
    """The state of one session: the tokenizers offered, and the renderers made so far."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.current_date = ""
        self.tokenizer = functools.cache(self._tokenizer)
        self.renderer = functools.cache(self._renderer)

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self.offers = params["tokenizers"]
        self.current_date = params["environment"]["current_date"]
        return {
            "protocol": 1,
            "implementation": {
                "name": "upstream",
                "version": importlib.metadata.version("tinker-cookbook"),
                "language": "python",
                "upstream": importlib.metadata.version("tinker-cookbook"),
            },
            "operations": releases.declared_operations(OPERATIONS),
            "renderers": releases.declared_renderers(RENDERERS, self._first),
            "tokenizers": list(self.offers),
            "dtypes": ["bool", *INTEGER_BITS, *FLOAT_BYTES],
            "options": {"tokenizer": "own"},
        }

    def _first(self, name: str) -> Any:
        """The renderer `name` with the first byte tokenizer of its family that is offered, or with any."""
        family = name.partition("_")[0].removesuffix("v3")
        fitting = [tokenizer for tokenizer in self.offers if family in tokenizer] or list(self.offers)
        return self.renderer(name, min(fitting, key=lambda tokenizer: not tokenizer.startswith("bytes-")), "{}")

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method not in OPERATIONS:
            raise NotSupported(f"no operation {method!r}")
        try:
            return OPERATIONS[method](self, **params)
        except NotSupported:
            raise
        except Exception as error:
            raise releases.rejection(error) from error

    def _tokenizer(self, name: str) -> Any:
        from tokenizers import Tokenizer
        from transformers import PreTrainedTokenizerFast

        offer = self.offers[name]
        if offer["kind"] == "bytes":
            backend = Tokenizer.from_str(json.dumps(_byte_level(offer["added"])))
        else:
            backend = Tokenizer.from_file(offer["path"])
        given = {key: offer[key] for key in ("bos_token", "eos_token") if offer[key] is not None}
        return PreTrainedTokenizerFast(tokenizer_object=backend, clean_up_tokenization_spaces=False, **given)

    def _renderer(self, name: str, tokenizer: str, options: str) -> Any:
        given = json.loads(options)
        made = self.tokenizer(tokenizer)
        if name.startswith("gpt_oss"):
            try:
                from tinker_cookbook.renderers.gpt_oss import GptOssRenderer
            except ImportError:  # release 0.1 is one module
                from tinker_cookbook.renderers import GptOssRenderer

            effort = {
                "low_reasoning": "low",
                "medium_reasoning": "medium",
                "high_reasoning": "high",
                "no_sysprompt": None,
            }[name.removeprefix("gpt_oss_")]
            if effort is None:
                return GptOssRenderer(made, use_system_prompt=False, **given)
            return GptOssRenderer(
                made,
                use_system_prompt=True,
                reasoning_effort=effort,
                current_date=datetime.date.fromisoformat(self.current_date).isoformat(),
                **given,
            )
        from tinker_cookbook.renderers import get_renderer

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = get_renderer(name, made)
        return releases.with_options(plain, name, made, given) if given else plain


def _byte_level(added: list[dict[str, Any]]) -> dict[str, Any]:
    """A tokenizer.json of 256 byte entries whose id is the byte, and the added tokens above them."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "added_tokens": [{**token, **flags} for token in added],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "vocab": {character: byte for byte, character in characters.items()},
            "merges": [],
        },
    }


# Messages, from the form they have on the wire to the original's and back.


def _message(given: dict[str, Any]) -> dict[str, Any]:
    from tinker_cookbook import renderers

    message = dict(given if releases.has_parts() else releases.flat(given))
    if message.get("tool_calls"):
        message["tool_calls"] = [renderers.ToolCall(**call) for call in message["tool_calls"]]
    if message.get("unparsed_tool_calls"):
        unparsed = getattr(renderers, "UnparsedToolCall", None) or renderers.base.UnparsedToolCall
        message["unparsed_tool_calls"] = [unparsed(**call) for call in message["unparsed_tool_calls"]]
    return message


def _wire_message(message: dict[str, Any]) -> dict[str, Any]:
    wire = releases.parted(message)
    for key in ("tool_calls", "unparsed_tool_calls"):
        if key in wire:
            wire[key] = [call.model_dump(mode="json", exclude_none=True) for call in wire[key]]
    return wire


def _example(example: tuple[Any, Any]) -> dict[str, Any]:
    tokens, weights = example
    return {
        "tokens": releases.token_ids(tokens),
        "weights": [int(weight) if weight == int(weight) else weight for weight in weights.tolist()],
    }


# The operations.


def _encode(upstream: Upstream, *, tokenizer: str, text: str, split_special_tokens: bool = False) -> Any:
    made = upstream.tokenizer(tokenizer)
    return {"tokens": made.encode(text, add_special_tokens=False, split_special_tokens=split_special_tokens)}


def _decode(upstream: Upstream, *, tokenizer: str, tokens: list[int]) -> Any:
    return {"text": upstream.tokenizer(tokenizer).decode(tokens)}


def _made(upstream: Upstream, renderer: str, tokenizer: str, options: dict[str, Any] | None) -> Any:
    return upstream.renderer(renderer, tokenizer, json.dumps(options or {}, sort_keys=True))


def _build_generation_prompt(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[dict[str, Any]],
    options: dict[str, Any] | None = None,
    **given: Any,
) -> Any:
    made = _made(upstream, renderer, tokenizer, options)
    return {"tokens": made.build_generation_prompt([_message(m) for m in messages], **given).to_ints()}


def _build_supervised_example(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[dict[str, Any]],
    options: dict[str, Any] | None = None,
    **given: Any,
) -> Any:
    made = _made(upstream, renderer, tokenizer, options)
    return _example(made.build_supervised_example([_message(m) for m in messages], **releases.train_on_what(given)))


def _build_supervised_examples(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[dict[str, Any]],
    options: dict[str, Any] | None = None,
    **given: Any,
) -> Any:
    made = _made(upstream, renderer, tokenizer, options)
    examples = made.build_supervised_examples([_message(m) for m in messages], **releases.train_on_what(given))
    return {"examples": [_example(example) for example in examples]}


def _parse_response(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    tokens: list[int],
    options: dict[str, Any] | None = None,
) -> Any:
    message, termination = _made(upstream, renderer, tokenizer, options).parse_response(tokens)
    # Releases before 0.4 answer with a bool: whether the stop sequence was found.
    ended = "stop_sequence" if termination is True else "malformed" if termination is False else termination
    return {"message": _wire_message(message), "termination": str(ended)}


def _parse_response_streaming(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    tokens: list[int],
    options: dict[str, Any] | None = None,
) -> Any:
    header, *deltas, message = _made(upstream, renderer, tokenizer, options).parse_response_streaming(tokens)
    return {
        "header": {key: value for key, value in dataclasses.asdict(header).items() if value is not None},
        "deltas": [
            {"type": "thinking" if hasattr(delta, "thinking") else "text", **dataclasses.asdict(delta)}
            for delta in deltas
        ],
        "message": _wire_message(message),
    }


def _classify_parse_failure(_: Upstream, *, message: dict[str, Any], termination: str) -> Any:
    from tinker_cookbook.renderers import ParseTermination, classify_parse_failure

    failure = classify_parse_failure(_message(message), ParseTermination(termination))
    if failure is None:
        return {"kind": None}
    kind, detail = failure
    return {"kind": str(kind), **({"detail": detail} if str(kind) == "content" else {})}


def _to_openai_message(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    message: dict[str, Any],
    options: dict[str, Any] | None = None,
) -> Any:
    return {"message": _made(upstream, renderer, tokenizer, options).to_openai_message(_message(message))}


def _format_content_as_string(_: Upstream, *, content: Any, **given: Any) -> Any:
    from tinker_cookbook.renderers import format_content_as_string

    return {"text": format_content_as_string(content, **given)}


def _get_text_content(_: Upstream, *, message: dict[str, Any]) -> Any:
    from tinker_cookbook.renderers import get_text_content

    return {"text": get_text_content(_message(message))}


def _get_stop_sequences(
    upstream: Upstream, *, renderer: str, tokenizer: str, options: dict[str, Any] | None = None
) -> Any:
    return {"stop": _made(upstream, renderer, tokenizer, options).get_stop_sequences()}


def _create_conversation_prefix_with_tools(
    upstream: Upstream,
    *,
    renderer: str,
    tokenizer: str,
    tools: list[dict[str, Any]],
    options: dict[str, Any] | None = None,
    **given: Any,
) -> Any:
    made = _made(upstream, renderer, tokenizer, options)
    # The order of these keys reaches tokens, and JSON objects have none: it is that of the original's ToolSpec.
    specs = [
        {"name": tool["name"], "description": tool["description"], "parameters": json.loads(tool["parameters"])}
        for tool in tools
    ]
    messages = made.create_conversation_prefix_with_tools(specs, **given)
    return {"messages": [_wire_message(message) for message in messages]}


def _has_extension_property(
    upstream: Upstream, *, renderer: str, tokenizer: str, options: dict[str, Any] | None = None
) -> Any:
    return {"has_extension_property": _made(upstream, renderer, tokenizer, options).has_extension_property}


OPERATIONS: dict[str, Callable[..., Any]] = {
    **upstream_numbers.OPERATIONS,
    "tokenizer.encode": _encode,
    "tokenizer.decode": _decode,
    "renderer.build_generation_prompt": _build_generation_prompt,
    "renderer.build_supervised_example": _build_supervised_example,
    "renderer.build_supervised_examples": _build_supervised_examples,
    "renderer.parse_response": _parse_response,
    "renderer.parse_response_streaming": _parse_response_streaming,
    "renderer.classify_parse_failure": _classify_parse_failure,
    "renderer.to_openai_message": _to_openai_message,
    "renderer.format_content_as_string": _format_content_as_string,
    "renderer.get_text_content": _get_text_content,
    "renderer.get_stop_sequences": _get_stop_sequences,
    "renderer.create_conversation_prefix_with_tools": _create_conversation_prefix_with_tools,
    "renderer.has_extension_property": _has_extension_property,
}


if __name__ == "__main__":
    upstream = Upstream()
    serve(initialize=upstream.initialize, answer=upstream.answer)
