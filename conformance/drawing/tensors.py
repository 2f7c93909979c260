"""Numbers that JSON and float32 find hard, nested evenly or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.drawing.dice import Dice

FLOATS: tuple[Any, ...] = (
    0.0, -0.0, 1.0, 0.1, -3.25, 1 / 3, 16777217, 1.00000017881393432617, 1.00000005960464477539, 3.4028234663852886e38,
    3.4028235677973366e38, 1e39, 1e-45, 7e-46, 1.1754943508222875e-38, 1e-300, 2, 9007199254740993, "NaN", "Infinity",
    "-Infinity",
)  # fmt: skip
INTEGERS: tuple[Any, ...] = (
    0, 1, -1, 7, 255, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), "9007199254740993", "-5",
)  # fmt: skip
FOREIGN: tuple[Any, ...] = (2**63, 1.5, 1e18, None, True, "1.0", "", {}, "NaN", [])
DTYPES = ("float32", "int64")
OTHER_DTYPES = ("int32", "float64", "uint8", "bool", "float16", "number", "")


def number(dice: Dice, dtype: str) -> Any:
    """A number of this dtype; one time in fifty something else."""
    if dice.chance(0.02):
        return dice.pick(FOREIGN)
    if dice.chance(0.4):
        return dice.pick(INTEGERS if dtype == "int64" else FLOATS)
    return dice.below(200) - 100 if dtype == "int64" else round((dice.random() - 0.5) * 100, dice.below(6))


def shape(dice: Dice) -> list[int]:
    """Few dimensions, short ones, 0 now and then."""
    return [0 if dice.chance(0.05) else 1 + dice.few(3) for _ in range(dice.few(4))]


def from_nested(dice: Dice) -> dict[str, Any]:
    """The params of `tensor.from_nested`."""
    dtype = _dtype(dice)
    data = nested(dice, shape(dice), dtype)
    if dice.chance(0.08):
        data = _uneven(dice, data, dtype)
    return {"data": data, "dtype": dtype}


def to_nested(dice: Dice) -> dict[str, Any]:
    """The params of `tensor.to_nested`."""
    dtype, sizes = _dtype(dice), shape(dice)
    count = 1
    for size in sizes:
        count *= size
    if dice.chance(0.05):
        count = max(0, count + dice.pick((-1, 1)))
    numbers = [number(dice, dtype) for _ in range(count)]
    data = [one for one in numbers if isinstance(one, int | float) or one in ("NaN", "Infinity", "-Infinity")]
    return {"data": [0 if isinstance(one, bool) else one for one in data], "dtype": dtype, "shape": sizes}


def nested(dice: Dice, sizes: list[int], dtype: str) -> Any:
    """Lists in lists, as deep as there are sizes."""
    if not sizes:
        return number(dice, dtype)
    return [nested(dice, sizes[1:], dtype) for _ in range(sizes[0])]


def _uneven(dice: Dice, data: Any, dtype: str) -> Any:
    if not isinstance(data, list) or not data or dice.chance(0.3):
        return [data, number(dice, dtype)]
    return [*data[:-1], _uneven(dice, data[-1], dtype)]


def _dtype(dice: Dice) -> str:
    return dice.pick(DTYPES) if dice.chance(0.92) else dice.pick(OTHER_DTYPES)
