"""Text quoted in one line of a diagnosis."""

from __future__ import annotations

import json


def quote(text: str, limit: int = 60) -> str:
    """Text as a JSON string of ASCII characters, cut in the middle when it is long."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[-limit // 2 :]}"
    return json.dumps(text, ensure_ascii=True).replace("\\u2026", "…")
