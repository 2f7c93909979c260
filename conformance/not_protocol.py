"""Why a line on an adapter's stdout is not protocol, in words that help its author.

Only read when a line was refused, so it may take its time, and may import what the hot path does not need.
"""

from __future__ import annotations

import json

from conformance.protocol import NotProtocol

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def explain(line: bytes, reason: str) -> NotProtocol:
    """The fault of a refused `line`. `reason` is what the reader said, used where there is nothing better."""
    if not line.strip():
        return NotProtocol("garbage", "it is empty")
    if line.startswith(BYTE_ORDER_MARK):
        return NotProtocol("garbage", "it starts with a byte order mark: write UTF-8 without one")
    not_utf8 = _not_utf8(line)
    constants: list[str] = []
    try:
        value = json.loads(
            line.decode(errors="replace"), parse_constant=constants.append, parse_int=_integer, strict=False
        )
    except RecursionError:
        return NotProtocol("garbage", "it is nested too deeply to be read")
    except ValueError as error:
        return NotProtocol("garbage", not_utf8 or f"it is not JSON ({error})")
    if isinstance(value, list):
        return NotProtocol("garbage", "it is a batch: protocol 1 has one object a line, no arrays")
    if not isinstance(value, dict):
        return NotProtocol("garbage", "it is JSON, but not an object")
    id = value.get("id")
    known = id if isinstance(id, int | str) and not isinstance(id, bool) else None
    if not_utf8:
        return NotProtocol("garbage", not_utf8, id=known)
    if constants:
        name = constants[0]
        return NotProtocol("malformed", f'it has {name}, which is not JSON: send the string "{name}"', id=known)
    return NotProtocol("malformed", _member(value) or f"it cannot be read ({reason})", id=known)


def _not_utf8(line: bytes) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"it is not UTF-8 (byte 0x{line[error.start]:02x} at offset {error.start})"
    return ""


def _integer(digits: str) -> int | str:
    """Python refuses to read integers of thousands of digits; here only an id need be read."""
    return int(digits) if len(digits) < 20 else digits


def _member(value: dict[str, object]) -> str:
    """What is wrong with the members of a JSON object that should have been a message, if that can be told."""
    if value.get("jsonrpc") != "2.0":
        return 'it has no `"jsonrpc":"2.0"`'
    if "id" in value and (isinstance(value["id"], bool) or not isinstance(value["id"], int | str | None)):
        return "its `id` is not the one of the request"
    if "error" in value:
        error = value["error"]
        if error is None:
            return "its `error` is null: a reply with a result has no `error`"
        if not isinstance(error, dict):
            return "its `error` is not an object with `code` and `message`"
        if not isinstance(error.get("code"), int) or isinstance(error.get("code"), bool):
            return "its `error.code` is not an integer"
        if not isinstance(error.get("message"), str):
            return "its `error.message` is not a string"
    if "method" in value and not isinstance(value["method"], str):
        return "its `method` is not a string"
    if _has_lone_surrogate(value):
        return "it holds a lone surrogate, which is no Unicode text"
    return ""


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
