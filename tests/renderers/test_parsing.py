"""What the families share in parsing: facts of tinker-cookbook 0.5.8, and a comparison with the pattern it uses."""

from __future__ import annotations

import re

import pytest
from byte_formats import assistant, thinking
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import RendererError
from cookbook.messages import UnparsedToolCall
from cookbook.renderers import ParseFailureKind, ParseTermination, classify_parse_failure, parse_content_blocks
from cookbook.renderers.parsing import blocks, index_of_stop, parse_think_blocks, split_at_stop, unterminated_tool_block

TAGS = {"<think>": "</think>", "<tool_call>": "</tool_call>"}
tagged = st.lists(st.sampled_from([*TAGS, *TAGS.values(), "a", "\n", "<", "{}"]), max_size=12).map("".join)


@pytest.mark.parametrize("termination", ParseTermination)
def test_only_a_malformed_end_is_not_clean(termination) -> None:
    assert bool(termination), "every value is true: that is the trap"
    assert termination.is_clean == (termination != "malformed")
    assert termination.is_stop_sequence == (termination == "stop_sequence")


def test_splitting_at_the_stop() -> None:
    assert split_at_stop([1, 2], 9) == ([1, 2], ParseTermination.MALFORMED)
    assert split_at_stop([1, 9, 2], 9) == ([1], ParseTermination.STOP_SEQUENCE)
    with pytest.raises(RendererError, match="2 times"):
        split_at_stop([9, 9], 9)


@pytest.mark.parametrize("tokens", [[9, 9], [1, 9, 9], [9, 1, 9, 2]])
def test_a_stop_that_repeats_is_refused_with_its_number(tokens) -> None:
    with pytest.raises(RendererError, match="stop token 9 2 times"):
        index_of_stop(tokens, 9)


@given(st.lists(st.integers(0, 3), max_size=6))
def test_the_only_stop_is_found_wherever_it_stands(tokens) -> None:
    if tokens.count(3) < 2:
        assert index_of_stop(tokens, 3) == (tokens.index(3) if 3 in tokens else None)


@given(tagged)
def test_blocks_are_those_of_a_lazy_pattern(text) -> None:
    pattern = re.compile("|".join(f"({opening}.*?{closing})" for opening, closing in TAGS.items()), re.DOTALL)
    expected = [stretch for stretch in pattern.split(text) if stretch]

    assert [block.raw for block in blocks(text, TAGS)] == expected
    assert "".join(expected) == text


def test_tags_that_nothing_closes_are_searched_for_once() -> None:
    # A lazy pattern looks for the end of each of them, to the end of the text.
    class Searched(str):
        searches = 0

        def find(self, *args) -> int:
            self.searches += 1
            return super().find(*args)

    text = Searched("<think><tool_call>" * 1_000)
    assert len([*blocks(text, TAGS)]) == 1
    assert text.searches == 4


def test_think_blocks() -> None:
    assert parse_think_blocks("a</think>") is None
    assert parse_think_blocks("<think></think>") == []
    assert parse_think_blocks("<think>r</think><tool_call>") == [
        thinking("r"),
        {"type": "text", "text": "<tool_call>"},
    ]


def test_content_without_any_opening_tag_is_left_to_the_caller() -> None:
    assert parse_content_blocks("a</think></tool_call>") is None


def test_a_block_is_unterminated_if_it_opens_more_often_than_it_closes() -> None:
    assert unterminated_tool_block("a", "<t>", "</t>") is None
    assert unterminated_tool_block("</t></t><t>x", "<t>", "</t>") is None
    found = unterminated_tool_block("<t>x</t><t>" + "y" * 20_000, "<t>", "</t>")
    assert found is not None
    assert found.raw_text == ("<t>" + "y" * 20_000)[:16_384]


class TestFailures:
    def test_a_clean_message_has_none(self) -> None:
        assert classify_parse_failure(assistant("a"), ParseTermination.EOS) is None

    def test_a_broken_frame_outranks_broken_calls(self) -> None:
        message = {**assistant("a"), "unparsed_tool_calls": [UnparsedToolCall("x", "e")]}
        kind, detail = classify_parse_failure(message, ParseTermination.MALFORMED)
        assert kind is ParseFailureKind.STRUCTURAL
        assert "malformed" in detail

    def test_broken_calls_are_listed_and_cut(self) -> None:
        calls = [UnparsedToolCall("x", "first"), UnparsedToolCall("y", "z" * 20_000)]
        kind, detail = classify_parse_failure(
            {**assistant("a"), "unparsed_tool_calls": calls}, ParseTermination.STOP_SEQUENCE
        )
        assert kind is ParseFailureKind.CONTENT
        assert detail.startswith("first\nzzz")
        assert len(detail) == 16_384
