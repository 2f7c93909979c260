"""The passes of a step: whether they are there, their loss, which datums they hold, in which order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.traces.causes.view import Told, View, backward, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.traces.compare import Difference
    from conformance.traces.stream import Datum, ForwardBackward

    Sequences = list[tuple[object, ...]]


def tell(view: View) -> Iterator[Told]:
    if view.of("steps") and _skips_first(view):
        mine, theirs = view.expected.optim_steps, view.got.optim_steps
        held = [each for each in view.of("save") if each.field == "steps"]
        yield Told(
            text=f"the step of the checkpoint is not replayed: {theirs} steps, upstream {mine}",
            cause="no replay",
            explains=(*view.of("steps", "tokens", "datums", "adam", "input", "reads"), *held),
        )
        return
    if view.of("pass") and _steps_first(view):
        yield Told(
            text="every step: optim_step is submitted before the passes of its step, and so acts on those before",
            cause="optimizer before the pass",
            explains=tuple(view.of("pass", "steps", "tokens", "datums", "loss", "input")),
        )
        return
    yield from _passes(view)
    yield from _losses(view)
    found = view.of("datums", "tokens")
    if found:
        yield from _datums(view, found)
    yield from _steps(view)


def _passes(view: View) -> Iterator[Told]:
    found = view.of("pass")
    if not found:
        return
    first = found[0]
    mine, theirs = _kinds(first.expected), _kinds(first.got)
    steps = view.steps(found)
    if view.loop == "preference" and True in mine and True not in theirs:
        if not view.comparison.got.reads:
            explains = [*found, *view.of("reads", "input")]
            yield Told(
                text=(
                    f"{steps}: DPO trains on both chosen and rejected with cross_entropy, as supervised training does: "
                    "no forward pass for the loss, no logprobs of a reference"
                ),
                cause="dpo is supervised training",
                explains=tuple(explains),
            )
        else:
            yield Told(
                text=f"{steps}: no forward pass before the backward one: the loss knows no logprobs of the model",
                cause="no forward pass",
                explains=tuple(found),
            )
    elif len(theirs) > len(mine):
        yield Told(
            text=f"{steps}: {len(theirs)} passes before the optim_step, upstream {len(mine)}",
            cause="passes too many",
            explains=tuple(found),
        )
    elif len(theirs) < len(mine):
        yield Told(
            text=f"{steps}: {_count(len(theirs), 'pass', 'passes')} before the optim_step, upstream {len(mine)}",
            cause="passes missing",
            explains=tuple(found),
        )
    else:
        yield Told(text=f"{steps}: forward_only is {theirs}, upstream {mine}", explains=tuple(found))


def _losses(view: View) -> Iterator[Told]:
    groups: dict[tuple[str, str, str], list[Difference]] = {}
    for each in view.of("loss"):
        groups.setdefault((each.field, repr(each.expected), repr(each.got)), []).append(each)
    for (field, _, _), group in groups.items():
        expected, got = group[0].expected, group[0].got
        text = f"{view.steps(group)}: forward_backward has {field} {say(got)}, upstream {say(expected)}"
        yield Told(text=text, cause="another loss" if field == "loss_fn" else "", explains=tuple(group))


def _datums(view: View, found: list[Difference]) -> Iterator[Told]:
    """Tokens that are not those of upstream's datums."""
    first = found[0]
    mine, theirs = _tokens(first.expected), _tokens(first.got)
    steps = view.steps(found)
    explains = list(found)
    if len(theirs) == len(mine) + 1 and theirs[:-1] == mine and view.loop == "preference":
        text, cause = (
            f"{len(theirs)} datums, upstream {len(mine)}: the odd one has no partner and is dropped",
            "odd datum",
        )
        # What it asks of the reference is the same fault.
        explains += [each for each in view.of("reads") if not each.expected.count]
    elif Counter(mine) == Counter(theirs):
        text, cause = f"datum order {_order(mine, theirs)}, upstream 0 to {len(mine) - 1}", "datum order"
    elif (joined := _joined(view, theirs, first.step)) > 1:
        text = f"{len(theirs)} datums, those of {joined} of upstream's steps: the batch is not split into substeps"
        cause = "substeps ignored"
    elif (other := _step_of(view, theirs, first.step)) is not None:
        text, cause = _other_step(view, first.step, other)
    elif theirs and all(
        len(one) == len(other) + 1 and one[:-1] == other for other, one in zip(mine, theirs, strict=False)
    ):
        text, cause = "the inputs are not shifted: they still hold the last token", "inputs not shifted"
    elif len(mine) != len(theirs):
        text, cause = f"{_count(len(theirs), 'datum', 'datums')}, upstream {len(mine)}", ""
    else:
        text, cause = _first_token(mine, theirs), "other tokens"
    yield Told(text=f"{steps}: {text}", cause=cause, explains=tuple(explains))


