"""Cases as a person writes them by hand: one line each, with only what is required."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.cases import Asks, Case, Planned

if TYPE_CHECKING:
    from pathlib import Path

PROMPT = "renderer.build_generation_prompt"
EXAMPLE = "renderer.build_supervised_example"
EXAMPLES = "renderer.build_supervised_examples"
PARSE = "renderer.parse_response"
STOP = "renderer.get_stop_sequences"
EXTENSION = "renderer.has_extension_property"
ENCODE = "tokenizer.encode"
NESTED = "tensor.to_nested"

HI = [{"role": "user", "content": "Hi"}]
HI_TOKENS = [257, *b"user\nHi", 258, *b"\n", 257, *b"assistant\n"]
"""What qwen3 writes for `HI` before the assistant's turn, with bytes-qwen3."""

_DEFAULTS: dict[str, dict[str, Any]] = {
    PROMPT: {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": HI},
    EXAMPLE: {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": HI},
    EXAMPLES: {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": HI},
    PARSE: {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "tokens": [65]},
    STOP: {"renderer": "qwen3", "tokenizer": "bytes-qwen3"},
    EXTENSION: {"renderer": "qwen3", "tokenizer": "bytes-qwen3"},
    ENCODE: {"tokenizer": "bytes-qwen3", "text": "Hi"},
    NESTED: {"data": [1], "dtype": "int64", "shape": [1]},
}


def entry(id: str = "a", operation: str = PROMPT, *, expect: Any = None, params: Any = None, **fields: Any) -> Any:
    """A case as a JSON value. `expect` is the whole member; left out, the true answer to the default prompt."""
    return {
        "id": id,
        "operation": operation,
        "params": _DEFAULTS[operation] if params is None else params,
        "expect": {"result": {"tokens": HI_TOKENS}} if expect is None else expect,
        **fields,
    }


def planned(id: str = "a", operation: str = PROMPT, **fields: Any) -> Planned:
    """A case as it is read."""
    case = msgspec.json.decode(json.dumps(entry(id, operation, **fields)), type=Case)
    return Planned(case, msgspec.json.decode(case.params, type=Asks))


def expecting(result: Any, operation: str = PROMPT, **fields: Any) -> Planned:
    """A case that expects this result."""
    return planned("a", operation, expect={"result": result}, **fields)


def write(path: Path, *entries: Any) -> Path:
    """A file of cases. An entry is a JSON value, or the bytes of a line."""
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in entries]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
