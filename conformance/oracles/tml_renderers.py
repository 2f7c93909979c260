"""tml-renderers as an oracle: the second implementation by the makers of tinker-cookbook, in Rust.

Run as `python -m conformance.oracles.tml_renderers` in an environment that holds tml-renderers (and with it torch).
It brings its own tokenizers and asks no network. Conversations are given to it as the dictionaries that its
`OpenAIMessage.from_oss_messages` reads, which are those of tinker-cookbook.

Territory, outside of which the answer is "not supported":

- Qwen3, DeepSeek V3.1 and gpt-oss with a system prompt, each with its own vocabulary or the byte tokenizer of its
  family. Qwen3's tokenizer normalises text, a byte tokenizer does not: such text is left out of the bytes tier.
- prompts for the assistant, without prefill.
- examples: it makes one of its own choice for each assistant's message, or one for all of them, with the loss on what
  was sampled. `chosen` says which of them answer a question; it knows no other way of weighting.
- responses that end well, as its own conversion to dictionaries shows them. It numbers calls that have no id: such an
  id is left out, as no one wrote it.
- tool declarations, but for DeepSeek, where it has none.
- tokens of text without markers, and text of tokens, for the real tokenizers.

What it refuses by a ValueError is a rejection: it was given what it is made to read.
"""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected, serve
from conformance.oracles.tml_examples import chosen
from conformance.oracles.vocabulary import ByteIds, is_composed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a renderer is made: its class, the arguments of its mode, and the options that it shares with the original.

    `declares` is what stands before and after the text that declares tools, in a prompt of nothing else; None when
    it declares none.
    """

    tokenizer: str
    type: str
    arguments: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    declares: tuple[str, str] | None = None


_QWEN3: dict[str, Any] = {
    "tokenizer": "qwen3",
    "type": "Qwen3",
    "options": ("strip_thinking_from_history",),
    "declares": ("<|im_start|>system\n", "<|im_end|>"),
}
_DEEPSEEK: dict[str, Any] = {"tokenizer": "deepseek_v3_1", "type": "DeepSeekV31"}
_GPT_OSS: dict[str, Any] = {
    "tokenizer": "gpt_oss",
    "type": "GptOss",
    "declares": ("<|start|>developer<|message|>", "<|end|>"),
}

RENDERERS = {
    "qwen3": Made(**_QWEN3),
    "qwen3_disable_thinking": Made(**_QWEN3, arguments={"prefix_empty_thinking": True}),
    "qwen3_instruct": Made(**_QWEN3, arguments={"support_thinking": False}),
    "deepseekv3": Made(**_DEEPSEEK),
    "deepseekv3_disable_thinking": Made(**_DEEPSEEK),
    "deepseekv3_thinking": Made(**_DEEPSEEK, arguments={"thinking": True}),
    "gpt_oss_low_reasoning": Made(**_GPT_OSS, arguments={"reasoning_effort": "low"}),
    "gpt_oss_medium_reasoning": Made(**_GPT_OSS, arguments={"reasoning_effort": "medium"}),
    "gpt_oss_high_reasoning": Made(**_GPT_OSS, arguments={"reasoning_effort": "high"}),
}
TOKENIZERS = {"qwen3": "Qwen3Tokenizer", "deepseek_v3_1": "DeepSeekV31Tokenizer", "gpt_oss": "HarmonyTokenizer"}
NORMALISING = ("qwen3",)

JsonMessage = dict[str, Any]


class TmlRenderers:
    """The state of one session: tokenizers and renderers made so far."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.current_date = ""
        self.vocabulary = functools.cache(Vocabulary)
        self.renderer = functools.cache(self._renderer)
        self.byte_ids = functools.cache(self._byte_ids)

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self.offers = params["tokenizers"]
        self.current_date = params["environment"]["current_date"]
        return {
            "protocol": 1,
            "implementation": {
                "name": "tml-renderers",
                "version": importlib.metadata.version("tml-renderers"),
                "language": "rust",
            },
            "operations": list(OPERATIONS),
            "renderers": list(RENDERERS),
            "tokenizers": [name for name in self.offers if _family(name) in TOKENIZERS],
        }

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method not in OPERATIONS:
            raise NotSupported(f"tml-renderers has nothing like {method}")
        tokenizer = params.get("tokenizer", "")
        made = RENDERERS.get(params["renderer"]) if "renderer" in params else None
        if _family(tokenizer) not in TOKENIZERS or ("renderer" in params and made is None):
            raise NotSupported("tml-renderers has no such renderer or tokenizer")
        if made is not None and made.tokenizer != _family(tokenizer):
            raise NotSupported("another tokenizer than the renderer's own")
        return OPERATIONS[method](self, **params)

    def render(self, name: str, options: dict[str, Any] | None) -> Any:
        """The renderer `name` of tml-renderers."""
        if set(options or ()) - set(RENDERERS[name].options):
            raise NotSupported("an option that tml-renderers does not have")
        return self.renderer(name, json.dumps(options or {}, sort_keys=True))

    def asked(self, tokenizer: str, spans: Iterable[Any]) -> list[int]:
        """The tokens of rendered spans as the question wants them."""
        tokens = [token for span in spans for token in span.span.tokens]
        return self.byte_ids(tokenizer).to_bytes(tokens) if tokenizer.startswith("bytes-") else tokens

    def _renderer(self, name: str, options: str) -> Any:
        from tml_renderers import renderers

        made = RENDERERS[name]
        given = made.arguments | json.loads(options)
        if made.type == "GptOss":
            given["current_date"] = self.current_date
        return getattr(renderers, made.type)(**given)

    def _byte_ids(self, tokenizer: str) -> ByteIds:
        own = self.vocabulary(_family(tokenizer))
        return ByteIds(
            added=self.offers[tokenizer]["added"],
            markers=own.markers,
            piece=lambda token: bytes(own.tokenizer.decode_bytes([token])),
            encode=own.tokenizer.encode_ordinary,
        )


