"""Tests that need the vendors' tokenizers and chat templates: `tox -e real` fetches them first."""

from __future__ import annotations

import pytest

from conformance.tokenizers import Store


@pytest.fixture(scope="session")
def store() -> Store:
    """The store, with every locked file in it. A missing one is an error, never a skip."""
    store = Store()
    store.fetch(["qwen3", "llama3", "llama3_instruct", "gpt_oss", "deepseek_v3", "deepseek_v3_1"], companions=True)
    return store
