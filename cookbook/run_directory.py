"""The directory of a run: its configuration, its metrics, and the records of its checkpoints.

Behaviour: tinker-cookbook 0.5.8, `utils.ml_log` and `stores.training_store`: `config.json`, written anew at every
start, and `metrics.jsonl`, to which a resumed run appends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cookbook.checkpoints import CHECKPOINTS_BASE_NAME
from cookbook.errors import RunDirectoryError
from cookbook.json_lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from types import TracebackType

CONFIG_BASE_NAME = "config.json"
METRICS_BASE_NAME = "metrics.jsonl"


class RunDirectory:
    """Opened before anything is asked of the service, so that a run does not train what it cannot record."""

    def __init__(self, log_path: str | PathLike[str], config: Any) -> None:
        """Create the directory if need be and write the configuration; half a line at the end of a file is dropped.

        Raises RunDirectoryError if anything of it cannot be written.
        """
        self.path = Path(log_path).expanduser()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_whole(self.path / CONFIG_BASE_NAME, json.dumps(plain(config), indent=2).encode())
        except OSError as error:
            raise RunDirectoryError.of("write", self.path, error) from error
        checkpoints = self.path / CHECKPOINTS_BASE_NAME
        if checkpoints.exists():
            JsonLines(checkpoints).close()
        self._metrics = JsonLines(self.path / METRICS_BASE_NAME)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Append a line: the step if there is one, then the metrics in their order. Raises RunDirectoryError."""
        self._metrics.append(metrics if step is None else {"step": step, **metrics})

    def close(self) -> None:
        """Close what is open."""
        self._metrics.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content until all of the new is on the disk. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def plain(value: Any) -> Any:
    """A configuration as JSON: dataclasses as objects, functions and classes by their name, other objects by type."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return value.value
        case Path():
            return str(value)
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {member.name: plain(getattr(value, member.name)) for member in dataclasses.fields(value)}
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
