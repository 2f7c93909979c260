"""The probe of a tokenizer: one text whose token ids are known, so that a silent substitute is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from conformance.conversation import Question
from conformance.operations import EncodeParams, Tokens, invalid_result
from conformance.protocol import Answer, Fault, NotSupported, Rejection, ascii_json

Probe = Callable[[str], tuple[str, Sequence[int]] | None]
"""Gives a text and its token ids for the name of a tokenizer; None when it cannot tell."""

SHOWN = 8
"""How many token ids a message shows."""


def probe_question(tokenizer: str, text: str) -> Question:
    """The question that probes `tokenizer`."""
    params = EncodeParams(tokenizer=tokenizer, text=text)
    return Question(f"probe/{tokenizer}", "tokenizer.encode", ascii_json(params))


def probe_verdict(text: str, ids: Sequence[int], answer: Answer) -> str | None:
    """What is wrong with the answer to a probe, as one line; None if it is the ids expected."""
    if isinstance(answer, Fault):
        return answer.message
    if isinstance(answer, Rejection):
        return f"refuses to encode {text!r}: {answer.message}"
    if isinstance(answer, NotSupported):
        return f"is declared, yet not supported: {answer.reason}"
    if reason := invalid_result("tokenizer.encode", answer.raw):
        return f"answers {reason}"
    got = msgspec.json.decode(answer.raw, type=Tokens).tokens
    if got == list(ids):
        return None
    return f"encodes {text!r} as {_shown(got)}, not as {_shown(ids)}: is it another tokenizer?"


def _shown(ids: Sequence[int]) -> str:
    more = f", ... ({len(ids)} tokens)" if len(ids) > SHOWN else ""
    return f"[{', '.join(map(str, ids[:SHOWN]))}{more}]"
