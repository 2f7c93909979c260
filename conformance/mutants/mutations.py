"""The small changes that can be made to a module, each as data, and the module's code with one of them made."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mutants.operators import changes_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from conformance.mutants.operators import Change

SILENT_CALLS = ("warn", "warning", "info", "debug", "getLogger", "cast", "TypeVar", "ParamSpec", "NewType", "errstate")
"""Calls whose arguments no answer depends on: messages for people, and words for the type checker."""

SILENT_KEYWORDS = ("copy", "strict", "stacklevel")
"""Arguments on which no answer depends: whether memory is shared, and what cannot happen is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one module. `key` outlives edits elsewhere in the file; `index` is its place among the changes.

    `lines` are those of the statement that is changed, for a case to have reached; None for what runs on import.
    """

    module: str
    scope: str
    operator: str
    before: str
    after: str
    nth: int
    index: int
    line: int
    lines: range | None

    @property
    def key(self) -> str:
        """What a ruling names: module, scope, the change, and which of several equal changes in that scope."""
        turn = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.module} {self.scope}: {self.operator}: {self.before} => {self.after}{turn}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: what scope it is in, and the lines that a case has to reach."""

    scope: str
    lines: range | None


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Every change of a module's source that is worth making, in the order of the source."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    found = []
    for index, (place, change) in enumerate(_changes(ast.parse(source))):
        before, after = _shown(change.before), _shown(change.after)
        same = (place.scope, change.operator, before, after)
        seen[same] += 1
        found.append(
            Mutant(
                module=module,
                scope=place.scope,
                operator=change.operator,
                before=before,
                after=after,
                nth=seen[same],
                index=index,
                line=change.line,
                lines=place.lines,
            )
        )
    return found


def mutated(source: str, index: int, filename: str) -> CodeType:
    """The code of a module with the change at `index` of `mutants_of` made."""
    tree = ast.parse(source)
    for at, (_, change) in enumerate(_changes(tree)):
        if at == index:
            change.make()
            return compile(ast.fix_missing_locations(tree), filename, "exec")
    raise IndexError(index)


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 160 else flat[:120] + " ... " + flat[-35:]


def _changes(tree: ast.Module) -> Iterator[tuple[_Place, Change]]:
    yield from _in_body(tree.body, _Place("<module>", None))


def _in_body(body: list[ast.stmt], place: _Place) -> Iterator[tuple[_Place, Change]]:
    for at, statement in enumerate(body):
        if not (_is_docstring(statement) or _is_for_the_type_checker(statement) or _is_for_the_shell(statement)):
            yield from _in_statement(body, at, statement, place)


