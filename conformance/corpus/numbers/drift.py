"""Questions for how far a model has moved: differences of logprobs, penalties, discounted sums."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.corpus.numbers.asking import Json, ask, datum, floats, image, ints, model_input, tensor, text
from conformance.corpus.numbers.tolerances import FLOAT32_RUNNING_SUM, FLOAT32_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.cases import Tolerance
    from conformance.corpus.question import Question

Sampled: TypeAlias = "tuple[Sequence[Any], Sequence[float], Sequence[Any]]"
"""Logprobs of sampling, mask, and the other model's logprobs, one a target."""


def sampled(logprobs: Sequence[Any], mask: Sequence[float], first: int = 1) -> Json:
    """A datum of reinforcement learning."""
    length = len(logprobs)
    return datum(
        list(range(first, first + length)),
        target_tokens=ints(range(first + 1, first + 1 + length)),
        logprobs=floats(logprobs),
        advantages=floats([at / 4 for at in range(length)]),
        mask=floats(mask),
    )


LONG: Sampled = (
    [-0.03 * (at % 17) for at in range(200)],
    [float(at % 3 > 0) for at in range(200)],
    [-0.2] * 200,
)

BATCHES: tuple[tuple[str, Sequence[Sampled], tuple[str, ...], Tolerance | None], ...] = (
    ("one", [([0.0, -0.5, -0.25], [0.0, 1.0, 1.0], [-1.0, -0.75, -0.5])], (), None),
    ("equal", [([-0.5, -0.25], [1.0, 1.0], [-0.5, -0.25])], (), None),
    ("two", [([-0.5, -1.0], [1.0, 1.0], [-0.25, -1.5]), ([-2.0], [1.0], [-4.0])], (), FLOAT32_SUM),
    ("two-dyadic", [([-0.5, -1.0], [1.0, 1.0], [-0.25, -1.5]), ([-2.0, -3.0], [1.0, 1.0], [-4.0, -2.5])], (), None),
    ("second-masked", [([-0.5, -1.0], [1.0, 1.0], [-0.25, -1.5]), ([-2.0], [0.0], [-4.0])], (), None),
    ("beyond-24-bits", [([-16777216.0, -1.0], [1.0, 1.0], [-16777217.0, -1.0])], ("float32_arithmetic",), None),
    ("tenths", [([0.0, -0.1, -0.2, 0.0, -0.1], [0.0, 1.0, 1.0, 0.0, 1.0], [-0.3] * 5)], (), FLOAT32_SUM),
    ("fractional-mask", [([-0.5, -1.0], [0.5, 0.25], [-1.0, -0.5])], (), None),
    ("negative-mask", [([-0.5, -1.0], [-1.0, 1.0], [-1.0, -0.5])], (), None),
    ("not-a-number", [(["NaN", -1.0], [1.0, 1.0], [-1.0, -0.5])], ("nan_in_data",), None),
    ("not-a-number-masked", [(["NaN", -1.0], [0.0, 1.0], [-1.0, -0.5])], ("nan_in_data",), None),
    ("impossible-now", [([-0.5, -1.0], [1.0, 1.0], ["-Infinity", -0.5])], ("nan_in_data",), None),
    ("long", [LONG], (), FLOAT32_SUM),
)

NOTHING: Sampled = ([-0.5, -1.0], [0.0, 0.0], [-1.0, -0.5])

PENALTIES = (("half", 0.5, 0.0), ("half-discounted", 0.5, 0.5), ("full-kept", 1.0, 1.0), ("none", 0.0, 0.0))


def _data(batch: Sequence[Sampled]) -> list[Json]:
    return [sampled(logprobs, mask, first=1 + 10 * at) for at, (logprobs, mask, _) in enumerate(batch)]


def questions() -> Iterator[Question]:
    """Against training, after the update, against the base model, and sums alone."""
    traps = ("T386", "T389", "T390")
    for slug, batch, flags, tolerance in BATCHES:
        params = {"data": _data(batch), "training_logprobs": [list(other) for *_, other in batch]}
        about: Json = {"traps": traps, "tolerance": tolerance}
        yield ask("rl.compute_kl_sample_train", slug, params, ("kl", *flags), **about)
        params = {"data": _data(batch), "logprobs": [[None, *other] for *_, other in batch]}
        yield ask("rl.compute_post_kl", slug, params, ("kl", *flags), **about)
        for name, coefficient, discount in PENALTIES:
            yield _penalty(f"{slug}/{name}", batch, coefficient, discount, flags)
    yield from _odd(traps)
    yield from _sums()


def _penalty(
    slug: str, batch: Sequence[Sampled], coefficient: float, discount: float, flags: tuple[str, ...]
) -> Question:
    params = {
        "data": _data(batch),
        "logprobs": [[None, *other] for *_, other in batch],
        "kl_penalty_coef": coefficient,
        "kl_discount_factor": discount,
    }
    kinds = ("kl_penalty", "discount") if discount else ("kl_penalty",)
    return ask(
        "rl.incorporate_kl_penalty",
        slug,
        params,
        (*kinds, *flags),
        traps=("T387", "T389"),
        tolerance=FLOAT32_RUNNING_SUM if slug.startswith("long") else FLOAT32_SUM,
    )


