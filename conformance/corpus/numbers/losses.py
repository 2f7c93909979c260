"""Questions for losses of a batch: nats per token and bits per byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.corpus.numbers.asking import Json, ask, floats, ints, tensor
from conformance.corpus.numbers.tolerances import FLOAT32_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.cases import Tolerance
    from conformance.corpus.question import Question

Batch: TypeAlias = "Sequence[tuple[Sequence[Any], Sequence[Any]]]"
"""Logprobs and weights of each datum."""


def _ramp(length: int, step: float) -> list[float]:
    return [-step * (at % 13 + 1) for at in range(length)]


def _mask(length: int, every: int) -> list[float]:
    return [float(at % every > 0) for at in range(length)]


BATCHES: tuple[tuple[str, Batch, tuple[str, ...], Tolerance | None], ...] = (
    ("one", [([-1.0, -5.0], [0.5, 0.25])], ("weighted_mean",), FLOAT32_SUM),
    ("dyadic", [([-1.0, -2.5, -0.25], [1.0, 1.0, 2.0])], ("weighted_mean",), None),
    ("two-datums", [([-1.0, -3.0], [1.0, 1.0]), ([-2.0], [2.0])], ("weighted_mean",), None),
    ("not-a-mean-of-means", [([-1.0], [1.0]), ([-4.0] * 3, [1.0] * 3)], ("weighted_mean",), None),
    ("masked", [([-1.0, -2.0, -4.0, -8.0], [0.0, 1.0, 0.0, 1.0])], ("weighted_mean",), None),
    ("one-datum-all-masked", [([-1.0, -2.0], [0.0, 0.0]), ([-4.0], [1.0])], ("weighted_mean",), None),
    ("thirds", [([-0.1, -0.2, -0.3], [1 / 3, 1 / 3, 1 / 3])], ("weighted_mean", "float32_arithmetic"), FLOAT32_SUM),
    ("mean-reduced", [([-0.7, -1.9], [0.5, 0.5]), ([-0.3] * 3, [1 / 3] * 3)], ("weighted_mean",), FLOAT32_SUM),
    ("certain", [([0.0, 0.0], [1.0, 1.0])], ("weighted_mean",), None),
    ("no-weight", [([-1.0, -2.0], [0.0, 0.0])], ("no_weight",), None),
    ("cancelling-weights", [([-1.0, -2.0], [1.0, -1.0])], ("no_weight",), None),
    ("no-datum", [], ("no_weight",), None),
    ("empty-datum", [([], [])], ("no_weight",), None),
    ("empty-beside-another", [([], []), ([-2.0], [1.0])], ("weighted_mean",), None),
    ("negative-weights", [([-1.0, -2.0], [-1.0, -1.0])], ("weighted_mean",), None),
    ("nan", [(["NaN", -1.0], [1.0, 1.0])], ("nan_in_data",), None),
    ("nan-masked", [(["NaN", -1.0], [0.0, 1.0])], ("nan_in_data",), None),
    ("infinite-loss", [(["-Infinity", -1.0], [1.0, 1.0])], ("nan_in_data",), None),
    ("infinite-loss-masked", [(["-Infinity", -1.0], [0.0, 1.0])], ("nan_in_data",), None),
    ("infinite-weight", [([-1.0, -1.0], ["Infinity", 1.0])], ("nan_in_data",), None),
    ("large", [([-(2.0**100)], [2.0**20])], ("weighted_mean",), None),
    ("overflowing", [([-3e38, -3e38], [1.0, 1.0])], ("nan_in_data", "overflow"), None),
    ("long-dyadic", [(_ramp(256, 1 / 64), _mask(256, 4))], ("weighted_mean",), None),
    ("long", [(_ramp(300, 0.037), _mask(300, 3))], ("weighted_mean", "float32_arithmetic"), FLOAT32_SUM),
    (
        "many",
        [(_ramp(10 + at, 0.11), _mask(10 + at, 2 + at % 3)) for at in range(12)],
        ("weighted_mean", "float32_arithmetic"),
        FLOAT32_SUM,
    ),
)

REFUSED: tuple[tuple[str, list[Json], list[Json], tuple[str, ...]], ...] = (
    ("lengths", [floats([-1.0, -2.0])], [floats([1.0])], ("mismatch", "malformed")),
    ("datums", [floats([-1.0]), floats([-1.0])], [floats([1.0])], ("mismatch", "malformed")),
    ("no-weights-list", [floats([-1.0])], [], ("mismatch", "malformed")),
    ("matrix", [tensor([-1.0] * 4, "float32", [2, 2])], [tensor([1.0] * 4, "float32", [2, 2])], ("shape", "malformed")),
    ("dtypes", [floats([-1.0])], [ints([1])], ("coercion", "malformed")),
)

IM_END = 258
"""The byte tokenizer of Qwen3: <|im_end|>, its end of text."""
END_OF_TEXT = 256

BPB: tuple[tuple[str, Batch, Sequence[Sequence[int]], tuple[str, ...]], ...] = (
    ("two-letters", [([-1.0, -5.0], [0.5, 0.25])], [[97, 98]], ()),
    ("weights-do-not-weigh", [([-1.0, -5.0], [100.0, 0.001])], [[97, 98]], ()),
    ("masked", [([-1.0, -5.0, -2.0], [1.0, 0.0, 1.0])], [[97, 98, 99]], ()),
    ("negative-weight", [([-1.0, -5.0], [1.0, -1.0])], [[97, 98]], ()),
    ("ends-with-special", [([-1.0, -5.0], [1.0, 1.0])], [[97, IM_END]], ()),
    ("special-between", [([-1.0, -5.0, -2.0], [1.0] * 3)], [[97, IM_END, 98]], ()),
    ("only-special", [([-1.0], [1.0])], [[IM_END]], ("no_weight",)),
    ("added-but-not-special", [([-1.0, -2.0], [1.0, 1.0])], [[97, END_OF_TEXT]], ()),
    ("two-bytes-one-letter", [([-1.0, -5.0], [1.0, 1.0])], [[0xC3, 0xA9]], ("broken_utf8",)),
    ("half-a-letter", [([-1.0], [1.0])], [[0xC3]], ("broken_utf8",)),
    ("letter-cut-by-mask", [([-1.0, -2.0, -3.0], [1.0, 0.0, 1.0])], [[0xC3, 97, 0xA9]], ("broken_utf8",)),
    ("letter-cut-by-special", [([-1.0, -2.0, -3.0], [1.0] * 3)], [[0xC3, IM_END, 0xA9]], ("broken_utf8",)),
    ("four-bytes", [([-1.0] * 4, [1.0] * 4)], [[0xF0, 0x9F, 0x98, 0x80]], ("emoji",)),
    ("two-datums", [([-1.0, -2.0], [1.0, 1.0]), ([-3.0], [1.0])], [[97, 98], [99]], ()),
    ("letter-across-datums", [([-1.0], [1.0]), ([-3.0], [1.0])], [[0xC3], [0xA9]], ("broken_utf8",)),
    ("all-masked", [([-1.0], [0.0])], [[97]], ("no_weight",)),
    ("one-datum-masked", [([-1.0], [0.0]), ([-2.0], [1.0])], [[97], [98]], ()),
    ("no-datum", [], [], ("no_weight",)),
    ("empty-datum", [([], [])], [[]], ("no_weight",)),
    ("nan", [(["NaN", -1.0], [1.0, 1.0])], [[97, 98]], ("nan_in_data",)),
    ("nan-masked", [(["NaN", -1.0], [0.0, 1.0])], [[97, 98]], ("nan_in_data",)),
    ("infinite", [(["-Infinity", -1.0], [1.0, 1.0])], [[97, 98]], ("nan_in_data",)),
    ("certain", [([0.0, 0.0], [1.0, 1.0])], [[97, 98]], ()),
    ("masked-target-below-zero", [([-1.0, -5.0], [0.0, 1.0])], [[-100, 97]], ()),
    ("zero-byte", [([-1.0, -5.0], [1.0, 1.0])], [[0, 97]], ()),
)

# Lists of special tokens that the question names.
NAMED_SPECIAL: tuple[tuple[str, list[int], Batch, list[list[int]]], ...] = (
    ("none", [], [([-1.0, -5.0], [1.0, 1.0])], [[97, IM_END]]),
    ("a-letter", [97], [([-1.0, -5.0], [1.0, 1.0])], [[97, 98]]),
    ("two", [END_OF_TEXT, IM_END], [([-1.0, -5.0, -2.0], [1.0] * 3)], [[END_OF_TEXT, 98, IM_END]]),
)

HELLO_WORLD = [9707, 1879]
"""Qwen3's tokens of "Hello world"."""
CAFE = [924, 58858]
"""Qwen3's tokens of "café"."""


