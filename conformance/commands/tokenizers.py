"""`conformance tokenizers`: list, fetch, path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exits import Exit, UsageError
from conformance.tokenizers import Store, StoreError, locked

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    store = Store()
    try:
        match arguments.action:
            case "list":
                _list(store)
            case "fetch":
                _fetch(store, arguments.names, companions=arguments.companions)
            case "path":
                _path(store, arguments.name)
    except StoreError as error:
        raise UsageError(str(error)) from error
    return Exit.CONFORMS


def _list(store: Store) -> None:
    rows = [("NAME", "TIER", "SHA256", "WHERE", "BOS", "EOS")]
    rows += [
        (row.name, row.tier, row.sha256, row.place, row.bos_token or "-", row.eos_token or "-") for row in store.rows()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _fetch(store: Store, names: list[str], *, companions: bool) -> None:
    from rich.console import Console

    for fetched in store.fetch(names or sorted(locked()), progress=Console(stderr=True), companions=companions):
        print(f"{fetched.name}: {fetched.path} ({fetched.source})")


def _path(store: Store, name: str) -> None:
    path = store.path(name)
    if path is None:
        raise UsageError(f"the tokenizer {name} is not here: run `conformance tokenizers fetch {name}`")
    print(path)
