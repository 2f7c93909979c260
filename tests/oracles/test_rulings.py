"""conformance/oracles/rulings.py: which disagreement a ruling speaks of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exits import SuiteError
from conformance.oracles.rulings import Ruling, load_rulings

if TYPE_CHECKING:
    from pathlib import Path

DISAGREEMENT: dict[str, Any] = {
    "oracle": "chat-template",
    "case": "renderer/qwen3/two-tools/prompt@bytes",
    "renderer": "qwen3",
    "operation": "renderer.build_generation_prompt",
    "cause": "json-spacing",
    "flags": ("tool_calls", "key_order"),
}


def holds(**fields: Any) -> bool:
    ruling = Ruling(**{"oracle": "chat-template", "ruling": "upstream", "why": "because", **fields})
    return ruling.holds(**DISAGREEMENT)


def test_what_is_left_out_does_not_restrict() -> None:
    assert holds()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"oracle": "harmony"}, False),
        ({"renderers": ("qwen3",)}, True),
        ({"renderers": ("llama3", "qwen*")}, True),
        ({"renderers": ("llama3",)}, False),
        ({"renderers": ()}, False),
        ({"operations": ("*.build_generation_prompt",)}, True),
        ({"operations": ("*parse*",)}, False),
        ({"ids": ("*/two-tools/*",)}, True),
        ({"ids": ("*@real",)}, False),
        ({"causes": ("newlines", "json-spacing")}, True),
        ({"causes": ("newlines",)}, False),
        ({"flags": ("key_order", "thinking")}, True),
        ({"flags": ("thinking",)}, False),
        ({"renderers": ("qwen3",), "causes": ("newlines",)}, False),
    ],
)
def test_what_restricts(fields: dict[str, Any], expected: bool) -> None:
    assert holds(**fields) is expected


def load(tmp_path: Path, text: str | bytes) -> tuple[Ruling, ...]:
    path = tmp_path / "rulings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_rulings(path)


def test_rulings_keep_the_order_of_the_file(tmp_path: Path) -> None:
    text = "".join(
        f'[[ruling]]\noracle = "{name}"\nruling = "upstream"\nwhy = "w"\ncauses = ["newlines"]\n' for name in "ab"
    )
    assert [ruling.oracle for ruling in load(tmp_path, text)] == ["a", "b"]
    assert load(tmp_path, "# none\n") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[ruling]", "rulings.toml: "),
        (b"\xff", "utf-8"),
        ("[[ruling]]\noracle = 1\n", "rulings.toml: "),
        ('[[ruling]]\noracle = "a"\n', "missing required field `ruling`"),
        ('[[ruling]]\noracle = "a"\nruling = "b"\n', "missing required field `why`"),
        ('[[ruling]]\noracle = "a"\nruling = "b"\nwhy = "c"\ncause = ["x"]\n', "unknown field `cause`"),
        ('[[ruling]]\noracle = "a"\nruling = "b"\nwhy = "c"\ncauses = "newlines"\n', "Expected `array`"),
        ('[[ruling]]\noracle = "a"\nruling = "b"\nwhy = "c"\ncauses = ["y", "newlines", "x"]\n', "no such cause: x, y"),
        ("[[rulings]]\n", "unknown field `rulings`"),
    ],
)
def test_a_file_that_is_wrong_breaks_the_suite_in_one_line(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(SuiteError, match=re.escape(says)) as raised:
        load(tmp_path, text)
    assert str(raised.value).startswith("rulings.toml: ")
    assert "\n" not in str(raised.value)


def test_a_missing_file_breaks_the_suite(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"none\.toml: .*No such file"):
        load_rulings(tmp_path / "none.toml")
