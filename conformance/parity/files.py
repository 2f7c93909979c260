"""Reading the files of a parity directory. What is written there by others may be anything: one clear line says so.

golden/README.md describes the forms.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.exits import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 512 * 2**20
"""Bytes of one file. A directory for comparing is made from a short run."""


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object that the file holds.

    Raises:
        UsageError: it holds none, or cannot be read.
    """
    value = _parse(_read(path), str(path))
    if not isinstance(value, dict):
        raise UsageError(f"{path} holds no JSON object; write it again")
    return value


def read_objects(path: Path) -> list[Any]:
    """The JSON values of the lines of the file. Empty lines are skipped.

    Raises:
        UsageError: a line is no JSON, or the file cannot be read.
    """
    data = _read(path)
    lines = data.split(b"\n")
    values = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        # A run that was killed leaves half a line at the end; then the file is not what the run would have written.
        torn = number == len(lines)
        values.append(_parse(line, f"{path}:{number}", torn=torn))
    return values


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageError(f"{path} is no regular file")
        size = path.stat().st_size
        if size > LARGEST:
            raise UsageError(f"{path} has {size} bytes, more than the {LARGEST} of a short run; compare shorter runs")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _parse(data: bytes, where: str, *, torn: bool = False) -> Any:
    try:
        return json.loads(data.decode())
    except RecursionError:
        raise UsageError(f"{where} is nested too deeply") from None
    except UnicodeDecodeError:
        raise UsageError(f"{where} is not UTF-8") from None
    except ValueError as error:
        cut = "; the line is cut off, so run the loop again" if torn else ""
        raise UsageError(f"{where} is not JSON: {error}{cut}") from None
