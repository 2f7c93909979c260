"""cookbook/preference/dpo_datasets.py: the better conversation first, its weights as they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.golden_path import golden_dir
from cookbook.preference.dpo_datasets import comparison_to_datums
from cookbook.preference.types import Comparison, LabeledComparison
from cookbook.renderers import get_renderer
from cookbook.tokenizer import ByteTokenizer

QWEN3 = ByteTokenizer.from_json(json.loads((golden_dir() / "tokenizers" / "bytes-qwen3.json").read_bytes()))
RENDERER = get_renderer("qwen3", QWEN3)
COMPARISON = Comparison(
    [{"role": "user", "content": "?"}],
    [{"role": "assistant", "content": "good"}],
    [{"role": "assistant", "content": "bad"}],
)


@pytest.mark.parametrize(
    ("label", "better", "worse"), [("A", "good", "bad"), ("B", "bad", "good"), ("Tie", "bad", "good")]
)
def test_the_better_one_is_first(label: Any, better: str, worse: str) -> None:
    datums = comparison_to_datums(LabeledComparison(COMPARISON, label), RENDERER)
    texts = [QWEN3.decode(datum.model_input.to_ints()) for datum in datums]
    assert [text.rpartition("\n")[2] for text in texts] == [better, worse]
    for datum in datums:
        assert set(datum.tensor("weights").to_nested()) == {0.0, 1.0}


def test_both_are_cut() -> None:
    datums = comparison_to_datums(LabeledComparison(COMPARISON, "A"), RENDERER, 12)
    assert [datum.model_input.length for datum in datums] == [11, 11]
