"""The tokenizer engine of the reference: which there are, which is asked for, and what the handshake says of it."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "tokenizers"
ENGINES = (DEFAULT, "fastokens")
"""As `cookbook.tokenizer.load_tokenizer` knows them."""


def chosen(arguments: Sequence[str]) -> str:
    """The engine that the adapter's command line asks for. Ends the process where there is none such."""
    if not arguments:
        return DEFAULT
    from argparse import ArgumentParser  # 10 ms, which the default need not pay.

    parser = ArgumentParser(prog="python -m conformance.adapters.reference", description="Answers with cookbook/.")
    parser.add_argument(
        "--engine", choices=ENGINES, default=DEFAULT, help="what encodes with a tokenizer.json (tokenizers)"
    )
    engine: str = parser.parse_args(arguments).engine
    if version(engine) is None:
        parser.error(f"the engine {engine!r} is not installed: install cookbook-conformance[fast], or leave it out")
    return engine


def stated(engine: str) -> dict[str, dict[str, str]]:
    """The member `engine` of the handshake; nothing where the package is not there."""
    found = version(engine)
    return {} if found is None else {"engine": {"name": engine, "version": found}}


def version(package: str) -> str | None:
    """The version of an installed package, which is not imported; None where it is not there.

    Read off the name of the directory that installers leave beside it: `importlib.metadata` takes 20 ms to import.
    """
    spec = PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    for path in Path(spec.origin).parents[1].iterdir():
        if path.name.startswith(f"{package}-") and path.suffix == ".dist-info":
            return path.stem.removeprefix(f"{package}-")
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
