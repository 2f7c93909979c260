from __future__ import annotations

import pytest
from byte_formats import assistant, text_part, thinking

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.renderers import ensure_text, format_content_as_string, get_text_content
from cookbook.renderers.content import has_thinking

IMAGE = {"type": "image", "image": "https://example.org/x.png"}


def test_text_is_text_or_one_text_part() -> None:
    assert ensure_text("a") == ensure_text([text_part("a")]) == "a"
    for parts in ([], [thinking("r")], [IMAGE], [text_part("a"), text_part("b")]):
        with pytest.raises(RendererError, match=f"{len(parts)} parts"):
            ensure_text(parts)


def test_the_text_of_a_message_leaves_reasoning_out_and_joins_without_a_separator() -> None:
    assert get_text_content(assistant([thinking("r"), text_part("a"), IMAGE, text_part("b")])) == "ab"
    assert get_text_content(assistant("<think>r</think>a")) == "<think>r</think>a"


@pytest.mark.parametrize("part", [{"type": "text", "text": 5}, {"type": "text"}, {}, "a"])
def test_a_part_of_another_shape_is_named(part) -> None:
    with pytest.raises(InvalidMessageError, match="part"):
        ensure_text([part])


def test_a_log_shows_every_part() -> None:
    parts = [thinking("r"), text_part("a"), IMAGE]
    expected = "<think>r</think>\na\n<image>https://example.org/x.png</image>"
    assert format_content_as_string(parts) == expected
    assert format_content_as_string(parts, separator="") == expected.replace("\n", "")
    assert format_content_as_string("a") == "a"
    with pytest.raises(RendererError, match="'audio'"):
        format_content_as_string([{"type": "audio"}])
    with pytest.raises(InvalidMessageError, match="None"):
        format_content_as_string(None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [("a", False), ("<think>r", True), ("r</think>", False), ([text_part("<think>")], False), ([thinking("")], True)],
)
def test_reasoning_is_a_part_or_an_opening_tag(content, expected) -> None:
    assert has_thinking(content) == expected
