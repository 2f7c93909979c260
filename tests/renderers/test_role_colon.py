"""Facts of upstream's `RoleColonRenderer` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import PLAIN, assistant, ids, marked, prompt, renderer, text_part, thinking, user
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import RendererError
from cookbook.renderers import ParseTermination, get_renderer

FORMAT = renderer("role_colon")


def test_the_space_belongs_to_the_message_not_to_the_header() -> None:
    assert prompt(FORMAT, [user("q")]) == "<s>User: q\n\nAssistant:"


def test_a_role_is_capitalised_as_python_does_it() -> None:
    assert prompt(FORMAT, [{"role": "myROLE", "content": "q"}]).startswith("<s>Myrole: q")


def test_a_conversation_that_ends_with_a_user_ends_oddly() -> None:
    text = marked(FORMAT, FORMAT.build_supervised_example([user("q")], "all_tokens"))
    assert text == "<s>⟦User: q\n\n<UNUSED>⟧"


def test_a_tokenizer_without_a_beginning_token_gets_none() -> None:
    assert prompt(get_renderer("role_colon", type(PLAIN)(added=[])), [user("q")]) == "User: q\n\nAssistant:"


@pytest.mark.parametrize("content", [[text_part("a"), text_part("b")], [thinking("r"), text_part("a")], []])
def test_only_one_text_is_written(content) -> None:
    with pytest.raises(RendererError, match="parts"):
        prompt(FORMAT, [user(content)])


def test_the_stop_is_a_string() -> None:
    assert FORMAT.get_stop_sequences() == ["\n\nUser:"]


@pytest.mark.parametrize(
    ("response", "content", "termination"),
    [
        (" a\n\nUser:", "a", "stop_sequence"),
        ("  a  \n\n\n\nUser:", " a  ", "stop_sequence"),
        (" a</s>", "a", "eos"),
        (" a</s></s>", "a</s>", "eos"),
        (" a\n\nUser:</s>", "a", "malformed"),
        (" a\n\nUser: x\n\nUser:", "a", "malformed"),
        ("a", "a", "malformed"),
        ("", "", "malformed"),
        (" a</s> b", "a</s> b", "malformed"),
        (" \n\n</s>", "", "eos"),
    ],
)
def test_parsing(response, content, termination) -> None:
    message, ended = FORMAT.parse_response(ids(response, FORMAT))
    assert (message, ended) == ({"role": "assistant", "content": content}, ParseTermination(termination))


@given(st.text().filter(lambda text: "\n\nUser:" not in f"{text}\n\nUser:"[:-7]))
def test_what_is_rendered_is_parsed_back(text) -> None:
    given_tokens = FORMAT.build_generation_prompt([user("q")]).length
    tokens = FORMAT.build_supervised_example([user("q"), assistant(text)])[0].to_ints()[given_tokens:]
    assert FORMAT.parse_response(tokens) == (
        {"role": "assistant", "content": text},
        ParseTermination.STOP_SEQUENCE,
    )
