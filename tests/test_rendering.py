"""conformance/rendering.py: sequences of tokens in chunks, cut where a weight changes."""

from __future__ import annotations

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from conformance.events import Token
from conformance.rendering import Chunk, Rendering, Weights, cut, equal_rows, same_weight, stretches


def tokens(text: str) -> tuple[Token, ...]:
    return tuple(Token(ord(c), c) for c in text)


def rendering(chunks: list[str], *rows: list[float]) -> Rendering:
    made = tuple(Chunk(tokens=tokens(chunk)) for chunk in chunks)
    return Rendering(
        name="r", chunks=made, rows=tuple(Weights(mode=f"m{n}", weights=tuple(r)) for n, r in enumerate(rows))
    )


def test_a_stretch_ends_with_its_chunk_and_where_any_row_changes() -> None:
    found = [*stretches(rendering(["ab", "", "cde"], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]))]
    texts = ["".join(token.text for token in piece.tokens) for piece in found]
    assert texts == ["ab", "", "c", "d", "e"]
    assert [(piece.chunk, piece.start, piece.stop) for piece in found] == [
        (0, 0, 2),
        (1, 2, 2),
        (2, 2, 3),
        (2, 3, 4),
        (2, 4, 5),
    ]


def test_rows_that_were_refused_cut_nothing() -> None:
    refused = Weights(mode="x", refused="no")
    made = Rendering(name="r", chunks=(Chunk(tokens=tokens("ab")),), rows=(refused,))
    assert len([*stretches(made)]) == 1
    assert made.given == ()


def test_weights_that_are_no_numbers_do_not_cut() -> None:
    assert len([*stretches(rendering(["abc"], [nan, nan, nan]))]) == 1
    assert same_weight(nan, nan)
    assert not same_weight(nan, 0.0)
    assert not same_weight(None, 0.0)


@given(st.lists(st.text(max_size=4), max_size=6), st.data())
def test_nothing_is_lost(chunks: list[str], data: st.DataObject) -> None:
    length = sum(map(len, chunks))
    row = data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=length, max_size=length))
    made = rendering(chunks, row)
    found = [*stretches(made)]
    assert "".join(token.text for piece in found for token in piece.tokens) == "".join(chunks)
    assert all(len({row[at] for at in range(piece.start, piece.stop)}) <= 1 for piece in found)
    assert made.length == len(made.ids) == length


def test_chunks_of_other_tokens_are_not_taken() -> None:
    chunks = rendering(["a", "b"]).chunks
    assert [len(chunk.tokens) for chunk in cut("x", tokens("ab"), chunks).chunks] == [1, 1]
    assert [len(chunk.tokens) for chunk in cut("x", tokens("ac"), chunks).chunks] == [2]


def test_equal_rows_stand_together() -> None:
    rows = rendering(["ab"], [0, 1], [1, 1], [0, 1]).rows
    assert [[row.mode for row in group] for group in equal_rows(rows)] == [["m0", "m2"], ["m1"]]
