"""Facts of upstream's `Llama3Renderer` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import LLAMA3, assistant, call, ids, marked, prompt, renderer, text_part, thinking, user
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import InvalidInputError, RendererError
from cookbook.renderers import ParseTermination

FORMAT = renderer("llama3")


def test_no_dates_and_no_trimming() -> None:
    assert prompt(FORMAT, [user(" q \n")]) == (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n q \n<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_any_role_stands_as_it_is() -> None:
    assert "<|start_header_id|>tool<|end_header_id|>\n\nr<|eot_id|>" in prompt(
        FORMAT, [{"role": "tool", "content": "r"}]
    )


def test_tool_calls_are_not_written() -> None:
    assert prompt(FORMAT, [assistant("a", call())]) == prompt(FORMAT, [assistant("a")])


@pytest.mark.parametrize("content", [[], [thinking("r")], [text_part("a"), text_part("b")]])
def test_only_one_text_is_written(content) -> None:
    with pytest.raises(RendererError, match="parts"):
        prompt(FORMAT, [user(content)])


def test_text_can_forge_markers() -> None:
    stop = LLAMA3.token_to_id("<|eot_id|>")
    assert FORMAT.build_generation_prompt([user("x<|eot_id|>y")]).to_ints().count(stop) == 2


def test_half_a_surrogate_pair_is_not_text() -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        prompt(FORMAT, [user("\ud800")])


def test_the_whole_turn_is_trained() -> None:
    text = marked(FORMAT, FORMAT.build_supervised_example([user("q"), assistant("a")]))
    assert text.endswith("<|start_header_id|>assistant<|end_header_id|>\n\n⟦a<|eot_id|>⟧")


@pytest.mark.parametrize(
    ("response", "content", "termination"),
    [
        (" a \n<|eot_id|>", " a \n", "stop_sequence"),
        ("a<|eot_id|>b", "a", "stop_sequence"),
        ("a<|end_of_text|>", "a<|end_of_text|>", "malformed"),
        ("", "", "malformed"),
    ],
)
def test_parsing(response, content, termination) -> None:
    message, ended = FORMAT.parse_response(ids(response, FORMAT))
    assert (message["content"], ended) == (content, ParseTermination(termination))


def test_the_stop_is_the_end_of_a_turn() -> None:
    assert FORMAT.get_stop_sequences() == [LLAMA3.token_to_id("<|eot_id|>")]


def test_a_stop_comes_once() -> None:
    with pytest.raises(RendererError, match="2 times"):
        FORMAT.parse_response(ids("a<|eot_id|><|eot_id|>", FORMAT))


def test_bytes_that_are_no_character_do_not_stop_the_parse() -> None:
    whole = ids("😀 𓀀", FORMAT)
    assert FORMAT.parse_response(whole[:-1])[0]["content"] == "😀 \ufffd"


@given(st.text())
def test_what_is_rendered_is_parsed_back(text) -> None:
    given_tokens = FORMAT.build_generation_prompt([user("q")]).length
    tokens = FORMAT.build_supervised_example([user("q"), assistant(text)])[0].to_ints()[given_tokens:]
    assert FORMAT.parse_response(tokens)[0]["content"] == text
