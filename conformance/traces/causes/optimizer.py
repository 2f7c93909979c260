"""The parameters of optim_step: schedules, betas, and what was left to a default."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from conformance.traces import stream as ops
from conformance.traces.causes.view import Told, View, say
from conformance.traces.closeness import Close, close
from conformance.traces.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traces.compare import Difference

API = ops.Adam()
PYTORCH = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


def tell(view: View) -> Iterator[Told]:
    found = view.of("adam")
    rates = [each for each in found if each.field == "learning_rate"]
    if rates:
        yield _rates(view, rates)
    groups: dict[tuple[str, object, object], list[Difference]] = {}
    for each in found:
        if each.field != "learning_rate":
            groups.setdefault((each.field, each.expected, each.got), []).append(each)
    for (field, expected, got), group in groups.items():
        text = f"{view.steps(group)}: optim_step has {field} {say(got)}, upstream {say(expected)}"
        if got == getattr(API, field):
            yield Told(text=f"{text}: left at the API's default", cause="adam default", explains=tuple(group))
        elif got == PYTORCH.get(field):
            yield Told(text=f"{text}: PyTorch's default", cause="adam default", explains=tuple(group))
        else:
            yield Told(text=text, explains=tuple(group))


def _rates(view: View, found: list[Difference]) -> Told:
    first = found[0]
    mine = [_rate(step.optim) for step in view.expected.steps]
    theirs = [_rate(step.optim) for step in view.got.steps]
    text = f"{view.steps(found)}: learning rate {say(first.got)}, upstream {say(first.expected)}"
    why, cause = "", ""
    if len(mine) > 1 and len(theirs) > 1:
        if _same(theirs[:-1], mine[1 : len(theirs)]):
            why = f"the learning rate is that of step {first.step + 1 + view.first_step}: the schedule is off by one"
            cause = "schedule off by one"
        elif _same(theirs[1:], mine[: len(theirs) - 1]):
            why = "the learning rate is that of the step before: the schedule is off by one"
            cause = "schedule off by one"
        elif 0 < (begun := view.first_step) < len(theirs) and _same(theirs[begun:], mine[: len(theirs) - begun]):
            why, cause = "it begins anew where the run was resumed: upstream's goes on", "schedule begins anew"
        elif len(set(theirs)) == 1 and len(set(mine)) > 1:
            why, cause = "it stays the same: the schedule is not applied", "no schedule"
        elif len(set(mine)) == 1 and len(set(theirs)) > 1:
            why, cause = "it changes where upstream's stays the same", "schedule where there is none"
        elif (period := _period(theirs)) and not _period(mine):
            why = f"it starts anew every {period} steps: the schedule runs over one epoch, upstream's over all"
            cause = "schedule of one epoch"
        elif (total := _total(theirs)) and (upstream := _total(mine)):
            why = f"it falls as over {total} steps, upstream's as over {upstream}"
            cause = "schedule of another length"
    return Told(text=f"{text}: {why}" if why else text, cause=cause, explains=tuple(found))


def _rate(optim: ops.OptimStep | None) -> float:
    return ops.value_of(optim.adam.learning_rate) if optim is not None else float("nan")


def _same(left: list[float], right: list[float]) -> bool:
    tolerance = load_rules().tolerance_of("adam.learning_rate")
    pairs = zip(left, right, strict=False)
    return len(left) == len(right) and all(close(one, other, tolerance) is not Close.DIFFERS for one, other in pairs)


def _period(rates: list[float]) -> int | None:
    """After how many steps the rates repeat, if they are not all the same."""
    for length in range(2, len(rates) // 2 + 1):
        if all(rate == rates[at % length] for at, rate in enumerate(rates)):
            return length
    return None


def _total(rates: list[float]) -> int | None:
    """Over how many steps the rates fall to zero: by the same amount at each, or as half a wave of a cosine."""
    if len(rates) < 2 or not all(map(math.isfinite, rates)) or rates[0] <= 0 or rates[1] >= rates[0]:
        return None
    drops = [before - after for before, after in itertools.pairwise(rates)]
    if all(_near(drop, drops[0], rates[0]) for drop in drops):
        return round(rates[0] / drops[0])
    angle = math.acos(max(2 * (rates[1] / rates[0]) - 1, -1.0))
    if not angle:
        return None
    wave = [rates[0] * (1 + math.cos(angle * at)) / 2 for at in range(len(rates))]
    return round(math.pi / angle) if all(_near(*pair, rates[0]) for pair in zip(rates, wave, strict=True)) else None


def _near(one: float, other: float, largest: float) -> bool:
    return abs(one - other) <= 1e-6 * largest