def _in_statement(body: list[ast.stmt], at: int, node: ast.stmt, place: _Place) -> Iterator[tuple[_Place, Change]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inner = node.body[1:] if _is_docstring(node.body[0]) else node.body
            scope = node.name if place.scope == "<module>" else f"{place.scope}.{node.name}"
            inside = _Place(scope, range(inner[0].lineno, (node.end_lineno or node.lineno) + 1) if inner else None)
            for field in ("defaults", "kw_defaults"):
                yield from _in_list(getattr(node.args, field), inside)
            yield from _in_body(node.body, inside)
            return
        case ast.ClassDef():
            scope = node.name if place.scope == "<module>" else f"{place.scope}.{node.name}"
            yield from _in_body(node.body, _Place(scope, place.lines))
            return
        case ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal() | ast.Pass():
            return
        case ast.If(body=body_of_if, orelse=[]) if all(map(_only_speaks, body_of_if)):
            return
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("__") or _is_type_alias(node.value):
            return
        case ast.AnnAssign(value=None) | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return
    blocks = {"body", "orelse", "finalbody", "handlers", "cases"}
    inner_lines = [
        child.lineno if isinstance(child, ast.stmt | ast.ExceptHandler) else child.pattern.lineno
        for field in blocks
        for child in getattr(node, field, [])
    ]
    end = (node.end_lineno or node.lineno) if not inner_lines else max(min(inner_lines) - 1, node.lineno)
    # What runs on import is reached by whoever uses the module at all.
    here = place if place.lines is None else _Place(place.scope, range(node.lineno, end + 1))
    for change in () if _only_speaks(node) else changes_of(body, at, node):
        yield here, change
    for field, value in ast.iter_fields(node):
        # `msg` is what an assertion says.
        if field in ("annotation", "targets", "target", "decorator_list", "msg") or field in blocks:
            continue
        if isinstance(value, list):
            yield from _in_list(value, here)
        elif isinstance(value, ast.expr):
            yield from _in_expression(node, field, value, here)
        elif isinstance(value, ast.AST):
            yield from _in_other(value, here)
    for field in ("body", "orelse", "finalbody"):
        yield from _in_body(getattr(node, field, []), place)
    for handler in getattr(node, "handlers", []):
        yield from _in_body(handler.body, place)
    for case in getattr(node, "cases", []):
        yield from _in_case(case, place)


def _in_case(case: ast.match_case, place: _Place) -> Iterator[tuple[_Place, Change]]:
    first = case.pattern.lineno
    here = place if place.lines is None else _Place(place.scope, range(first, max(case.body[0].lineno, first + 1)))
    yield from _in_other(case.pattern, here)
    if case.guard is not None:
        yield from _in_expression(case, "guard", case.guard, here)
    yield from _in_body(case.body, place)


def _in_list(values: list[ast.AST | None], place: _Place) -> Iterator[tuple[_Place, Change]]:
    for at, value in enumerate(values):
        if isinstance(value, ast.expr):
            yield from _in_expression(values, at, value, place)
        elif value is not None:
            yield from _in_other(value, place)


def _in_other(node: ast.AST, place: _Place) -> Iterator[tuple[_Place, Change]]:
    """What is neither statement nor expression: a comprehension, a keyword, a pattern, an item of `with`."""
    if isinstance(node, ast.keyword) and node.arg in SILENT_KEYWORDS:
        return
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            yield from _in_list(value, place)
        elif isinstance(value, ast.expr) and field != "target":
            yield from _in_expression(node, field, value, place)
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator):
            yield from _in_other(value, place)


def _in_expression(
    holder: ast.AST | list[ast.AST | None], field: str | int, node: ast.expr, place: _Place
) -> Iterator[tuple[_Place, Change]]:
    if isinstance(node, ast.Call) and _is_silent(node):
        return
    for change in changes_of(holder, field, node):
        if not _drops_a_silent_keyword(node, change.new):
            yield place, change
    if isinstance(node, ast.Constant):
        return
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            yield from _in_list(value, place)
        elif isinstance(value, ast.expr):
            yield from _in_expression(node, name, value, place)
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator | ast.unaryop):
            yield from _in_other(value, place)


def _is_silent(call: ast.Call) -> bool:
    """Whether a call makes words for people: an error, a warning, a line of a log."""
    names = [getattr(node, "attr", getattr(node, "id", "")) for node in (call.func, getattr(call.func, "value", None))]
    return names[0].lstrip("_") in SILENT_CALLS or any(name.endswith(("Error", "Warning")) for name in names)


def _only_speaks(node: ast.stmt) -> bool:
    """Whether a statement is such a call and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_silent(node.value)


def _drops_a_silent_keyword(old: ast.expr, new: ast.AST) -> bool:
    if not (isinstance(old, ast.Call) and isinstance(new, ast.Call) and len(new.keywords) < len(old.keywords)):
        return False
    kept = [keyword.arg for keyword in new.keywords]
    return any(keyword.arg in SILENT_KEYWORDS and keyword.arg not in kept for keyword in old.keywords)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_for_the_type_checker(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_for_the_shell(node: ast.stmt) -> bool:
    """`if __name__ == "__main__"`: whoever imports the module does not run it."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _is_type_alias(value: ast.expr) -> bool:
    """`Literal[...]`, `int | str`, `Callable[..., X]`: types that stand in a name of their own."""
    names = {"Literal", "Callable", "Union", "Optional", "Annotated", "Mapping", "Sequence", "TypeVar", "tuple"}
    if isinstance(value, ast.Subscript):
        return isinstance(value.value, ast.Name) and value.value.id in names
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr) and isinstance(value.left, ast.Name)
