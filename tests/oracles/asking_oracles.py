"""Oracles as processes, with stand-ins for the packages that they speak for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.asking import Asker, Question
from conformance.operations import invalid_result
from conformance.protocol import Fault, InitializeParams, NotSupported, Rejection, Result, ascii_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.protocol import Answer, InitializeResult

PACKAGES = Path(__file__).with_name("packages")
ROOT = Path(__file__).parents[2]
ADDED = ("<|return|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|call|>", "<|im_start|>", "<|im_end|>")


def offered(*names: str) -> dict[str, Any]:
    """Byte tokenizers under `names`, as the handshake offers them."""
    added = [{"content": content, "id": 256 + place, "special": True} for place, content in enumerate(ADDED)]
    return {name: {"kind": "bytes", "bos_token": None, "eos_token": None, "added": added} for name in names}


def ask(
    module: str, *questions: tuple[str, Mapping[str, Any]], tokenizers: tuple[str, ...], env: Mapping[str, str]
) -> tuple[InitializeResult, list[Any]]:
    """The handshake of an oracle, and what it answers: a result as it is, or the kind of another answer.

    Every result is checked against the form that its operation has.
    """
    hello = msgspec.convert(
        {
            "suite": "test",
            "environment": {"current_date": "2025-06-28", "timezone": "UTC"},
            "tokenizers": offered(*tokenizers),
        },
        InitializeParams,
    )
    path = os.pathsep.join((str(PACKAGES), str(ROOT)))
    with Asker((sys.executable, "-m", module), hello, env={**os.environ, "PYTHONPATH": path, **env}) as asker:
        declared = asker.start()
        asked = [Question(str(at), method, ascii_json(params)) for at, (method, params) in enumerate(questions)]
        replies = list(asker.ask(asked))
    return declared, [_shown(question.method, reply.answer) for question, reply in zip(asked, replies, strict=True)]


def _shown(method: str, answer: Answer) -> Any:
    match answer:
        case Result():
            assert invalid_result(method, answer.raw) is None
            return json.loads(answer.raw)
        case Rejection():
            return f"rejected: {answer.kind}"
        case NotSupported():
            return "not supported"
        case Fault():
            raise AssertionError(f"{method}: {answer.message} {answer.detail}")


def read(tokens: list[int]) -> str:
    """Tokens of an offered byte tokenizer as text."""
    return b"".join(ADDED[token - 256].encode() if token > 255 else bytes([token]) for token in tokens).decode()


def wrote(text: str) -> list[int]:
    """Text as tokens of an offered byte tokenizer, markers found in it."""
    tokens: list[int] = []
    while text:
        marker = next((marker for marker in ADDED if text.startswith(marker)), "")
        tokens += [256 + ADDED.index(marker)] if marker else text[0].encode()
        text = text[len(marker) or 1 :]
    return tokens
