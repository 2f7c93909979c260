"""What kind of wrong a number or a row of numbers is, in the words of the field.

A cause is given only where it explains every number of the row; a single number has few causes that it can prove.
"""

from __future__ import annotations

import ctypes
import math
import struct
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.compare import EXACT_INTEGER_LIMIT, float32

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Number = int | float

NEARLY = 1e-5
"""Numbers that are relatively this near are the same, computed otherwise."""
NEARLY_ZERO = 1e-6
"""Beside larger numbers of their row, so much of the largest may be left where they cancel out."""
SCALED = 1e-3
"""A factor is at least so far from 0 and from 1."""
ROUNDED_STD = 1e-4
"""As `NEARLY`, for a factor that ports add a small number to before they divide."""
NOT_FINITE = ("NaN", "Infinity", "-Infinity")


class NumberDifference(NamedTuple):
    """The cause, a phrase about the whole row, and a word that tells this difference from others of the cause."""

    cause: str
    told: str
    detail: str = ""


def number(value: Any) -> Number | None:
    """The number that a JSON value stands for: itself, `"NaN"`, or an integer beyond 2^53 as a decimal string."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > 60:
        return None
    if value in NOT_FINITE:
        return float(value)
    if value.isascii() and value.removeprefix("-").isdecimal() and abs(int(value)) > EXACT_INTEGER_LIMIT:
        return int(value)
    return None


def equal(left: Number, right: Number) -> bool:
    """Whether numbers are the same; NaN is itself here, and the sign of zero does not count."""
    return left == right or (left != left and right != right)


def explain_number(expected: Number, got: Number) -> NumberDifference | None:
    """What is wrong with a single number that stands by itself; None where no relation is unmistakable."""
    if type(expected) is int and _integral(got) and abs(int(got) - expected) == 1 and got != -expected:
        direction = "more" if got > expected else "less"
        return NumberDifference("numbers-count-off-by-one", f"one {direction} than expected", direction)
    return explain_numbers([expected], [got])


def explain_numbers(
    expected: Sequence[Number],
    got: Sequence[Number],
    *,
    shape: Sequence[int] | None = None,
    of_tokens: bool = False,
) -> NumberDifference | None:
    """What is wrong with a row of numbers, in row-major order where `shape` is given; None where nothing is told.

    `of_tokens`: a number of the row belongs to a token, so that a shift is the likelier of two explanations.
    """
    if len(expected) != len(got):
        return _length(expected, got)
    wrong = [at for at, (left, right) in enumerate(zip(expected, got, strict=True)) if not equal(left, right)]
    if not wrong:
        return None
    row = _Row(expected, got, wrong, shape, of_tokens)
    if len(expected) == 1:
        rules = [_sign, _precision, _bits, _not_finite]
    elif of_tokens:
        rules = [_sign, _precision, _shifted, _order, _scaled, _offset, _not_finite, _zeros]
    else:
        rules = [_sign, _precision, _order_of_all, _scaled, _offset, _shifted, _not_finite, _zeros]
    return next((found for rule in rules if (found := rule(row)) is not None), None)


class _Row(NamedTuple):
    expected: Sequence[Number]
    got: Sequence[Number]
    wrong: Sequence[int]
    shape: Sequence[int] | None
    of_tokens: bool

    @property
    def pairs(self) -> list[tuple[Number, Number]]:
        return list(zip(self.expected, self.got, strict=True))

    @property
    def floats(self) -> bool:
        return any(type(value) is float for value in (*self.expected, *self.got))

    @property
    def slack(self) -> float:
        """What may be left of a number that is 0 beside the larger ones of the row."""
        sizes = [abs(_float(value)) for value in (*self.expected, *self.got) if math.isfinite(_float(value))]
        return NEARLY_ZERO * min(1.0, max(sizes, default=0.0))

    def near(self, left: Sequence[Number], right: Sequence[Number], *, within: float = NEARLY) -> bool:
        """Whether two rows are the same, as far as the order of a sum may change them. Integers are exact."""
        slack = self.slack if len(left) > 1 else 0.0
        return len(left) == len(right) and all(
            equal(one, other)
            if type(one) is int and type(other) is int
            else equal(one, other) or math.isclose(_float(one), _float(other), rel_tol=within, abs_tol=slack)
            for one, other in zip(left, right, strict=True)
        )


def _float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _integral(value: Number) -> bool:
    return type(value) is int or (isinstance(value, float) and value.is_integer())


def _finite(value: Number) -> bool:
    return type(value) is int or math.isfinite(value)


def _length(expected: Sequence[Number], got: Sequence[Number]) -> NumberDifference | None:
    shorter, longer = sorted((list(expected), list(got)), key=len)
    many, few = len(longer), len(shorter)
    verb, whole = ("missing", "are expected") if len(got) < len(expected) else ("too many", "are there")
    if not few:
        return NumberDifference("numbers-length", f"all of {many} numbers are {verb}", f"{verb} all")
    lost = many - few
    for end, part in (("last", longer[:few]), ("first", longer[lost:])):
        if all(map(equal, part, shorter)):
            what = f"the {end} number is {verb}" if lost == 1 else f"the {end} {lost} numbers are {verb}"
            return NumberDifference("numbers-length", f"{what}, {many} {whole}; the others agree", f"{verb} {end}")
    return None


def _sign(row: _Row) -> NumberDifference | None:
    if not row.near([-value for value in row.expected], row.got):
        return None
    # Where numbers are next to nothing, minus is as near as plus.
    if row.near(row.expected, row.got):
        return None
    told = "the sign is reversed" if len(row.got) == 1 else "every sign is reversed"
    if row.near(row.expected[::-1], row.got) and len(row.got) > 1:
        told += ", or the order"  # These cannot be told apart.
    return NumberDifference("numbers-sign", told)


def _not_finite(row: _Row) -> NumberDifference | None:
    pairs = [(row.expected[at], row.got[at]) for at in row.wrong]
    if all(_finite(left) and _finite(right) for left, right in pairs):
        return None
    if any(_finite(left) and _finite(right) for left, right in pairs):
        return None
    if all(_finite(left) for left, _ in pairs):
        told, detail = "not finite", "became"
    elif all(_finite(right) for _, right in pairs):
        told, detail = "finite where golden is not", "lost"
    else:
        told, detail = "NaN and the infinities are mixed up", "mixed"
    count = f" at {len(pairs)} of {len(row.got)} numbers" if len(row.got) > 1 else ""
    return NumberDifference("not-finite", told + count, detail)


def _precision(row: _Row) -> NumberDifference | None:
    if not row.floats:
        doubles = all(_float(left) == _float(right) for left, right in row.pairs)
        return (
            NumberDifference("numbers-precision", "integers beyond 2^53 were read as doubles", "2^53")
            if (doubles)
            else None
        )
    if all(_integral(left) and _integral(right) for left, right in row.pairs if _finite(left) and _finite(right)):
        return None
    near = row.near(row.expected, row.got) or (row.expected == [0] and abs(row.got[0]) < NEARLY_ZERO / 10)
    fractions = not all(map(_integral, filter(_finite, row.expected)))
    for name, rounded in ROUNDINGS.items():
        if name != "float32" and (near or not fractions or len(row.got) == 1):
            continue  # A single short number, or one without a fraction, may be anything.
        if all(equal(rounded(left), _float(right)) for left, right in row.pairs):
            return NumberDifference("numbers-precision", f"rounded to {name}", name)
        if all(equal(_float(left), rounded(right)) for left, right in row.pairs):
            return NumberDifference("numbers-precision", f"not rounded to {name}", f"no {name}")
    if near:
        told = "nearly equal: computed in another order or precision"
        return NumberDifference("numbers-precision", told, "nearly")
    return None


def _float16(value: Number) -> float:
    try:
        return float(struct.unpack("<e", struct.pack("<e", _float(value)))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _bfloat16(value: Number) -> float:
    """Rounded to the nearest number of 8 significant bits, ties to even, by way of float32 as libraries do it."""
    single = float32(value)
    if not math.isfinite(single):
        return single
    bits = ctypes.c_uint32.from_buffer_copy(ctypes.c_float(single)).value
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    return ctypes.c_float.from_buffer_copy(ctypes.c_uint32(bits)).value


ROUNDINGS: dict[str, Callable[[Number], float]] = {"float32": float32, "float16": _float16, "bfloat16": _bfloat16}


def _order(row: _Row) -> NumberDifference | None:
    expected, got = list(row.expected), list(row.got)
    if Counter(map(_key, expected)) != Counter(map(_key, got)):
        return None
    if all(map(equal, got, reversed(expected))):
        return NumberDifference("numbers-order", "the same numbers, reversed", "reversed")
    if _transposed(expected, got, row.shape):
        return NumberDifference("numbers-order", "the same numbers, transposed", "transposed")
    moved = f"the same numbers in another order, {len(row.wrong)} of {len(got)} moved"
    if all(left <= right for left, right in pairwise(got)):
        return NumberDifference("numbers-order", f"{moved}; these are sorted", "sorted")
    return NumberDifference("numbers-order", moved)


def _order_of_all(row: _Row) -> NumberDifference | None:
    """As `_order`, where all numbers but a few stand elsewhere than one place on or back."""
    found = _order(row)
    return None if found is None or (not found.detail and len(row.got) > 3 and _shifted(row)) else found


def _key(value: Number) -> Number | None:
    return None if value != value else value


def _transposed(expected: list[Number], got: list[Number], shape: Sequence[int] | None) -> bool:
    """Whether one side is written column by column. Of more than two dimensions, their order is reversed."""
    if shape is None or sum(size > 1 for size in shape) < 2 or math.prod(shape) != len(got):
        return False
    for sizes in (shape, shape[::-1]):
        columns, step = [0], 1
        for size in sizes:
            columns = [at + place * step for at in columns for place in range(size)]
            step *= size
        if all(equal(expected[at], value) for at, value in zip(columns, got, strict=True)):
            return True
    return False


def _shifted(row: _Row) -> NumberDifference | None:
    expected, got = list(row.expected), list(row.got)
    if len(got) < 3 or len(row.wrong) < 2:
        return None
    late, early = all(map(equal, got[1:], expected[:-1])), all(map(equal, got[:-1], expected[1:]))
    if late == early:
        return None  # Numbers that take turns may have gone either way.
    moved = got[1:] if late else got[:-1]
    if len(set(map(_key, moved))) < 2:
        return None
    word = "late" if late else "early"
    return NumberDifference("numbers-shifted", f"every number stands one place too {word}", word)


def _scaled(row: _Row) -> NumberDifference | None:
    pairs = [(_float(left), _float(right)) for left, right in row.pairs if left or right]
    if len(pairs) < 2 or not all(left and right and math.isfinite(left) for left, right in pairs):
        return None
    # The largest number tells the factor best.
    left, right = max(pairs, key=lambda pair: abs(pair[0]))
    factor = right / left
    if not math.isfinite(factor) or abs(factor) < SCALED or abs(factor - 1) < SCALED:
        return None
    if not all(math.isclose(there, factor * wanted, rel_tol=NEARLY) for wanted, there in pairs):
        return None
    names = _factor_names(row, factor)
    if len({wanted for wanted, _ in pairs}) == 1:
        if not names:
            return None  # Of numbers that are all the same, anything is a multiple.
    elif any(math.isclose(side, 1, rel_tol=NEARLY) for side in _sums(row)):
        names.insert(0, "divided by their sum" if factor < 1 else "not divided by their sum")
    told = f"every number is multiplied by {factor:.6g}"
    return NumberDifference(
        "numbers-scaled", f"{told} ({' or '.join(names)})" if names else told, names[0] if names else f"{factor:.4g}"
    )


def _factor_names(row: _Row, factor: float) -> list[str]:
    values = [_float(value) for value in row.expected]
    count, filled = len(values), sum(map(bool, values))
    mean = math.fsum(values) / count
    around = math.fsum((value - mean) ** 2 for value in values)
    names = {
        "2": 2.0,
        "1/2": 0.5,
        "n": count,
        "1/n": 1 / count,
        "k, those that are not 0": filled,
        "1/k, of those that are not 0": 1 / filled,
        "k/n, of those that are not 0": filled / count,
        "n/k, of those that are not 0": count / filled,
        "1/ln 2": 1 / math.log(2),
        "ln 2": math.log(2),
        "100": 100.0,
        "1/100": 0.01,
    }
    if around > 0:
        names["1/std"] = 1 / math.sqrt(around / count)
        names["1/std of a sample"] = 1 / math.sqrt(around / (count - 1))
    if filled == count:
        names = {name: value for name, value in names.items() if not name.startswith(("k", "1/k", "n/k"))}
    close = [name for name, value in names.items() if math.isclose(factor, value, rel_tol=NEARLY)]
    close += [
        name
        for name, value in names.items()
        if name.startswith("1/std") and name not in close and math.isclose(factor, value, rel_tol=ROUNDED_STD)
    ]
    return close


def _sums(row: _Row) -> list[float]:
    """The sums of both sides, where these are weights."""
    if any(value < 0 for value in (*row.expected, *row.got)):
        return []
    return [math.fsum(map(_float, side)) for side in (row.expected, row.got)]


def _offset(row: _Row) -> NumberDifference | None:
    if not all(map(_finite, (*row.expected, *row.got))):
        return None
    offset = _difference(row.expected[0], row.got[0])
    if not offset or not math.isfinite(_float(offset)):
        return None
    if not all(
        type(found := _difference(left, right)) is type(offset)
        and (found == offset if type(found) is int else math.isclose(found, offset, rel_tol=1e-4, abs_tol=row.slack))
        for left, right in row.pairs
    ):
        return None
    if abs(offset) <= 2 * row.slack and type(offset) is float:
        return None
    values = [_float(value) for value in row.expected]
    centred = abs(math.fsum(values)) <= len(values) * row.slack and any(values)
    told = f"every number is {_float(offset):+.6g} from the expected one"
    return NumberDifference("numbers-offset", f"{told}: their mean is not subtracted" if centred else told)


def _difference(left: Number, right: Number) -> Number:
    """Exact between integers."""
    return right - left if type(left) is int and type(right) is int else _float(right) - _float(left)


def _zeros(row: _Row) -> NumberDifference | None:
    wrong = [(row.expected[at], row.got[at]) for at in row.wrong]
    if not all((not left) != (not right) for left, right in wrong):
        return None
    indices = not row.floats and not {*row.expected, *row.got} <= {0, 1}
    if indices and len(wrong) == 1:
        return None  # Among indices and counts, 0 is a number like any other.
    alive = any(left and equal(left, right) for left, right in row.pairs)
    if not alive and any(row.got) and any(row.expected) and len(row.got) < 3:
        return None
    lost, filled = sum(not right for _, right in wrong), sum(not left for left, _ in wrong)
    told = [
        f"{lost} of {len(row.got)} numbers {'is' if lost == 1 else 'are'} 0 and should not be" if lost else "",
        f"{filled} of {len(row.got)} numbers should be 0" if filled else "",
        "the others agree" if alive or len(wrong) < len(row.got) else "",
    ]
    detail = "lost" if not filled else "filled" if not lost else "moved"
    return NumberDifference("numbers-zeros", "; ".join(filter(None, told)), detail)


def _bits(row: _Row) -> NumberDifference | None:
    """Nats for bits: a factor that no other fault has, unless the number is round."""
    left, right = (_float(value) for value in (row.expected[0], row.got[0]))
    for name, factor in (("1/ln 2", 1 / math.log(2)), ("ln 2", math.log(2))):
        round_ones = (left / factor, right / factor, left, right)
        if (
            math.isclose(right, factor * left, rel_tol=1e-6)
            and left
            and not any((8 * value).is_integer() for value in round_ones)
        ):
            return NumberDifference("numbers-scaled", f"multiplied by {factor:.6g} ({name})", name)
    return None
