"""Ways in which ports go wrong, each planted in the reference's table of operations, for fuzzing to find.

Faults inside the library's renderers are in `planted_faults`; these are at the edge, where a port reads a question and
writes an answer, and cover every operation.
"""

from __future__ import annotations

import json
import os
import time
import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.adapters.reference import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    Params = dict[str, Any]
    Change = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class FuzzFault:
    """One fault. `operation` and `renderer` are globs: where it is. `least`: messages that it takes to show it."""

    name: str
    operation: str
    renderer: str = "*"
    least: int = 1
    count: int = 0
    """Questions within which it must be found, where they are other than the usual."""
    change: Callable[[Callable[[Params], Any], Params], Any]

    def plant(self) -> None:
        """Wrap the operations, for the rest of this process."""
        for name, original in list(OPERATIONS.items()):
            if fnmatchcase(name, self.operation):
                OPERATIONS[name] = self._wrapped(original)

    def _wrapped(self, original: Callable[[Any, Params], Any]) -> Callable[[Any, Params], Any]:
        def answer(reference: Any, params: Params) -> Any:
            if not fnmatchcase(params.get("renderer", ""), self.renderer):
                return original(reference, params)
            return self.change(lambda given: original(reference, given), params)

        return answer


def asking(change: Callable[[Params], Params]) -> Any:
    """Another question is answered than was asked."""
    return lambda answer, params: answer(change(params))


def answering(change: Callable[[Any], Any]) -> Any:
    """The answer is changed."""
    return lambda answer, params: change(answer(params))


def messages(change: Callable[[list[Any]], list[Any]]) -> Any:
    """Other messages."""
    return asking(lambda params: {**params, "messages": change(params["messages"])})


def each_message(change: Change) -> Any:
    return messages(lambda given: [change(one) for one in given])


def texts(change: Callable[[str], str]) -> Any:
    """Other texts in messages."""

    def changed(message: Any) -> Any:
        content = message["content"]
        if isinstance(content, str):
            return {**message, "content": change(content)}
        parts = [{**part, "text": change(part["text"])} if part["type"] == "text" else part for part in content]
        return {**message, "content": parts}

    return each_message(changed)


def arguments(change: Callable[[Any], str]) -> Any:
    """The arguments of calls are read and written again."""

    def again(call: Any) -> Any:
        try:
            value = json.loads(call["function"]["arguments"])
        except ValueError:
            return call
        return {**call, "function": {**call["function"], "arguments": change(value)}}

    return each_message(
        lambda message: (
            {**message, "tool_calls": [again(call) for call in message["tool_calls"]]}
            if message.get("tool_calls")
            else message
        )
    )


def without(*names: str) -> Any:
    """Members of the params are not read."""
    return asking(lambda params: {key: value for key, value in params.items() if key not in names})


def member(name: str, change: Change) -> Any:
    """A member of the answer is changed."""
    return answering(lambda result: {**result, name: change(result[name])})


def mode(**other: str) -> Any:
    """One value of train_on_what is taken for another."""
    return asking(
        lambda params: (
            {**params, "train_on_what": other.get(params["train_on_what"], params["train_on_what"])}
            if "train_on_what" in params
            else params
        )
    )


def dropping(name: str) -> Change:
    """An object without this member."""
    return lambda one: {key: value for key, value in one.items() if key != name}


def parsed(change: Change) -> Any:
    return member("message", change)


def _joined(given: list[Any]) -> list[Any]:
    made: list[Any] = []
    for one in given:
        if made and made[-1]["role"] == one["role"] == "user" and isinstance(one["content"], str):
            before = made.pop()
            one = {**one, "content": f"{before['content']}\n{one['content']}"}
        made.append(one)
    return made


def _strip_content(message: Any) -> Any:
    content = message["content"]
    return {**message, "content": content.strip()} if isinstance(content, str) else message


def _last_trained_off(weights: list[int]) -> list[int]:
    made = list(weights)
    if 1 in made:
        made[len(made) - 1 - made[::-1].index(1)] = 0
    return made


