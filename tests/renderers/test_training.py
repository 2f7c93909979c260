"""The edges of upstream's rules on what is trained (tinker-cookbook 0.5.8); `test_base.py` shows them in examples."""

from __future__ import annotations

import pytest
from byte_formats import assistant, system, tool, user

from cookbook.renderers import RenderContext, Text, TrainOnWhat
from cookbook.renderers.frames import Boundary
from cookbook.renderers.training import boundary_of, first_trained_message, output_weight

Q, A = user("q"), assistant("a")


@pytest.mark.parametrize(
    ("messages", "mode", "start"),
    [
        ([Q, A], "last_assistant_message", 1),
        ([Q, A, Q], "last_assistant_message", None),
        ([], "last_assistant_message", None),
        ([Q, A, tool("o"), A], "last_assistant_turn", 1),
        ([Q, A, Q], "last_assistant_turn", None),
        ([Q, tool("o"), A], "last_assistant_turn", None),
        ([A], "last_assistant_turn", 0),
        ([Q, A], "all_assistant_messages", None),
    ],
)
def test_where_sampling_would_have_begun(messages, mode, start) -> None:
    assert first_trained_message(messages, mode) == start


def test_the_chunks_that_prompt_and_example_share() -> None:
    a, b, c = ((Text(text),) for text in "abc")
    assert boundary_of([a, b], [a, b, c], 7) == Boundary(7, 2)
    for prompt, shared, rest in (([a, c], 1, [c]), ([a, b, c, a], 3, [a]), ([c, a], 0, [c, a])):
        found = boundary_of(prompt, [a, b, c], 7)
        assert (found.message, found.shared, [*found.rest]) == (7, shared, rest)


@pytest.mark.parametrize("message", [system("s"), Q, A, tool("o")])
def test_users_and_systems(message) -> None:
    weight = output_weight(message, RenderContext(0, True), TrainOnWhat.ALL_USER_AND_SYSTEM_MESSAGES)
    assert weight == (message["role"] in {"user", "system"})
