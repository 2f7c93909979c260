"""conformance/scaffold.py: templates are filled in whole, and written whole or not at all."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from conformance.exits import UsageError
from conformance.scaffold import LANGUAGES, TEMPLATES, language_of, name_of, rendered, write

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

FILES = {PurePosixPath("a.txt"): "a\n", PurePosixPath("src/b.txt"): "b\n", PurePosixPath("src/deep/c.txt"): "c\n"}


def tree(directory: Path) -> dict[str, str]:
    return {path.relative_to(directory).as_posix(): path.read_text() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_of_a_language(language: str, snapshot: SnapshotAssertion) -> None:
    files = rendered(language, "my-port_2")
    assert [str(path) for path in files] == snapshot
    for text in files.values():
        assert not set("«»") & set(text)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert all(line == line.rstrip() and len(line) <= 160 for line in text.splitlines())
    assert "PLUG YOUR PORT IN HERE" in files[PurePosixPath(LANGUAGES[language].main)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_read(language: str, snapshot: SnapshotAssertion) -> None:
    files = rendered(language, "my-port")
    assert files[PurePosixPath("README.md")] == snapshot
    assert files[PurePosixPath(".github/workflows/conformance.yml")] == snapshot


def test_every_template_belongs_to_a_language() -> None:
    assert {path.name for path in TEMPLATES.iterdir()} == {*LANGUAGES, "common"}
    assert all(path.suffix == ".j2" for path in TEMPLATES.rglob("*") if path.is_file())


def test_data_files_can_be_read() -> None:
    assert tomllib.loads(rendered("rust", "a-b")[PurePosixPath("Cargo.toml")])["package"]["name"] == "a-b"
    assert json.loads(rendered("typescript", "a-b")[PurePosixPath("package.json")])["name"] == "a-b"
    assert json.loads(rendered("typescript", "a-b")[PurePosixPath("tsconfig.json")])["compilerOptions"]["strict"]
    assert "defmodule AB2.Adapter do" in rendered("elixir", "a_b-2")[PurePosixPath("lib/adapter.ex")]
    assert "app: :a_b_2," in rendered("elixir", "a_b-2")[PurePosixPath("mix.exs")]
    for path, text in rendered("python", "a").items():
        if path.suffix == ".py":
            ast.parse(text)


@pytest.mark.parametrize("name", ["a", "port", "my-port", "my_port_2", "a" * 64])
def test_names(name: str) -> None:
    assert name_of(name, Path("x")) == name
    assert name_of(None, Path("/tmp") / name) == name


@pytest.mark.parametrize(
    "name",
    ["", "A", "2a", "-a", "a-", "a--b", "a b", "a.b", "a/b", "../a", "é", 'a"b', "a\n", "a" * 65, "«a»", "$(a)", "\0"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a package"):
        name_of(name, Path("x"))
    with pytest.raises(UsageError, match="give one with --name"):
        name_of(None, Path("/tmp/My Port"))


def test_a_language_that_is_none() -> None:
    with pytest.raises(UsageError, match="choose one of python, typescript, elixir, rust, go"):
        language_of("cobol")


@pytest.mark.parametrize("made", [False, True])
def test_a_directory_is_filled(made: bool, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "port"
    if made:
        directory.mkdir(parents=True)
        (directory / "mine").write_text("mine")
    write(directory, FILES)
    expected = {str(path): text for path, text in FILES.items()} | ({"mine": "mine"} if made else {})
    assert tree(tmp_path / "new") == {f"port/{path}": text for path, text in expected.items()}
    assert sorted(path.name for path in directory.iterdir()) == sorted({"a.txt", "src"} | ({"mine"} if made else set()))


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "b.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"has src/b\.txt already; --force overwrites"):
        write(tmp_path, FILES)
    assert tree(tmp_path) == {"src/b.txt": "mine"}
    write(tmp_path, FILES, force=True)
    assert tree(tmp_path) == {str(path): text for path, text in FILES.items()}


def test_force_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    directory = tmp_path / "port"
    directory.mkdir()
    (directory / "a.txt").symlink_to(outside)
    with pytest.raises(UsageError, match="already"):
        write(directory, FILES)
    write(directory, FILES, force=True)
    assert outside.read_text() == "precious"
    assert not (directory / "a.txt").is_symlink()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    directory = tmp_path / "port"
    directory.mkdir()
    (directory / "src").symlink_to(outside)
    with pytest.raises(UsageError, match="is in the way: it is no directory of its own"):
        write(directory, FILES, force=True)
    assert list(outside.iterdir()) == []
    assert tree(directory) == {}


@pytest.mark.parametrize(("obstacle", "said"), [("a.txt", "it is a directory"), ("src/deep/c.txt", "a directory")])
def test_a_directory_where_a_file_should_be(obstacle: str, said: str, tmp_path: Path) -> None:
    (tmp_path / obstacle).mkdir(parents=True)
    with pytest.raises(UsageError, match=said):
        write(tmp_path, FILES, force=True)
    assert tree(tmp_path) == {}


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("mine")
    with pytest.raises(UsageError, match="is not a directory"):
        write(tmp_path / "port", FILES)
    with pytest.raises(UsageError, match=r"cannot write .*; nothing was written"):
        write(tmp_path / "port" / "deeper", FILES)
    with pytest.raises(UsageError, match="cannot write"):
        write(Path("a\0b"), FILES)
    assert tree(tmp_path) == {"port": "mine"}


@pytest.mark.parametrize("count", range(6))
def test_a_disk_that_fails_on_the_way_leaves_everything_as_it_was(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "b.txt").write_text("mine too")
    before = tree(tmp_path)
    left = [count]
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if left[0] == 0:
            left[0] = -1  # Only once: what puts things back may work.
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    if count < 5:  # two backups and three files
        with pytest.raises(UsageError, match="no space left on device; nothing was written"):
            write(tmp_path, FILES, force=True)
        assert tree(tmp_path) == before
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "b.txt", "src"]
    else:
        write(tmp_path, FILES, force=True)
        assert tree(tmp_path) == {str(path): text for path, text in FILES.items()}
