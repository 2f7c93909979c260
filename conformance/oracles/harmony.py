"""openai-harmony as an oracle: what the makers of gpt-oss write for a conversation, and read from a response.

Run as `python -m conformance.oracles.harmony` in an environment that holds openai-harmony. It needs the vocabulary
o200k_base (see `conformance.oracles.o200k`) and asks no network.

A conversation is put as OpenAI documents its format: a system message with effort and date for the renderers that
have one, the instructions of a `system` message as those of the developer, reasoning on the channel `analysis`, an
answer on `final`, what is said before a call and the calls themselves on `commentary`, the arguments verbatim. Parts
of one kind are one text. Reasoning that an answer has followed is dropped, as harmony does unless told otherwise.

Territory, outside of which the answer is "not supported":

- prompts: for the roles that harmony has, without prefill; in an assistant's message reasoning comes before text;
  a tool's message has a name; no images. It is not asked for examples, because it knows no weights.
- responses that end with their first stop token, in which every message is on a known channel; a call has a JSON
  object as its arguments, and comes with reasoning or text: what the content of a lone call is, harmony does not say.
- tool declarations: the developer's text. The line about calls stands in harmony's one system message; it is given as
  a message of its own, which is where the original has it.
- tokens of text and text of tokens, for the real tokenizer.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected, serve
from conformance.oracles import o200k
from conformance.oracles.vocabulary import ByteIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

EFFORTS = {
    "gpt_oss_no_sysprompt": None,
    "gpt_oss_low_reasoning": "Low",
    "gpt_oss_medium_reasoning": "Medium",
    "gpt_oss_high_reasoning": "High",
}
TURNS = {"assistant": "assistant", "user": "user", "developer": "developer", "system": "developer"}
"""Whose turn can be opened, and what harmony calls that role: as in a conversation, `system` is the developer."""
TOKENIZERS = ("gpt_oss", "bytes-gpt_oss")
INTERNAL_SYSTEM = "_gptoss_internal_system"
"""The role that the original gives to a message which is to be written as `system`."""

JsonMessage = dict[str, Any]


class Harmony:
    """The state of one session: the tokenizers offered, and harmony's encoding."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.current_date = ""
        self.byte_ids = functools.cache(self._byte_ids)

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self.offers = params["tokenizers"]
        self.current_date = params["environment"]["current_date"]
        return {
            "protocol": 1,
            "implementation": {
                "name": "harmony",
                "version": importlib.metadata.version("openai-harmony"),
                "language": "rust",
            },
            "operations": list(OPERATIONS),
            "renderers": list(EFFORTS),
            "tokenizers": [name for name in TOKENIZERS if name in self.offers],
        }

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method not in OPERATIONS:
            raise NotSupported(f"harmony has nothing like {method}")
        if params.get("tokenizer") not in TOKENIZERS or params.get("renderer", "gpt_oss_no_sysprompt") not in EFFORTS:
            raise NotSupported("harmony writes one format, in one vocabulary")
        return OPERATIONS[method](self, **params)

    @functools.cached_property
    def encoding(self) -> Any:
        import openai_harmony

        os.environ[o200k.VARIABLE] = str(o200k.directory())
        return openai_harmony.load_harmony_encoding("HarmonyGptOss")

    def ordinary(self, text: str) -> list[int]:
        return list(self.encoding.encode(text, disallowed_special=()))

    def given(self, tokenizer: str, tokens: list[int]) -> list[int]:
        """Harmony's ids for `tokens` as the question has them."""
        return self.byte_ids(tokenizer).from_bytes(tokens) if tokenizer.startswith("bytes-") else tokens

    def asked(self, tokenizer: str, tokens: list[int]) -> list[int]:
        """`tokens` of harmony's as the question wants them."""
        return self.byte_ids(tokenizer).to_bytes(tokens) if tokenizer.startswith("bytes-") else tokens

    def _byte_ids(self, tokenizer: str) -> ByteIds:
        added = self.offers[tokenizer]["added"]
        known = self.encoding.special_tokens_set
        contents = [token["content"] for token in added if token["content"] in known]
        return ByteIds(
            added=added,
            markers={content: self.encoding.encode(content, allowed_special="all")[0] for content in contents},
            piece=lambda token: bytes(self.encoding._inner.decode_bytes([token])),
            encode=self.ordinary,
        )


# Conversations, from the form they have on the wire to the dictionaries that harmony reads.


