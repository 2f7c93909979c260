"""Shards: a run in N parts on N machines, by the hash of each case's id.

A case is in the same shard whatever else is selected, and every case is in exactly one. What a shard's report says of
the whole (`events.Shard`) is what `conformance report merge` proves completeness with.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.events import Shard
from conformance.exits import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.cases import Planned

MOST = 1000
"""How many shards a run may have."""


def shard_of(id: str, of: int) -> int:
    """The number, from 1 up, of the shard that a case is in: the first 8 bytes of the sha256 of its id, modulo `of`."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big") % of + 1


def digest(ids: Iterable[str]) -> str:
    """The digest of a set of ids, whatever their order."""
    text = "\n".join(sorted(ids))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parse_shard(text: str) -> tuple[int, int]:
    """`K/N` as two numbers.

    Raises:
        ValueError: it is not of that form with 1 <= K <= N.
    """
    parts = text.split("/")
    if len(parts) == 2 and all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts):
        number, of = map(int, parts)
        if 1 <= number <= of <= MOST:
            return number, of
    raise ValueError(f"{text!r} is not K/N with K from 1 to N, and N at most {MOST}")


def take(planned: Sequence[Planned], number: int, of: int) -> tuple[list[Planned], Shard]:
    """The cases of one shard in their order, and what its report says of the whole.

    Raises:
        UsageError: no case falls into this shard.
    """
    chosen = [one for one in planned if shard_of(one.case.id, of) == number]
    if not chosen:
        raise UsageError(f"shard {number}/{of} is empty: only {len(planned)} cases are selected; use fewer shards")
    ids = [one.case.id for one in planned]
    return chosen, Shard(number=number, of=of, whole=len(ids), digest=digest(ids))
