"""Questions for the five patterns that a port meets first."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, floats, ints, tensor
from conformance.corpus.numbers.tolerances import ADVANTAGE, FLOAT32_LOSS, FLOAT32_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

PATTERN = ("pattern",)


def questions() -> Iterator[Question]:
    """Advantages, dot products, datums, losses, chunks."""
    for slug, rewards, tolerance in (
        ("two", [0.0, 1.0], None),
        ("four", [1.0, 0.0, 0.5, 0.5], None),
        ("equal", [2.0, 2.0], None),
        ("one", [3.0], None),
        ("eight", [0.125 * at for at in range(8)], None),
        ("three", [0.0, 1.0, 1.0], ADVANTAGE),
        ("tenths", [0.1, 0.2, 0.3, 0.4, 0.5], ADVANTAGE),
        ("nan", ["NaN", 1.0], None),
        ("nothing", [], None),
    ):
        about: dict[str, Any] = {"traps": ("T370",), "tolerance": tolerance}
        yield ask("patterns.advantages", slug, {"rewards": floats(rewards)}, ("pattern", "advantages"), **about)
    integers = {"rewards": ints([0, 1])}
    yield ask("patterns.advantages", "integers", integers, ("pattern", "advantages", "malformed"), traps=("T371",))
    yield from _dots()
    yield from _datums()
    yield from _losses()
    for slug, chunks in (
        ("two", [[1, 2], [3]]),
        ("one", [[1, 2, 3]]),
        ("empty-between", [[1], [], [2]]),
        ("nothing", []),
        ("only-empty", [[], []]),
        ("many", [[at, at + 1] for at in range(0, 20, 2)]),
        ("large", [[151645], [2147483647]]),
    ):
        yield ask("patterns.concatenated_chunks", slug, {"chunks": chunks}, ("pattern", "chunk_boundaries"))


def _dots() -> Iterator[Question]:
    operation = "patterns.weighted_logprob"
    for slug, logprobs, weights, tolerance in (
        ("masked", [-1.0, -2.0, -4.0], [0.0, 1.0, 1.0], None),
        ("weighed", [-1.0, -2.5], [0.5, 0.25], None),
        ("nothing", [], [], None),
        ("tenths", [-0.1, -0.7, -1.3], [0.3, 0.3, 0.4], FLOAT32_SUM),
        ("long", [-0.011 * (at % 19) for at in range(150)], [float(at % 2) for at in range(150)], FLOAT32_SUM),
        ("infinite-masked", ["-Infinity", -1.0], [0.0, 1.0], None),
    ):
        params = {"logprobs": floats(logprobs), "weights": floats(weights)}
        yield ask(operation, slug, params, PATTERN, traps=("T270", "T344"), tolerance=tolerance)
    for slug, params in (
        ("lengths", {"logprobs": floats([-1.0]), "weights": floats([1.0, 1.0])}),
        ("dtypes", {"logprobs": floats([-1.0]), "weights": tensor([1], "int64", [1])}),
        (
            "matrix",
            {"logprobs": tensor([-1.0] * 4, "float32", [2, 2]), "weights": tensor([1.0] * 4, "float32", [2, 2])},
        ),
    ):
        yield ask(operation, f"refused/{slug}", params, ("pattern", "mismatch", "malformed"))


def _datums() -> Iterator[Question]:
    operation = "patterns.training_datum"
    for slug, tokens, weights in (
        ("four", [1, 2, 3, 4], [0.0, 0.0, 1.0, 1.0]),
        ("two", [5, 6], [1.0, 1.0]),
        ("zeros", [1, 2, 3], [0.0, 0.0, 0.0]),
        ("large-ids", [151644, 872, 151645], [0.0, 0.5, 0.5]),
    ):
        params = {"sequence": ints(tokens), "weights": floats(weights)}
        yield ask(operation, slug, params, ("pattern", "shift"), traps=("T250",))
    matrices = {"sequence": tensor([1, 2, 3, 4], "int64", [2, 2]), "weights": tensor([1.0] * 4, "float32", [2, 2])}
    yield ask(operation, "refused/matrices", matrices, ("pattern", "shape", "malformed"))
    for slug, tokens, weights in (("one", [1], [1.0]), ("none", [], []), ("lengths", [1, 2, 3], [1.0, 1.0])):
        params = {"sequence": ints(tokens), "weights": floats(weights)}
        yield ask(operation, f"refused/{slug}", params, ("pattern", "too_short", "malformed"), traps=("T258",))


def _losses() -> Iterator[Question]:
    operation = "patterns.dpo_loss"
    drawn = random.Random(13)
    rows: list[tuple[str, list[Any], list[Any], float, tuple[str, ...]]] = [
        ("tie", [1.0], [1.0], 0.1, ("tie",)),
        ("won", [2.0], [-2.0], 0.5, ()),
        ("lost", [-2.0], [2.0], 0.5, ()),
        ("four", [0.5, 1.0, -1.0, 4.0], [0.0, 2.0, -1.0, -4.0], 0.25, ()),
        ("large-lost", [-20000.0], [0.0], 0.1, ("large_margin",)),
        ("large-won", [20000.0], [0.0], 0.1, ("large_margin",)),
        ("beta-zero", [5.0], [-5.0], 0.0, ("tie",)),
        ("nan", ["NaN"], [0.0], 0.1, ("nan_in_data",)),
    ]
    for count in (2, 5, 9):
        values = [[round(drawn.uniform(-9, 9), 2) for _ in range(count)] for _ in range(2)]
        rows.append((f"drawn-{count}", values[0], values[1], 0.1, ()))
    for slug, chosen, rejected, beta, flags in rows:
        params = {"chosen": floats(chosen), "rejected": floats(rejected), "beta": beta}
        yield ask(operation, slug, params, ("pattern", "dpo", *flags), traps=("T341", "T343"), tolerance=FLOAT32_LOSS)
