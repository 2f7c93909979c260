"""The store's tokenizers, lent to adapters that have none and held against those that have their own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.operations import DecodeParams, EncodeParams
from conformance.tokenizers import StoreError, locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.lending import Lend
    from conformance.tokenizers import Store
    from cookbook.tokenizer import Tokenizer

PROBE = "Zwölf Boxkämpfer, 世界 👋 3.14"
"""What a byte tokenizer is asked to encode."""


def lender(store: Store) -> Lend:
    """Encodes and decodes with the store's tokenizers, each loaded when it is first asked for.

    A tokenizer that is not on this machine is a LookupError.
    """

    @cache
    def load(name: str) -> Tokenizer:
        try:
            return store.load(name)
        except StoreError as error:
            raise LookupError(str(error)) from error

    def lend(params: EncodeParams | DecodeParams) -> list[int] | str:
        tokenizer = load(params.tokenizer)
        if isinstance(params, EncodeParams):
            return tokenizer.encode(params.text, split_special_tokens=params.split_special_tokens)
        return tokenizer.decode(params.tokens)

    return lend


def prober(store: Store) -> Callable[[str], tuple[str, list[int]] | None]:
    """For a tokenizer's name, a text and the ids that it has to give.

    Those of a vendor's tokenizer are in the lock file, so that it need not be loaded here; a byte tokenizer is asked.
    """

    def probe(name: str) -> tuple[str, list[int]] | None:
        entry = locked().get(name)
        if entry is None:
            return None
        if entry.probe is not None:
            return entry.probe.text, list(entry.probe.ids)
        return PROBE, store.load(name).encode(PROBE)

    return probe
