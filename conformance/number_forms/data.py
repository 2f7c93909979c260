"""Area `data`: the order in which a dataset is read. golden/shuffle.md describes the shuffle."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from conformance.number_forms.shared import Answer, Asked, Bits, Length, Operation, Size

Word = Annotated[int, Meta(ge=0, lt=2**32)]
Seed = int | Annotated[str, Meta(pattern="^-?[0-9]+$")]
"""A number, or its decimal digits when it is beyond 2^53."""


class OfSeed(Asked, frozen=True, kw_only=True):
    seed: Seed


class SeedState(Answer, frozen=True, kw_only=True):
    """The pool has four words of 32 bits, `words` four of 64; `state` and `inc` have 128."""

    pool: list[Word]
    words: list[Bits]
    state: Bits
    inc: Bits


class RawNumbers(OfSeed, frozen=True, kw_only=True):
    count: Length


class Raw(Answer, frozen=True, kw_only=True):
    """Numbers of 64 bits."""

    raw: list[Bits]


class Shuffle(OfSeed, frozen=True, kw_only=True):
    length: Length


class Draws(Answer, frozen=True, kw_only=True):
    draws: list[Size]


class Permutation(Answer, frozen=True, kw_only=True):
    permutation: list[Size]


class Batch(Asked, frozen=True, kw_only=True):
    """Rows are counted from 0 in the order in which they were given. `seeds` are those of the epochs begun so far."""

    length: Annotated[int, Meta(ge=0, le=1_000_000)]
    batch_size: Annotated[int, Meta(ge=1)]
    index: int
    seeds: tuple[int, ...] = ()


class Rows(Answer, frozen=True, kw_only=True):
    rows: list[Size]


class Batches(Asked, frozen=True, kw_only=True):
    length: Length
    batch_size: int


class NumberOfBatches(Answer, frozen=True, kw_only=True):
    batches: Size


class FlatBatch(Batch, frozen=True, kw_only=True):
    """`datums` says how many datums each row gives, row by row."""

    datums: list[Annotated[int, Meta(ge=0, le=1000)]]

    def misfit(self, path: str) -> str | None:
        """Why `datums` is not that of the rows, None if it is."""
        rows = max(self.length, 0)
        return None if len(self.datums) == rows else f"{path}.datums: {rows} rows have {len(self.datums)} elements"


class RowsOfDatums(Answer, frozen=True, kw_only=True):
    """For each datum of the batch the row that it comes from."""

    rows: list[Size]


class Split(Asked, frozen=True, kw_only=True):
    length: Length
    test_size: int
    shuffle_seed: int | None = 0


class SplitRows(Answer, frozen=True, kw_only=True):
    """`test` is null when there is nothing to test on."""

    train: list[Size]
    test: list[Size] | None


OPERATIONS = (
    Operation(
        name="data.shuffle.seed_state",
        params=OfSeed,
        result=SeedState,
        summary="What a seed becomes before the first number is drawn.",
    ),
    Operation(
        name="data.shuffle.raw",
        params=RawNumbers,
        result=Raw,
        summary="The first numbers that the generator gives.",
    ),
    Operation(
        name="data.shuffle.draws",
        params=Shuffle,
        result=Draws,
        summary="The places that a shuffle swaps with, for each place from the last to the second.",
    ),
    Operation(
        name="data.shuffle.permutation",
        params=Shuffle,
        result=Permutation,
        summary="The numbers below a length in the order that a seed gives them.",
    ),
    Operation(
        name="data.get_batch",
        params=Batch,
        result=Rows,
        summary="The rows of a batch in the epoch begun last.",
    ),
    Operation(
        name="data.get_batch_of_datums",
        params=FlatBatch,
        result=RowsOfDatums,
        summary="The same for rows that give any number of datums.",
    ),
    Operation(
        name="data.number_of_batches",
        params=Batches,
        result=NumberOfBatches,
        summary="How many whole batches the rows make.",
    ),
    Operation(
        name="data.split",
        params=Split,
        result=SplitRows,
        summary="The rows to train on and those to test on, after a shuffle.",
    ),
)
