"""The edges of upstream's rules on what is trained (tinker-cookbook 0.5.8); `test_base.py` shows them in examples."""

from __future__ import annotations

import pytest
from byte_formats import QWEN3, assistant, system, tool, user

from cookbook.renderers import RenderContext, Text, TrainOnWhat
from cookbook.renderers.encode import Encoder
from cookbook.renderers.training import first_trained_message, length_of_prefix, output_weight

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


def supplied(prompt, *example: str) -> int | None:
    encoder = Encoder(QWEN3, {})
    chunks = [(Text(text),) for text in example]
    return length_of_prefix(prompt, chunks, [encoder.encode(chunk) for chunk in chunks], encoder)


def test_the_prompt_must_be_a_prefix_as_a_whole() -> None:
    prompt = [(Text("ab"),), (), (Text("c"),)]
    assert supplied(prompt, "ab", "", "cd") == 3
    assert supplied(prompt, "ab", "", "c", "d") == 3
    assert supplied(prompt, "a", "bcd") == 3
    assert supplied(prompt, "ab", "d") is None
    assert supplied(prompt, "ab") is None
    assert supplied(prompt) is None
    assert supplied([], "a") == 0


def test_a_prompt_that_differs_is_not_read_further() -> None:
    def prompt():
        yield (Text("x"),)
        raise AssertionError("read too far")

    assert supplied(prompt(), "ab") is None


@pytest.mark.parametrize("message", [system("s"), Q, A, tool("o")])
def test_users_and_systems(message) -> None:
    weight = output_weight(message, RenderContext(0, True), TrainOnWhat.ALL_USER_AND_SYSTEM_MESSAGES)
    assert weight == (message["role"] in {"user", "system"})
