"""How far an answer may be from the expected one where numbers are not dyadic, and where that comes from."""

from __future__ import annotations

from conformance.cases import Tolerance

FLOAT32_SUM = Tolerance(
    why="a sum in float32 depends on the order of its terms", abs=1e-6, rel=2e-6, precision="float32"
)
FLOAT32_RUNNING_SUM = Tolerance(
    why="differences in float32 that cancel, added up over hundreds of positions in some order",
    abs=2e-5,
    rel=2e-6,
    precision="float32",
)
FLOAT32_LOSS = Tolerance(
    why="exp and log1p in float32 are not rounded the same in every library, and sums depend on their order",
    abs=1e-6,
    rel=4e-6,
    precision="float32",
)
FLOAT32_FUNCTION = Tolerance(
    why="no library rounds this function correctly in float32: up to 4 ulp", abs=1e-38, rel=5e-7, precision="float32"
)
FLOAT32_QUOTIENT = Tolerance(
    why="a sum of weights in float32, then a division: up to 2 ulp", abs=0.0, rel=2.5e-7, precision="float32"
)
ADVANTAGE = Tolerance(
    why="the mean is a sum in float32 that depends on its order; up to four times 2^-24 of the largest reward",
    abs=2.4e-7,
    rel=0.0,
    precision="float32",
)
FLOAT64_POWER = Tolerance(why="cosines and powers in double precision differ by an ulp or two", abs=1e-15, rel=1e-15)
FLOAT64_MEAN = Tolerance(why="a mean in double precision depends on the order of its terms", abs=1e-14, rel=1e-14)
