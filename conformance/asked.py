"""A question in one line, as people read it: `user "Hi" | assistant "Hello."  train_on_what="all_tokens"`.

The renderer and the tokenizer are left out, because reports name them anyway. What has not the form of messages is
shown as JSON: a case may ask on purpose what no message is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.quoting import quote

if TYPE_CHECKING:
    from conformance.token_causes import Lexicon

LONGEST = 400
"""How many characters a question may take; of a longer one the middle is left out."""
TEXT = 60
"""How many characters of one text are shown."""
APART = ("renderer", "tokenizer")
PLAIN = {"role", "content"}


def shown_question(operation: str, params: bytes, lexicon: Lexicon | None) -> str:
    """The params of a question in one line of ASCII. With a lexicon, tokens are shown as their text."""
    try:
        value = msgspec.json.decode(params)
    except (msgspec.DecodeError, RecursionError):
        value = params.decode("ascii", "backslashreplace")
    if not isinstance(value, dict):
        return _cut(_json(value))
    parts = []
    if isinstance(value.get("messages"), list):
        parts.append(" | ".join(map(_message, value["messages"])) or "no messages")
    tokens = value.get("tokens")
    if lexicon is not None and isinstance(tokens, list) and all(type(token) is int for token in tokens):
        parts.append(f"{len(tokens)} tokens {quote(lexicon.text(tokens), 2 * TEXT)}")
        value.pop("tokens")
    parts += [f"{_word(name)}={_json(value[name])}" for name in value if name not in (*APART, "messages")]
    if "build_supervised" in operation and "train_on_what" not in value:
        parts.append("(no train_on_what)")
    if "messages" in value and not isinstance(value["messages"], list):
        parts.append(f"messages={_json(value['messages'])}")
    return _cut("  ".join(parts))


def _message(message: Any) -> str:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str) or "content" not in message:
        return _json(message)
    others = "".join(f" {_word(name)}={_json(message[name])}" for name in message if name not in PLAIN)
    return f"{_word(message['role'])} {_content(message['content'])}{others}"


def _content(content: Any) -> str:
    if isinstance(content, str):
        return quote(content, TEXT)
    if isinstance(content, list) and content and all(map(_is_part, content)):
        return "[" + ", ".join(f"{part['type']} {quote(part[part['type']], TEXT)}" for part in content) + "]"
    return _json(content)


def _is_part(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    return isinstance(kind, str) and part.keys() == {"type", kind} and isinstance(part[kind], str)


def _word(name: str) -> str:
    """A role or a key, quoted where it is not one plain word."""
    return name if name.isascii() and name.isidentifier() else quote(name, TEXT)


def _json(value: Any) -> str:
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        return "(nested too deeply to show)"
    return text if len(text) <= 2 * TEXT else f"{text[:TEXT]}...{text[-TEXT:]}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
