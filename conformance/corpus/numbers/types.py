"""The dtypes as the corpus needs them: names, bounds, and the values at their edges."""

from __future__ import annotations

from dataclasses import dataclass

SIGNED = ("int4", "int8", "int16", "int32", "int64")
UNSIGNED = ("uint4", "uint8", "uint16", "uint32", "uint64")
INTEGERS = (*SIGNED, *UNSIGNED)


@dataclass(frozen=True, slots=True)
class FloatType:
    """A binary float: `precision` bits of mantissa, the hidden one among them, and the least exponent of a normal."""

    name: str
    precision: int
    smallest_exponent: int
    largest: float

    @property
    def smallest_normal(self) -> float:
        return 2.0**self.smallest_exponent

    @property
    def smallest_subnormal(self) -> float:
        return 2.0 ** (self.smallest_exponent - self.precision + 1)

    @property
    def step(self) -> float:
        """The distance from 1 to the next value."""
        return 2.0 ** (1 - self.precision)

    @property
    def last_step(self) -> float:
        """The distance from the largest to what would be the next value."""
        exponent = 0
        while 2.0 ** (exponent + 1) <= self.largest:
            exponent += 1
        return 2.0 ** (exponent - self.precision + 1)


FLOATS = (
    FloatType("float8_e4m3fn", 4, -6, 448.0),
    FloatType("float8_e5m2", 3, -14, 57344.0),
    FloatType("float16", 11, -14, 65504.0),
    FloatType("bfloat16", 8, -126, 3.3895313892515355e38),
    FloatType("float32", 24, -126, 3.4028234663852886e38),
    FloatType("float64", 53, -1022, 1.7976931348623157e308),
)
FLOAT_NAMES = tuple(one.name for one in FLOATS)
DTYPES = ("bool", *INTEGERS, *FLOAT_NAMES)


def bits_of(dtype: str) -> int:
    """The number in the name of an integer type."""
    return int(dtype.removeprefix("u").removeprefix("int"))


def smallest(dtype: str) -> int:
    """The lowest value of an integer type."""
    return -(1 << (bits_of(dtype) - 1)) if dtype in SIGNED else 0


def largest(dtype: str) -> int:
    """The highest value of an integer type."""
    return smallest(dtype) + (1 << bits_of(dtype)) - 1


def whole(value: int) -> int | str:
    """An integer as the wire has it: beyond 2^53 as text."""
    return value if abs(value) <= 2**53 else str(value)
