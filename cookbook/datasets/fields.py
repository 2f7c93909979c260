"""From a row to its messages: which column they are in, and what is done to them on the way. Nothing unless asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

SHAREGPT = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
}
"""What ShareGPT's `from` says, as a role."""

DEPTH = 60
"""How deep the members of a message may be nested."""


class BadRow(Exception):
    """A row has no messages that could be read. The text says why, and what is there instead."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Where the messages of a row are.

    Args:
        column: The column that holds the list of messages.
        sharegpt: Its items are ShareGPT's {"from", "value"} instead of {"role", "content"}.
        ignore: Members of messages that are left out.
        longest: Bytes beyond which a line of JSON Lines is not read.
    """

    column: str = "messages"
    sharegpt: bool = False
    ignore: tuple[str, ...] = ()
    longest: int = 8 << 20

    def of_row(self, row: Any) -> list[Any]:
        """The messages of a row of JSON Lines. Raises BadRow."""
        if not isinstance(row, dict):
            raise BadRow(f"expected an object, got {kind(row)}")
        if self.column not in row:
            there = ", ".join(map(str, row)) or "nothing"
            raise BadRow(f"has no {self.column!r}; it has {_cut(there)}")
        return self.of_value(row[self.column])

    def of_value(self, value: Any) -> list[Any]:
        """The messages in a value of the column. A member that is null is absent: a table cannot say it otherwise.

        Raises BadRow: it is no list, or no ShareGPT where that was asked for.
        """
        if not isinstance(value, list):
            raise BadRow(f"{self.column}: expected a list of messages, got {kind(value)}")
        return [self._message(message, f"{self.column}[{at}]") for at, message in enumerate(value)]

    def _message(self, message: Any, path: str) -> Any:
        if isinstance(message, dict) and self.ignore:
            message = {key: item for key, item in message.items() if key not in self.ignore}
        if self.sharegpt:
            message = self._from_sharegpt(message, path)
        if message is None:
            return None  # It is no message, and the form of a question says so.
        if isinstance(message, dict) and all(type(item) is str for item in message.values()):
            return message  # As nearly all are.
        return _without_nulls(message, DEPTH)

    def _from_sharegpt(self, message: Any, path: str) -> Any:
        if not isinstance(message, dict) or "from" not in message or "value" not in message:
            raise BadRow(f"{path}: expected an object with 'from' and 'value'")
        role = SHAREGPT.get(message["from"]) if isinstance(message["from"], str) else None
        if role is None:
            raise BadRow(f"{path}.from: {_cut(repr(message['from']))} is none of {', '.join(SHAREGPT)}")
        others = {key: item for key, item in message.items() if key not in ("from", "value")}
        return {"role": role, "content": message["value"], **others}


def kind(value: Any) -> str:
    """What JSON calls a value of this type."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def _without_nulls(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        if not depth:
            raise BadRow("messages are nested too deeply")
        return {key: _without_nulls(item, depth - 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        if not depth:
            raise BadRow("messages are nested too deeply")
        return [None if item is None else _without_nulls(item, depth - 1) for item in value]
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        # A table can hold what JSON cannot say.
        raise BadRow(f"messages hold {_cut(repr(value), 40)}, for which JSON has no form")
    return value


def _cut(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
