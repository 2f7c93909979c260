"""Renderings as data for `web/rendering.js`: every sequence once, and the views that show one of them each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reports.escape import token as shown_token
from conformance.reports.rendering import trained
from conformance.reports.tokens import weight_text
from conformance.reports.web_page import number, shown
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.events import Token
    from conformance.rendering import Rendering, Weights

TOKEN = 200
"""How many characters of one token are shown."""


class Views:
    """What a page can show, one at a time, in groups."""

    def __init__(self) -> None:
        self._sequences: dict[int, Rendering] = {}  # by identity: the page keeps equal ones once
        self._views: list[list[Any]] = []

    def add(
        self,
        group: str,
        label: str,
        rendering: Rendering | None,
        row: Weights | None = None,
        *,
        about: str = "",
        refused: str = "",
        marked: Collection[int] = (),
    ) -> None:
        """A view.

        Args:
            group, label: What it is called.
            rendering: The sequence; None where there is none, and `refused` says why.
            row: The weights to show with it.
            about: One phrase about it; how much is trained where nothing is said.
            marked: Indices of tokens that stand out, because another answer has others there.
        """
        refused = refused or (row.refused if row else "")
        if not about and rendering is not None and not refused:
            about = trained(row) if row else counted(rendering.length, "token")
        at = -1
        if rendering is not None:
            self._sequences.setdefault(id(rendering), rendering)
            at = list(self._sequences).index(id(rendering))
        weights = [weight_text(weight) for weight in row.weights] if row else []
        self._views.append(
            [shown(group), shown(label), "refused" if refused else shown(about), at, weights, shown(refused), [*marked]]
        )

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self._views)

    def data(self) -> dict[str, Any]:
        """The data of the page."""
        sequences = [
            [[shown(chunk.place), [_token(token) for token in chunk.tokens]] for chunk in rendering.chunks]
            for rendering in self._sequences.values()
        ]
        return {"views": self._views, "sequences": sequences}


def _token(token: Token) -> list[Any]:
    text = token.text if len(token.text) <= TOKEN else f"{token.text[:TOKEN]}..."
    return [number(token.id), shown_token(text)]
