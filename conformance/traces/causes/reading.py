"""Samplers: which weights are read, for evaluation, as a reference, for rollouts; and with what parameters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.traces.causes.view import Told, View, say
from conformance.traces.compare import Readings, weights_name
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traces.compare import Difference
    from conformance.traces.normal import Weights
    from conformance.traces.stream import Sample


def tell(view: View) -> Iterator[Told]:
    found = view.of("reads")
    if not found:
        return
    told = _moved(view, found) or _asked_otherwise(view, found)
    if told is not None:
        yield told
        found = [each for each in found if each not in told.explains]
    for each in found:
        yield from _alone(view, each)


def _moved(view: View, found: list[Difference]) -> Told | None:
    """The same requests, of other weights."""
    left, right = view.comparison.expected.reads, view.comparison.got.reads
    if sum(left.values(), Counter()) != sum(right.values(), Counter()) or not left:
        return _refreshed(view, found)
    what = _purpose(view, next(iter(found)))
    before = {weights.version for weights in left if weights.version >= 0}
    after = {weights.version for weights in right if weights.version >= 0}
    if (refreshed := _refreshed(view, found)) is not None:
        return refreshed
    if any(weights.version < 0 for weights in left) and not any(weights.version < 0 for weights in right):
        name = next(weights_name(weights) for weights in left if weights.version < 0)
        return Told(
            text=f"{what} read the model that is trained, upstream's read {name}",
            cause="reference is the policy",
            explains=tuple(found),
        )
    if len(after) == 1 and len(before) > 1 and min(before) in after:
        name = next(weights_name(weights) for weights in right if weights.version >= 0)
        return Told(
            text=f"{what} always read {name}: the sampler is never refreshed",
            cause="sampler never refreshed",
            explains=tuple(found),
        )
    shifts = _shifts(left, right)
    if shifts and all(shift > 0 for shift in shifts):
        first = min(weights.version for weights in left if weights.version >= 0)
        return Told(
            text=f"{what} of {view.step_number(first)} read the weights after the step, upstream's those before it",
            cause="read after the step",
            explains=tuple(found),
        )
    if shifts and all(shift < 0 for shift in shifts):
        return Told(
            text=(
                f"{what} read weights that are {counted(-max(shifts), 'step')} older than upstream's: "
                "the sampler is taken before the update"
            ),
            cause="sampler before the update",
            explains=tuple(found),
        )
    return Told(
        text=f"{what} read the weights after steps {_listed(after)}, upstream's after {_listed(before)}",
        cause="other weights read",
        explains=tuple(found),
    )


def _refreshed(view: View, found: list[Difference]) -> Told | None:
    """DPO: the reference must be one model throughout."""
    if view.loop != "preference":
        return None
    left = {weights for weights in view.comparison.expected.reads if weights.version >= 0}
    right = {weights for weights in view.comparison.got.reads if weights.version >= 0}
    if len(left) == 1 and len(right) > 1:
        versions = sorted(weights.version for weights in right)
        return Told(
            text=(
                f"the reference is refreshed: it reads the weights after steps {_listed(versions)}, "
                f"upstream's stays the model after {next(iter(left)).version}"
            ),
            cause="reference refreshed",
            explains=tuple(found),
        )
    return None


def _shifts(left: dict[Weights, Counter[bytes]], right: dict[Weights, Counter[bytes]]) -> set[int]:
    """By how many steps the requests of all versions moved together; empty where they did not.

    Those of the first version may have stayed, because there is none before it.
    """
    found: list[set[int]] = []
    for weights in sorted(weights for weights in left if weights.version >= 0):
        there = [other.version for other, asked in right.items() if other.version >= 0 and left[weights] <= asked]
        found.append({version - weights.version for version in there})
    for considered in (found, found[1:]):
        if considered and (common := set.intersection(*considered)):
            return {min(common, key=abs)}
    return set()


def _asked_otherwise(view: View, found: list[Difference]) -> Told | None:
    """The same prompts of the same weights, asked with other parameters."""
    pairs: list[tuple[Sample, Sample]] = []
    for each in found:
        mine, theirs = each.expected.samples(), each.got.samples()
        prompts = {sample.prompt: sample for sample in theirs}
        if each.expected.count != each.got.count or any(sample.prompt not in prompts for sample in mine):
            return _shorter(view, found)
        pairs += [(sample, prompts[sample.prompt]) for sample in mine]
    if not pairs:
        return None
    one, other = pairs[0]
    differing = [
        f"{field} {say(getattr(theirs, field))}, upstream {say(getattr(mine, field))}"
        for mine, theirs in ((one, other), (one.params, other.params))
        for field in mine.__struct_fields__
        if field != "params" and getattr(mine, field) != getattr(theirs, field)
    ]
    what = _purpose(view, found[0])
    return Told(text=f"{what} ask with {'; '.join(differing)}", cause="asked otherwise", explains=tuple(found))


def _shorter(view: View, found: list[Difference]) -> Told | None:
    """Prompts that lack the last token: the inputs of a datum without its last target."""
    for each in found:
        mine = {sample.prompt[:-1] for sample in each.expected.samples()}
        theirs = {sample.prompt for sample in each.got.samples()}
        if not theirs or not theirs <= mine:
            return None
    what = _purpose(view, found[0])
    return Told(
        text=f"{what} read prompts without their last token: the last target is not appended to the inputs",
        cause="last target missing",
        explains=tuple(found),
    )


def _alone(view: View, each: Difference) -> Iterator[Told]:
    mine: Readings = each.expected
    theirs: Readings = each.got
    what, name = _purpose(view, each), weights_name(mine.weights)
    if theirs.total == 0:
        text = f"no {what} read {name}: upstream asks {counted(mine.total, 'time')}"
    elif mine.total == 0:
        text = f"{what} read {name} ({counted(theirs.total, 'request')}), upstream's never do"
    elif theirs.total != mine.total:
        text = f"{what} ask {name} {counted(theirs.total, 'time')}, upstream's {mine.total}"
    else:
        text = f"{theirs.count} of {theirs.total} {what} of {name} have another prompt or other parameters"
    cause = "nothing read" if theirs.total == 0 else "read too often" if mine.total == 0 else ""
    yield Told(text=text, cause=cause, explains=(each,))


def _purpose(view: View, each: Difference) -> str:
    """What such requests are for."""
    samples = [*each.expected.samples(), *each.got.samples()]
    if samples and not samples[0].prompt_logprobs:
        return "rollouts"
    return {"preference": "reference logprobs", "rl": "requests for logprobs"}.get(view.loop, "evaluations")


def _listed(versions: object) -> str:
    return ", ".join(map(str, sorted(versions)))  # type: ignore[call-overload]
