"""conformance/message_causes.py: pieces of a stream, roles, and text that is no tokens."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.compare import ABSENT
from conformance.message_causes import explain_member, explain_message


@pytest.mark.parametrize(
    ("path", "expected", "got", "cause"),
    [
        (("deltas", 1, "content_index"), 1, 0, "stream-index"),
        (("deltas", 1, "content_index"), ABSENT, 0, "stream-index"),
        (("deltas", 1, "text"), "a", "ab", "stream-pieces"),
        (("deltas", 1, "thinking"), "a", "b", "stream-pieces"),
        (("deltas", 2), {"type": "text"}, ABSENT, "stream-pieces"),
        (("kind",), "structural", ABSENT, "termination"),
        (("kind",), "content", "structural", "termination"),
        (("kind",), "content", ABSENT, "unparsed-tool-calls"),
        (("messages", 0, "role"), "developer", "system", "role-header"),
        (("message", "role"), "assistant", "Assistant", "role-header"),
        (("text",), "tea \ufffd", "tea ", "characters"),
        (("text",), "<think>r</think>a", "<thinking>r</thinking>a", "text-other"),
        (("text",), "a", "ar", "text-extra"),
        (("detail",), "ab", "a", "text-missing"),
        (("text",), "a b", "ab", "whitespace"),
    ],
)
def test_causes(path: tuple[str | int, ...], expected: Any, got: Any, cause: str) -> None:
    assert explain_message(path, expected, got) == cause


@pytest.mark.parametrize(
    ("path", "expected", "got"),
    [
        ((), "a", "b"),
        (("message", "role"), "user", ABSENT),
        (("message", "content", 0, "text"), "a", "b"),
        (("text",), "1", 1),
        (("records", 0, "text"), "a", "b"),
        (("name",), "a", "b"),
    ],
)
def test_what_is_told_elsewhere(path: tuple[str | int, ...], expected: Any, got: Any) -> None:
    assert explain_message(path, expected, got) is None


def test_members_that_a_message_lacks() -> None:
    assert explain_member(("message", "tool_call_id"), "1", ABSENT) == "keys"
    assert explain_member(("messages", 0, "name"), ABSENT, "f") == "keys"
    assert explain_member(("message", "name"), "f", "g") is None
    assert explain_member(("metrics", "name"), "f", ABSENT) is None
    assert explain_member((), "f", ABSENT) is None
