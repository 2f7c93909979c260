"""Why two results about messages differ that are no tokens and no numbers: pieces of a stream, roles, plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.compare import ABSENT
from conformance.token_causes import explain_texts

if TYPE_CHECKING:
    from conformance.result_path import ResultPath

TEXTS = ("text", "detail")
"""Members that hold a whole text: what tokens decode to, what a message says, what is wrong with a response."""
MESSAGES = ("message", "messages")


def explain_message(path: ResultPath, expected: Any, got: Any) -> str | None:
    """The cause of two values that differ at `path`; None where a message has causes of its own, or it is none."""
    first, last = path[:1], path[-1:]
    if first == ("deltas",):
        return "stream-index" if last == ("content_index",) else "stream-pieces"
    if first == ("kind",):
        return "termination" if "structural" in (expected, got) else "unparsed-tool-calls"
    if last == ("role",) and ABSENT not in (expected, got):
        return "role-header"
    if len(path) == 1 and last[0] in TEXTS and isinstance(expected, str) and isinstance(got, str):
        return explain_texts(expected, got)
    return None


def explain_member(path: ResultPath, expected: Any, got: Any) -> str | None:
    """`keys` where a message lacks a member, or has one too many, that has no cause of its own."""
    return "keys" if path[:1] and path[0] in MESSAGES and ABSENT in (expected, got) else None