def _odd(traps: tuple[str, ...]) -> Iterator[Question]:
    for name in ("mask", "advantages"):
        (whole,) = _data([([-0.5, -1.0], [1.0, 1.0], [])])
        whole["loss_fn_inputs"][name] = ints([1, 1])
        params: Json = {"data": [whole], "logprobs": [[None, -0.25, -1.5]]}
        yield ask("rl.compute_post_kl", f"{name}-of-integers", params, ("kl", "coercion"), traps=traps)
        params = {**params, "kl_penalty_coef": 0.5, "kl_discount_factor": 0.0}
        yield ask("rl.incorporate_kl_penalty", f"{name}-of-integers", params, ("kl_penalty", "coercion"), traps=traps)
    data = _data([NOTHING])
    params = {"data": data, "training_logprobs": [[-1.0, -0.5]]}
    yield ask("rl.compute_kl_sample_train", "no-mask", params, ("kl", "no_weight", "malformed"), traps=traps)
    params = {"data": data, "logprobs": [[None, -1.0, -0.5]]}
    yield ask("rl.compute_post_kl", "no-mask", params, ("kl", "no_weight"), traps=traps)
    yield _penalty("no-mask", [NOTHING], 0.5, 0.0, ("no_weight",))
    yield _penalty("no-mask-discounted", [NOTHING], 0.5, 0.5, ("no_weight",))
    params = {"data": [], "training_logprobs": []}
    yield ask("rl.compute_kl_sample_train", "no-data", params, ("kl", "no_weight", "malformed"), traps=traps)
    params = {"data": [], "logprobs": []}
    yield ask("rl.compute_post_kl", "no-data", params, ("kl", "no_weight", "malformed"), traps=traps)
    params = {**params, "kl_penalty_coef": 0.5, "kl_discount_factor": 0.0}
    yield ask("rl.incorporate_kl_penalty", "no-data", params, ("kl_penalty", "no_weight", "malformed"), traps=traps)
    params = {"data": _data([NOTHING]), "training_logprobs": []}
    yield ask("rl.compute_kl_sample_train", "too-few", params, ("kl", "mismatch", "malformed"), traps=traps)
    params = {"data": _data([([-0.5, -1.0], [1.0, 1.0], [])]), "training_logprobs": [[-0.5, -1.0, -1.0]]}
    yield ask("rl.compute_kl_sample_train", "too-long", params, ("kl", "mismatch", "malformed"), traps=traps)
    params = {"data": _data([([-0.5, -1.0, -2.0], [1.0] * 3, [])]), "logprobs": [[None, -0.5, -1.0]]}
    yield ask("rl.compute_post_kl", "too-short", params, ("kl", "mismatch", "malformed"), traps=traps)
    pictured = sampled([0.0, 0.0, 0.0, -0.5], [0.0, 0.0, 0.0, 1.0])
    pictured["model_input"] = model_input(text(1), image(2), text(4))
    params = {"data": [pictured], "logprobs": [[None, -1.0, -1.0, -1.0, -1.0]]}
    yield ask("rl.compute_post_kl", "image", params, ("kl", "images"), traps=traps)


def _sums() -> Iterator[Question]:
    operation, traps = "rl.discounted_future_sum_vectorized", ("T388",)
    for slug, values in (
        ("three", [1.0, 2.0, 3.0]),
        ("signs", [1.0, -2.0, 4.0, -8.0]),
        ("one", [5.0]),
        ("nothing", []),
        ("zeros", [0.0, 0.0, 0.0]),
        ("spike-first", [8.0, 0.0, 0.0, 0.0]),
        ("spike-last", [0.0, 0.0, 0.0, 8.0]),
        ("not-a-number-last", [1.0, 2.0, "NaN"]),
        ("not-a-number-first", ["NaN", 2.0, 1.0]),
        ("infinite-last", [1.0, -1.0, "Infinity"]),
    ):
        for name, gamma in (("half", 0.5), ("kept", 1.0), ("none", 0.0), ("quarter", 0.25)):
            params = {"x": tensor(values, "float32", [len(values)]), "gamma": gamma}
            flags = ("discount", "nan_in_data") if {"NaN", "Infinity"} & set(map(str, values)) else ("discount",)
            yield ask(operation, f"{slug}/{name}", params, flags, traps=traps)
    drawn = random.Random(3)
    for length in (5, 20, 100):
        for gamma in (0.9, 0.99, 1.5):
            values = [round(drawn.uniform(-1, 1), 3) for _ in range(length)]
            params = {"x": tensor(values, "float32", [length]), "gamma": gamma}
            slug = f"drawn-{length}/gamma-{str(gamma).replace('.', '-')}"
            flags = ("discount", "float32_arithmetic")
            yield ask(operation, slug, params, flags, traps=traps, tolerance=FLOAT32_SUM)
