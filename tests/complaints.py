"""What every complaint of the command line has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Ended


def one_line(ended: Ended, code: int, says: str, verb: str = "") -> None:
    """One line on stderr, of ours, that names the input; nothing on stdout."""
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.endswith("\n")
    assert ended.err.startswith("conformance")
    assert ended.err.removesuffix("\n").isprintable(), repr(ended.err)
    assert says in ended.err
    if verb:
        assert ended.err.startswith(f"conformance {verb}: ")
