"""conformance/reports/explain.py: one case in full."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from conformance.causes import Cause
from conformance.events import Token
from conformance.rendering import Chunk
from conformance.reports import rendering
from conformance.reports.explain import Explanation, Side, TokenRow, explain
from conformance.reports.page import Page

from . import explanations
from .explanations import explanation
from .test_escape import unseen

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

CAUSES = {"newlines": Cause("only newlines differ", "Look at which piece owns the newline.")}


def shown(subject: Explanation, *, unfold: bool = False, terminal: bool = False, width: int | None = None) -> str:
    stream = io.StringIO()
    explain(subject, stream, causes=CAUSES, unfold=unfold, terminal=terminal, width=width)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["insertion", "weights", "parsed", "refused", "hostile"])
def test_explanations(name: str, snapshot: SnapshotAssertion) -> None:
    text = shown(getattr(explanations, name)())
    assert text == snapshot
    assert set(unseen(text)) == {"\n"}


def test_on_80_columns(snapshot: SnapshotAssertion) -> None:
    text = shown(explanations.parsed(), width=80)
    assert text == snapshot
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("{"))


def test_unfolded_every_token_is_there() -> None:
    text = shown(explanations.insertion(), unfold=True)
    assert "equal" not in text
    assert len(re.findall(r"^.{3} {4}0 ", text, re.MULTILINE)) == 2


def test_golden_alone() -> None:
    text = shown(explanation(Side(name="golden", rows=(explanations.row(explanations.PROMPT * 2),))))
    assert "\ngolden: 96 tokens in 1 chunk\n\ntokens 0 to 95\n    <|im_start|> u   s   e   r   ␊ " in text
    assert "... 48 more: 24 to 71" in text


def test_golden_in_chunks_as_show_draws_it() -> None:
    tokens = explanations.row(["a", "b", "c"], learned=1).tokens
    chunks = (Chunk(tokens=tokens[:1], place="header of messages[0] (user)"), Chunk(tokens=tokens[1:]))
    text = shown(explanation(Side(name="golden", rows=(TokenRow(tokens=tokens, chunks=chunks),))))
    drawn = Page()
    rendering.draw(drawn, TokenRow(tokens=tokens, chunks=chunks).rendering("golden"))
    assert drawn.plain() in text
    assert "chunk 1, token 0, header of messages[0] (user)\n    weight 0\n    a\n    97\n" in text
    mine = Side(name="mine", rows=(TokenRow(tokens=tokens[:2]),))
    beside = shown(explanation(Side(name="golden", rows=(TokenRow(tokens=tokens, chunks=chunks),)), mine))
    assert "-- chunk 1: header of messages[0] (user)\n" in beside
    assert "-- chunk 2\n" in beside


def test_equal_answers_are_told_once() -> None:
    text = shown(explanations.insertion())
    assert "\nreference, upstream: the same as golden (48 tokens)\n" in text
    rows = (explanations.row(explanations.PROMPT),)
    only = shown(explanation(Side(name="golden", rows=rows), Side(name="mine", rows=rows)))
    assert "\nmine: the same as golden (48 tokens)\n\ngolden: 48 tokens in 1 chunk\n" in only


def test_weights_that_are_no_numbers_can_be_equal() -> None:
    golden, mine = (TokenRow(tokens=(Token(1, "a", float("nan")),)) for _ in range(2))
    text = shown(explanation(Side(name="golden", rows=(golden,)), Side(name="mine", rows=(mine,))))
    assert "mine: the same as golden" in text


def test_of_several_sequences_the_equal_ones_are_only_counted() -> None:
    same, golden, mine = (
        TokenRow(tokens=(Token(at, "a"),), label=label)
        for at, label in ((1, "examples[0]"), (2, "examples[1]"), (3, "examples[1]"))
    )
    extra = TokenRow(tokens=(), label="examples[2]")
    text = shown(explanation(Side(name="golden", rows=(same, golden)), Side(name="mine", rows=(same, mine, extra))))
    assert "\nexamples[0]\n   the same: 1 token\n" in text
    assert "\n !     0   2  a         0   3  a\n" in text
    assert "\nexamples[2]\n   only mine has this: 0 tokens\n" in text


def test_answers_of_another_kind_stand_one_below_the_other() -> None:
    text = shown(explanations.refused())
    assert "\nmy-port: differs from golden: result where it has a rejection\n" in text
    assert "\nbroken: differs from golden: fault where it has a rejection\n" in text
    assert "\nreference: agrees with golden, not to the letter\n" in text


def test_the_question_can_be_pasted() -> None:
    subject = explanations.insertion()
    assert subject.wire in shown(subject, width=80).splitlines()


def test_a_cause_is_explained_where_it_is_known() -> None:
    text = shown(explanations.insertion())
    assert "  cause: only newlines differ  [newlines]\n  hint: Look at which piece owns the newline.\n" in text
    assert "  cause: text\n" in text


def test_what_there_is_not_is_left_out() -> None:
    text = shown(Explanation(id="x", operation="tensor.to_nested", golden=Side(name="golden", value="[]"), wire="{}"))
    assert text == (
        "x\n"
        "  operation  tensor.to_nested\n"
        "  level      must\n"
        "  witnesses  none\n"
        "\n"
        "The question as it is sent (--lines: with the handshake)\n"
        "{}\n"
        "\n"
        "golden: result\n"
        "   []\n"
    )


def test_colours_change_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for make in (explanations.insertion, explanations.parsed, explanations.weights, explanations.hostile):
        coloured = shown(make(), terminal=True, width=90)
        assert "\x1b[3" in coloured
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert [line.rstrip() for line in bare.splitlines()] == shown(make(), width=90).splitlines()
