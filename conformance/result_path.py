"""A place in a result: the keys and indices that lead to it."""

from __future__ import annotations

ResultPath = tuple[str | int, ...]


def dotted(path: ResultPath) -> str:
    """As people write it: `examples[1].weights[7]`; empty for the whole result."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
