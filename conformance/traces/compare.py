"""Where two streams differ, under the rules. What a difference means is told by `conformance.traces.telling`."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from conformance.traces import stream as ops
from conformance.traces.closeness import Close, close
from conformance.traces.normal import Normal, Weights, normalise, sample_of
from conformance.traces.rules import load_rules
from conformance.traces.shape import Loop, Save, Step, shape
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

What = Literal["start", "steps", "pass", "loss", "datums", "tokens", "input", "adam", "save", "reads", "deleted"]


class Difference(Struct, frozen=True, kw_only=True):
    """One place where the streams differ.

    `step` counts optim_steps from the beginning of the stream. `field` names the value, e.g. `beta2` or `weights`, and
    `datum` the place of its datum. `expected` and `got` are what stands there, None where a side has nothing.
    """

    what: What
    step: int
    field: str = ""
    datum: int = -1
    expected: Any = None
    got: Any = None


class Comparison(Struct, frozen=True):
    """Two streams, and all their differences, first difference first. `tolerated` values are close, not equal."""

    differences: tuple[Difference, ...]
    expected: Normal
    got: Normal
    tolerated: int

    @property
    def conforms(self) -> bool:
        return not self.differences


ORDER: tuple[What, ...] = (
    "start",
    "reads",
    "steps",
    "save",
    "pass",
    "loss",
    "datums",
    "tokens",
    "input",
    "adam",
    "deleted",
)
"""What comes first within a step."""


def compare_streams(
    expected: ops.Stream, got: ops.Stream, *, rules: Collection[str] = (), runs: Collection[str] = ()
) -> Comparison:
    """The differences of `got` from `expected`. `rules` and `runs` as for `normalise`."""
    left = normalise(expected, rules=rules, runs=runs)
    right = normalise(got, rules=rules, runs=runs)
    walk = _Comparing()
    found = [*walk.loops(shape(left), shape(right)), *_reads(left, right), *_deleted(left, right)]
    found.sort(key=lambda difference: (difference.step, ORDER.index(difference.what)))
    return Comparison(tuple(found), left, right, walk.tolerated)


class _Comparing:
    """Compares value by value, and counts what was only close."""

    def __init__(self) -> None:
        self.tolerated = 0
        self._rules = load_rules()

    def loops(self, left: Loop, right: Loop) -> Iterator[Difference]:
        yield from self._starts(left, right)
        for number, (one, other) in enumerate(zip_longest(left.steps, right.steps)):
            if one is None or other is None:
                steps = (left.optim_steps, right.optim_steps)
                yield Difference(what="steps", step=number, expected=steps[0], got=steps[1])
                break
            yield from self._step(number, one, other)
        yield from _saves(left.saves, right.saves)

    def _starts(self, left: Loop, right: Loop) -> Iterator[Difference]:
        for one, other in zip_longest(left.starts, right.starts):
            if type(one) is not type(other):
                yield Difference(what="start", step=-1, expected=one, got=other)
                continue
            for field, mine, theirs in _fields(one, other):
                yield Difference(what="start", step=-1, field=field, expected=mine, got=theirs)

    def _step(self, number: int, left: Step, right: Step) -> Iterator[Difference]:
        kinds = [each.forward_only for each in left.passes], [each.forward_only for each in right.passes]
        if kinds[0] != kinds[1]:
            yield Difference(what="pass", step=number, expected=left.passes, got=right.passes)
        # The passes that both have are compared all the same: what they hold may tell more.
        for forward_only in (True, False):
            mine = [each for each in left.passes if each.forward_only is forward_only]
            theirs = [each for each in right.passes if each.forward_only is forward_only]
            for one, other in zip(mine, theirs, strict=False):
                yield from self._pass(number, one, other)
        if left.optim is None or right.optim is None:
            if left.optim is not right.optim:
                yield Difference(what="steps", step=number, expected=left.optim, got=right.optim)
            return
        for field, mine_, theirs_ in _fields(left.optim.adam, right.optim.adam):
            if self._differs(f"adam.{field}", mine_, theirs_):
                yield Difference(what="adam", step=number, field=field, expected=mine_, got=theirs_)

    def _pass(self, number: int, left: ops.ForwardBackward, right: ops.ForwardBackward) -> Iterator[Difference]:
        for field in ("model", "loss_fn", "loss_fn_config"):
            mine, theirs = getattr(left, field), getattr(right, field)
            if (mine or None) != (theirs or None):
                yield Difference(what="loss", step=number, field=field, expected=mine, got=theirs)
        same_tokens = [each.tokens for each in left.datums] == [each.tokens for each in right.datums]
        if not same_tokens:
            what: What = "tokens" if len(left.datums) == len(right.datums) else "datums"
            yield Difference(what=what, step=number, expected=left.datums, got=right.datums)
            return
        for place, (one, other) in enumerate(zip(left.datums, right.datums, strict=True)):
            yield from self._inputs(number, place, one.inputs, other.inputs)

    def _inputs(
        self, number: int, place: int, left: dict[str, ops.Tensor], right: dict[str, ops.Tensor]
    ) -> Iterator[Difference]:
        for name in sorted(left.keys() | right.keys()):
            mine, theirs = left.get(name), right.get(name)
            if mine is None or theirs is None or not self._equal(name, mine, theirs):
                yield Difference(what="input", step=number, datum=place, field=name, expected=mine, got=theirs)

    def _equal(self, name: str, left: ops.Tensor, right: ops.Tensor) -> bool:
        if (left.dtype, left.shape) != (right.dtype, right.shape):
            return False
        if left.data == right.data:
            return True
        if left.dtype == "int64":
            return False
        tolerance = self._rules.tolerance_of(f"inputs.{name}")
        finite = [abs(ops.value_of(each)) for each in left.data if not isinstance(each, str)]
        found = [
            close(one, other, tolerance, single=True, largest=max(finite, default=0.0))
            for one, other in zip(left.data, right.data, strict=True)
        ]
        if max(found, default=Close.EXACT) is Close.DIFFERS:
            return False
        self.tolerated += found.count(Close.WITHIN)
        return True

    def _differs(self, field: str, expected: Any, got: Any) -> bool:
        found = close(expected, got, self._rules.tolerance_of(field))
        self.tolerated += found is Close.WITHIN
        return found is Close.DIFFERS


def _fields(left: Struct, right: Struct) -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two structs of one type differ; those of a struct inside by its own names."""
    for field in left.__struct_fields__:
        mine, theirs = getattr(left, field), getattr(right, field)
        if isinstance(mine, Struct) and isinstance(theirs, Struct):
            yield from _fields(mine, theirs)
        elif mine != theirs:
            yield field, mine, theirs


