from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cookbook
from conformance.mutants.mutations import mutants_of, mutated

SOURCE = '''"""Not this."""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 7
__all__ = ["double"]
Kind = Literal["a", "b"]
Other: TypeAlias = Literal["c", "d"]
Pair = tuple[int, "Kind"]
FACTOR = 2
logger = logging.getLogger(__name__)


def double(value: int = 3) -> int:
    """Nor this."""
    if value > 8:
        logger.warning("no condition of a warning")
    _warn(value + 8)
    if value > 9:
        raise ValueError("no text of an error")
    return value * FACTOR


class Box:
    size: int = 1

    @cached(maxsize=5)
    def grow(self) -> None:
        assert self, "no more this"
        self.size += 4


if __name__ == "__main__":
    double(7)
'''


def test_what_is_changed_and_where() -> None:
    found = [(mutant.scope, mutant.before, mutant.after) for mutant in mutants_of("m", SOURCE)]
    assert found == [
        ("<module>", "2", "3"),
        ("double", "3", "4"),
        ("double", "if value > 9", "if not value > 9"),
        ("double", "value > 9", "value >= 9"),
        ("double", "9", "10"),
        ("double", "raise ValueError('no text of an error')", "pass"),
        ("double", "value * FACTOR", "value / FACTOR"),
        ("Box", "1", "2"),
        ("Box.grow", "self.size += 4", "self.size = 4"),
        ("Box.grow", "4", "5"),
    ]


def test_lines_are_those_of_the_statement() -> None:
    by_key = {mutant.before: mutant for mutant in mutants_of("m", SOURCE)}
    assert by_key["2"].lines is None  # runs on import
    assert by_key["1"].lines is None
    assert list(by_key["9"].lines or ()) == [19]
    assert list(by_key["3"].lines or ()) == [*range(16, 22)]  # a default is seen by whoever runs the body
    assert by_key["9"].line == 19


def test_a_mutant_is_the_module_with_one_change() -> None:
    for mutant in mutants_of("m", "def f(a):\n    return a[1:] + 'xyz'\n"):
        space: dict[str, object] = {}
        exec(mutated("def f(a):\n    return a[1:] + 'xyz'\n", mutant.index, "m.py"), space)
        f = space["f"]
        assert callable(f)
        assert f("abc") != "bcxyz", mutant.key


def test_no_such_change() -> None:
    with pytest.raises(IndexError):
        mutated("a = 1", 1, "m.py")


def test_equal_changes_of_a_scope_have_keys_of_their_own() -> None:
    keys = [mutant.key for mutant in mutants_of("m", "a = 1\nb = 1\n")]
    assert keys == ["m <module>: constant: 1 => 2", "m <module>: constant: 1 => 2 #2"]


@pytest.mark.parametrize("path", sorted(Path(cookbook.__file__).parent.rglob("*.py")), ids=lambda path: path.stem)
def test_every_module_of_the_reference_can_be_mutated(path: Path) -> None:
    source = path.read_text()
    mutants = mutants_of(path.stem, source)
    assert len({mutant.key for mutant in mutants}) == len(mutants)
    original = ast.dump(ast.parse(source))
    for mutant in mutants[:: max(1, len(mutants) // 10)]:
        mutated(source, mutant.index, str(path))
    assert ast.dump(ast.parse(source)) == original
