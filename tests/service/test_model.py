from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.service import model

IDS = st.integers(-(2**31), 2**31 - 1)
VERSIONS = st.integers(0, 2**40)


def test_a_logprob_is_the_formula_of_the_readme() -> None:
    assert model.logprob(5, 6, 1, 0) == -((155 + 102 + 7) % 257 + 1) / 64
    assert model.logprob(0, 0, 0, 0) == -1 / 64
    assert model.logprob(0, 0, 0, 257) == -1 / 64


@given(IDS, IDS, st.integers(0, 10**6), VERSIONS)
def test_a_logprob_is_exact_in_float32(previous: int, token: int, position: int, version: int) -> None:
    found = model.logprob(previous, token, position, version)
    assert float(np.float32(found)) == found
    assert -257 / 64 <= found < 0


@given(st.lists(st.tuples(IDS, st.integers(-(2**63), 2**63 - 1)), max_size=8), VERSIONS)
def test_a_pass_gives_each_target_at_the_place_behind_its_token(pairs: list[tuple[int, int]], version: int) -> None:
    tokens, targets = [one for one, _ in pairs], [other for _, other in pairs]
    found = model.target_logprobs(tokens, np.array(targets, dtype=np.int64), version)
    assert found.dtype == np.float32
    assert found.tolist() == [
        model.logprob(token, target, place + 1, version) for place, (token, target) in enumerate(pairs)
    ]


def test_a_second_dimension_is_alternatives_at_one_place() -> None:
    found = model.target_logprobs([7, 8], np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int64), 3)
    assert found.tolist() == [
        [model.logprob(7, token, 1, 3) for token in (1, 2, 3)],
        [model.logprob(8, token, 2, 3) for token in (4, 5, 6)],
    ]


@given(st.lists(IDS, max_size=8), VERSIONS)
def test_a_prompt_and_a_pass_agree(tokens: list[int], version: int) -> None:
    """A loop shifts a text by one and trains on it; a sampler reads it whole."""
    shifted = model.target_logprobs(tokens[:-1], np.array(tokens[1:], dtype=np.int64), version)
    assert model.prompt_logprobs(tokens, version) == [None, *shifted.tolist()][: len(tokens)]


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_likely_tokens_are_the_likely_ones(previous: int, position: int, version: int, k: int) -> None:
    found = model.top_logprobs(previous, position, version, k)
    every = sorted(((model.logprob(previous, token, position, version), token) for token in range(257)), reverse=True)
    assert found == [(token, logprob) for logprob, token in every[:k]]


@given(st.lists(IDS, max_size=8), st.integers(0, 100), VERSIONS, st.integers(0, 20))
def test_what_is_drawn_has_the_logprobs_of_a_prompt(prompt: list[int], ordinal: int, version: int, most: int) -> None:
    drawn = model.draw(prompt, ordinal=ordinal, version=version, max_tokens=most, stop=[99_999])
    whole = [*(prompt or [0]), *drawn.tokens]
    if prompt:
        assert list(drawn.logprobs) == model.prompt_logprobs(whole, version)[len(prompt) :]
    assert len(drawn.tokens) <= most
    assert (drawn.stop_reason == "stop") == (99_999 in drawn.tokens)


def test_the_order_of_the_rules_of_an_end() -> None:
    prompt = [0, 7]  # planned: 1 + 7 mod 8 = 8 tokens
    assert len(model.draw(prompt, ordinal=0, version=0, max_tokens=None, stop=None).tokens) == 8
    assert model.draw(prompt, ordinal=0, version=0, max_tokens=8, stop=[300]).stop_reason == "length"
    assert model.draw(prompt, ordinal=0, version=0, max_tokens=9, stop=[300]).tokens[8:] == (300,)
    assert model.draw(prompt, ordinal=0, version=0, max_tokens=0, stop=None) == model.Drawn((), (), "length")
    assert len(model.draw(prompt, ordinal=0, version=0, max_tokens=None, stop=[]).tokens) == 64
    assert len(model.draw(prompt, ordinal=0, version=0, max_tokens=100, stop=[]).tokens) == 100


def test_a_stop_that_is_drawn_on_the_way_ends_it() -> None:
    first = model.draw([0, 7], ordinal=0, version=0, max_tokens=None, stop=None).tokens
    drawn = model.draw([0, 7], ordinal=0, version=0, max_tokens=None, stop=[first[2]])
    assert drawn.tokens == first[:3]
    assert drawn.stop_reason == "stop"


@pytest.mark.parametrize("ordinal", range(4))
def test_the_stops_take_turns(ordinal: int) -> None:
    drawn = model.draw([1], ordinal=ordinal, version=0, max_tokens=None, stop=[300, 301, 302])
    assert drawn.tokens[-1] == 300 + ordinal % 3


def test_the_example_of_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "golden" / "README.md").read_text(encoding="utf-8")
    example = re.search(r"`\[5, 6, 7\]` .*?: tokens `\[(.*?)\]`, logprobs\s+`\[(.*?)\]`", readme, re.DOTALL)
    assert example is not None
    drawn = model.draw([5, 6, 7], ordinal=1, version=1, max_tokens=20, stop=[99_999])
    assert [int(item) for item in example[1].split(",")] == list(drawn.tokens)
    assert [float(item) for item in example[2].split(",")] == list(drawn.logprobs)
