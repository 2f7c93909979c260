"""The inputs of the loss: weights, advantages, targets, logprobs, and what does not belong there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from conformance.traces.causes.view import Told, View, backward, say
from conformance.traces.stream import Tensor, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traces.compare import Difference
    from conformance.traces.stream import Datum

CLOSE = 1e-4
"""Relative: a cause is recognised although float32 rounds."""

Pairs = list[tuple[list[float], list[float]]]


def tell(view: View) -> Iterator[Told]:
    groups: dict[str, list[Difference]] = {}
    for each in view.of("input"):
        groups.setdefault(each.field, []).append(each)
    for name, group in groups.items():
        text, cause = _about(view, name, group)
        yield Told(text=f"{view.steps(group)}: {text}", cause=cause, explains=tuple(group))


def _about(view: View, name: str, group: list[Difference]) -> tuple[str, str]:
    first = group[0]
    mine: Tensor | None = first.expected
    theirs: Tensor | None = first.got
    if mine is None:
        if name == "mask":
            return "mask left in the inputs: upstream removes it before it sends the datums", "mask left in"
        return f"the inputs hold {say(name)}, which upstream's lack", "input too many"
    if theirs is None:
        return f"the inputs lack {say(name)}", "input missing"
    if mine.dtype != theirs.dtype:
        return f"{name} are {theirs.dtype}, upstream's {mine.dtype}", "another dtype"
    if mine.shape != theirs.shape:
        return f"{name} of shape {list(theirs.shape)}, upstream {list(mine.shape)}", "another shape"
    pairs = [(_values(each.expected), _values(each.got)) for each in group if _comparable(each)]
    recognised = {"weights": _weights, "advantages": _advantages, "target_tokens": _targets}.get(name)
    finite = all(math.isfinite(item) for pair in pairs for side in pair for item in side)
    told = recognised(view, group, pairs) if recognised is not None and pairs and finite else None
    if told is not None:
        return told
    at = next(at for at, (one, other) in enumerate(zip(mine.data, theirs.data, strict=True)) if one != other)
    return f"{name}[{at}] of datum {first.datum} is {say(theirs.data[at])}, upstream {say(mine.data[at])}", ""


def _weights(view: View, group: list[Difference], pairs: Pairs) -> tuple[str, str] | None:
    if all(_all_close(one, [-item for item in other]) for one, other in pairs):
        return "weights have the opposite sign of upstream's", "weights negated"
    if all(set(other) <= {0.0, 1.0} and _proportional(one, other) for one, other in pairs):
        if view.loop == "preference":
            return "weights are 0/1, upstream sends the gradient of the loss of DPO", "no gradient of dpo"
        return "weights are 0/1, upstream divides by the count: those of a datum add up to 1", "weights not reduced"
    if all(set(one) <= {0.0, 1.0} and _proportional(one, other) for one, other in pairs):
        return "weights are divided by their count, upstream's are 0/1", "weights reduced"
    # What falls out at one end is 0, or it would be no shift.
    if all((one[1:] == other[:-1] or one[:-1] == other[1:]) and _near(sum(one), sum(other)) for one, other in pairs):
        return "weights are shifted by one place", "weights shifted"
    ratios = {_ratio(one, other) for one, other in pairs}
    if len(ratios) == 1 and (ratio := ratios.pop()) is not None:
        return f"weights are {ratio:.4g} times upstream's", "weights scaled"
    return None


def _advantages(view: View, group: list[Difference], pairs: Pairs) -> tuple[str, str] | None:
    ratios = [_ratio(one, other) for one, other in pairs]
    known = [ratio for ratio in ratios if ratio is not None]
    if known and len(known) == len(ratios):
        if all(abs(ratio + 1) < CLOSE for ratio in known):
            return "advantages have the opposite sign of upstream's", "advantages negated"
        if _are_deviations(view, {each.step for each in group}, known):
            return (
                "advantages are divided by the standard deviation, upstream only subtracts the mean",
                "divided by std",
            )
    if all(_eighths(other) for _, other in pairs) and _constant_offset(pairs):
        return "advantages are the rewards themselves, upstream subtracts the mean of the group", "mean not subtracted"
    if all(not any(other) for _, other in pairs):
        return "advantages are 0 throughout", "no advantages"
    return None


def _targets(view: View, group: list[Difference], pairs: Pairs) -> tuple[str, str] | None:
    for each in group:
        datum = _datum(view, each)
        if datum is None or list(each.got.data) != [token for token in datum.tokens if isinstance(token, int)]:
            return None
    return "target_tokens are the inputs: they are not shifted by one place", "targets not shifted"


def _are_deviations(view: View, steps: set[int], ratios: list[float]) -> bool:
    """Whether the ratios are 1 / std of upstream's advantages of a group, with n or n - 1 below."""
    deviations = set().union(*(_deviations(view, step) for step in steps))
    return all(any(abs(ratio * deviation - 1) < 0.01 for deviation in deviations if deviation) for ratio in set(ratios))


def _deviations(view: View, step: int) -> set[float]:
    """The standard deviations of the advantages of each group of a step: datums whose prompts are equal."""
    groups: dict[tuple[object, ...], list[float]] = {}
    for each in backward(view.expected.steps[step]):
        for datum in each.datums:
            if not {"advantages", "logprobs"} <= datum.inputs.keys():
                continue
            values, logprobs = datum.inputs["advantages"].data, datum.inputs["logprobs"].data
            prompt = next((at for at, item in enumerate(logprobs) if value_of(item) != 0), len(values))
            if not values:
                continue
            # Position `prompt` is the first that is sampled: all before it, and itself as an input, is the prompt.
            at = min(prompt, len(values) - 1)
            groups.setdefault(datum.tokens[: at + 1], []).append(value_of(values[at]))
    found: set[float] = set()
    for values_ in groups.values():
        total, count = sum(item * item for item in values_), len(values_)
        found.add(math.sqrt(total / count))
        if count > 1:
            found.add(math.sqrt(total / (count - 1)))
    return found


def _datum(view: View, each: Difference) -> Datum | None:
    passes = backward(view.got.steps[each.step])
    return passes[0].datums[each.datum] if passes and each.datum < len(passes[0].datums) else None


def _comparable(each: Difference) -> bool:
    return each.expected is not None and each.got is not None and each.expected.shape == each.got.shape


def _values(tensor: Tensor) -> list[float]:
    return [value_of(item) for item in tensor.data]


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-9)


def _all_close(left: list[float], right: list[float]) -> bool:
    return all(_near(one, other) for one, other in zip(left, right, strict=True))


def _ratio(left: list[float], right: list[float]) -> float | None:
    """By what `left` is multiplied to give `right`; None if there is no such number or nothing to see it by."""
    place = max(range(len(left)), key=lambda at: abs(left[at]), default=None)
    if place is None or not left[place]:
        return None
    ratio = right[place] / left[place]
    return round(ratio, 6) if _all_close([item * ratio for item in left], right) else None


def _proportional(left: list[float], right: list[float]) -> bool:
    return _ratio(left, right) is not None or not any((*left, *right))


def _eighths(values: list[float]) -> bool:
    return all(item * 8 == int(item * 8) and item >= 0 for item in values)


def _constant_offset(pairs: Pairs) -> bool:
    """Whether where upstream has an advantage, the other differs by one number a datum."""
    for left, right in pairs:
        offsets = {round(other - one, 6) for one, other in zip(left, right, strict=True) if one or other}
        if len(offsets) > 1:
            return False
    return True
