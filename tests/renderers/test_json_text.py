"""JSON at the limits of Python's parser."""

from __future__ import annotations

import json
import sys

import pytest

from cookbook.errors import InvalidMessageError
from cookbook.renderers.json_text import read_json

LONGEST = "9" * sys.int_info.default_max_str_digits


def test_what_python_reads_is_read() -> None:
    assert read_json(' {"a": [1e400, -Infinity], "a": 1} ') == {"a": 1}
    assert read_json(LONGEST) == int(LONGEST)


def test_what_is_not_json_is_a_decode_error() -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json("\u00a0{}")


@pytest.mark.parametrize("text", [LONGEST + "9", "[" * 200_000], ids=["long-integer", "deep"])
def test_what_is_beyond_python_is_an_error_of_this_package(text: str) -> None:
    with pytest.raises(InvalidMessageError, match="limits"):
        read_json(text)
