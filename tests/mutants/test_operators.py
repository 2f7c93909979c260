from __future__ import annotations

import ast

import pytest

from conformance.mutants.operators import COMPARISONS, changes_of


def changed(source: str) -> set[str]:
    """Every change of one expression's outermost node."""
    holder = ast.Expr(ast.parse(source, mode="eval").body)
    return {change.after for change in changes_of(holder, "value", holder.value)}


def statements(source: str) -> set[str]:
    body = ast.parse(source).body
    return {change.after for change in changes_of(body, 0, body[0])}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("True", {"False"}),
        ("3", {"4"}),
        ("0.5", {"1.0"}),
        ("0.0", {"1.0"}),
        ("None", set()),
        ("'ab'", {"'a'"}),
        ("'abc'", {"'ab'", "'bc'"}),
        ("''", {"'§'"}),
        ("'\\n'", {"'§'"}),
        ("b'ab'", {"b'a'"}),
        ("a < b", {"a <= b"}),
        ("a < b <= c", {"a <= b <= c", "a < b < c"}),
        ("a in b", {"a not in b"}),
        ("a and b and c", {"b and c", "a and c", "a and b"}),
        ("a or b", {"a", "b"}),
        ("not a", {"a"}),
        ("-a", {"a"}),
        ("-1", set()),  # its constant is changed on its own
        ("a + b", {"a", "b"}),
        ("a - b", {"a + b"}),
        ("a if b else c", {"a if not b else c"}),
        ("len(a)", {"a"}),
        ("json.dumps(a)", {"a"}),
        ("a.b()", {"a"}),
        ("a.b(c)", {"a"}),
        ("a.b(c, d)", set()),
        ("any(a)", {"all(a)", "a"}),
        ("a.lstrip()", {"a.rstrip()", "a"}),
        ("f(a, b=c)", {"f(a)"}),
        ("[a for a in b if c if d]", {"[a for a in b if d]", "[a for a in b if c]"}),
    ],
)
def test_expressions(before: str, after: set[str]) -> None:
    assert changed(before) == after


def test_slices() -> None:
    found = ast.parse("a[b:c]", mode="eval").body
    assert isinstance(found, ast.Subscript)
    changes = {change.after for change in changes_of(found, "slice", found.slice)}
    assert changes == {":c", "b + 1:c", "b:", "b:c - 1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if a: pass", {"if not a"}),
        ("while a: pass", {"while not a"}),
        ("f()", {"pass"}),
        ("raise ValueError('x')", {"pass"}),
        ("raise", set()),
        ("a += b", {"a = b"}),
        ("a -= b", {"a = b", "a += b"}),
        ("match a:\n case 1: pass\n case _: pass", {"no such case"}),
        ("try: f()\nexcept A: pass", {"except A:\n    raise"}),
        ("try: f()\nexcept A: raise B", set()),
    ],
)
def test_statements(before: str, after: set[str]) -> None:
    assert statements(before) == after


def test_break_and_continue() -> None:
    assert statements("while a: break") == {"while not a"}
    assert [change.after for change in changes_of([ast.Break()], 0, ast.Break())] == ["continue"]


def test_a_comparison_is_never_changed_into_itself() -> None:
    assert all(before is not after for before, after in COMPARISONS.items())


def test_what_is_changed_is_not_shared_with_the_original() -> None:
    holder = ast.Expr(ast.parse("f(a, b=c)", mode="eval").body)
    before = ast.dump(holder)
    list(changes_of(holder, "value", holder.value))
    assert ast.dump(holder) == before
