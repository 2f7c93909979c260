"""The reference as an adapter: `python -m conformance.adapters.reference [--engine NAME]` answers with cookbook/.

It is the model of an adapter in Python: a table of operations, each a few lines over the library's own function.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters import reference_engine, reference_numbers
from conformance.adapters.serve import InvalidParams, NotSupported, Rejected, serve
from conformance.protocol import ascii_json
from cookbook import errors
from cookbook.dtypes import DTYPES
from cookbook.messages import message_from_json, message_to_json, tool_from_json
from cookbook.renderers import (
    ParseFailureKind,
    ParseTermination,
    classify_parse_failure,
    format_content_as_string,
    get_renderer,
    get_text_content,
)
from cookbook.renderers.registry import get_built_in_renderer_names
from cookbook.renderers.streaming import StreamingMessageHeader, StreamingTextDelta, StreamingThinkingDelta

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.renderers import Renderer, SupervisedExample
    from cookbook.tokenizer import Tokenizer

KINDS = (
    (errors.RendererError, "renderer_error"),
    (errors.DataValidationError, "data_validation"),
    (errors.ConfigurationError, "config"),
    (errors.InvalidInputError, "invalid_message"),
    (NotImplementedError, "not_implemented"),
)


FORGET = 1000
"""Questions after which renderers forget the texts they have met: among questions hardly any comes again, and a session
may be asked a billion."""


class Reference:
    """The state of one session: the tokenizers offered, and what was made from them so far.

    `engine` is what encodes with a tokenizer.json, as for `cookbook.tokenizer.load_tokenizer`.
    """

    def __init__(self, engine: str = reference_engine.DEFAULT) -> None:
        self._engine = engine
        self._offers: dict[str, dict[str, Any]] = {}
        self._current_date = ""
        self._answers = 0
        self._renderers: list[Renderer] = []
        self.tokenizer = functools.cache(self._tokenizer)
        self._made = functools.cache(self._renderer)

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self._offers = params["tokenizers"]
        self._current_date = params["environment"]["current_date"]
        from conformance import SUITE

        return {
            "protocol": 1,
            "implementation": {
                "name": "cookbook (the reference)",
                "version": SUITE,
                "language": "python",
                "upstream": "0.5.8",
            },
            "operations": list(OPERATIONS),
            "renderers": get_built_in_renderer_names(),
            "tokenizers": list(self._offers),
            "dtypes": list(DTYPES),
            "options": {"tokenizer": "own"},
            **reference_engine.stated(self._engine),
        }

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        operation = OPERATIONS.get(method)
        if operation is None:
            raise NotSupported(f"no operation {method}")
        self._answers += 1
        if self._answers % FORGET == 0:
            for renderer in self._renderers:
                renderer.forget()
        try:
            return operation(self, params)
        except (errors.CookbookError, NotImplementedError) as error:
            raise Rejected(next(name for kind, name in KINDS if isinstance(error, kind)), str(error)) from error
        except Exception as error:
            from conformance.operations import invalid_params

            reason = invalid_params(method, ascii_json(params))
            if reason is None:
                raise
            raise InvalidParams(reason) from error

    def renderer(self, params: dict[str, Any]) -> Renderer:
        """The renderer that a question names, made once a session."""
        options = params.get("options")
        return self._made(
            params["renderer"], params["tokenizer"], json.dumps(options, sort_keys=True) if options else ""
        )

    def _renderer(self, name: str, tokenizer: str, options: str) -> Renderer:
        given = json.loads(options) if options else {}
        if name.startswith("gpt_oss") and name != "gpt_oss_no_sysprompt":
            given.setdefault("current_date", self._current_date)
        try:
            made = get_renderer(name, self.tokenizer(tokenizer), **given)
        except errors.ConfigurationError as error:
            # The original's constructors know nothing of options that are not theirs: a TypeError there.
            raise Rejected("invalid_message", str(error)) from error
        self._renderers.append(made)
        return made

    def _tokenizer(self, name: str) -> Tokenizer:
        from cookbook.tokenizer import ByteTokenizer, load_tokenizer

        offer = self._offers[name]
        if offer["kind"] == "bytes":
            return ByteTokenizer.from_json(offer)
        return load_tokenizer(
            offer["path"], bos_token=offer["bos_token"], eos_token=offer["eos_token"], engine=self._engine
        )


def _given(params: dict[str, Any], *names: str) -> dict[str, Any]:
    """The optional params that are there: an absent one leaves the library its default."""
    return {name: params[name] for name in names if name in params}


def _messages(params: dict[str, Any]) -> list[Any]:
    return [message_from_json(message) for message in params["messages"]]


def _example(example: SupervisedExample) -> dict[str, Any]:
    model_input, weights = example
    # Renderers weigh with 0 and 1: written as integers they are half as long.
    return {"tokens": model_input.to_ints(), "weights": weights.astype("int64").tolist()}


def _encode(reference: Reference, params: dict[str, Any]) -> Any:
    tokenizer = reference.tokenizer(params["tokenizer"])
    return {"tokens": tokenizer.encode(params["text"], **_given(params, "split_special_tokens"))}


def _decode(reference: Reference, params: dict[str, Any]) -> Any:
    return {"text": reference.tokenizer(params["tokenizer"]).decode(params["tokens"])}


def _generation_prompt(reference: Reference, params: dict[str, Any]) -> Any:
    given = _given(params, "role", "prefill")
    return {"tokens": reference.renderer(params).build_generation_prompt(_messages(params), **given).to_ints()}


def _supervised_example(reference: Reference, params: dict[str, Any]) -> Any:
    given = _given(params, "train_on_what")
    return _example(reference.renderer(params).build_supervised_example(_messages(params), **given))


def _supervised_examples(reference: Reference, params: dict[str, Any]) -> Any:
    given = _given(params, "train_on_what")
    examples = reference.renderer(params).build_supervised_examples(_messages(params), **given)
    return {"examples": [_example(example) for example in examples]}


def _parse_response(reference: Reference, params: dict[str, Any]) -> Any:
    message, termination = reference.renderer(params).parse_response(params["tokens"])
    return {"message": message_to_json(message), "termination": str(termination)}


def _parse_response_streaming(reference: Reference, params: dict[str, Any]) -> Any:
    answer: dict[str, Any] = {"deltas": []}
    for event in reference.renderer(params).parse_response_streaming(params["tokens"]):
        match event:
            case StreamingMessageHeader(role=role, name=name):
                answer["header"] = {"role": role} if name is None else {"role": role, "name": name}
            case StreamingTextDelta(text=text, content_index=index):
                answer["deltas"].append({"type": "text", "text": text, "content_index": index})
            case StreamingThinkingDelta(thinking=thinking, content_index=index):
                answer["deltas"].append({"type": "thinking", "thinking": thinking, "content_index": index})
            case message:
                answer["message"] = message_to_json(message)
    return answer


def _classify_parse_failure(_: Reference, params: dict[str, Any]) -> Any:
    failure = classify_parse_failure(message_from_json(params["message"]), ParseTermination(params["termination"]))
    if failure is None:
        return {"kind": None}
    kind, detail = failure
    # Broken framing is described in a sentence of the library's own.
    return {"kind": str(kind), **({"detail": detail} if kind == ParseFailureKind.CONTENT else {})}


def _to_openai_message(reference: Reference, params: dict[str, Any]) -> Any:
    return {"message": reference.renderer(params).to_openai_message(message_from_json(params["message"]))}


def _format_content_as_string(_: Reference, params: dict[str, Any]) -> Any:
    return {"text": format_content_as_string(params["content"], **_given(params, "separator"))}


def _get_text_content(_: Reference, params: dict[str, Any]) -> Any:
    return {"text": get_text_content(message_from_json(params["message"]))}


def _stop_sequences(reference: Reference, params: dict[str, Any]) -> Any:
    return {"stop": reference.renderer(params).get_stop_sequences()}


def _conversation_prefix(reference: Reference, params: dict[str, Any]) -> Any:
    tools = [tool_from_json(tool) for tool in params["tools"]]
    messages = reference.renderer(params).create_conversation_prefix_with_tools(
        tools, **_given(params, "system_prompt")
    )
    return {"messages": [message_to_json(message) for message in messages]}


def _extension_property(reference: Reference, params: dict[str, Any]) -> Any:
    return {"has_extension_property": reference.renderer(params).has_extension_property}


def _traced(operation: str) -> Callable[[Reference, dict[str, Any]], Any]:
    def answer(reference: Reference, params: dict[str, Any]) -> Any:
        # Loops bring half of the library with them; most runs ask for none.
        from conformance.adapters import reference_loops

        return reference_loops.answer(operation, params)

    return answer


OPERATIONS: dict[str, Callable[[Reference, dict[str, Any]], Any]] = {
    **reference_numbers.OPERATIONS,
    "tokenizer.encode": _encode,
    "tokenizer.decode": _decode,
    "renderer.build_generation_prompt": _generation_prompt,
    "renderer.build_supervised_example": _supervised_example,
    "renderer.build_supervised_examples": _supervised_examples,
    "renderer.parse_response": _parse_response,
    "renderer.parse_response_streaming": _parse_response_streaming,
    "renderer.classify_parse_failure": _classify_parse_failure,
    "renderer.to_openai_message": _to_openai_message,
    "renderer.format_content_as_string": _format_content_as_string,
    "renderer.get_text_content": _get_text_content,
    "renderer.get_stop_sequences": _stop_sequences,
    "renderer.create_conversation_prefix_with_tools": _conversation_prefix,
    "renderer.has_extension_property": _extension_property,
    **{operation: _traced(operation) for operation in ("trace.supervised", "trace.preference", "trace.rl")},
}


def main(arguments: Sequence[str] = ()) -> None:
    # The library warns of things that golden asks on purpose; stderr is for what is broken.
    logging.disable(logging.WARNING)
    reference = Reference(reference_engine.chosen(arguments))
    serve(initialize=reference.initialize, answer=reference.answer, loads=msgspec.json.decode, dumps=ascii_json)
    sys.stderr.flush()
    os._exit(0)  # Everything is said. To take the library apart object by object would keep the runner waiting.


if __name__ == "__main__":
    main(sys.argv[1:])
