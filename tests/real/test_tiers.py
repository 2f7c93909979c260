"""The two tiers say the same: a case of the real tier, decoded, reads as its twin of the bytes tier."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from conformance.commands.selecting import lexicons
from conformance.suite import load_suite

if TYPE_CHECKING:
    from conformance.cases import Planned
    from conformance.tokenizers import Store

OPERATIONS = (
    "renderer.build_generation_prompt",
    "renderer.build_supervised_example",
    "renderer.build_supervised_examples",
)

REFUSED_FOR_A_MERGE = {
    "renderer/qwen3_disable_thinking/call/example/only-newlines@bytes",
}
"""Here the newlines after the think block merge with the first ones of the answer into one token of the real tokenizer.
The prompt is then no beginning of the example, and a renderer that disables thinking refuses to train it."""


def _pairs(operation: str) -> list[tuple[Planned, Planned]]:
    """The cases of an operation that have a result, with the bytes tier's first."""
    by_id = {planned.case.id: planned for planned in load_suite() if planned.case.operation == operation}
    return [
        (planned, by_id[twin])
        for id, planned in by_id.items()
        if planned.tier == "bytes" and (twin := id.removesuffix("bytes") + "real") in by_id
    ]


def _sequences(planned: Planned) -> list[dict[str, Any]] | None:
    result = planned.case.expect.result
    if not isinstance(result, msgspec.Raw):
        return None
    value = msgspec.json.decode(result)
    return value.get("examples", [value])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_tiers_read_the_same(operation: str, store: Store) -> None:
    lexicon = lexicons(store)
    pairs = _pairs(operation)
    assert len(pairs) > 100
    wrong = []
    for one, other in pairs:
        left, right = _sequences(one), _sequences(other)
        if (left is None) != (right is None) and one.case.id not in REFUSED_FOR_A_MERGE:
            wrong.append(one.case.id)
        if left is None or right is None:
            continue
        texts = [
            [_text(lexicon(planned.asks.tokenizer), sequence["tokens"]) for sequence in sequences]
            for planned, sequences in ((one, left), (other, right))
        ]
        if texts[0] != texts[1]:
            wrong.append(one.case.id)
    assert wrong == []


def _text(lexicon: Any, tokens: list[int]) -> str:
    # Qwen3's own tokenizer normalises text, a byte tokenizer does not.
    return unicodedata.normalize("NFC", lexicon.text(tokens))


def test_trained_text_is_the_same_on_both_tiers(store: Store) -> None:
    """Not the tokens, but what they spell: the text of each trained stretch."""
    lexicon = lexicons(store)
    wrong = []
    for one, other in _pairs("renderer.build_supervised_example"):
        left, right = _sequences(one), _sequences(other)
        if left is None or right is None:
            continue
        trained = [
            _text(lexicon(planned.asks.tokenizer), [t for t, w in zip(s["tokens"], s["weights"], strict=True) if w])
            for planned, (s,) in ((one, left), (other, right))
        ]
        if trained[0] != trained[1]:
            wrong.append(one.case.id)
    assert wrong == []
