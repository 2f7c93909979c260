"""The reference, asked in this process.

Fuzzing asks the reference as often as the port. As a process of its own it would spend as long on its pipe and on JSON
as on the answer; it is the project's own code, which neither hangs nor crashes, so that nothing is learned from a wall
around it. It gets each question as the JSON text that the port gets, and gives the JSON text that its process would.
"""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import NotSupported as Unsupported
from conformance.adapters.serve import Rejected
from conformance.protocol import Answer, Fault, InitializeResult, NotSupported, Rejection, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.protocol import InitializeParams


_ascii = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class InProcess:
    """One session of the reference. `declared` is its half of the handshake."""

    def __init__(self, hello: InitializeParams) -> None:
        self._reference = Reference()
        declared = self._reference.initialize(msgspec.to_builtins(hello))
        self.declared = msgspec.convert(declared, InitializeResult)

    def answer(self, operation: str, params: bytes) -> Answer:
        """The answer to a question whose params are this JSON text."""
        return self.answer_to(operation, msgspec.json.decode(params))

    def answer_to(self, operation: str, params: dict[str, Any]) -> Answer:
        """The answer to a question whose params were decoded."""
        try:
            return Result(_line(self._reference.answer(operation, params)))
        except Rejected as error:
            return Rejection(error.kind, str(error))
        except Unsupported as error:
            return NotSupported(str(error))
        except Exception as error:
            return Fault("broke", f"{type(error).__name__}: {error}")

    def encode(self, tokenizer: str, text: str) -> list[int]:
        """The tokens of a text, special tokens found in it."""
        return self._reference.tokenizer(tokenizer).encode(text)

    def example(self, params: dict[str, Any]) -> tuple[list[int], list[float]] | None:
        """Tokens and weights of a supervised example; None when the renderer refuses."""
        try:
            made = self._reference.answer("renderer.build_supervised_example", params)
        except Rejected:
            return None
        return made["tokens"], made["weights"]


def _line(value: object) -> bytes:
    """The bytes that `ascii_json` gives, from C where it would escape in Python."""
    raw = msgspec.json.encode(value)
    return raw if raw.isascii() else _ascii.encode(value).encode("ascii")


@contextmanager
def quietly() -> Iterator[None]:
    """The library warns of much that is asked here on purpose."""
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
