"""A normal stream as people think of a loop: how it begins, its steps, its saves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from conformance.traces import stream as ops

if TYPE_CHECKING:
    from conformance.traces.normal import Normal


class Step(Struct, frozen=True):
    """The passes that lead to an optim_step, and it; None where the stream ends without one."""

    passes: tuple[ops.ForwardBackward, ...]
    optim: ops.OptimStep | None


class Save(Struct, frozen=True, kw_only=True):
    """A named checkpoint: `state` to train on from, `sampler` to sample from. `steps` are those it holds."""

    kind: Literal["state", "sampler"]
    name: str
    steps: int
    ttl_seconds: int | None


class Loop(Struct, frozen=True):
    """The parts of a stream."""

    starts: tuple[ops.CreateModel | ops.LoadWeights, ...]
    steps: tuple[Step, ...]
    saves: tuple[Save, ...]

    @property
    def optim_steps(self) -> int:
        return sum(step.optim is not None for step in self.steps)


def shape(normal: Normal) -> Loop:
    """The parts of a normal stream."""
    starts: list[ops.CreateModel | ops.LoadWeights] = []
    steps: list[Step] = []
    saves: list[Save] = []
    passes: list[ops.ForwardBackward] = []
    for operation in normal.training:
        match operation:
            case ops.ForwardBackward():
                passes.append(operation)
            case ops.OptimStep():
                steps.append(Step(tuple(passes), operation))
                passes = []
            case ops.SaveWeights():
                saves.append(
                    Save(
                        kind="state",
                        name=operation.name,
                        steps=len(steps),
                        ttl_seconds=operation.ttl_seconds,
                    )
                )
            case ops.SaveWeightsForSampler():
                name = operation.name or ""
                ttl = operation.ttl_seconds
                saves.append(Save(kind="sampler", name=name, steps=len(steps), ttl_seconds=ttl))
            case _:
                starts.append(operation)
    if passes:
        steps.append(Step(tuple(passes), None))
    return Loop(tuple(starts), tuple(steps), tuple(saves))
