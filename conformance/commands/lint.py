"""`conformance lint`: whether golden keeps its own rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.byte_tokenizers import check as check_byte_tokenizers
from conformance.exits import Exit
from conformance.golden_path import golden_dir
from conformance.lint import lint
from conformance.reports.escape import visible
from conformance.schemas import check as check_schemas

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    directory = Path(arguments.directory) if arguments.directory else golden_dir()
    lines = lint(directory)
    lines += [f"tokenizers/{line}" for line in check_byte_tokenizers(directory / "tokenizers")]
    lines += [f"schema/{line}" for line in check_schemas(directory / "schema")]
    for line in lines:
        print(visible(line))
    if lines:
        print(f"{len(lines)} breaches")
        return Exit.SUITE_BROKEN
    print("golden keeps its rules")
    return Exit.CONFORMS
