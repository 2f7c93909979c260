"""What another port compares its run with, layer by layer: from the configuration up to the first batch and metrics.

The forms are described in golden/README.md. Files are written as the run goes on, each whole.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cookbook.checkpoints import CHECKPOINTS_BASE_NAME
from cookbook.datum import EncodedTextChunk, ImageChunk
from cookbook.errors import RunDirectoryError
from cookbook.run_directory import CONFIG_BASE_NAME, METRICS_BASE_NAME, plain, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    from cookbook.datum import Datum, ModelInput

SAMPLES = 10
"""How many of the first datums are written out."""


class ParityDirectory:
    """A directory of such files."""

    def __init__(self, path: str | PathLike[str]) -> None:
        """Create the directory if need be. Raises RunDirectoryError."""
        self.path = Path(path).expanduser()
        self._batch_seen = False
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunDirectoryError.of("write", self.path, error) from error

    def config(self, config: Any) -> None:
        """What the run was told to do."""
        self._write(CONFIG_BASE_NAME, json.dumps(plain(config), indent=2) + "\n")

    def rows(self, rows: Iterable[Any]) -> None:
        """The data as it was given, one row a line, in the order in which it was given."""
        self._write("dataset.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def batch(self, loss_fn: str, data: Sequence[Datum], loss_fn_config: Mapping[str, Any] | None = None) -> None:
        """The payload of the first batch that is trained on, and its first datums one a line; later ones are not."""
        if self._batch_seen:
            return
        self._batch_seen = True
        datums = [datum_form(datum) for datum in data]
        payload: dict[str, Any] = {"loss_fn": loss_fn}
        if loss_fn_config:
            payload["loss_fn_config"] = dict(loss_fn_config)
        self._write("first_batch.json", json.dumps({**payload, "datums": datums}) + "\n")
        self._write("rendered.jsonl", "".join(json.dumps(datum) + "\n" for datum in datums[:SAMPLES]))

    def finish(self, log_path: Path) -> None:
        """The metrics and checkpoints that the run recorded, as they are."""
        for name in (METRICS_BASE_NAME, CHECKPOINTS_BASE_NAME):
            source = log_path / name
            if source.exists():
                try:
                    shutil.copyfile(source, self.path / name)
                except OSError as error:
                    raise RunDirectoryError.of("write", self.path / name, error) from error

    def _write(self, name: str, text: str) -> None:
        try:
            write_whole(self.path / name, text.encode())
        except OSError as error:
            raise RunDirectoryError.of("write", self.path / name, error) from error


def datum_form(datum: Datum) -> dict[str, Any]:
    """`{"tokens": [...], "inputs": {name: {"dtype", "shape", "data"}}}`: chunks joined, tensors dense."""
    tensors = {name: datum.tensor(name) for name in datum.loss_fn_inputs}
    return {
        "tokens": tokens_form(datum.model_input),
        "inputs": {
            name: {
                "dtype": tensor.dtype,
                "shape": list(tensor.shape),
                "data": [_number(item) for item in tensor.data.tolist()],
            }
            for name, tensor in tensors.items()
        },
    }


def tokens_form(model_input: ModelInput) -> list[Any]:
    """Token ids without the boundaries of chunks; an image as `{"image": sha256}`."""
    found: list[Any] = []
    for chunk in model_input.chunks:
        if isinstance(chunk, EncodedTextChunk):
            found.extend(chunk.tokens)
        else:
            content = chunk.data if isinstance(chunk, ImageChunk) else chunk.location.encode()
            found.append({"image": hashlib.sha256(content).hexdigest()})
    return found


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
