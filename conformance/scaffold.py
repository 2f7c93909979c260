"""An adapter to begin with, in one of several languages: `templates/`, filled in and written whole or not at all.

The templates' marks are « and », because every other pair of brackets means something in one of the languages.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from conformance.exits import UsageError
from conformance.reports.escape import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).parent / "templates"
NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
LONGEST = 64


@dataclass(frozen=True, kw_only=True)
class Language:
    """What a language needs: how an adapter is built and started, and the steps by which GitHub gets its tools."""

    command: str
    main: str
    build: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()


LANGUAGES: Mapping[str, Language] = {
    "python": Language(command="python3 adapter.py", main="adapter.py"),
    "typescript": Language(
        command="node dist/adapter.js",
        main="src/adapter.ts",
        build=("npm install", "npm run build"),
        setup=("- uses: actions/setup-node@v4", "  with:", '    node-version: "22"'),
    ),
    "elixir": Language(
        command="elixir adapter.exs",
        main="lib/adapter.ex",
        setup=(
            "- uses: erlef/setup-beam@v1",
            "  with:",
            '    elixir-version: "1.18"',
            '    otp-version: "27"',
        ),
    ),
    "rust": Language(command="./target/release/adapter", main="src/main.rs", build=("cargo build --release",)),
    "go": Language(
        command="./adapter",
        main="main.go",
        build=("go build -o adapter .",),
        setup=("- uses: actions/setup-go@v5", "  with:", "    go-version: stable"),
    ),
}
COMMON = {"README.md.j2": "README.md", "conformance.yml.j2": ".github/workflows/conformance.yml"}
"""Templates of all languages, and where they go."""


def language_of(text: str) -> Language:
    """A language by its name.

    Raises:
        UsageError: there are no templates for it.
    """
    if text not in LANGUAGES:
        raise UsageError(f"there is no template for {text!r}: choose one of {', '.join(LANGUAGES)}")
    return LANGUAGES[text]


def name_of(given: str | None, directory: Path) -> str:
    """The name of the port: the one given, or else that of the directory.

    Raises:
        UsageError: it cannot be the name of a package in every language.
    """
    name = directory.absolute().name if given is None else given
    if len(name) > LONGEST or not NAME.fullmatch(name):
        remedy = "; give one with --name" if given is None else ""
        raise UsageError(
            f"{name!r} cannot be the name of a package: use small letters, digits and single - or _ between them, a "
            f"letter first, at most {LONGEST}{remedy}"
        )
    return name


def rendered(language: str, name: str) -> dict[PurePosixPath, str]:
    """The files of an adapter by their paths. `language` and `name` are checked already."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        variable_start_string="«",
        variable_end_string="»",
        block_start_string="«%",
        block_end_string="%»",
        comment_start_string="«#",
        comment_end_string="#»",
    )
    about = LANGUAGES[language]
    values = {
        "name": name,
        "app": name.replace("-", "_"),
        "module": "".join(part.capitalize() for part in re.split("[-_]", name)),
        "command": about.command,
        "main": about.main,
        "build": about.build,
        "setup": about.setup,
    }
    root = TEMPLATES / language
    templates = {
        path.relative_to(TEMPLATES).as_posix(): PurePosixPath(path.relative_to(root).as_posix().removesuffix(".j2"))
        for path in sorted(root.rglob("*.j2"))
    }
    templates |= {f"common/{template}": PurePosixPath(target) for template, target in COMMON.items()}
    return {
        # A file of that name would hide files of this repository from its own git.
        target.with_name(".gitignore") if target.name == "gitignore" else target: (
            environment.get_template(template).render(values)
        )
        for template, target in templates.items()
    }


def write(directory: Path, files: Mapping[PurePosixPath, str], *, force: bool = False) -> None:
    """Write the files below the directory, which is made if it is missing: all of them, or none.

    Raises:
        UsageError: something is in the way, or cannot be written. The directory is as it was.
    """
    try:
        _check(directory, files, force=force)
        existed = directory.exists()
        directory.parent.mkdir(parents=True, exist_ok=True)
        staging = (directory if existed else directory.parent) / f".conformance-init-{secrets.token_hex(6)}"
        try:
            for path, text in files.items():
                place = staging / "new" / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", newline="\n")
            if existed:
                _move(staging, directory, list(files))
            else:
                (staging / "new").rename(directory)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"cannot write {str(directory)!r}: {reason.lower()}; nothing was written") from error


def _check(directory: Path, files: Mapping[PurePosixPath, str], *, force: bool) -> None:
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{str(directory)!r} is not a directory")
    taken = []
    for path in files:
        for parent in list(path.parents)[:-1]:
            place = directory / parent
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise UsageError(f"{str(place)!r} is in the way: it is no directory of its own")
        place = directory / path
        if place.is_dir() and not place.is_symlink():
            raise UsageError(f"{str(place)!r} is in the way: it is a directory")
        if os.path.lexists(place):
            taken.append(str(path))
    if taken and not force:
        shown = ", ".join(map(visible, sorted(taken)))
        raise UsageError(f"{str(directory)!r} has {shown} already; --force overwrites, another DIR does not")


def _move(staging: Path, directory: Path, paths: list[PurePosixPath]) -> None:
    """Move the new files into place. When one cannot be moved, everything is put back."""
    moved: list[tuple[Path, Path | None]] = []
    made: list[Path] = []
    try:
        for path in paths:
            target, backup = directory / path, staging / "old" / path
            for parent in reversed(list(path.parents)[:-1]):
                place = directory / parent
                if not place.exists():
                    place.mkdir()
                    made.append(place)
            kept = os.path.lexists(target)
            if kept:
                backup.parent.mkdir(parents=True, exist_ok=True)
                target.rename(backup)
            moved.append((target, backup if kept else None))
            (staging / "new" / path).rename(target)
    except BaseException:
        for target, old in reversed(moved):
            target.unlink(missing_ok=True)
            if old is not None:
                old.rename(target)
        for place in reversed(made):
            place.rmdir()
        raise
