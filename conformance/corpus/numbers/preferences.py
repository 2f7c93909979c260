"""Questions for the loss of direct preference optimization, and for a step of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import Json, ask, datum, floats, ints
from conformance.corpus.numbers.tolerances import FLOAT32_LOSS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.corpus.question import Question

Pair = tuple[float, float, float, float]
"""Logprobs of chosen and rejected, then those of the reference."""

PAIRS: tuple[tuple[str, Sequence[Pair], tuple[str, ...]], ...] = (
    ("won", [(-1.0, -3.0, -2.0, -2.0)], ()),
    ("lost", [(-3.0, -1.0, -2.0, -2.0)], ()),
    ("tie", [(-1.0, -1.0, -2.0, -2.0)], ("tie",)),
    ("both-better", [(-1.0, -1.5, -2.0, -2.5)], ("tie",)),
    ("reference-counts", [(-3.0, -1.0, -8.0, -0.5)], ()),
    ("unchanged", [(-4.0, -9.0, -4.0, -9.0)], ("tie",)),
    ("two", [(-1.0, -3.0, -2.0, -2.0), (-3.0, -1.0, -2.0, -2.0)], ()),
    ("won-and-tied", [(-1.0, -3.0, -2.0, -2.0), (-1.0, -1.0, -1.0, -1.0)], ("tie",)),
    (
        "four",
        [(-1.0, -2.0, -1.5, -1.5), (-4.0, -2.0, -1.5, -1.5), (-8.0, -8.0, 0.0, 0.0), (0.0, -16.0, -4.0, -4.0)],
        (),
    ),
    ("small-margin", [(-1.0, -1.0078125, -1.0, -1.0)], ()),
    ("large-won", [(0.0, -20000.0, 0.0, 0.0)], ("large_margin",)),
    ("large-lost", [(-20000.0, 0.0, 0.0, 0.0)], ("large_margin",)),
    ("huge-lost", [(-(2.0**60), 0.0, 0.0, 0.0)], ("large_margin",)),
    ("huge-won", [(0.0, -(2.0**60), 0.0, 0.0)], ("large_margin",)),
    ("rather-won", [(0.0, -900.0, 0.0, 0.0)], ("large_margin",)),
    ("rather-lost", [(-900.0, 0.0, 0.0, 0.0)], ("large_margin",)),
    ("beyond-24-bits", [(-16777216.0, 0.0, -16777217.0, 0.0)], ("float32_arithmetic",)),
    ("beyond-float32", [(-3e38, 3e38, 0.0, 0.0)], ("large_margin", "overflow")),
)
BETAS = (0.125, 0.5, 1.0, 0.1, 0.0)

NOT_FINITE: tuple[tuple[str, Sequence[tuple[Any, Any, Any, Any]]], ...] = (
    ("nan", [("NaN", -1.0, -1.0, -1.0)]),
    ("impossible-chosen", [("-Infinity", -1.0, -1.0, -1.0)]),
    ("impossible-rejected", [(-1.0, "-Infinity", -1.0, -1.0)]),
    ("impossible-both", [("-Infinity", "-Infinity", -1.0, -1.0)]),
    ("impossible-reference", [(-1.0, -1.0, "-Infinity", -1.0)]),
)

REFUSED: tuple[tuple[str, Json, tuple[str, ...]], ...] = (
    ("no-pair", {}, ("malformed",)),
    ("rejected-missing", {"chosen_logprobs": [-1.0], "chosen_ref_logprobs": [-1.0]}, ("mismatch", "malformed")),
    (
        "reference-missing",
        {"chosen_logprobs": [-1.0], "rejected_logprobs": [-1.0], "rejected_ref_logprobs": [-1.0]},
        ("mismatch", "malformed"),
    ),
    (
        "reference-too-long",
        {
            "chosen_logprobs": [-1.0],
            "rejected_logprobs": [-1.0],
            "chosen_ref_logprobs": [-1.0, -1.0],
            "rejected_ref_logprobs": [-1.0],
        },
        ("mismatch", "malformed"),
    ),
)

NAMES = ("chosen_logprobs", "rejected_logprobs", "chosen_ref_logprobs", "rejected_ref_logprobs")


def _params(pairs: Sequence[Sequence[Any]], beta: float) -> Json:
    columns: list[list[Any]] = [list(column) for column in zip(*pairs, strict=True)] or [[], [], [], []]
    return {**dict(zip(NAMES, columns, strict=True)), "dpo_beta": beta}


def questions() -> Iterator[Question]:
    """The loss, then the step."""
    loss = "preference.compute_dpo_loss"
    traps = ("T341", "T342", "T343", "T355")
    for slug, pairs, flags in PAIRS:
        for beta in BETAS:
            name = f"{slug}/beta-{str(beta).replace('.', '-')}"
            yield ask(loss, name, _params(pairs, beta), ("dpo", *flags), traps=traps, tolerance=FLOAT32_LOSS)
    for slug, odd in NOT_FINITE:
        flags = ("dpo", "nan_in_data")
        yield ask(loss, f"not-finite/{slug}", _params(odd, 0.5), flags, traps=traps, tolerance=FLOAT32_LOSS)
    for slug, given, flags in REFUSED:
        params = {**{name: [] for name in NAMES}, **given, "dpo_beta": 0.1}
        yield ask(loss, f"refused/{slug}", params, ("dpo", *flags), traps=traps)
    drawn = random.Random(7)
    for number in range(12):
        rows = [[-drawn.uniform(0, 40) for _ in range(4)] for _ in range(1 + number)]
        params = _params(rows, drawn.choice((0.05, 0.1, 0.3)))
        yield ask(loss, f"drawn/{number + 1}-pairs", params, ("dpo",), traps=traps, tolerance=FLOAT32_LOSS)
    yield from _steps()


def pair_member(length: int, weights: Sequence[float], last: int = 9) -> Json:
    """The datum of a chosen or rejected answer."""
    targets = [*range(2, length + 1), last]
    return datum(list(range(1, length + 1)), target_tokens=ints(targets), weights=floats(weights))


def _steps() -> Iterator[Question]:
    answers = [[0.0, 1.0, 1.0], [0.0, 1.0], [0.0, 0.0, 1.0, 1.0], [1.0]]
    drawn = random.Random(11)
    for count in (1, 2, 3, 4, 5, 6):
        for slug, step in (("dyadic", 0.25), ("decimal", 0.13)):
            weights = [answers[at % len(answers)] for at in range(count)]
            params = {
                "data": [pair_member(len(one), one, last=50 + at) for at, one in enumerate(weights)],
                "logprobs": [[-step * drawn.randrange(1, 40) for _ in one] for one in weights],
                "ref_logprobs": [[None, *(-step * drawn.randrange(1, 40) for _ in one)] for one in weights],
                "dpo_beta": 0.5 if slug == "dyadic" else 0.1,
            }
            flags: tuple[str, ...] = ("dpo", "pairs", "gradient")
            if count % 2:
                flags = (*flags, "odd_batch", "malformed") if count == 1 else (*flags, "odd_batch")
            traps = ("T340", "T344", "T345", "T346", "T347", "T358")
            name = f"{slug}-{count}"
            yield ask("preference.dpo_step", name, params, flags, traps=traps, tolerance=FLOAT32_LOSS)
    for slug, weights, flags in (
        ("tie", [[0.0, 1.0], [0.0, 1.0]], ("tie", "gradient")),
        ("all-masked", [[0.0, 0.0], [0.0, 0.0]], ("tie", "gradient", "all_zero")),
        ("one-masked", [[0.0, 1.0], [0.0, 0.0]], ("gradient", "all_zero")),
        ("mean-reduced", [[0.5, 0.5], [0.25, 0.75]], ("gradient", "reduction")),
        ("negative-weights", [[-1.0, 1.0], [1.0, -1.0]], ("gradient",)),
    ):
        params = {
            "data": [pair_member(2, one, last=60 + at) for at, one in enumerate(weights)],
            "logprobs": [[-1.0, -2.0], [-1.0, -2.0]],
            "ref_logprobs": [[None, -1.5, -1.5], [None, -1.5, -1.5]],
            "dpo_beta": 0.125,
        }
        yield ask("preference.dpo_step", slug, params, ("dpo", *flags), traps=("T358",), tolerance=FLOAT32_LOSS)
    for slug, margin in (("large-won", -4000.0), ("large-lost", 4000.0)):
        params = {
            "data": [pair_member(1, [1.0], last=70), pair_member(1, [1.0], last=71)],
            "logprobs": [[-4000.0 - margin], [-4000.0 + margin]],
            "ref_logprobs": [[None, -4000.0], [None, -4000.0]],
            "dpo_beta": 0.5,
        }
        flags = ("dpo", "gradient", "large_margin")
        yield ask("preference.dpo_step", slug, params, flags, tolerance=FLOAT32_LOSS)
    short = {
        "data": [pair_member(2, [1.0, 1.0]), pair_member(2, [1.0, 1.0])],
        "logprobs": [[-1.0, -1.0], [-1.0, -1.0]],
        "ref_logprobs": [[None, -1.0], [None, -1.0, -1.0]],
        "dpo_beta": 0.5,
    }
    yield ask("preference.dpo_step", "reference-too-short", short, ("dpo", "mismatch", "malformed"))
    fewer = {**short, "ref_logprobs": [[None, -1.0, -1.0]]}
    yield ask("preference.dpo_step", "too-few-of-the-reference", fewer, ("dpo", "mismatch", "malformed"))
    whole: Json = {
        "data": [pair_member(2, [1.0, 1.0], last=60), pair_member(2, [0.0, 1.0], last=61)],
        "logprobs": [[-1.0, -2.0], [-1.0, -2.0]],
        "ref_logprobs": [[None, -1.5, -1.5], [None, -1.5, -1.5]],
        "dpo_beta": 0.125,
    }
    for member in whole["data"]:
        member["loss_fn_inputs"]["weights"]["dtype"] = "int64"
    yield ask(
        "preference.dpo_step", "weights-of-integers", whole, ("dpo", "gradient", "coercion"), tolerance=FLOAT32_LOSS
    )
    beyond = {
        "data": [pair_member(2, [0.0, 1.0]), pair_member(2, [1.0, 1.0])],
        "logprobs": [[-1e39, -1.0], [-1.0, -1.0]],
        "ref_logprobs": [[None, -1.0, -1.0], [None, -1.0, -1.0]],
        "dpo_beta": 0.5,
    }
    yield ask("preference.dpo_step", "beyond-float32", beyond, ("dpo", "overflow", "nan_in_data"))
