"""One case in full as one HTML file: why it matters, where the answers part, and the tokens in the view of `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rendering import same_weight
from conformance.reports.align import align
from conformance.reports.explain import same
from conformance.reports.html import difference_data
from conformance.reports.rendering_html import Views
from conformance.reports.show_html import add_shown
from conformance.reports.web_page import web_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.causes import Cause
    from conformance.reports.explain import Explanation, Side, TokenRow
    from conformance.show import Shown


def explain_html(explanation: Explanation, conversation: Shown | None, *, causes: Mapping[str, Cause]) -> bytes:
    """The document in UTF-8. `conversation` is that of the case, where it has one."""
    views = Views()
    golden = explanation.golden
    wrong = next((side for side in explanation.others if not same(golden, side)), golden)
    for side in (golden, *explanation.others):
        for at, row in enumerate(side.rows):
            rendering = row.rendering(side.name)
            weights = rendering.rows[0] if rendering.rows else None
            marked = _marked(row, _at(wrong if side is golden else golden, at))
            views.add("answers", rendering.name, rendering, weights, marked=marked)
    if conversation is not None:
        add_shown(views, conversation)
    sides = [_side(explanation, side, causes) for side in explanation.others]
    return web_page(
        "explain.html",
        styles=("base.css", "tokens.css", "rendering.css", "explain.css"),
        scripts=("dom.js", "difference.js", "rendering.js", "explain.js"),
        data={
            **views.data(),
            "differences": [difference_data(side.diagnosis) for side in explanation.others if side.diagnosis],
        },
        values={"case": explanation, "sides": sides, "tokens": bool(views)},
    )


def _side(explanation: Explanation, side: Side, causes: Mapping[str, Cause]) -> dict[str, Any]:
    agrees = same(explanation.golden, side)
    kind = f": {side.kind} where it has a {explanation.golden.kind}" if side.kind != explanation.golden.kind else ""
    cause = causes.get(side.diagnosis.cause) if side.diagnosis else None
    return {
        "name": side.name,
        "state": "good" if agrees else "bad",
        "verdict": "the same as golden" if agrees else f"differs from golden{kind}",
        "summary": side.diagnosis.summary if side.diagnosis else "",
        "cause": cause.title if cause else "",
        "slug": side.diagnosis.cause if side.diagnosis else "",
        "hint": cause.hint if cause else "",
        "value": "" if side.rows else side.value,
        "difference": side.diagnosis is not None,
    }


def _at(side: Side, at: int) -> TokenRow | None:
    return side.rows[at] if at < len(side.rows) else None


def _marked(row: TokenRow, other: TokenRow | None) -> list[int]:
    """The tokens of one answer that the other has not there, or has with another weight."""
    if other is None or other is row:
        return []
    found = []
    for left, right in align([token.id for token in row.tokens], [token.id for token in other.tokens]):
        if left is None:
            continue
        here, there = row.tokens[left], other.tokens[right] if right is not None else None
        if there is None or here.id != there.id or not same_weight(here.weight, there.weight):
            found.append(left)
    return found
