"""From what a user names to the files of a data set, in a fixed order."""

from __future__ import annotations

import glob
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["jsonl", "parquet", "arrow"]
Packing = Literal["", "gz", "zst"]

SUFFIXES: dict[str, tuple[Kind, Packing]] = {
    ".jsonl": ("jsonl", ""),
    ".ndjson": ("jsonl", ""),
    ".jsonl.gz": ("jsonl", "gz"),
    ".jsonl.zst": ("jsonl", "zst"),
    ".parquet": ("parquet", ""),
    ".arrow": ("arrow", ""),
}


class DataError(Exception):
    """A data set cannot be used. The text is one line that names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a data set. `name` is its path from the directory that all files of the set have in common."""

    name: str
    path: Path
    kind: Kind
    packing: Packing


def find_files(data: Sequence[str]) -> tuple[DataFile, ...]:
    """The files that `data` names: files, directories of them, glob patterns, directories that `save_to_disk` wrote.

    They come in the order given, those of a directory or pattern by path, those of a saved data set in its own order.
    Files whose name begins with a dot or an underscore are left out where a directory or pattern finds them.

    Raises:
        DataError: nothing is there, a file is of no known kind, or is named twice.
    """
    paths = [path for given in data for path in _found(given)]
    if not paths:
        raise DataError("no data is named; give a file, a directory or a pattern")
    absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - resolve() would follow links
    twice = next((path for at, path in enumerate(absolute) if path in absolute[:at]), None) if len(data) > 1 else None
    if twice is not None:
        raise DataError(f"{str(twice)!r} is named twice; name each file once")
    root = Path(os.path.commonpath([path.parent for path in absolute]))
    return tuple(
        DataFile(absolute_path.relative_to(root).as_posix(), path, *_kind(path))
        for path, absolute_path in zip(paths, absolute, strict=True)
    )


def _found(given: str) -> Iterator[Path]:
    path = Path(given)
    try:
        if path.is_dir():
            yield from _in_directory(path)
        elif path.exists():
            yield path
        else:
            matches = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207 - absolute ones
            matches = [match for match in matches if match.is_file() and not _hidden(match.name)]
            if not matches:
                raise DataError(f"{given!r} does not exist; give a file, a directory or a pattern of .jsonl, .parquet")
            yield from matches
    except OSError as error:
        raise DataError(f"cannot read {given!r}: {error.strerror or error}") from error


def _in_directory(directory: Path) -> Iterator[Path]:
    if (directory / "state.json").is_file():
        yield from _saved(directory)
        return
    if (directory / "dataset_dict.json").is_file():
        splits = sorted(path.parent.name for path in directory.glob("*/state.json"))
        raise DataError(f"{str(directory)!r} holds several splits ({', '.join(splits)}); name one: {directory}/SPLIT")
    below = sorted(path for path in directory.rglob("*") if path.is_file())
    known = [
        path for path in below if _suffix(path) and not any(_hidden(part) for part in path.relative_to(directory).parts)
    ]
    if not known:
        raise DataError(f"{str(directory)!r} holds no data; there have to be files in {', '.join(SUFFIXES)}")
    yield from known


def _saved(directory: Path) -> Iterator[Path]:
    """The files of a data set that Hugging Face's `save_to_disk` wrote, as its state names them."""
    state = directory / "state.json"
    try:
        read = json.loads(state.read_bytes())
        names = [entry["filename"] for entry in read["_data_files"]]
        chosen = bool(read.get("_indices_data_files"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{str(state)!r} is not what save_to_disk writes: {type(error).__name__}: {error}") from error
    if chosen:
        raise DataError(f"{str(directory)!r} is a selection of rows; call flatten_indices() before save_to_disk()")
    for name in names:
        path = directory / str(name)
        if not path.is_file():
            raise DataError(f"{str(path)!r} is missing, which {str(state)!r} names")
        yield path


def _hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return next((suffix for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix)), "")


def _kind(path: Path) -> tuple[Kind, Packing]:
    suffix = _suffix(path)
    if not suffix:
        raise DataError(f"{str(path)!r} is of no known kind; its name has to end in one of {', '.join(SUFFIXES)}")
    return SUFFIXES[suffix]