def conversation(messages: Iterable[JsonMessage], *, effort: str | None, date: str) -> Iterator[JsonMessage]:
    """Harmony's messages for a conversation, with its system message in front unless `effort` is None."""
    if effort is not None:
        content = {"type": "system_content", "reasoning_effort": effort, "conversation_start_date": date}
        yield {"role": "system", "content": [content]}
    for message in messages:
        yield from _messages(message)


def _messages(message: JsonMessage) -> Iterator[JsonMessage]:
    role = message.get("role")
    if role == "assistant":
        yield from _assistant(message)
    elif role == "tool":
        yield _tool_result(message)
    elif role == "system":
        yield {"role": "developer", "content": [{"type": "developer_content", "instructions": _text(message)}]}
    elif role in ("user", "developer", INTERNAL_SYSTEM):
        yield {"role": "system" if role == INTERNAL_SYSTEM else role, "content": _text(message)}
    else:
        raise NotSupported(f"harmony has no role {role!r}")


def _assistant(message: JsonMessage) -> Iterator[JsonMessage]:
    if message.get("unparsed_tool_calls"):
        raise NotSupported("harmony keeps no calls that could not be read")
    parts = _parts(message)
    kinds = [part["type"] for part in parts]
    if kinds != sorted(kinds, reverse=True):  # "thinking" before "text"
        raise NotSupported("reasoning after text is not a documented order of channels")
    text = "".join(part["text"] for part in parts if part["type"] == "text")
    calls = message.get("tool_calls") or []
    if "thinking" in kinds:
        yield _said("analysis", "".join(part["thinking"] for part in parts if part["type"] == "thinking"))
    if calls and text:
        yield _said("commentary", text)
    elif "text" in kinds and not calls:
        yield _said("final", text)
    for call in calls:
        function = call["function"]
        yield {
            **_said("commentary", function["arguments"]),
            "recipient": _qualified(function["name"]),
            "content_type": "<|constrain|>json",
        }


def _said(channel: str, text: str) -> JsonMessage:
    return {"role": "assistant", "channel": channel, "content": text}


def _tool_result(message: JsonMessage) -> JsonMessage:
    if not message.get("name"):
        raise NotSupported("in harmony a tool's message has the name of the tool")
    return {
        "role": "tool",
        "name": _qualified(message["name"]),
        "channel": "commentary",
        "recipient": "assistant",
        "content": _text(message),
    }


def _qualified(name: str) -> str:
    if name.startswith("functions."):
        return name
    if "." in name:
        raise NotSupported("a tool in another namespace than that of the developer's functions")
    return f"functions.{name}"


def _text(message: JsonMessage) -> str:
    parts = _parts(message)
    if [part["type"] for part in parts] != ["text"]:
        raise NotSupported("harmony has no parts: one text a message, unless it is an assistant's")
    return str(parts[0]["text"])


def _parts(message: JsonMessage) -> list[JsonMessage]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list) or any(part.get("type") not in ("text", "thinking") for part in content):
        raise NotSupported("content that is neither text nor reasoning")
    return content


# Responses, from harmony's messages to one on the wire.


def response(messages: Iterable[JsonMessage]) -> JsonMessage:
    """The message on the wire that harmony's messages make up. Raises NotSupported where it would be a guess."""
    parts: list[JsonMessage] = []
    calls: list[JsonMessage] = []
    for message in messages:
        text = "".join(part["text"] for part in message["content"])
        channel, recipient = message.get("channel"), message.get("recipient")
        if recipient is not None:
            calls.append(_call(channel, recipient, text))
        elif calls:
            raise NotSupported("text after a call")
        elif channel == "analysis":
            parts.append({"type": "thinking", "thinking": text})
        elif channel in ("final", "commentary"):
            parts.append({"type": "text", "text": text})
        else:
            raise NotSupported(f"harmony does not say what the channel {channel!r} is for")
    if calls and not parts:
        raise NotSupported("harmony does not say what the content of a message is that only calls a tool")
    return {"role": "assistant", "content": parts} | ({"tool_calls": calls} if calls else {})


def _call(channel: str | None, recipient: str, text: str) -> JsonMessage:
    namespace, _, name = recipient.partition(".")
    try:
        arguments = json.loads(text)
    except ValueError:
        arguments = None
    if channel != "commentary" or namespace != "functions" or not name or not isinstance(arguments, dict):
        raise NotSupported("not a call of one of the developer's functions with a JSON object")
    return {"type": "function", "function": {"name": name, "arguments": text}}


