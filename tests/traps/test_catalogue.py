from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.traps.catalogue import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

PLANTED = '[[trap]]\nid = "T{id}"\nwhat = "x"\ncauses = ["value"]\nedits = [{{file = "a.py", old = "b", new = "c"}}]\n'
OUTSIDE = '[[trap]]\nid = "T{id}"\nwhat = "x"\noutside = "no"\n'


def write(directory: Path, name: str, text: str) -> None:
    (directory / f"{name}.toml").write_text(f'area = "{name}"\n{text}')


def test_areas_and_traps_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    write(tmp_path, "a", PLANTED.format(id="300") + OUTSIDE.format(id="200"))
    write(tmp_path, "b", OUTSIDE.format(id="100"))
    areas = read_catalogue(tmp_path)
    assert [(area.title, [trap.id for trap in area.traps]) for area in areas] == [
        ("b", ["T100"]),
        ("a", ["T200", "T300"]),
    ]
    (edit,) = areas[1].traps[1].edits
    assert (edit.file, edit.old, edit.new) == ("a.py", "b", "c")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[trap", r"^a\.toml: "),
        ('[[trap]]\nid = "T100"\nwhat = "x"\nwho = "y"\n', "who"),
        (OUTSIDE.format(id="1"), "T1: an id is T and three digits"),
        ('[[trap]]\nid = "T100"\nwhat = " "\noutside = "no"\n', "T100: `what` is empty"),
        ('[[trap]]\nid = "T100"\nwhat = "x"\n', "T100: either `edits` plant it, or `outside` says why"),
        (PLANTED.format(id="100") + 'outside = "no"\n', "T100: either `edits`"),
        (PLANTED.format(id="100").replace('causes = ["value"]\n', ""), "T100: `causes` belong to `edits`"),
        (OUTSIDE.format(id="100") * 2, "T100: stands twice"),
    ],
)
def test_a_trap_that_is_not_whole(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, "a", text)
    with pytest.raises(ValueError, match=told):
        read_catalogue(tmp_path)