class Vocabulary:
    """One of its tokenizers, with the texts of its markers."""

    def __init__(self, family: str) -> None:
        from tml_renderers import tokenizers

        self.tokenizer = getattr(tokenizers, TOKENIZERS[family])()
        ids = [self.tokenizer.encode_special(name) for name in self.tokenizer.special_tokens()]
        self.markers: dict[str, int] = {self.tokenizer.decode([token]): token for token in ids}


def _family(tokenizer: str) -> str:
    return tokenizer.removeprefix("bytes-")


# Conversations, from the form they have on the wire to the dictionaries that tml-renderers reads, and back.


def dictionaries(messages: Iterable[JsonMessage]) -> list[JsonMessage]:
    """A conversation as `OpenAIMessage.from_oss_messages` reads it."""
    return [_dictionary(message) for message in messages]


def _dictionary(message: JsonMessage) -> JsonMessage:
    content = message.get("content")
    kinds = {"text"} if isinstance(content, str) else {_kind(part) for part in content or [None]}
    if not kinds <= {"text", "thinking"} and content != []:
        raise NotSupported("content that is neither text nor reasoning")
    if message.get("unparsed_tool_calls") or "trainable" in message:
        raise NotSupported("calls that could not be read, and `trainable`, have no place in its messages")
    return {key: value for key, value in message.items() if key != "unparsed_tool_calls"}


def _kind(part: Any) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if isinstance(kind, str) and isinstance(part.get(kind), str) else ""


def message(parsed: Sequence[JsonMessage]) -> JsonMessage:
    """The message on the wire for the dictionaries of one response."""
    if len(parsed) != 1:
        raise NotSupported("a response that is not one message")
    made = dict(parsed[0])
    if "tool_calls" in made:
        made["tool_calls"] = [_call(call, place) for place, call in enumerate(made["tool_calls"])]
    return made


