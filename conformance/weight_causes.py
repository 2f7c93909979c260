"""Why two rows of loss weights differ over the same tokens, in the words of the field."""

from __future__ import annotations

from math import copysign, isnan
from typing import TYPE_CHECKING

from conformance.quoting import quote
from conformance.token_causes import CLOSING, TokenDifference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.token_causes import Lexicon


def explain_weights(
    tokens: Sequence[int], expected: Sequence[float], got: Sequence[float], lexicon: Lexicon
) -> TokenDifference:
    """The most telling cause that holds for two rows of weights that differ; `tokens` are the expected ones.

    Each weight belongs to the token at its place: the shift by one happens when a datum is built.
    """
    if len(got) != len(expected):
        index = min(len(got), len(expected))
        return TokenDifference("weights-length", index, f"{len(got)} weights for {len(expected)} tokens")
    pairs = [*enumerate(zip(expected, got, strict=True))]
    wrong = [index for index, (left, right) in pairs if left != right and not (isnan(left) and isnan(right))]
    if not wrong:
        signs = [index for index, (left, right) in pairs if copysign(1, left) != copysign(1, right)]
        return TokenDifference(
            "weights-other", signs[0], f"the sign of zero differs on {len(signs)} of {len(pairs)} tokens"
        )
    first = wrong[0]
    # Where other tokens are trained, that is the fault: a mean over them follows.
    other = [index for index in wrong if bool(expected[index]) != bool(got[index])]
    trained = [[float(bool(weight)) for weight in row] for row in (expected, got)]
    if other and any(row not in ({0.0}, {1.0}, {0.0, 1.0}) for row in map(set, (expected, got))):
        first = other[0]
        cause = _cause(tokens, trained[0], trained[1], other, lexicon)
    else:
        cause = _cause(tokens, expected, got, wrong, lexicon)
    here = quote(lexicon.text(_run(tokens, other or wrong)))
    summary = (
        f"weight {got[first]:g} where {expected[first]:g} is expected, on {len(other or wrong)} of {len(expected)} "
        f"tokens, first on {here}"
    )
    if cause == "weights-shifted":
        late = [0.0, *trained[0][:-1]] == trained[1]
        summary = f"every weight stands one token too {'late' if late else 'early'}: {summary}"
    return TokenDifference(cause, first, summary)


def _cause(
    tokens: Sequence[int], expected: Sequence[float], got: Sequence[float], wrong: Sequence[int], lexicon: Lexicon
) -> str:
    left, right = list(expected), list(got)
    # What moved away from an end leaves a weight of 0 there. A single difference is no shift, whatever it looks like.
    if len(wrong) > 1 and (right == [0, *left[:-1]] or right == [*left[1:], 0]):
        return "weights-shifted"
    if not any(right):
        return "weights-none"
    factors = {b / a for a, b in zip(left, right, strict=True) if a and b}
    if [bool(a) for a in left] == [bool(b) for b in right] and len(factors) == 1:
        return "weights-scaled"
    if wrong == [0] and tokens[0] == lexicon.bos:
        return "weights-bos"
    runs = _runs(wrong)
    if all(_is_terminator(tokens, expected, run, lexicon) for run in runs):
        return "weights-terminator"
    too_much = all(right[index] > left[index] for index in wrong)
    too_little = all(right[index] < left[index] for index in wrong)
    if too_much and all(_touches(left, run[-1] + 1) for run in runs):
        return "weights-prefix"
    if too_little and all(not _touches(left, run[0] - 1) and _touches(right, run[-1] + 1) for run in runs):
        return "weights-start"
    longer = right if too_much else left
    if (too_much or too_little) and all(_ends(left, right, longer, run) for run in runs):
        return "weights-end"
    if too_much or too_little:
        return "weights-messages"
    return "weights-other"


def _runs(indices: Sequence[int]) -> list[list[int]]:
    """Neighbouring indices put together."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _run(tokens: Sequence[int], wrong: Sequence[int]) -> list[int]:
    return [tokens[index] for index in _runs(wrong)[0] if index < len(tokens)]


def _touches(weights: Sequence[float], index: int) -> bool:
    return 0 <= index < len(weights) and weights[index] > 0


def _ends(left: Sequence[float], right: Sequence[float], longer: Sequence[float], run: Sequence[int]) -> bool:
    """Both rows train what stands before the run, and the longer span ends with it."""
    before, after = run[0] - 1, run[-1] + 1
    return _touches(left, before) and _touches(right, before) and not _touches(longer, after)


def _is_terminator(tokens: Sequence[int], expected: Sequence[float], run: Sequence[int], lexicon: Lexicon) -> bool:
    """A single marker that ends a message, at the end of a trained span or right after one: `<|im_end|>`."""
    marker = tokens[run[0]]
    closes = lexicon.is_marker(marker) and CLOSING.search(lexicon.piece(marker)) is not None
    return len(run) == 1 and closes and _touches(expected, run[0] - 1)
