from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.mutants.rulings import read_rulings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_file_is_read() -> None:
    assert all(read_rulings().keys.values())


def test_a_ruling_gives_its_reason_to_all_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "equivalent.toml"
    path.write_text('[[equivalent]]\nwhy = "because"\nkeys = ["a", "b"]\n')
    assert read_rulings(path).keys == {"a": "because", "b": "because"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[equivalent", "equivalent.toml"),
        ('[[equivalent]]\nwhy = "x"\n', "keys"),
        ('[[equivalent]]\nwhy = " "\nkeys = ["a"]\n', "without a reason"),
        ('[[equivalent]]\nwhy = "x"\nkeys = ["a", "a"]\n', "ruled twice: a"),
        ('[[equivalent]]\nwhy = "x"\nkeys = []\nwho = "me"\n', "who"),
    ],
)
def test_a_file_that_is_not_one_of_rulings(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "equivalent.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        read_rulings(path)
