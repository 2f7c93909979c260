"""cookbook/run_file.py: settings from a file and from arguments, checked before anything is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.golden_path import golden_dir
from cookbook.errors import ConfigurationError
from cookbook.run_file import DatasetSource, TokenizerSource, load_tokenizer_of, made_of, read_settings
from cookbook.supervised.train import Config

if TYPE_CHECKING:
    from pathlib import Path


def test_arguments_go_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"learning_rate": 0.5, "dataset": {"path": "a", "batch_size": 4}}))
    settings = read_settings(str(file), ["learning_rate=1e-3", "dataset.batch_size=8", "log_path=runs/a=b", "x.y=true"])
    assert settings == {
        "learning_rate": 1e-3,
        "dataset": {"path": "a", "batch_size": 8},
        "log_path": "runs/a=b",
        "x": {"y": True},
    }
    assert read_settings(None, []) == {}


@pytest.mark.parametrize("argument", ["learning_rate", "=1", ".a=1", "a.=1", ""])
def test_what_is_no_setting_is_refused(argument: str) -> None:
    with pytest.raises(ConfigurationError, match="is no setting: write name=value"):
        read_settings(None, [argument])


def test_a_part_of_what_has_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="log_path has no parts"):
        read_settings(None, ["log_path=a", "log_path.b=c"])


@pytest.mark.parametrize("content", [b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"run\.json"):
        read_settings(str(tmp_path / "run.json"), [])
    with pytest.raises(ConfigurationError, match="cannot read"):
        read_settings(str(tmp_path / "none.json"), [])


def config(**settings: Any) -> Config:
    given = {"log_path": "a", "model_name": "b", **settings}
    return made_of(Config, given, dataset_builder=lambda: None)


def test_values_are_checked_by_type() -> None:
    made = config(learning_rate=1, max_steps=None, ttl_seconds=5, async_periodic_saves=True)
    assert (made.learning_rate, made.max_steps, made.ttl_seconds) == (1.0, None, 5)
    assert isinstance(made.learning_rate, float)
    for name, value in (
        ("learning_rate", "fast"),
        ("learning_rate", True),
        ("num_epochs", 1.5),
        ("num_epochs", None),
        ("save_every", True),
        ("async_periodic_saves", 1),
        ("log_path", 3),
    ):
        with pytest.raises(ConfigurationError, match=f"^{name} is "):
            config(**{name: value})


def test_names_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="there is no setting learning_rat; there are adam_beta1, "):
        config(learning_rat=1)
    with pytest.raises(ConfigurationError, match="there is no setting evaluator_builders"):
        config(evaluator_builders=[])
    with pytest.raises(ConfigurationError, match="there is no setting dataset_builder"):
        config(dataset_builder=1)
    with pytest.raises(ConfigurationError, match=r"dataset\.batch_size is missing: give dataset\.batch_size=\.\.\."):
        made_of(DatasetSource, {"path": "a"}, "dataset")


@pytest.mark.parametrize("name", ["batch_size", "group_size"])
def test_sizes_are_positive(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"dataset\.{name} is 0"):
        made_of(DatasetSource, {"path": "a", "batch_size": 1, name: 0}, "dataset")


def test_a_tokenizer_comes_from_either_kind_of_file(tmp_path: Path) -> None:
    directory = golden_dir() / "tokenizers"
    described = load_tokenizer_of(TokenizerSource(path=str(directory / "bytes-qwen3.json")))
    loaded = load_tokenizer_of(
        TokenizerSource(path=str(directory / "bytes-qwen3" / "tokenizer.json"), eos_token="<|im_end|>")
    )
    text = "Là <|im_end|>"
    assert described.encode(text) == loaded.encode(text)
    assert described.eos_token_id == loaded.eos_token_id
    for content in ("{", "[]", "{}", "4", '{"model": 1}'):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(ConfigurationError, match=r"bad\.json"):
            load_tokenizer_of(TokenizerSource(path=str(tmp_path / "bad.json")))
    with pytest.raises(ConfigurationError, match="cannot read"):
        load_tokenizer_of(TokenizerSource(path=str(tmp_path / "none.json")))
