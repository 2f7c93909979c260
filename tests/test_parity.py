"""cookbook/parity.py: what is written for another port to compare itself with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cookbook.datum import Datum, EncodedTextChunk, ImageAssetPointerChunk, ImageChunk, ModelInput
from cookbook.errors import RunDirectoryError
from cookbook.parity import ParityDirectory, datum_form, tokens_form
from cookbook.sparse import SparseTensorData
from cookbook.tensors import TensorData
from tests.training import batches, lines

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_batch_alone_is_written(tmp_path: Path) -> None:
    directory = ParityDirectory(tmp_path / "parity")
    first, second = batches(2, size=12).batches
    directory.batch("ppo", first, {"clip_low_threshold": 0.8})
    directory.batch("ppo", second)
    payload = json.loads((tmp_path / "parity" / "first_batch.json").read_bytes())
    assert payload == {
        "loss_fn": "ppo",
        "loss_fn_config": {"clip_low_threshold": 0.8},
        "datums": [datum_form(datum) for datum in first],
    }
    assert lines(tmp_path / "parity" / "rendered.jsonl") == payload["datums"][:10]


def test_a_datum_is_dense_and_its_chunks_are_joined() -> None:
    model_input = ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3,))))
    inputs = {
        "weights": TensorData.from_numpy(np.array([1.5, np.nan, np.inf, -np.inf], dtype=np.float32)),
        "target_tokens": SparseTensorData(np.array([7], dtype=np.int64), "int64", (2, 2), (0, 0, 1), (1,)),
    }
    assert datum_form(Datum(model_input, inputs)) == {  # type: ignore[arg-type]
        "tokens": [1, 2, 3],
        "inputs": {
            "weights": {"dtype": "float32", "shape": [4], "data": [1.5, "NaN", "Infinity", "-Infinity"]},
            "target_tokens": {"dtype": "int64", "shape": [2, 2], "data": [0, 0, 0, 7]},
        },
    }


def test_an_image_is_a_digest() -> None:
    chunks = (ImageChunk(b"abc", "png"), EncodedTextChunk((1,)), ImageAssetPointerChunk("abc", "png"))
    image = {"image": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert tokens_form(ModelInput(chunks)) == [image, 1, image]


def test_what_the_run_recorded_is_copied(tmp_path: Path) -> None:
    directory = ParityDirectory(tmp_path / "parity")
    (tmp_path / "metrics.jsonl").write_text('{"step": 0}\n')
    directory.config({"a": 1})
    directory.rows([{"é": 1}, [2]])
    directory.finish(tmp_path)
    written = {path.name: path.read_text() for path in (tmp_path / "parity").iterdir()}
    assert written == {
        "metrics.jsonl": '{"step": 0}\n',
        "config.json": '{\n  "a": 1\n}\n',
        "dataset.jsonl": '{"\\u00e9": 1}\n[2]\n',
    }


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunDirectoryError, match="cannot write"):
        ParityDirectory(tmp_path / "file")
    directory = ParityDirectory(tmp_path / "parity")
    (tmp_path / "parity" / "first_batch.json").mkdir()
    with pytest.raises(RunDirectoryError, match=r"first_batch\.json"):
        directory.batch("cross_entropy", [])
