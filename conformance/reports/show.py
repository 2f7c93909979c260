"""Draw a rendered conversation as text: every token with its id, by chunk, with the weights that each mode gives.

A chunk is cut where a weight changes, so that weights stand once at the head of each stretch, however long it is.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from conformance.reports.escape import token as shown_token
from conformance.reports.page import cut, pad, width
from conformance.reports.tokens import weight_text
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.page import Page, Piece, Style
    from conformance.show import Chunks, Shown, Weights
    from conformance.token_causes import Lexicon

CELL = 40
"""How wide one token may be drawn."""


def draw(page: Page, shown: Shown, lexicon: Lexicon) -> None:
    """Draw it on a page."""
    sizes = f"{counted(shown.messages, 'message')}, {counted(shown.length, 'token')}"
    page.line((f"{shown.renderer} with {shown.tokenizer}", "title"), f": {sizes} in {_chunks(shown.chunks)}")
    page.blank()
    modes = [mode for mode in shown.modes if not mode.refused]
    for number, mode in enumerate(modes, 1):
        about = f"{mode.trained} of {shown.length} tokens have weight"
        page.line(f"[{number}] ", (mode.mode, "name"), f": {about}", indent=2)
    for mode in shown.modes:
        if mode.refused:
            page.wrap(mode.refused, first=f"[-] {mode.mode}: ", style="warn", indent=2, limit=3)
    for at, chunk, start, stop in stretches(shown.chunks, modes):
        weights = [mode.weights[start] if stop > start else None for mode in modes]
        head: list[Piece] = [(f"chunk {at + 1}", "title"), f"  {_place(start, stop)}"]
        if stop > start:
            head.append("  weight")
        for number, weight in enumerate(weights, 1):
            if weight is not None:
                head += [f"  [{number}] ", (weight_text(weight), "good" if weight else "dim")]
        page.blank()
        page.line(*head)
        trained = [bool(weight) for weight in weights]
        _cells(page, chunk, lexicon, style="good" if all(trained) else "warn" if any(trained) else "")
    _prompt(page, shown, lexicon)


def stretches(chunks: Chunks, modes: Sequence[Weights]) -> Iterator[tuple[int, tuple[int, ...], int, int]]:
    """Stretches of tokens with the same weights: number of the chunk, tokens, index of the first and after the last."""
    start = 0
    for at, chunk in enumerate(chunks):
        if not chunk:
            yield at, (), start, start

        def weights(index: int) -> list[float]:
            return [mode.weights[index] for mode in modes]

        for _, indices in groupby(range(start, start + len(chunk)), key=weights):
            run = list(indices)
            yield at, chunk[run[0] - start : run[-1] + 1 - start], run[0], run[-1] + 1
        start += len(chunk)


def _prompt(page: Page, shown: Shown, lexicon: Lexicon) -> None:
    """The generation prompt: where it is the beginning of the example, its length says everything."""
    page.blank()
    if shown.prompt is None:
        page.wrap(shown.no_prompt, first="No generation prompt: ", style="warn", limit=3)
        return
    example = [token for chunk in shown.chunks for token in chunk]
    prompt = [token for chunk in shown.prompt for token in chunk]
    common = next((at for at, (a, b) in enumerate(zip(example, prompt, strict=False)) if a != b), None)
    common = min(len(example), len(prompt)) if common is None else common
    page.line(
        ("generation prompt", "title"),
        f": {counted(len(prompt), 'token')} in {_chunks(shown.prompt)}, the first {common} as above, then",
    )
    start = 0
    for at, chunk in enumerate(shown.prompt):
        rest = chunk[max(common - start, 0) :]
        if rest:
            stop = start + len(chunk)
            page.line((f"chunk {at + 1}", "title"), f"  {_place(stop - len(rest), stop)}")
            _cells(page, rest, lexicon, style="")
        start += len(chunk)


def _cells(page: Page, tokens: Sequence[int], lexicon: Lexicon, *, style: Style) -> None:
    """Texts above ids, in as many lines as they need."""
    room = page.width - 4
    texts: list[str] = []
    ids: list[str] = []
    used = 0

    def flush() -> None:
        page.line((" ".join(texts), style), indent=4)
        page.line((" ".join(ids), "dim"), indent=4)

    for token in tokens:
        text = cut(page.safe(shown_token(lexicon.piece(token))), CELL)
        column = max(width(text), len(str(token)))
        if texts and used + column + 1 > room:
            flush()
            texts, ids, used = [], [], 0
        texts.append(pad(text, column))
        ids.append(pad(str(token), column))
        used += column + 1
    if texts:
        flush()


def _chunks(chunks: Chunks) -> str:
    return counted(len(chunks), "chunk")


def _place(start: int, stop: int) -> str:
    if start == stop:
        return "empty"
    return f"token {start}" if stop == start + 1 else f"tokens {start} to {stop - 1}"
