"""The loop of an adapter that is written in Python: read a question, answer it, until stdin closes.

It imports the standard library alone, because oracles run it in environments of their own.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

REJECTED = -32000
NOT_SUPPORTED = -32601
INVALID_PARAMS = -32602
BROKE = -32603

# Made once: `json.dumps` makes one for each call that is given separators.
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Rejected(Exception):
    """The library that the adapter speaks for refuses this input, and is meant to."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class InvalidParams(Exception):
    """The question does not have the form of its operation's params: whoever asks is at fault."""


class NotSupported(Exception):
    """The library has nothing that could answer this question."""


def serve(
    *,
    initialize: Callable[[dict[str, Any]], dict[str, Any]],
    answer: Callable[[str, dict[str, Any]], Any],
    loads: Callable[[bytes], Any] = json.loads,
    dumps: Callable[[Any], bytes] | None = None,
) -> None:
    """Answer requests from stdin on stdout until `shutdown` or the end of stdin.

    `initialize(params)` gives the result of the handshake. `answer(method, params)` gives the result of a
    question, or raises `Rejected`, `NotSupported` or `InvalidParams`; any other exception means that the adapter
    broke, and is reported as such with its traceback.

    Whatever else the process prints goes to stderr: stdout carries protocol alone.
    """
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout.flush()  # What was printed on import, and is still held back, is not protocol either.
    encode = dumps or _dumps
    for line in sys.stdin.buffer:
        if line.isspace():
            continue
        request = loads(line)
        method = request["method"]
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            if method == "initialize":
                reply["result"] = initialize(request["params"])
            elif method == "shutdown":
                reply["result"] = {}
            else:
                reply["result"] = answer(method, request["params"])
            line = encode(reply)
        except Rejected as error:
            line = _refusal(request, REJECTED, str(error), kind=error.kind)
        except NotSupported as error:
            line = _refusal(request, NOT_SUPPORTED, str(error), reason=str(error))
        except InvalidParams as error:
            line = _refusal(request, INVALID_PARAMS, f"invalid params: {error}")
        except Exception as error:
            # Also a result that JSON cannot hold, such as half of a surrogate pair.
            trace = "".join(traceback.format_exception(error))
            line = _refusal(request, BROKE, f"{type(error).__name__}: {error}", trace=trace)
        replies.write(line + b"\n")
        replies.flush()
        if method == "shutdown":
            return


def _refusal(request: dict[str, Any], code: int, message: str, **data: str) -> bytes:
    error = {"code": code, "message": _speakable(message), "data": {key: _speakable(data[key]) for key in data}}
    return _dumps({"jsonrpc": "2.0", "id": request["id"], "error": error})


def _speakable(text: str) -> str:
    """The text, with lone surrogates as their escapes: no JSON text holds them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _dumps(value: Any) -> bytes:
    return _ENCODER.encode(value).encode("ascii")