def _call(call: JsonMessage, place: int) -> JsonMessage:
    numbered = f"functions.{call['function']['name']}:{place}"
    return {key: value for key, value in call.items() if key != "id" or value != numbered}


# The operations.


def _conversation(tokenizer: str, messages: list[JsonMessage]) -> Any:
    from tml_renderers import chat

    if tokenizer.startswith("bytes-") and _family(tokenizer) in NORMALISING and not is_composed(messages):
        raise NotSupported("its tokenizer normalises this text, a byte tokenizer does not")
    given = dictionaries(messages)
    try:
        return chat.OpenAIMessage.from_oss_messages(given)
    except ValueError as error:
        raise Rejected("invalid_message", str(error)) from error


def _refused(error: ValueError) -> Exception:
    if "unsupported content type" in str(error):
        return NotSupported(str(error)[:200])
    return Rejected("renderer_error", str(error))


def _prompt(
    tml: TmlRenderers,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[JsonMessage],
    role: str = "assistant",
    prefill: str | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    if role != "assistant" or prefill:
        raise NotSupported("tml-renderers opens the assistant's turn, without prefill")
    made = tml.render(renderer, options)
    given = _conversation(tokenizer, messages)
    try:
        spans, _ = made.render_for_completion(given)
    except ValueError as error:
        raise _refused(error) from error
    return {"tokens": tml.asked(tokenizer, spans)}


def _examples(
    tml: TmlRenderers,
    plural: bool,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[JsonMessage],
    train_on_what: str,
    options: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    made = tml.render(renderer, options)
    roles = [str(message.get("role")) for message in messages]
    chosen(roles, roles.count("assistant"), train_on_what, plural=True)  # declines a rule that it does not know
    given = _conversation(tokenizer, messages)
    try:
        examples = made.render_for_sft(given)
    except ValueError as error:
        raise _refused(error) from error
    places = chosen(roles, len(examples), train_on_what, plural=plural)
    return [_example(tml, tokenizer, examples[place]) for place in places]


def _example(tml: TmlRenderers, tokenizer: str, example: Any) -> dict[str, Any]:
    weights = example.per_token_loss_weight_unshifted
    spans = example.input_token_spans
    tokens = [token for span in spans for token in span.span.tokens]
    if not tokenizer.startswith("bytes-"):
        return {"tokens": tokens, "weights": weights}
    # A token's weight is that of each of its bytes.
    pieces = [tml.byte_ids(tokenizer).to_bytes([token]) for token in tokens]
    spread = [[weight] * len(piece) for piece, weight in zip(pieces, weights, strict=True)]
    return {"tokens": list(itertools.chain(*pieces)), "weights": list(itertools.chain(*spread))}


def _supervised_example(tml: TmlRenderers, train_on_what: str = "last_assistant_message", **given: Any) -> Any:
    examples = _examples(tml, False, train_on_what=train_on_what, **given)
    if len(examples) != 1:
        raise NotSupported("tml-renderers makes no example without a trained message")
    return examples[0]


def _supervised_examples(tml: TmlRenderers, train_on_what: str = "last_assistant_turn", **given: Any) -> Any:
    return {"examples": _examples(tml, True, train_on_what=train_on_what, **given)}


def _parse(
    tml: TmlRenderers, *, renderer: str, tokenizer: str, tokens: list[int], options: dict[str, Any] | None = None
) -> Any:
    from tml_renderers import chat

    made = tml.render(renderer, options)
    given = tml.byte_ids(tokenizer).from_bytes(tokens) if tokenizer.startswith("bytes-") else tokens
    # The parser continues a prompt, so that it knows what the prompt has written of the answer already.
    _, parser = made.render_for_completion(_conversation(tokenizer, [{"role": "user", "content": "?"}]))
    try:
        parsed = parser.parse_tokens(given)
    except ValueError as error:
        raise NotSupported("tml-renderers reads no response that does not end well") from error
    if not parsed or not isinstance(parsed[-1].content, chat.ModelEndSampling):
        raise NotSupported("tml-renderers does not say that this response ended")
    spoken = chat.OpenAIMessage.from_messages(parsed)
    return {"message": message(chat.OpenAIMessage.to_oss_messages(spoken)), "termination": "stop_sequence"}


def _stop(tml: TmlRenderers, *, renderer: str, tokenizer: str, options: dict[str, Any] | None = None) -> Any:
    stop = tml.render(renderer, options).stop()
    return {"stop": tml.byte_ids(tokenizer).to_bytes(stop) if tokenizer.startswith("bytes-") else stop}


def _tools(
    tml: TmlRenderers,
    *,
    renderer: str,
    tokenizer: str,
    tools: list[dict[str, Any]],
    system_prompt: str = "",
    options: dict[str, Any] | None = None,
) -> Any:
    from tml_renderers import chat

    made = tml.render(renderer, options)
    declares = RENDERERS[renderer].declares
    if declares is None or not tools:
        raise NotSupported("tml-renderers declares no tools here")
    author = chat.Author(chat.AuthorKind.System)
    specs = [
        chat.ToolSpecJson(
            type_name="function",
            name=tool["name"],
            description=tool["description"],
            parameters=_schema(tool["parameters"]),
        )
        for tool in tools
    ]
    given = [chat.Message(chat.ToolDeclareJson(specs), author)]
    if system_prompt:
        given.insert(0, chat.Message(chat.Text(system_prompt), author))
    try:
        spans, _ = made.render_for_completion(given)
    except ValueError as error:
        raise _refused(error) from error
    tokens = [token for span in spans for token in span.span.tokens]
    return {"messages": declared(made.tokenizer.decode(tokens), declares)}


def _schema(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Rejected("invalid_message", f"the parameters of a tool are no JSON: {error}") from error


def declared(prompt: str, declares: tuple[str, str]) -> list[JsonMessage]:
    """The messages that declare tools, as the original has them, cut out of a prompt of nothing else.

    For gpt-oss, the line about calls stands in the one system message there, and in a message of its own here.
    """
    before, after = declares
    head, _, rest = prompt.partition(before)
    body = rest.rpartition(after)[0]
    if before.startswith("<|im_start|>"):
        return [{"role": "system", "content": body}]
    about_calls = head.removesuffix(after).rpartition("\n")[2]
    return [{"role": "_gptoss_internal_system", "content": about_calls}, {"role": "developer", "content": body}]


def _encode(tml: TmlRenderers, *, tokenizer: str, text: str, split_special_tokens: bool = False) -> Any:
    own = _own(tml, tokenizer)
    if any(content in text for content in own.markers):
        raise NotSupported("its encode_ordinary finds no markers")
    return {"tokens": own.tokenizer.encode_ordinary(text)}


def _decode(tml: TmlRenderers, *, tokenizer: str, tokens: list[int]) -> Any:
    own = _own(tml, tokenizer)
    try:
        return {"text": own.tokenizer.decode(tokens)}
    except ValueError as error:
        raise NotSupported("tml-renderers decodes only what its vocabularies hold") from error


def _own(tml: TmlRenderers, tokenizer: str) -> Vocabulary:
    if tokenizer.startswith("bytes-"):
        raise NotSupported("tml-renderers has its own vocabularies alone")
    return tml.vocabulary(tokenizer)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "tokenizer.encode": _encode,
    "tokenizer.decode": _decode,
    "renderer.build_generation_prompt": _prompt,
    "renderer.build_supervised_example": _supervised_example,
    "renderer.build_supervised_examples": _supervised_examples,
    "renderer.parse_response": _parse,
    "renderer.get_stop_sequences": _stop,
    "renderer.create_conversation_prefix_with_tools": _tools,
}


if __name__ == "__main__":
    tml = TmlRenderers()
    serve(initialize=tml.initialize, answer=tml.answer)