def questions() -> Iterator[Question]:
    """Nats, then bits."""
    for slug, batch, flags, tolerance in BATCHES:
        yield ask("supervised.compute_mean_nll", slug, _lists(batch), flags, traps=("T270",), tolerance=tolerance)
    for slug, logprobs, weights, flags in REFUSED:
        yield ask("supervised.compute_mean_nll", f"refused/{slug}", {"logprobs": logprobs, "weights": weights}, flags)
    for slug, batch, targets, flags in BPB:
        yield _bpb(slug, batch, targets, flags)
    for slug, special, batch, targets in NAMED_SPECIAL:
        yield _bpb(f"named-special-{slug}", batch, targets, (), special_token_ids=special)
    for slug, batch, targets in (
        ("words", [([-1.5, -2.25], [1.0, 1.0])], [HELLO_WORLD]),
        ("words-end", [([-1.5, -2.25, -0.5], [0.25, 0.5, 1.0])], [[*HELLO_WORLD, 151645]]),
        ("accent", [([-1.5, -2.25], [1.0, 1.0])], [CAFE]),
        ("half-a-word", [([-1.5, -2.25], [0.0, 1.0])], [CAFE]),
    ):
        yield _bpb(slug, batch, targets, (), tokenizer="qwen3", tier="real")
    yield _bpb("refused/token-of-33-bits", [([-1.0], [1.0])], [[2**32]], ("token_range", "malformed"))
    params = {**_lists([([-1.0], [1.0])]), "target_tokens": [], "tokenizer": "bytes-qwen3"}
    yield ask("supervised.compute_bpb", "refused/no-targets", params, ("bits_per_byte", "mismatch", "malformed"))
    params = {**_lists([([-1.0], [1.0])]), "target_tokens": [ints([97, 98])], "tokenizer": "bytes-qwen3"}
    yield ask("supervised.compute_bpb", "refused/lengths", params, ("bits_per_byte", "mismatch", "malformed"))


def _lists(batch: Batch) -> Json:
    return {
        "logprobs": [floats(logprobs) for logprobs, _ in batch],
        "weights": [floats(weights) for _, weights in batch],
    }


def _bpb(
    slug: str,
    batch: Batch,
    targets: Sequence[Sequence[int]],
    flags: tuple[str, ...],
    *,
    tokenizer: str = "bytes-qwen3",
    tier: str = "bytes",
    **more: Any,
) -> Question:
    params = {**_lists(batch), "target_tokens": [ints(tokens) for tokens in targets], "tokenizer": tokenizer, **more}
    return ask(
        "supervised.compute_bpb",
        slug,
        params,
        ("bits_per_byte", *flags),
        traps=("T271",),
        tier=tier,
        tolerance=FLOAT32_SUM,
    )
