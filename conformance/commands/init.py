"""`conformance init`: write an adapter to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exits import Exit
from conformance.reports.escape import visible
from conformance.scaffold import language_of, name_of, rendered, write

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    """Write it, and say what comes next.

    Raises:
        UsageError: the language, the name or the directory will not do. Nothing is written then.
    """
    language = language_of(arguments.language)
    directory = Path(arguments.directory)
    name = name_of(arguments.name, directory)
    files = rendered(arguments.language, name)
    write(directory, files, force=arguments.force)
    for path in sorted(map(str, files)):
        print(f"wrote {visible(str(directory / path))}")
    print("\nnext:")
    for line in (f"cd {visible(str(directory))}", *language.build, f"conformance doctor -- {language.command}"):
        print(f"  {line}")
    print(f"then look for `PLUG YOUR PORT IN HERE` in {language.main}")
    return Exit.CONFORMS