def body(text: str) -> str:
    """What stands between `<|message|>` and `<|end|>` in one message as harmony writes it."""
    return text.partition("<|message|>")[2].removesuffix("<|end|>")


# The operations.


def _prompt(
    harmony: Harmony,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[JsonMessage],
    role: str = "assistant",
    prefill: str | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    if prefill or options or role not in TURNS:
        raise NotSupported("harmony opens a turn of one of its roles, and has no prefill and no renderer options")
    from openai_harmony import Conversation, Message, Role

    given = conversation(messages, effort=EFFORTS[renderer], date=harmony.current_date)
    made = Conversation.from_messages([Message.from_dict(message) for message in given])
    tokens = harmony.encoding.render_conversation_for_completion(made, Role(TURNS[role]))
    return {"tokens": harmony.asked(tokenizer, tokens)}


def _parse(
    harmony: Harmony, *, renderer: str, tokenizer: str, tokens: list[int], options: dict[str, Any] | None = None
) -> Any:
    if options:
        raise NotSupported("harmony has no renderer options")
    from openai_harmony import HarmonyError, Role

    given = harmony.given(tokenizer, tokens)
    stops = harmony.encoding.stop_tokens_for_assistant_actions()
    if [token in stops for token in given].count(True) != 1 or given[-1] not in stops:
        raise NotSupported("the response does not end with its one stop token")
    try:
        messages = harmony.encoding.parse_messages_from_completion_tokens(given, Role.ASSISTANT)
    except HarmonyError as error:
        raise NotSupported(f"harmony does not read this: {error}") from error
    return {"message": response([message.to_dict() for message in messages]), "termination": "stop_sequence"}


def _stop(harmony: Harmony, *, renderer: str, tokenizer: str, options: dict[str, Any] | None = None) -> Any:
    # Harmony keeps them in a set, which comes out in any order.
    return {"stop": harmony.asked(tokenizer, sorted(harmony.encoding.stop_tokens_for_assistant_actions()))}


def _tools(
    harmony: Harmony,
    *,
    renderer: str,
    tokenizer: str,
    tools: list[dict[str, Any]],
    system_prompt: str = "",
    options: dict[str, Any] | None = None,
) -> Any:
    if not tools or options:
        raise NotSupported("without tools there is nothing to declare")
    from openai_harmony import Message, RenderOptions

    try:
        functions = [{**tool, "parameters": json.loads(tool["parameters"])} for tool in tools]
    except ValueError as error:
        raise Rejected("invalid_message", f"the parameters of a tool are no JSON: {error}") from error
    developer = {
        "type": "developer_content",
        "instructions": system_prompt or None,
        "tools": {"functions": {"name": "functions", "description": None, "tools": functions}},
    }
    system = {"type": "system_content"}
    options_with_tools = RenderOptions(conversation_has_function_tools=True)

    def written(role: str, content: dict[str, Any]) -> str:
        message = Message.from_dict({"role": role, "content": [content]})
        return body(harmony.encoding.decode(harmony.encoding.render(message, options_with_tools)))

    about_calls = written("system", system).rpartition("\n")[2]
    return {
        "messages": [
            {"role": INTERNAL_SYSTEM, "content": about_calls},
            {"role": "developer", "content": written("developer", developer)},
        ]
    }


def _encode(harmony: Harmony, *, tokenizer: str, text: str, split_special_tokens: bool = False) -> Any:
    _real(tokenizer)
    if split_special_tokens:
        return {"tokens": harmony.ordinary(text)}
    return {"tokens": list(harmony.encoding.encode(text, allowed_special="all"))}


def _decode(harmony: Harmony, *, tokenizer: str, tokens: list[int]) -> Any:
    from openai_harmony import HarmonyError

    _real(tokenizer)
    try:
        return {"text": harmony.encoding.decode(tokens)}
    except HarmonyError as error:
        raise NotSupported("harmony decodes only what its vocabulary holds") from error


def _real(tokenizer: str) -> None:
    if tokenizer.startswith("bytes-"):
        raise NotSupported("harmony has its own vocabulary alone")


OPERATIONS: dict[str, Callable[..., Any]] = {
    "tokenizer.encode": _encode,
    "tokenizer.decode": _decode,
    "renderer.build_generation_prompt": _prompt,
    "renderer.parse_response": _parse,
    "renderer.get_stop_sequences": _stop,
    "renderer.create_conversation_prefix_with_tools": _tools,
}


if __name__ == "__main__":
    harmony = Harmony()
    serve(initialize=harmony.initialize, answer=harmony.answer)
