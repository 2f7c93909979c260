"""Lending a tokenizer: an adapter without one asks the runner to encode and decode while it answers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from conformance.operations import DecodeParams, EncodeParams, invalid_params
from conformance.protocol import INVALID_PARAMS, NOT_SUPPORTED, ErrorObject, reply_line

Lend = Callable[[EncodeParams | DecodeParams], list[int] | str]
"""Gives the token ids of `EncodeParams`, the text of `DecodeParams`.

A LookupError (no such tokenizer) or ValueError that it raises is told to the adapter; anything else is the runner's
own fault and goes through.
"""

LENDABLE = ("tokenizer.encode", "tokenizer.decode")

_encode_params = msgspec.json.Decoder(EncodeParams)
_decode_params = msgspec.json.Decoder(DecodeParams)


def lent(id: int | str | None, method: str, params: bytes, lend: Lend | None, *, declared: bool) -> bytes:
    """The line that answers an adapter's request `id`.

    `declared` says whether the adapter's handshake asked for this (`"options":{"tokenizer":"callback"}`); without
    it, or with nobody to lend, the request is refused.
    """

    def refusal(code: int, message: str) -> bytes:
        return reply_line(id, error=ErrorObject(code, message))

    if method not in LENDABLE:
        return refusal(NOT_SUPPORTED, f"the runner answers {' and '.join(LENDABLE)}, not {method!r}")
    if not declared:
        return refusal(NOT_SUPPORTED, 'not declared: set `options.tokenizer` to "callback" in the handshake')
    if lend is None:
        return refusal(NOT_SUPPORTED, "this runner lends no tokenizer")
    if reason := invalid_params(method, params):
        return refusal(INVALID_PARAMS, reason)
    try:
        if method == "tokenizer.encode":
            return reply_line(id, result={"tokens": lend(_encode_params.decode(params))})
        return reply_line(id, result={"text": lend(_decode_params.decode(params))})
    except (LookupError, ValueError) as error:
        return refusal(INVALID_PARAMS, f"{type(error).__name__}: {error}")