def _crash(answer: Any, params: Params) -> Any:
    if "\U0001f375" in json.dumps(params, ensure_ascii=False):
        os._exit(7)
    return answer(params)


def _double(value: Any) -> Any:
    if isinstance(value, list):
        return [_double(one) for one in value]
    return int(float(value)) if isinstance(value, int) and not isinstance(value, bool) else value


def _deltas(deltas: list[Any]) -> list[Any]:
    return [{**one, "content_index": 0} for one in deltas]


def _refuse_tools(answer: Any, params: Params) -> Any:
    if any(one["role"] == "tool" for one in params["messages"]):
        raise NotImplementedError("no tools")
    return answer(params)


def _one_system(given: list[Any]) -> list[Any]:
    return given[:1] + [one for one in given[1:] if one["role"] != "system"]


def _descriptions_stripped(params: Params) -> Params:
    return {**params, "tools": [{**one, "description": one["description"].strip()} for one in params["tools"]]}


def _text_alone(message: Any) -> Any:
    content = message["content"]
    if isinstance(content, str):
        return message
    return {**message, "content": [part for part in content if part["type"] == "text"]}


def _first_call(message: Any) -> Any:
    return {**message, "tool_calls": message["tool_calls"][:1]} if "tool_calls" in message else message


PROMPT, EXAMPLE, EXAMPLES, PARSE, PREFIX = (
    "renderer.build_generation_prompt",
    "renderer.build_supervised_example",
    "renderer.build_supervised_examples",
    "renderer.parse_response",
    "renderer.create_conversation_prefix_with_tools",
)


def fault(name: str, operation: str, change: Any, renderer: str = "*", least: int = 1, count: int = 0) -> FuzzFault:
    return FuzzFault(name=name, operation=operation, renderer=renderer, least=least, count=count, change=change)