def _other_step(view: View, step: int, other: int) -> tuple[str, str]:
    name = view.step_number(other)
    seen = {number for number in range(step) if number == other}
    if seen:
        return (
            f"the data are those of upstream's {name} once more: the order of the first epoch is repeated",
            "data order",
        )
    return f"the data are those of upstream's {name}", "data order"


def _step_of(view: View, tokens: Sequences, at: int) -> int | None:
    """The upstream step that has these datums."""
    for number, step in enumerate(view.expected.steps):
        if number != at and any(_tokens(each.datums) == tokens for each in backward(step)):
            return number
    return None


def _joined(view: View, tokens: Sequences, at: int) -> int:
    """How many of upstream's steps from `at` on have these datums together; 0 if none."""
    joined: Counter[tuple[object, ...]] = Counter()
    for count, step in enumerate(view.expected.steps[at:], start=1):
        joined.update(token for each in backward(step) for token in _tokens(each.datums))
        if joined == Counter(tokens):
            return count
    return 0


def _steps(view: View) -> Iterator[Told]:
    for each in view.of("steps"):
        mine, theirs = view.expected.optim_steps, view.got.optim_steps
        if theirs < mine:
            yield Told(
                text=f"training ends after {_count(theirs, 'step', 'steps')}, upstream takes {mine}",
                cause="steps missing",
                explains=(each,),
            )
        elif theirs > mine:
            yield Told(
                text=f"training takes {_count(theirs, 'step', 'steps')}, upstream {mine}",
                cause="steps too many",
                explains=(each,),
            )
        else:
            yield Told(text="the last pass is not followed by an optim_step as upstream's is", explains=(each,))


def _skips_first(view: View) -> bool:
    """Whether the loop does upstream's steps but for the first."""
    mine = [[_tokens(each.datums) for each in backward(step)] for step in view.expected.steps]
    theirs = [[_tokens(each.datums) for each in backward(step)] for step in view.got.steps]
    return len(mine) > 1 and mine[1:] == theirs


def _steps_first(view: View) -> bool:
    """Whether the passes of every step of upstream's come after the optim_step of that step."""
    mine, theirs = (
        [[(each.forward_only, _tokens(each.datums)) for each in step.passes] for step in side.steps]
        for side in (view.expected, view.got)
    )
    return theirs == [[], *mine]


def _tokens(datums: Sequence[Datum]) -> Sequences:
    return [each.tokens for each in datums]


def _kinds(passes: Sequence[ForwardBackward]) -> list[bool]:
    return [each.forward_only for each in passes]


def _order(mine: Sequences, theirs: Sequences) -> str:
    left = list(range(len(mine)))
    order = []
    for tokens in theirs:
        place = next(place for place in left if mine[place] == tokens)
        left.remove(place)
        order.append(place)
    return ", ".join(map(str, order))


def _first_token(mine: Sequences, theirs: Sequences) -> str:
    place = next(place for place, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other)
    one, other = mine[place], theirs[place]
    if len(one) != len(other) and one[: len(other)] == other[: len(one)]:
        return f"datum {place} has {len(other)} tokens, upstream {len(one)}"
    at = next(at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return f"datum {place} has token {say(other[at])} at {at}, upstream {say(one[at])}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
