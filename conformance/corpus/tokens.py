"""Token lists that are known only once a tokenizer is at hand.

A vendor's tokenizer is not in this repository, so a question about tokens says which text they come from:

    {"$encode": "reasons</think>answer<|im_end|>"}      the tokens of this text, special tokens found in it
    {"$encode": "smile 😀", "drop_last": 1}              ... without its last token: a broken UTF-8 tail
    {"$encode": "😀 smile", "drop_first": 1}             ... without its first token
    {"$join": [{"$encode": "é", "drop_last": 1}, [33]]}  the concatenation of token lists

A list of integers stands for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def encoded(text: str, *, drop_first: int = 0, drop_last: int = 0) -> dict[str, Any]:
    """The placeholder for the tokens of `text`, less some at either end."""
    placeholder: dict[str, Any] = {"$encode": text}
    if drop_first:
        placeholder["drop_first"] = drop_first
    if drop_last:
        placeholder["drop_last"] = drop_last
    return placeholder


def joined(*pieces: Any) -> dict[str, Any]:
    """The placeholder for several token lists, one after another."""
    return {"$join": list(pieces)}


def resolve(params: Mapping[str, Any], encode: Callable[[str], list[int]]) -> dict[str, Any]:
    """`params` with every placeholder under `tokens` replaced.

    `encode` must find special tokens in the text and add none of its own.
    """
    if "tokens" not in params:
        return dict(params)
    return {**params, "tokens": _tokens(params["tokens"], encode)}


def _tokens(value: Any, encode: Callable[[str], list[int]]) -> list[int]:
    if isinstance(value, list):
        return list(value)
    if "$join" in value:
        return [token for piece in value["$join"] for token in _tokens(piece, encode)]
    tokens = encode(value["$encode"])
    return tokens[value.get("drop_first", 0) : len(tokens) - value.get("drop_last", 0)]
