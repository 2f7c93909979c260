"""`conformance show`: a conversation as a renderer sees it, on the terminal and as an HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.atomic import write_whole
from conformance.commands.selecting import hello_for, lexicons
from conformance.exits import Exit, UsageError
from conformance.reports.screen import Screen
from conformance.reports.show import draw
from conformance.show import MODES, read_messages, show, tokenizer_for
from conformance.tokenizers import Store, StoreError

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    """Show it.

    Raises:
        UsageError: the file, the renderer, the tokenizer or the mode is not what it should be.
    """
    wanted = arguments.train_on_what
    if wanted != "all" and wanted not in MODES:
        raise UsageError(f"there is no train_on_what {wanted!r}; there are all, {', '.join(MODES)}")
    tokenizer = tokenizer_for(arguments.renderer, arguments.tokenizer)
    messages = read_messages(arguments.conversation)
    store = Store()
    try:
        if store.path(tokenizer) is None:
            from rich.console import Console

            store.fetch([tokenizer], progress=Console(stderr=True))
        hello = hello_for([tokenizer], store)
    except StoreError as error:
        raise UsageError(str(error)) from error
    modes = MODES if wanted == "all" else (wanted,)
    shown = show(arguments.renderer, tokenizer, messages, hello=hello, lexicon=lexicons(store)(tokenizer), modes=modes)
    if arguments.html:
        from conformance.reports.show_html import show_html

        write_whole(arguments.html, show_html(shown))
    screen = Screen()
    page = screen.page()
    draw(page, shown)
    screen.show(page)
    return Exit.CONFORMS
