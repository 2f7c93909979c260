"""Frames filled with texts: chunks, weights and rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from byte_formats import QWEN3

from cookbook.renderers import Constant, Text
from cookbook.renderers.batch import _LAYOUT
from cookbook.renderers.encode import Encoder
from cookbook.renderers.frames import Boundary, Frame, Script
from cookbook.renderers.training import boundary_of


def filled(script: Script, texts: list[str] | None = None) -> tuple[list[list[int]], list[Any], str]:
    """Chunks, weights and dtype of a script, after asserting that the row says the same."""
    encoder = Encoder(QWEN3)
    frame = Frame(script, encoder)
    encoded = encoder.texts(frame.texts if texts is None else texts, frame.splits)
    supplied = frame.supplied(encoded, encoder)
    model_input, weights = frame.example(encoded, supplied)

    tokens: list[int] = []
    row_weights: list[float] = []
    texts_left = iter(encoded)
    layout = np.frombuffer(frame.row.layout, _LAYOUT)
    for part, (length, weight, _) in zip(frame.row.parts, layout, strict=True):
        ids = next(texts_left) if part is None else np.frombuffer(part, np.int32)
        assert length == (-1 if part is None else len(ids))
        tokens += map(int, ids)
        row_weights += [weight] * len(ids)
    assert layout["begins"].tolist() == [1] + [0] * (len(layout) - 1)
    assert tokens == model_input.to_ints()
    if not supplied:
        assert row_weights == weights.tolist()
    return [list(chunk.tokens) for chunk in model_input.chunks], weights.tolist(), str(weights.dtype)


C, T = Constant("<|im_end|>"), Text("<|im_end|>", split_special_tokens=True)
END = QWEN3.token_to_id("<|im_end|>")


def test_every_kind_of_chunk() -> None:
    chunks = [(C,), (T,), (C, Text("a"), C), (Text("b"), C), (C, T, C, Text("c")), (), (Text(""), Constant(""))]
    tokens, weights, dtype = filled(Script(chunks, [0, 1, 2, 2, 0, 1, 1]))
    body = [*b"<|im_end|>"]
    assert tokens == [[END], body, [END, 97, END], [98, END], [END, *body, END, 99], [], []]
    assert (weights, dtype) == ([0, *[1] * 10, *[2] * 5, *[0] * 13], "int64")


def test_a_frame_takes_other_texts() -> None:
    script = Script([(Text("stand-in"), C), (Text("other"),)], [1, 0])
    assert filled(script, ["a", "bc"]) == ([[97, END], [98, 99]], [1, 1, 0, 0], "int64")


def test_a_prompt_has_no_empty_chunks() -> None:
    encoder = Encoder(QWEN3)
    frame = Frame(Script([(), (C,), (Text(""),), (Text("a"),)]), encoder)
    chunks = frame.prompt(encoder.texts(frame.texts, frame.splits)).chunks
    assert [chunk.tokens for chunk in chunks] == [(END,), (97,)]


def test_weights_are_floats_where_upstream_s_are() -> None:
    assert filled(Script([(C,)], [1]))[2] == "int64"
    assert filled(Script([(C,)], [1], floats=True))[2] == "float32"
    assert filled(Script([(C,)], [1], Boundary(0)))[2] == "float32"
    assert filled(Script([(C,)], [1], Boundary(0, 0, ((Text("x"),),))))[2] == "int64"


def supplied(prompt: Any, *example: str) -> int | None:
    """How many tokens of an example its prompt takes out of training."""
    chunks = [(Text(text),) for text in example]
    script = Script(chunks, [1] * len(chunks), boundary_of(prompt, chunks, 0))
    _, weights, dtype = filled(script)
    if dtype == "int64":
        assert all(weights)
        return None
    return weights.index(1) if 1 in weights else len(weights)


def test_the_prompt_must_be_a_prefix_as_a_whole() -> None:
    prompt = [(Text("ab"),), (), (Text("c"),)]
    assert supplied(prompt, "ab", "", "cd") == 3
    assert supplied(prompt, "ab", "", "c", "d") == 3
    assert supplied(prompt, "a", "bcd") == 3
    assert supplied(prompt[:1], "ab", "c") == 2
    assert supplied(prompt, "ab", "d") is None
    assert supplied(prompt, "ab") is None
    assert supplied(prompt) is None
    assert supplied([], "a") == 0


def test_a_prompt_that_differs_is_not_read_further() -> None:
    def prompt():
        yield (Text("x"),)
        raise AssertionError("read too far")

    assert supplied(prompt(), "ab") is None


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_what_is_known_after_the_boundary_ends_at_a_text(shared) -> None:
    frame = Frame(Script([(C,), (C, Text("a"), C), (C,)], [0] * 3, Boundary(0, shared, ((C,),))), Encoder(QWEN3))
    assert frame.known_after_boundary() == [[END, END], [END], [END]][shared]


def test_what_is_expected_of_constants_alone_is_settled() -> None:
    chunks = [(Text("ab"), C), (C, C, Text("cd"))]
    frame = Frame(Script(chunks, [0, 1], Boundary(0, 1, ((C,),))), Encoder(QWEN3))
    frame.expect([END], ((C,),))
    assert frame.boundary == Boundary(0, 1, None, more=1)
    assert frame.opening is None
    encoded = [(*b"ab",), (*b"cd",)]
    assert frame.example(encoded, frame.supplied(encoded, Encoder(QWEN3)))[1].tolist() == [0, 0, 0, 0, 1, 1, 1]
    layout = np.frombuffer(frame.row.layout, _LAYOUT)
    assert [(length, weight) for length, weight, _ in layout.tolist()] == [(-1, 0), (2, 0), (1, 1), (-1, 1)]


def test_what_is_expected_of_a_text_is_looked_for_in_it() -> None:
    encoder = Encoder(QWEN3)
    chunks = [(Text("ab"), C), (C, Text("cd"), Text("e"))]
    rest = ((C, Text("cd")),)
    frame = Frame(Script(chunks, [0, 1], Boundary(0, 1, rest)), encoder)
    frame.expect([END, *b"cd"], rest)
    assert frame.opening == (1, (*b"cd",), 2)
    for second, third, expected in (("cd", "e", 6), ("cdf", "e", 6), ("ce", "e", None), ("c", "d", 6), ("", "cde", 6)):
        assert frame.supplied(encoder.texts(["ab", second, third], frame.splits), encoder) == expected


def test_an_example_that_ends_before_what_is_expected_has_no_opening() -> None:
    frame = Frame(Script([(Text("ab"), C)], [0], Boundary(0, 1, ((C,),))), Encoder(QWEN3))
    frame.expect([END], ((C,),))
    assert frame.opening is None
    assert frame.supplied([(*b"ab",)], Encoder(QWEN3)) is None
