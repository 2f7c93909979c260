"""A stand-in for openai-harmony: the functions that the oracle calls, over bytes and a few markers.

It writes every message as role, channel, recipient and content between markers, so that a test can read what arrived.
"""

from __future__ import annotations

import re

MARKERS = (
    "<|return|>",
    "<|channel|>",
    "<|start|>",
    "<|end|>",
    "<|message|>",
    "<|call|>",
)
IDS = {marker: 1000 + place for place, marker in enumerate(MARKERS)}
TEXTS = {token: marker for marker, token in IDS.items()}


class HarmonyError(RuntimeError):
    pass


class Role:
    ASSISTANT = "assistant"

    def __init__(self, value):
        self.value = value


class RenderOptions:
    def __init__(self, conversation_has_function_tools=False):
        self.tools = conversation_has_function_tools


class Message:
    def __init__(self, data):
        self.data = data

    @classmethod
    def from_dict(cls, data):
        return cls(data)

    def to_dict(self):
        return self.data


class Conversation:
    def __init__(self, messages):
        self.messages = messages

    @classmethod
    def from_messages(cls, messages):
        return cls(list(messages))


class Encoding:
    special_tokens_set = frozenset(MARKERS)

    def __init__(self):
        self._inner = self

    def encode(self, text, allowed_special=(), disallowed_special="all"):
        if allowed_special != "all":
            return list(text.encode())
        pieces = re.split("(" + "|".join(map(re.escape, MARKERS)) + ")", text)
        return [token for piece in pieces for token in ([IDS[piece]] if piece in IDS else piece.encode())]

    def decode_bytes(self, tokens):
        return list(b"".join(TEXTS[token].encode() if token in TEXTS else bytes([token]) for token in tokens))

    def decode(self, tokens):
        return bytes(self.decode_bytes(tokens)).decode("utf-8", "replace")

    def stop_tokens_for_assistant_actions(self):
        return {IDS["<|return|>"], IDS["<|call|>"]}

    def render(self, message, options=None):
        return self.written(message.data, tools=options is not None and options.tools)

    def render_conversation_for_completion(self, conversation, role):
        tokens = [token for message in conversation.messages for token in self.written(message.data)]
        return [*tokens, IDS["<|start|>"], *role.value.encode()]

    def written(self, data, tools=False):
        content = data["content"]
        if isinstance(content, list):
            part = dict(content[0])
            kind = part.pop("type")
            content = "|".join([kind, *(f"{key}={value}" for key, value in sorted(part.items()))])
            if tools and kind == "system_content":
                content += "\nCall them."
        head = [data["role"], data.get("name"), data.get("channel"), data.get("recipient"), data.get("content_type")]
        return [
            IDS["<|start|>"],
            *" ".join(str(word) for word in head if word).encode(),
            IDS["<|message|>"],
            *content.encode(),
            IDS["<|end|>"],
        ]

    def parse_messages_from_completion_tokens(self, tokens, role):
        text = self.decode(tokens)
        if "<|message|>" not in text:
            raise HarmonyError("no message")
        head, _, body = text.partition("<|message|>")
        body = body.removesuffix("<|return|>").removesuffix("<|call|>")
        channel = head.removeprefix("<|channel|>")
        return [Message({"role": role, "content": [{"type": "text", "text": body}], "channel": channel})]


def load_harmony_encoding(name):
    assert name == "HarmonyGptOss"
    return Encoding()
