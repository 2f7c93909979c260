"""The values of `train_on_what`, and the flags that each brings to a question."""

from __future__ import annotations

from types import MappingProxyType

LAST_MESSAGE = "last_assistant_message"
LAST_TURN = "last_assistant_turn"
ALL_ASSISTANT = "all_assistant_messages"
ALL_MESSAGES = "all_messages"
ALL_TOKENS = "all_tokens"
USER_AND_SYSTEM = "all_user_and_system_messages"
CUSTOM = "customized"

UNMARKED = (LAST_MESSAGE, LAST_TURN, ALL_ASSISTANT, ALL_MESSAGES, ALL_TOKENS, USER_AND_SYSTEM)
"""The modes that refuse messages with a `trainable` key; `CUSTOM` demands it."""

MODE_FLAGS = MappingProxyType(
    {
        LAST_MESSAGE: ("last_message", "boundary"),
        LAST_TURN: ("last_turn", "boundary"),
        ALL_ASSISTANT: ("all_assistant",),
        ALL_MESSAGES: ("header_weight",),
        ALL_TOKENS: ("header_weight",),
        USER_AND_SYSTEM: ("user_and_system",),
        CUSTOM: ("custom_weights",),
    }
)
