"""A small run, written as a directory, and what is changed in it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Files = dict[str, Any]


def tensor(*data: float, dtype: str = "float32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": [len(data)], "data": list(data)}


def datum(*tokens: int) -> dict[str, Any]:
    weights = [1 / len(tokens)] * len(tokens)
    return {
        "tokens": list(tokens),
        "inputs": {"target_tokens": tensor(*tokens[1:], 0, dtype="int64"), "weights": tensor(*weights)},
    }


RUN: Files = {
    "config.json": {"learning_rate": 0.001, "num_epochs": 1, "log_path": "/a", "lora_rank": 8},
    "dataset.jsonl": [{"messages": [{"role": "user", "content": text}]} for text in ("a", "b", "c")],
    "rendered.jsonl": [datum(1, 2, 3), datum(4, 5)],
    "first_batch.json": {"loss_fn": "cross_entropy", "datums": [datum(1, 2, 3), datum(4, 5)]},
    "metrics.jsonl": [
        {"step": 0, "train_mean_nll": 1.5, "time/step": 0.5},
        {"step": 1, "train_mean_nll": 1.25, "time/step": 0.5},
    ],
    "checkpoints.jsonl": [
        {"name": "final", "batch": 0, "epoch": 1, "state_path": "tinker://one/weights/final"},
    ],
}


def write(directory: Path, change: Callable[[Files], Any] = lambda files: None) -> Path:
    """The run after `change` was done to its files, as a directory. Bytes are written as they are."""
    files = copy.deepcopy(RUN)
    change(files)
    directory.mkdir()
    for name, content in files.items():
        if isinstance(content, bytes):
            (directory / name).write_bytes(content)
        elif name.endswith(".jsonl"):
            (directory / name).write_text("".join(json.dumps(line) + "\n" for line in content))
        else:
            (directory / name).write_text(json.dumps(content))
    return directory
