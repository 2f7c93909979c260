"""The page of operations is complete, and it is the one that is stored."""

from __future__ import annotations

from conformance.golden_path import golden_dir
from conformance.operation_table import operations_page
from conformance.operations import OPERATIONS


def test_every_operation_has_a_row() -> None:
    page = operations_page().decode("ascii")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == list(OPERATIONS)


def test_optional_params_are_marked() -> None:
    (row,) = [line for line in operations_page().decode().splitlines() if "`renderer.build_generation_prompt`" in line]
    assert "`messages`, `role`?, `prefill`?" in row
    assert "`messages`?" not in row


def test_the_stored_page_is_this_one() -> None:
    assert (golden_dir() / "operations.md").read_bytes() == operations_page()