_ALL = (
    # Reading a conversation
    fault("content stripped", PROMPT, texts(str.strip), "role_colon"),
    fault("content normalized", PROMPT, texts(lambda text: unicodedata.normalize("NFC", text)), "llama3"),
    fault("line ends changed", EXAMPLE, texts(lambda text: text.replace("\r\n", "\n")), "deepseekv3"),
    fault("content lowercased", EXAMPLE, texts(str.lower), "gpt_oss_low_reasoning"),
    fault("empty messages dropped", PROMPT, messages(lambda given: [one for one in given if one["content"]]), "llama3"),
    fault("users joined", EXAMPLE, messages(_joined), "qwen3", least=2),
    fault("later systems dropped", PROMPT, messages(_one_system), "qwen3_instruct", least=2),
    fault("last message dropped", PROMPT, messages(lambda given: given[:-1]), "gpt_oss_no_sysprompt"),
    fault("name of a tool ignored", PROMPT, each_message(dropping("name")), "gpt_oss*"),
    fault("tools refused", PROMPT, _refuse_tools, "qwen3"),
    fault("crash on an emoji", PROMPT, _crash, "llama3", count=30),
    # Calls of tools
    fault(
        "arguments compact",
        PROMPT,
        arguments(lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False)),
        "deepseekv3",
    ),
    fault(
        "arguments sorted",
        EXAMPLE,
        arguments(lambda value: json.dumps(value, sort_keys=True, ensure_ascii=False)),
        "qwen3_instruct",
    ),
    fault("arguments escaped", PROMPT, arguments(json.dumps), "deepseekv3_thinking"),
    fault("calls dropped", EXAMPLE, each_message(dropping("tool_calls")), "deepseekv3"),
    fault(
        "descriptions stripped",
        "renderer.create_conversation_prefix_with_tools",
        asking(_descriptions_stripped),
        "qwen3",
    ),
    fault("system prompt ignored", PREFIX, without("system_prompt"), "gpt_oss*"),
    # Options and modes
    fault("prefill ignored", PROMPT, without("prefill"), "gpt_oss_high_reasoning"),
    fault("role ignored", PROMPT, without("role"), "llama3"),
    fault("options ignored", EXAMPLE, without("options"), "deepseekv3*", least=2, count=1500),
    fault("all tokens as all messages", EXAMPLE, mode(all_tokens="all_messages"), "qwen3"),
    fault(
        "users and systems trained as everything",
        EXAMPLE,
        mode(all_user_and_system_messages="all_messages"),
        "deepseekv3_thinking",
    ),
    fault(
        "the last turn is the last message",
        EXAMPLE,
        mode(last_assistant_turn="last_assistant_message"),
        "llama3",
        least=2,
    ),
    fault(
        "the default is everybody",
        EXAMPLE,
        asking(lambda params: {"train_on_what": "all_messages", **params}),
        "role_colon",
    ),
    # Writing tokens and weights
    fault("first token twice", PROMPT, member("tokens", lambda tokens: tokens[:1] + tokens), "deepseekv3_thinking"),
    fault("last token missing", PROMPT, member("tokens", lambda tokens: tokens[:-1]), "qwen3_disable_thinking"),
    fault(
        "weights shifted",
        EXAMPLE,
        member("weights", lambda weights: weights[1:] + weights[:1]),
        "gpt_oss_medium_reasoning",
    ),
    fault("terminator not trained", EXAMPLE, member("weights", _last_trained_off), "llama3"),
    fault(
        "the last example alone",
        "renderer.build_supervised_examples",
        member("examples", lambda examples: examples[-1:]),
        "qwen3",
        least=4,
    ),
    # Parsing
    fault("parsed content stripped", PARSE, parsed(_strip_content), "llama3"),
    fault("later calls dropped", PARSE, parsed(_first_call), "qwen3*"),
    fault("unparsed calls dropped", PARSE, parsed(dropping("unparsed_tool_calls")), "qwen3*"),
    fault("every end is a stop", PARSE, member("termination", lambda _: "stop_sequence"), "gpt_oss*"),
    fault("reasoning lost", PARSE, parsed(_text_alone), "deepseekv3_thinking"),
    fault("blocks not counted", "renderer.parse_response_streaming", member("deltas", _deltas), "qwen3"),
    fault(
        "stop as text", "renderer.get_stop_sequences", member("stop", lambda stop: [str(one) for one in stop]), "llama3"
    ),
    fault(
        "no extension",
        "renderer.has_extension_property",
        member("has_extension_property", lambda _: False),
        "role_colon",
    ),
    # Messages as they are
    fault(
        "failures all structural", "renderer.classify_parse_failure", member("kind", lambda kind: kind and "structural")
    ),
    fault("calls as objects", "renderer.to_openai_message", parsed(dropping("tool_calls")), "qwen3"),
    fault("separator ignored", "renderer.format_content_as_string", without("separator")),
    fault("text trimmed", "renderer.get_text_content", member("text", str.strip)),
    # Tokens and tensors
    fault("specials found in split text", "tokenizer.encode", without("split_special_tokens"), count=1500),
    fault("broken bytes dropped", "tokenizer.decode", member("text", lambda text: text.replace("\ufffd", ""))),
    fault(
        "integers as doubles", "tensor.from_nested", asking(lambda params: {**params, "data": _double(params["data"])})
    ),
    fault("a scalar is a list", "tensor.from_nested", member("shape", lambda shape: shape or [1])),
    fault("rows are columns", "tensor.to_nested", asking(lambda params: {**params, "shape": params["shape"][::-1]})),
)


FAULTS = {one.name: one for one in _ALL}


def _hang(answer: Any, params: Params) -> Any:
    Path(os.environ["HANGING"]).touch()
    time.sleep(3600)
    return answer(params)


OTHERS = {
    one.name: one
    for one in (
        fault("last message dropped everywhere", PROMPT, messages(lambda given: given[:-1])),
        fault("hangs", "renderer.get_stop_sequences", _hang),
    )
}
"""Faults for what else is tried with them."""


def plant(name: str) -> None:
    """Plant the fault of this name."""
    if name == "declares no operation":
        OPERATIONS.clear()
    else:
        (FAULTS | OTHERS)[name].plant()
