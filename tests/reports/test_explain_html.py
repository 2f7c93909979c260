"""conformance/reports/explain_html.py: one case as a page. How it behaves is for tests/browser to see."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from conformance.causes import Cause
from conformance.events import Diagnosis
from conformance.rendering import Chunk
from conformance.reports.explain import Side, TokenRow
from conformance.reports.explain_html import explain_html

from . import explanations
from .explanations import PROMPT, explanation, row
from .test_escape import unseen

if TYPE_CHECKING:
    from conformance.reports.explain import Explanation

CAUSES = {"newlines": Cause("only newlines differ", "Look at which piece owns the newline.")}


def page(subject: Explanation) -> tuple[str, dict[str, Any]]:
    """The document, and the data of its scripts."""
    text = explain_html(subject, None, causes=CAUSES).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return text, json.loads(found[1])


def test_answers_stand_side_by_side_with_what_differs_marked() -> None:
    text, data = page(explanations.insertion())
    assert [view[:3] for view in data["views"]] == [
        ["answers", "golden", "48 tokens"],
        ["answers", "my-port", "47 tokens"],
        ["answers", "reference", "48 tokens"],
        ["answers", "other-port", "49 tokens"],
        ["answers", "upstream", "48 tokens"],
    ]
    marked = {view[1]: view[6] for view in data["views"]}
    assert marked == {"golden": [36], "my-port": [], "reference": [], "other-port": [20], "upstream": []}
    assert "only newlines differ" in text
    assert len(data["differences"]) == 2
    assert text.count("differs from golden") == 2
    assert text.count("the same as golden") == 2


def test_weights_are_a_row_and_mark_what_differs() -> None:
    golden, mine = row(PROMPT, learned=40), row(PROMPT, learned=42)
    found = Diagnosis("weights-start", "weight 0 where 1 is expected", "weights-start")
    _, data = page(explanation(Side(name="golden", rows=(golden,)), Side(name="mine", rows=(mine,), diagnosis=found)))
    first, second = data["views"]
    assert first[2] == "8 of 48 tokens trained"
    assert first[4][38:44] == ["0", "0", "1", "1", "1", "1"]
    assert first[6] == second[6] == [40, 41]


def test_chunks_are_those_of_golden() -> None:
    tokens = row(["a", "b"]).tokens
    golden = TokenRow(tokens=tokens, chunks=tuple(Chunk(tokens=(token,), place="here") for token in tokens))
    _, data = page(explanation(Side(name="golden", rows=(golden,))))
    assert [chunk[0] for chunk in data["sequences"][0]] == ["here", "here"]


@pytest.mark.parametrize("name", ["parsed", "refused", "hostile"])
def test_what_is_no_tokens_is_there_as_text(name: str) -> None:
    text, _ = page(getattr(explanations, name)())
    assert "<h2>golden" in text or name == "hostile"
    assert set(unseen(text)) <= {"\n"}
    assert text.count("<script") == 2
