from __future__ import annotations

import subprocess
import sys

import pytest
from byte_formats import QWEN3, TOKENIZERS, renderer

from cookbook.errors import ConfigurationError, RendererError
from cookbook.renderers import (
    get_built_in_renderer_names,
    get_registered_renderer_names,
    get_renderer,
    is_renderer_registered,
    register_renderer,
    unregister_renderer,
)


@pytest.fixture
def shadow():
    """A registered renderer by the name of a built-in one."""
    seen = []

    def factory(tokenizer, image_processor, **options):
        seen.append((tokenizer, image_processor, options))
        return "mine"

    register_renderer("qwen3", factory)
    yield seen
    unregister_renderer("qwen3")


def test_a_registered_name_goes_before_a_built_in_one(shadow) -> None:
    assert get_renderer("qwen3", QWEN3, image_processor="images", extra=1) == "mine"
    assert shadow == [(QWEN3, "images", {"extra": 1})]
    assert get_registered_renderer_names() == ["qwen3"]
    assert is_renderer_registered("qwen3")


def test_unregistering_says_whether_there_was_anything(shadow) -> None:
    assert unregister_renderer("qwen3") is True
    assert unregister_renderer("qwen3") is False
    assert not is_renderer_registered("qwen3")
    assert type(get_renderer("qwen3", QWEN3)).__name__ == "Qwen3Renderer"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RendererError, match=r"'qwen9'.*deepseekv3_thinking"):
        get_renderer("qwen9", QWEN3)


def test_the_built_in_names_are_those_that_are_tested_here() -> None:
    assert sorted(get_built_in_renderer_names()) == sorted(TOKENIZERS)


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
def test_an_unknown_option_is_answered_with_the_known_ones(name) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' has no option 'nonsense'"):
        renderer(name, nonsense=True)


def test_the_package_needs_no_heavy_import() -> None:
    heavy = "tokenizers", "numpy", "ml_dtypes", "torch", "transformers", "pydantic", "conformance"
    program = f"import sys, cookbook.renderers; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
