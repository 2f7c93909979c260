"""conformance/oracles/tml_examples.py: which examples answer a question."""

from __future__ import annotations

import pytest

from conformance.adapters.serve import NotSupported
from conformance.oracles.tml_examples import chosen

ROLES = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}
LAST, TURN, ALL = "last_assistant_message", "last_assistant_turn", "all_assistant_messages"

CHOSEN = [
    # conversation, examples made, mode, one or several: which are the answer
    ("ua", 1, LAST, False, [0]),
    ("ua", 1, TURN, False, [0]),
    ("ua", 1, ALL, False, [0]),
    ("uaua", 2, LAST, False, [1]),
    ("uaua", 2, TURN, False, [1]),
    ("uaua", 2, LAST, True, [1]),
    ("uaua", 2, TURN, True, [1]),
    ("uaua", 2, ALL, True, [0, 1]),
    ("uaua", 1, ALL, False, [0]),
    ("uaua", 1, ALL, True, [0]),
    ("uata", 2, TURN, True, [0, 1]),
    ("uata", 1, TURN, True, [0]),
    ("uata", 1, TURN, False, [0]),
    ("uata", 2, LAST, True, [1]),
    ("auata", 3, TURN, True, [1, 2]),
    ("uau", 1, LAST, True, []),
    ("uau", 1, TURN, True, []),
    ("uau", 1, ALL, True, [0]),
    ("u", 0, ALL, True, []),
    ("", 0, LAST, True, []),
]

NOT_MADE = [
    ("uaua", 1, LAST, False),  # the one example has the loss on both
    ("uaua", 1, TURN, True),
    ("uaua", 2, ALL, False),  # no example has the loss on both
    ("uata", 2, TURN, False),
    ("uau", 1, ALL, False),  # the example ends before the last message
    ("u", 0, LAST, False),
    ("ua", 1, "all_messages", False),
    ("ua", 1, "customized", True),
]


@pytest.mark.parametrize(("conversation", "count", "mode", "plural", "expected"), CHOSEN)
def test_the_examples_with_the_loss_that_is_asked_for(
    conversation: str, count: int, mode: str, plural: bool, expected: list[int]
) -> None:
    assert chosen([ROLES[role] for role in conversation], count, mode, plural=plural) == expected


@pytest.mark.parametrize(("conversation", "count", "mode", "plural"), NOT_MADE)
def test_a_loss_that_no_example_has_is_not_supported(conversation: str, count: int, mode: str, plural: bool) -> None:
    with pytest.raises(NotSupported):
        chosen([ROLES[role] for role in conversation], count, mode, plural=plural)
