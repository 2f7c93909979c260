"""A rendered conversation as one HTML file, with the weights of one mode at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reports.escape import token as shown_token
from conformance.reports.tokens import weight_text
from conformance.reports.web_page import number, shown, web_page
from conformance.verdict import counted

if TYPE_CHECKING:
    from conformance.show import Chunks, Shown
    from conformance.token_causes import Lexicon

TOKEN = 200
"""How many characters of one token are shown."""


def show_html(conversation: Shown, lexicon: Lexicon) -> bytes:
    """The document in UTF-8."""
    views: list[list[Any]] = [
        [
            mode.mode,
            f"{mode.trained} of {counted(conversation.length, 'token')}" if not mode.refused else "refused",
            0,
            [weight_text(weight) for weight in mode.weights],
            shown(mode.refused),
        ]
        for mode in conversation.modes
    ]
    prompt = conversation.prompt or ()
    views.append(
        [
            "generation prompt",
            counted(sum(map(len, prompt)), "token") if conversation.prompt is not None else "refused",
            1,
            [],
            shown(conversation.no_prompt),
        ]
    )
    return web_page(
        "show.html",
        styles=("base.css", "show.css"),
        scripts=("dom.js", "show.js"),
        data={"views": views, "chunks": [_chunks(conversation.chunks, lexicon), _chunks(prompt, lexicon)]},
        values={
            "renderer": conversation.renderer,
            "tokenizer": conversation.tokenizer,
            "messages": counted(conversation.messages, "message"),
            "tokens": counted(conversation.length, "token"),
            "chunks": counted(len(conversation.chunks), "chunk"),
        },
    )


def _chunks(chunks: Chunks, lexicon: Lexicon) -> list[list[list[Any]]]:
    return [[[number(token), shown_token(lexicon.piece(token)[:TOKEN])] for token in chunk] for chunk in chunks]
