"""The layers of a parity directory, lowest first, and how each is compared."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from conformance.exits import UsageError
from conformance.parity.files import read_object, read_objects
from conformance.traces import stream as ops
from conformance.traces.compare import compare_streams
from conformance.traces.records import checkpoint_differences, metric_differences
from conformance.traces.rules import EXACT, load_rules
from conformance.traces.telling import tell
from conformance.traces.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCAL = frozenset(
    {
        "log_path",
        "base_url",
        "parity_dir",
        "recipe_name",
        "session_name",
        "wandb_name",
        "wandb_project",
        "enable_trace",
        "span_chart_every",
        "dataset_builder",
        "evaluator_builders",
        "infrequent_evaluator_builders",
    }
)
"""Members of config.json that training does not depend on: places, names, and code, which languages name otherwise."""


class State(StrEnum):
    """What became of a layer."""

    EQUAL = "equal"
    DIFFERS = "differs"
    MISSING = "missing"
    """One directory has it, the other has not."""
    ABSENT = "absent"
    """Neither has it."""


class Outcome(Struct, frozen=True):
    """A layer that was compared. `told` are sentences, the first difference first; `notes` are no differences."""

    layer: str
    file: str
    state: State
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Layer(NamedTuple):
    """`compare(one, other, names)` gives what differs, and what is to be noted."""

    name: str
    file: str
    compare: Callable[[Path, Path, tuple[str, str]], tuple[list[str], list[str]]]


def compare_directories(first: Path, second: Path) -> list[Outcome]:
    """Every layer, lowest first.

    Raises:
        UsageError: a directory or a file cannot be read or is not what it should be, or no layer is in both.
    """
    for directory in (first, second):
        if not directory.is_dir():
            raise UsageError(f"{directory} is no directory; give two directories that runs have written")
    names = ("A", "B")
    outcomes = [_compare(layer, first / layer.file, second / layer.file, names) for layer in LAYERS]
    if all(outcome.state in (State.ABSENT, State.MISSING) for outcome in outcomes):
        files = ", ".join(layer.file for layer in LAYERS)
        raise UsageError(f"{first} and {second} have no layer in common; each should hold some of {files}")
    return outcomes


def _compare(layer: Layer, one: Path, other: Path, names: tuple[str, str]) -> Outcome:
    there = one.exists() or one.is_symlink(), other.exists() or other.is_symlink()
    if there == (False, False):
        return Outcome(layer.name, layer.file, State.ABSENT)
    if there != (True, True):
        lacking = names[there.index(False)]
        return Outcome(layer.name, layer.file, State.MISSING, (f"{lacking} has no {layer.file}",))
    told, notes = layer.compare(one, other, names)
    return Outcome(layer.name, layer.file, State.DIFFERS if told else State.EQUAL, tuple(told), tuple(notes))


def _config(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    mine, theirs = read_object(one), read_object(other)
    told, notes = [], []
    tolerance = load_rules().tolerance_of("params.config")
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        if key in LOCAL:
            continue
        if key in mine and key in theirs:
            found = first_difference(mine[key], theirs[key], tolerance, key)
            if found is not None:
                told.append(found.told(*names))
        else:
            notes.append(f"{key} is in {names[0] if key in mine else names[1]} alone")
    return told, notes


def _dataset(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    mine, theirs = read_objects(one), read_objects(other)
    places = [_text(row) for row in mine], [_text(row) for row in theirs]
    if places[0] == places[1]:
        return [], []
    if sorted(places[0]) == sorted(places[1]):
        at = next(at for at, (left, right) in enumerate(zip(*places, strict=True)) if left != right)
        return [f"the same rows in another order: row {at} of A is row {places[1].index(places[0][at])} of B"], []
    found = first_difference(mine, theirs, EXACT, "rows")
    return [found.told(*names) if found is not None else "rows differ"], []


def _samples(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    return _told(_datums(read_objects(one), one), _datums(read_objects(other), other), "cross_entropy")


def _batch(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    mine, theirs = read_object(one), read_object(other)
    told = []
    for key in ("loss_fn", "loss_fn_config"):
        found = first_difference(mine.get(key), theirs.get(key), EXACT, key)
        if found is not None:
            told.append(found.told(*names))
    more, notes = _told(
        _datums(mine.get("datums"), one), _datums(theirs.get("datums"), other), str(mine.get("loss_fn"))
    )
    return told + more, notes


def _told(mine: list[ops.Datum], theirs: list[ops.Datum], loss: str) -> tuple[list[str], list[str]]:
    """Datums differ as those of a pass do, and are told of in the same words; A stands for upstream there."""
    one, other = ((ops.ForwardBackward(model="m0", loss_fn="-", datums=tuple(side)),) for side in (mine, theirs))
    compared = compare_streams(one, other)
    notes = [f"{compared.tolerated} numbers are equal within their tolerance"] if compared.tolerated else []
    loop = {"dpo": "preference", "cross_entropy": "supervised"}.get(loss, "rl")
    sentences = (told.text.removeprefix("step 0: ") for told in tell(compared, loop=loop))
    return [_sides(text) for text in sentences], notes


def _sides(text: str) -> str:
    return f"in B {text}".replace("upstream's", "A's").replace("upstream", "A")


def _datums(value: Any, path: Path) -> list[ops.Datum]:
    if not isinstance(value, list):
        raise UsageError(f"{path} has no list of datums")
    datums = []
    for place, item in enumerate(value):
        try:
            datums.append(msgspec.convert(item, ops.Datum))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: datum {place} is none: {error}") from error
    return datums


def _metrics(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    return metric_differences(_records(one), _records(other), names), []


def _checkpoints(one: Path, other: Path, names: tuple[str, str]) -> tuple[list[str], list[str]]:
    return checkpoint_differences(_records(one), _records(other), names), []


def _records(path: Path) -> list[dict[str, Any]]:
    records = read_objects(path)
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            raise UsageError(f"{path}: record {place} is no JSON object; run the loop again")
    return records


def _text(row: Any) -> str:
    return json.dumps(row, sort_keys=True)


LAYERS = (
    Layer("config", "config.json", _config),
    Layer("dataset", "dataset.jsonl", _dataset),
    Layer("rendered samples", "rendered.jsonl", _samples),
    Layer("first batch", "first_batch.json", _batch),
    Layer("metrics", "metrics.jsonl", _metrics),
    Layer("checkpoints", "checkpoints.jsonl", _checkpoints),
)
"""Lowest first: a difference below explains those above."""
