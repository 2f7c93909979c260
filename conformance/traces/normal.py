"""A stream in the form that is compared: what the rules call incidental is gone from it.

Every rule of rules.toml under `incidental` and `scenario` has its place here, in the decoding of `stream` (`encoding`),
or in the form itself, which has no place for it (`chunks`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from conformance.traces import stream as ops

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

Training = (
    ops.CreateModel
    | ops.LoadWeights
    | ops.ForwardBackward
    | ops.OptimStep
    | ops.SaveWeights
    | ops.SaveWeightsForSampler
)


class Weights(Struct, frozen=True, order=True):
    """Which weights a sampler has: those of a model after `version` steps; -1 for a path or a base model."""

    name: str
    version: int = -1


class Normal(Struct, frozen=True):
    """A stream to be compared.

    `training` are the operations that a server executes in order, with the named saves. `reads` are the requests to
    sample by the weights that they read, `deleted` how often each path was dropped.
    """

    training: tuple[Training, ...]
    reads: dict[Weights, Counter[bytes]]
    deleted: Counter[str]


_key = msgspec.json.Encoder(order="sorted")
ANY = ops.Sampler(base_model="-")
"""Stands in a request whose weights are written elsewhere."""


def normalise(stream: Iterable[ops.Operation], *, rules: Collection[str] = (), runs: Collection[str] = ()) -> Normal:
    """The stream without what is incidental.

    `rules` are those of the scenario. `runs` are the runs in paths that the scenario names, which are no ids.
    """
    walk = _Walk(frozenset(runs))
    for operation in stream:
        walk.take(operation)
    training = _sort_saves(walk.training)
    if "datums_of_a_group_race" in rules:
        training = [_sort_datums(each) for each in training]
    if "minibatches_race" in rules:
        training = _sort_passes(training)
    return Normal(training=tuple(training), reads=walk.reads, deleted=walk.deleted)


def sample_of(key: bytes) -> ops.Sample:
    """The request that a key of `Normal.reads` stands for."""
    return msgspec.json.decode(key, type=ops.Sample)


class _Walk:
    """Goes through a stream once, with what was saved under which path so far."""

    def __init__(self, runs: frozenset[str]) -> None:
        self.training: list[Training] = []
        self.reads: dict[Weights, Counter[bytes]] = {}
        self.deleted: Counter[str] = Counter()
        self._runs = runs
        self._models: dict[str, str] = {}
        self._saved: dict[str, Weights] = {}
        self._steps: Counter[str] = Counter()
        self._before: dict[str, int] = {}

    def take(self, operation: ops.Operation) -> None:
        match operation:
            case ops.CreateSession():
                pass
            case ops.Sample():
                self._read(operation)
            case ops.DeleteCheckpoint():
                self.deleted[self._path(operation.path)] += 1
            case ops.SaveWeightsForSampler():
                model = self._model(operation.model)
                self._before.setdefault(model, operation.version - self._steps[model])
                version = operation.version - self._before[model]
                if operation.name is not None:
                    self._saved[f"sampler_weights/{operation.name}"] = Weights(model, version)
                    self.training.append(replace(operation, model=model, version=version))
            case ops.LoadWeights():
                path = self._path(operation.path)
                self.training.append(replace(operation, model=self._model(operation.model), path=path))
            case _:
                model = self._model(operation.model)
                self._steps[model] += isinstance(operation, ops.OptimStep)
                self.training.append(replace(operation, model=model))

    def _model(self, name: str) -> str:
        return self._models.setdefault(name, f"m{len(self._models)}")

    def _path(self, path: str) -> str:
        run, found, rest = path.removeprefix("tinker://").partition("/")
        return path if not found or run in self._runs else rest

    def _read(self, sample: ops.Sample) -> None:
        weights = self._weights(sample.sampler)
        plain = replace(sample, sampler=ANY)
        self.reads.setdefault(weights, Counter())[_key.encode(plain)] += 1

    def _weights(self, sampler: ops.Sampler) -> Weights:
        if sampler.model is not UNSET and sampler.version is not UNSET:
            model = self._model(sampler.model)
            return Weights(model, sampler.version - self._before.get(model, 0))
        if sampler.path is not UNSET:
            path = self._path(sampler.path)
            return self._saved.get(path, Weights(path))
        return Weights(f"base model {sampler.base_model}")


def _sort_saves(training: list[Training]) -> list[Training]:
    """Saves between which nothing else stands, by kind and name."""
    return _sort_runs(
        training,
        lambda each: _save_key(each) if isinstance(each, ops.SaveWeights | ops.SaveWeightsForSampler) else None,
    )


def _sort_runs(training: list[Training], key: Callable[[Training], Any]) -> list[Training]:
    """Operations that have a key are sorted among their neighbours that have one."""
    ordered: list[Training] = []
    for keyed, neighbours in itertools.groupby(training, key=lambda each: key(each) is not None):
        group = list(neighbours)
        ordered += sorted(group, key=key) if keyed else group
    return ordered


def _save_key(save: ops.SaveWeights | ops.SaveWeightsForSampler) -> tuple[str, bool]:
    return save.name or "", isinstance(save, ops.SaveWeightsForSampler)


def _sort_datums(operation: Training) -> Training:
    if not isinstance(operation, ops.ForwardBackward):
        return operation
    return replace(operation, datums=tuple(sorted(operation.datums, key=_datum_key)))


def _datum_key(datum: ops.Datum) -> tuple[bytes, bytes]:
    # Tokens and targets first: they are equal on both sides where values of floats may differ a little.
    whole = [datum.tokens, {name: tensor for name, tensor in datum.inputs.items() if tensor.dtype == "int64"}]
    return _key.encode(whole), _key.encode(datum.inputs)


def _sort_passes(training: list[Training]) -> list[Training]:
    """Passes between two other operations, by their datums."""
    return _sort_runs(training, lambda each: _pass_key(each) if isinstance(each, ops.ForwardBackward) else None)


def _pass_key(operation: ops.ForwardBackward) -> list[tuple[bytes, bytes]]:
    return [_datum_key(datum) for datum in operation.datums]
