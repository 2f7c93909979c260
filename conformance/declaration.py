"""What an adapter declares in the handshake, and what keeps it from getting that far."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from conformance.invalid import reason
from conformance.protocol import PROTOCOL, InitializeResult


class StartFailed(Exception):
    """The process did not get as far as a handshake. `final`: another attempt cannot go otherwise."""

    def __init__(self, message: str, *, stderr_tail: tuple[str, ...] = (), final: bool = False) -> None:
        super().__init__(message)
        self.stderr_tail = stderr_tail
        self.final = final


class _ProtocolOnly(Struct, frozen=True):
    protocol: int


_protocol_only = msgspec.json.Decoder(_ProtocolOnly)
_declaration = msgspec.json.Decoder(InitializeResult)


def read_declaration(raw: bytes) -> InitializeResult:
    """The adapter's half of the handshake.

    Raises:
        StartFailed: it is for another protocol, or not of the form of `InitializeResult`.
    """
    try:
        protocol = _protocol_only.decode(raw).protocol
        if protocol != PROTOCOL:
            raise StartFailed(f"speaks protocol {protocol}, this runner speaks protocol {PROTOCOL}", final=True)
        return _declaration.decode(raw)
    except (ValueError, RecursionError) as error:
        raise StartFailed(f"declared itself wrongly: {reason('result', str(error))}", final=True) from None
