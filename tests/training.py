"""What the tests of the loops share: data, configurations, and services that fail or are killed on purpose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.golden_path import golden_dir
from conformance.traces.recorder import Recorder
from cookbook.datum import Datum, ModelInput
from cookbook.tensors import TensorData
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.traces import stream

BYTES = ByteTokenizer.from_json(json.loads((golden_dir() / "tokenizers" / "bytes-qwen3.json").read_bytes()))
MODEL = "Qwen/Qwen3-8B"


def datum(*tokens: int, weight: float = 1.0) -> Datum:
    """The input is all but the last token; every target has the same weight."""
    targets = np.array(tokens[1:], dtype=np.int64)
    weights = np.full(len(targets), weight, dtype=np.float32)
    return Datum(
        ModelInput.from_ints(tokens[:-1]),
        {"weights": TensorData.from_numpy(weights), "target_tokens": TensorData.from_numpy(targets)},
    )


@dataclass
class Batches:
    """Batches as they are given; `epochs` records the seeds."""

    batches: list[list[Datum]]
    epochs: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.batches)

    def set_epoch(self, seed: int = 0) -> None:
        self.epochs.append(seed)

    def get_batch(self, index: int) -> list[Datum]:
        return self.batches[index]


def batches(count: int, size: int = 2) -> Batches:
    """As many batches of datums that are all different."""
    rows = [datum(65 + place % 20, 70 + place % 7, 66, 80 + place % 9) for place in range(count * size)]
    return Batches([rows[start : start + size] for start in range(0, count * size, size)])


class Killed(BaseException):
    """The process is gone: nothing may handle this."""


@dataclass
class Mortal(Recorder):
    """A service whose client is killed at its operation number `last`, which is never executed."""

    last: int = 10**9

    def __post_init__(self) -> None:
        self.operations = _Counted(self.last)


class _Counted(list[Any]):
    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last

    def append(self, item: Any) -> None:
        if len(self) >= self.last:
            raise Killed
        super().append(item)


def names(recorder: Recorder) -> list[str]:
    """The operations in short: their kind, and the name that something is saved under."""
    return [_short(operation) for operation in recorder.operations]


def _short(operation: stream.Operation) -> str:
    kind = type(operation).__name__
    name = getattr(operation, "name", None)
    return f"{kind} {name}" if name else kind


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines; none if there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
