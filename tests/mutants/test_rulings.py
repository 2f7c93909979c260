from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.mutants.rulings import read_rulings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_file_is_read() -> None:
    assert all(read_rulings().keys.values())


def test_a_ruling_gives_its_reason_to_all_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "rulings.toml"
    path.write_text('[[equivalent]]\nwhy = "because"\nkeys = ["a", "b"]\n')
    assert read_rulings(path).keys == {"a": "because", "b": "because"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[equivalent", "rulings.toml"),
        ('[[equivalent]]\nwhy = "x"\n', "keys"),
        ('[[equivalent]]\nwhy = " "\nkeys = ["a"]\n', "without a reason"),
        ('[[equivalent]]\nwhy = "x"\nkeys = ["a", "a"]\n', "ruled twice: a"),
        ('[[equivalent]]\nwhy = "x"\nkeys = []\nwho = "me"\n', "who"),
    ],
)
def test_a_file_that_is_not_one_of_rulings(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rulings.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        read_rulings(path)


def test_what_is_outside_of_golden(tmp_path: Path) -> None:
    path = tmp_path / "rulings.toml"
    path.write_text('[[outside]]\nwhy = "no"\nmodules = ["a.b*"]\nscopes = ["c main", "c Files.*"]\n')
    rulings = read_rulings(path)
    assert rulings.outside_of_golden("a.bc", "f") == "a.b*"
    assert rulings.outside_of_golden("c", "Files.read") == "c Files.*"
    assert [rulings.outside_of_golden(*place) for place in (("a",), ("c",), ("c", "mains"))] == ["", "", ""]
    assert rulings.globs == {"a.b*", "c main", "c Files.*"}


def test_what_is_outside_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "rulings.toml"
    path.write_text('[[outside]]\nwhy = ""\nmodules = ["a"]\n')
    with pytest.raises(ValueError, match="without a reason"):
        read_rulings(path)
