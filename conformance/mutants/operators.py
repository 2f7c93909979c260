"""The operators: what can be changed about one node of a syntax tree."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_Node = TypeVar("_Node", bound=ast.AST)

STRANGE = "\N{SECTION SIGN}"
"""What no format of a renderer holds."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
TWINS = {
    "all": "any",
    "any": "all",
    "max": "min",
    "min": "max",
    "endswith": "startswith",
    "startswith": "endswith",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "strip": "rstrip",
    "find": "rfind",
    "rfind": "find",
    "index": "rindex",
    "rindex": "index",
    "split": "rsplit",
    "rsplit": "split",
    "partition": "rpartition",
    "rpartition": "partition",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
    "append": "extend",
    "ones": "zeros",
    "zeros": "ones",
}
"""Functions and methods that are easily taken for each other."""

MODULES = frozenset({"functools", "itertools", "json", "math", "ml_dtypes", "np", "operator", "re"})
"""Names before the dot of a call that are modules: what is dropped leaves the argument, not the module."""


@dataclass(frozen=True, slots=True)
class Change:
    """Puts `new` where `holder` has `old`: an attribute of a node by its name, or an item of a list by its place."""

    operator: str
    holder: Any
    field: str | int
    old: ast.AST
    new: ast.AST

    def make(self) -> None:
        if isinstance(self.field, int):
            self.holder[self.field] = self.new
        else:
            setattr(self.holder, self.field, self.new)

    @property
    def line(self) -> int:
        return getattr(self.old, "lineno", 0)

    @property
    def before(self) -> str:
        return _told(self.old, self.new)

    @property
    def after(self) -> str:
        return _told(self.new, self.old)


def _told(node: ast.AST, other: ast.AST) -> str:
    """The source of a node; of a statement with a body, only what tells it from the other."""
    match node, other:
        case ((ast.If() | ast.While()), (ast.If() | ast.While())):
            return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
        case ast.Try(), ast.Try():
            at = next(at for at, handler in enumerate(node.handlers) if handler is not other.handlers[at])
            return ast.unparse(node.handlers[at])
        case ast.Match(), ast.Match():
            gone = [case for case in node.cases if not any(case is kept for kept in other.cases)]
            return f"case {ast.unparse(gone[0].pattern)}" if gone else "no such case"
        case _:
            return ast.unparse(node)


def changes_of(holder: Any, field: str | int, node: ast.AST) -> Iterator[Change]:
    """What can be changed about this node itself; its children are asked about on their own."""
    for operator, new in _replacements(node):
        yield Change(operator, holder, field, node, ast.copy_location(new, node))


def _replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Constant():
            yield from _constants(node)
        case ast.Compare():
            for at, op in enumerate(node.ops):
                other = _copied(node)
                other.ops[at] = COMPARISONS[type(op)]()
                yield "comparison", other
        case ast.BoolOp():
            for at in range(len(node.values)):
                rest = [value for place, value in enumerate(node.values) if place != at]
                yield "operand dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield "sign dropped", operand
        case ast.BinOp(op=ast.Add()):
            yield "operand dropped", node.left
            yield "operand dropped", node.right
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield "arithmetic", ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        case ast.IfExp():
            yield "condition negated", ast.IfExp(_negated(node.test), node.body, node.orelse)
        case ast.Call():
            yield from _calls(node)
        case ast.Slice():
            yield from _slices(node)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _filters(node)
        case ast.stmt():
            yield from _statements(node)


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
    elif isinstance(value, float):
        yield "constant", ast.Constant(value * 2 if value else 1.0)
    elif isinstance(value, str):
        if len(value) > 1:
            yield "text cut", ast.Constant(value[:-1])
        if len(value) > 2:
            yield "text cut", ast.Constant(value[1:])
        if len(value) < 2:
            yield "text", ast.Constant(STRANGE)
    elif isinstance(value, bytes) and value:
        yield "text cut", ast.Constant(value[:-1])


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            other = _copied(node)
            del other.keywords[at]
            yield "argument dropped", other
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in TWINS:
        other = _copied(node)
        if isinstance(other.func, ast.Attribute):
            other.func.attr = TWINS[name]
        else:
            other.func = ast.Name(TWINS[name], ast.Load())
        yield "twin called", other
    if len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Name):
        if not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
            yield "call dropped", node.args[0]
    elif isinstance(node.func, ast.Attribute) and len(node.args) < 2 and not node.keywords:
        of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in MODULES
        if not of_module:
            yield "call dropped", node.func.value
        elif node.args:
            yield "call dropped", node.args[0]


def _slices(node: ast.Slice) -> Iterator[tuple[str, ast.AST]]:
    if node.lower is not None:
        yield "slice", ast.Slice(None, node.upper, node.step)
        if not isinstance(node.lower, ast.Constant):
            yield "slice", ast.Slice(ast.BinOp(node.lower, ast.Add(), ast.Constant(1)), node.upper, node.step)
    if node.upper is not None:
        yield "slice", ast.Slice(node.lower, None, node.step)
        if not isinstance(node.upper, ast.Constant):
            yield "slice", ast.Slice(node.lower, ast.BinOp(node.upper, ast.Sub(), ast.Constant(1)), node.step)
    if node.step is not None:
        yield "slice", ast.Slice(node.lower, node.upper, None)


def _filters(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[tuple[str, ast.AST]]:
    for at, generator in enumerate(node.generators):
        for place in range(len(generator.ifs)):
            other = _copied(node)
            del other.generators[at].ifs[place]
            yield "filter dropped", other


def _statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.If() | ast.While():
            opposite = copy.copy(node)
            opposite.test = _negated(node.test)
            yield "condition negated", opposite
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "statement dropped", ast.Pass()
        case ast.Raise(exc=ast.expr()):
            yield "refusal dropped", ast.Pass()
        case ast.AugAssign():
            yield "assignment", ast.Assign([node.target], node.value, lineno=node.lineno)
            if type(node.op) in ARITHMETIC:
                yield "arithmetic", ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        case ast.Break():
            yield "loop", ast.Continue()
        case ast.Continue():
            yield "loop", ast.Break()
        case ast.Try(handlers=[_, *_]):
            for at, handler in enumerate(node.handlers):
                if any(isinstance(statement, ast.Raise) for statement in handler.body):
                    continue
                bare = copy.copy(node)
                bare.handlers = list(node.handlers)
                bare.handlers[at] = ast.ExceptHandler(handler.type, handler.name, [ast.Raise()])
                yield "handler dropped", bare
        case ast.Match() if len(node.cases) > 1:
            for at in range(len(node.cases)):
                fewer = copy.copy(node)
                fewer.cases = [case for place, case in enumerate(node.cases) if place != at]
                yield "case dropped", fewer


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _copied(node: _Node) -> _Node:
    return copy.deepcopy(node)