def _saves(left: tuple[Save, ...], right: tuple[Save, ...]) -> Iterator[Difference]:
    """Saves are matched by kind and name, those of one name in their order."""
    names = dict.fromkeys((save.kind, save.name) for save in (*left, *right))
    for kind, name in names:
        mine = [save for save in left if (save.kind, save.name) == (kind, name)]
        theirs = [save for save in right if (save.kind, save.name) == (kind, name)]
        for one, other in zip_longest(mine, theirs):
            if one is None or other is None:
                step = one.steps if other is None else other.steps
                yield Difference(what="save", step=step, expected=one, got=other)
                continue
            for field in ("steps", "ttl_seconds"):
                before, after = getattr(one, field), getattr(other, field)
                if before != after:
                    yield Difference(what="save", step=one.steps, field=field, expected=one, got=other)


def _reads(left: Normal, right: Normal) -> Iterator[Difference]:
    """The requests of which one side has more, for each version of the weights."""
    for weights in sorted(left.reads.keys() | right.reads.keys()):
        mine, theirs = left.reads.get(weights, Counter()), right.reads.get(weights, Counter())
        if mine == theirs or _same_numbers(mine, theirs):
            continue
        step = max(weights.version, 0)
        yield Difference(
            what="reads",
            step=step,
            field=weights_name(weights),
            expected=Readings(weights, tuple(mine - theirs), (mine - theirs).total(), mine.total()),
            got=Readings(weights, tuple(theirs - mine), (theirs - mine).total(), theirs.total()),
        )


class Readings(Struct, frozen=True):
    """Requests that one side alone makes of some weights: the different ones, how many, of how many in all."""

    weights: Weights
    alone: tuple[bytes, ...]
    count: int
    total: int

    def samples(self) -> list[ops.Sample]:
        return [sample_of(key) for key in self.alone]


def weights_name(weights: Weights) -> str:
    """The weights in words."""
    if weights.version < 0:
        return f"the {weights.name}" if weights.name.startswith("base model ") else f"the checkpoint {weights.name}"
    if weights.version == 0:
        return "the weights before the first step"
    return f"the weights after {counted(weights.version, 'step')}"


def _same_numbers(left: Counter[bytes], right: Counter[bytes]) -> bool:
    """Whether two multisets differ in nothing but the last digits of temperature and top_p."""
    ones, others = sorted((left - right).elements()), sorted((right - left).elements())
    if len(ones) != len(others):
        return False
    tolerance = load_rules().tolerance_of("params.temperature")
    for one, other in zip(map(sample_of, ones), map(sample_of, others), strict=True):
        plain = msgspec.structs.replace(one.params, temperature=other.params.temperature, top_p=other.params.top_p)
        if msgspec.structs.replace(one, params=plain) != other:
            return False
        pairs = ((one.params.temperature, other.params.temperature), (one.params.top_p, other.params.top_p))
        if any(close(before, after, tolerance) is Close.DIFFERS for before, after in pairs):
            return False
    return True


def _deleted(left: Normal, right: Normal) -> Iterator[Difference]:
    if left.deleted != right.deleted:
        last = len(shape(left).steps)
        missing, extra = left.deleted - right.deleted, right.deleted - left.deleted
        yield Difference(what="deleted", step=last, expected=sorted(missing.elements()), got=sorted(extra.elements()))
