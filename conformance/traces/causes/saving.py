"""Checkpoints: which there are, what they hold, how long they are kept, which are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.traces.causes.view import Told, View, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traces.compare import Difference
    from conformance.traces.shape import Save

WORDS = {"state": "the training state", "sampler": "the weights for samplers"}


def tell(view: View) -> Iterator[Told]:
    groups: dict[str, list[Difference]] = {}
    for each in view.of("save"):
        groups.setdefault((each.expected or each.got).name, []).append(each)
    for name, group in groups.items():
        missing = [each for each in group if each.got is None]
        extra = [each for each in group if each.expected is None]
        rest = [each for each in group if each.expected is not None and each.got is not None]
        yield from _missing(view, name, missing)
        if extra:
            parts = " and ".join(dict.fromkeys(WORDS[each.got.kind] for each in extra))
            yield Told(
                text=f"a checkpoint {say(name)} of {parts} that upstream does not save",
                cause="checkpoint too many",
                explains=tuple(extra),
            )
        yield from _fields(view, name, rest)
    for each in view.of("deleted"):
        if each.expected:
            yield Told(
                text=f"{', '.join(map(say, each.expected))} is not deleted, upstream deletes it",
                cause="checkpoint not deleted",
                explains=(each,),
            )
        else:
            yield Told(text=f"{', '.join(map(say, each.got))} is deleted, upstream keeps it", explains=(each,))


def _missing(view: View, name: str, missing: list[Difference]) -> Iterator[Told]:
    if not missing:
        return
    parts = [WORDS[each.expected.kind] for each in missing]
    whole = not any(save.name == name for save in view.got.saves)
    if name == "final" and whole:
        yield Told(
            text="no final save: upstream saves 'final' at the end", cause="no final save", explains=tuple(missing)
        )
    else:
        what = "no checkpoint" if whole else f"no save of {' and '.join(dict.fromkeys(parts))} as"
        yield Told(text=f"{what} {say(name)}", cause="checkpoint missing", explains=tuple(missing))


def _fields(view: View, name: str, found: list[Difference]) -> Iterator[Told]:
    steps = [each for each in found if each.field == "steps"]
    if steps:
        mine, theirs = steps[0].expected, steps[0].got
        yield Told(
            text=f"checkpoint {say(name)} holds {_count(theirs)}, upstream's {_count(mine)}",
            cause="checkpoint holds other steps",
            explains=tuple(steps),
        )
    kept = [each for each in found if each.field == "ttl_seconds"]
    if kept:
        mine, theirs = kept[0].expected.ttl_seconds, kept[0].got.ttl_seconds
        yield Told(
            text=f"checkpoint {say(name)} {_kept(theirs)}, upstream's {_kept(mine)}",
            cause="checkpoint kept otherwise",
            explains=tuple(kept),
        )


def _count(save: Save) -> str:
    return "1 step" if save.steps == 1 else f"{save.steps} steps"


def _kept(seconds: int | None) -> str:
    return "is kept for ever" if seconds is None else f"expires after {seconds} s"
