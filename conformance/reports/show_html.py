"""A rendered conversation as one HTML file: one way to render it at a time, with its chunks and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.rendering_html import Views
from conformance.reports.web_page import web_page
from conformance.show import EXAMPLE, EXAMPLES, PROMPT
from conformance.verdict import counted

if TYPE_CHECKING:
    from conformance.show import Shown


def show_html(shown: Shown) -> bytes:
    """The document in UTF-8."""
    views = Views()
    add_shown(views, shown)
    return web_page(
        "show.html",
        styles=("base.css", "tokens.css", "rendering.css"),
        scripts=("dom.js", "rendering.js"),
        data=views.data(),
        values={
            "renderer": shown.renderer,
            "tokenizer": shown.tokenizer,
            "messages": counted(shown.messages, "message"),
            "tokens": counted(shown.example.length, "token"),
            "chunks": counted(len(shown.example.chunks), "chunk"),
        },
    )


def add_shown(views: Views, shown: Shown) -> None:
    """A view for every way to render a conversation."""
    for row in shown.example.rows:
        views.add(EXAMPLE, row.mode, shown.example, row)
    for rendering in shown.split:
        for row in rendering.rows:
            views.add(EXAMPLES, row.mode, rendering, row, about=rendering.name.removeprefix(f"{EXAMPLES}, "))
    for mode in shown.whole:
        row = next(row for row in shown.example.rows if row.mode == mode)
        views.add(EXAMPLES, mode, shown.example, row, about="one example, as above")
    for row in shown.unsplit:
        views.add(EXAMPLES, row.mode, shown.example, row)
    views.add(PROMPT, "prompt", shown.prompt, refused=shown.no_prompt)
