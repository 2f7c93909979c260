"""The reference and the chat templates write the same prompts in the territory that they share.

The territory: an optional system message, then users and assistants in turn, a user last. Content is text without
markers, think tags or white space at its edges (llama3's template trims, qwen3's looks for tags in history).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.chat_template import FAMILIES, ChatTemplates
from cookbook.renderers import get_renderer

if TYPE_CHECKING:
    from conformance.tokenizers import Store

TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
    .map(lambda text: text.replace("<", "").replace("｜", "").strip())  # noqa: RUF001
    .filter(bool)
)


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    messages = [{"role": "system", "content": draw(TEXT)}] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 3))):
        messages += [{"role": "user", "content": draw(TEXT)}, {"role": "assistant", "content": draw(TEXT)}]
    return [*messages, {"role": "user", "content": draw(TEXT)}]


@pytest.fixture(scope="module")
def templates(store: Store) -> ChatTemplates:
    names = ["qwen3", "llama3_instruct", "bytes-qwen3", "bytes-llama3_instruct"]
    made = ChatTemplates()
    made.initialize({"tokenizers": store.offer(names), "environment": {"current_date": "2025-06-28"}})
    return made


@pytest.mark.parametrize("renderer", sorted(FAMILIES))
@settings(max_examples=200, deadline=None)
@given(messages=conversations())
def test_prompts_agree_in_the_shared_territory(
    templates: ChatTemplates, renderer: str, messages: list[dict[str, Any]]
) -> None:
    name = f"bytes-{FAMILIES[renderer].tokenizer}"
    theirs = templates.answer(
        "renderer.build_generation_prompt", {"renderer": renderer, "tokenizer": name, "messages": messages}
    )
    ours = _renderer(renderer, templates, name).build_generation_prompt(messages).to_ints()
    assert ours == theirs["tokens"]


@pytest.mark.parametrize("renderer", sorted(FAMILIES))
@settings(max_examples=100, deadline=None)
@given(messages=conversations())
def test_the_real_tier_agrees_in_text(templates: ChatTemplates, renderer: str, messages: list[dict[str, Any]]) -> None:
    """A template's text is encoded in one piece, so tokens may merge across seams: the text is what must agree."""
    name = FAMILIES[renderer].tokenizer
    theirs = templates.answer(
        "renderer.build_generation_prompt", {"renderer": renderer, "tokenizer": name, "messages": messages}
    )
    ours = _renderer(renderer, templates, name).build_generation_prompt(messages).to_ints()
    tokenizer = templates.tokenizer(name)
    assert tokenizer.decode(ours) == tokenizer.decode(theirs["tokens"])


@functools.cache
def _renderer(name: str, templates: ChatTemplates, tokenizer: str) -> Any:
    return get_renderer(name, templates.tokenizer(tokenizer))
