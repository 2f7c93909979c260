"""Draw a rendered conversation as text: the example, the examples it is split into, and the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports import rendering
from conformance.show import EXAMPLES
from conformance.verdict import counted

if TYPE_CHECKING:
    from conformance.rendering import Rendering
    from conformance.reports.page import Page
    from conformance.show import Shown


def draw(page: Page, shown: Shown) -> None:
    """Draw it on a page. Tokens that stand above and have no weight are not drawn again."""
    page.line((f"{shown.renderer} with {shown.tokenizer}", "title"), f": {counted(shown.messages, 'message')}")
    page.blank()
    rendering.draw(page, shown.example)
    for one in shown.split:
        page.blank()
        rendering.draw(page, one, since=_known(shown.example, one))
    page.blank()
    if shown.whole:
        page.wrap(f"the one example above for {', '.join(shown.whole)}", first=f"{EXAMPLES}: ")
    if shown.unsplit:
        modes = ", ".join(row.mode for row in shown.unsplit)
        page.wrap(f"refused for {modes}: {shown.unsplit[0].refused}", first=f"{EXAMPLES}: ", style="warn", limit=4)
    page.blank()
    if shown.prompt is None:
        page.wrap(shown.no_prompt, first="No generation prompt: ", style="warn", limit=3)
    else:
        rendering.draw(page, shown.prompt, since=_known(shown.example, shown.prompt))


def _known(above: Rendering, here: Rendering) -> int:
    """How many tokens at the beginning of `here` are the same as above, and without weight."""
    same = next((at for at, (a, b) in enumerate(zip(above.ids, here.ids, strict=False)) if a != b), None)
    if same is None:
        same = min(above.length, here.length)
    weighted = (at for row in here.given for at, weight in enumerate(row.weights) if weight)
    return min([same, *weighted])
