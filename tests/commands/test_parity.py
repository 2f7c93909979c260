"""`conformance parity`: what it shows, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from parity.directories import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended


def two(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> tuple[Path, Path]:
    return write(tmp_path / "one"), write(tmp_path / "two", change)


def test_equal_runs(conformance: Callable[..., Ended], tmp_path: Path) -> None:
    ended = conformance("parity", *two(tmp_path, lambda files: None))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("Parity: the 6 layers that both have are equal\n")


def test_the_lowest_difference_is_the_first(conformance: Callable[..., Ended], tmp_path: Path) -> None:
    def change(files: dict[str, Any]) -> None:
        files["metrics.jsonl"][0]["train_mean_nll"] = 9.0
        files["dataset.jsonl"].reverse()

    ended = conformance("parity", *two(tmp_path, change))
    assert ended.code == 1
    assert ended.out.splitlines()[-2:] == [
        "Parity: the first difference arose in the dataset: the same rows in another order: row 0 of A is row",
        "        2 of B",
    ]


def test_a_missing_layer_is_no_success(conformance: Callable[..., Ended], tmp_path: Path) -> None:
    ended = conformance("parity", *two(tmp_path, lambda files: files.pop("config.json")))
    assert ended.code == 1
    assert "Parity: what was compared is equal, but one side lacks: config" in ended.out


def test_verbose_lists_everything(conformance: Callable[..., Ended], tmp_path: Path) -> None:
    directories = two(tmp_path, lambda f: f["metrics.jsonl"][0].update({f"m{n}": n for n in range(9)}))
    assert "and 4 more; --verbose lists them" in conformance("parity", *directories).out
    assert "m8 is in B alone" in conformance("parity", "--verbose", *directories).out


@pytest.mark.parametrize("content", [b"{", b"\x00"])
def test_a_broken_file_is_usage(conformance: Callable[..., Ended], tmp_path: Path, content: bytes) -> None:
    ended = conformance("parity", *two(tmp_path, lambda files: files.update({"config.json": content})))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("conformance parity: ")
    assert ended.err.count("\n") == 1


def test_what_files_say_is_harmless_to_show(conformance: Callable[..., Ended], tmp_path: Path) -> None:
    directories = two(tmp_path, lambda files: files["config.json"].update({"num_epochs": "\x1b[2J\nParity: all well"}))
    ended = conformance("parity", *directories)
    assert "\x1b" not in ended.out
    assert not [line for line in ended.out.splitlines() if line.startswith("Parity: all well")]
