"""The body of a request: read within limits, decompressed within limits, decoded to what it should be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec

from conformance.service import limits
from conformance.service.errors import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")


async def read(request: Request, limit: int = limits.BODY) -> bytes:
    """The decompressed body.

    Raises:
        Refused: 400 it does not arrive whole or does not decompress, 408 it takes too long, 413 it is too large,
            415 its encoding is not known.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise too_large(limit)
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            body = await _receive(request, limit)
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.BODY_SECONDS:g} seconds") from None
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding == "zstd":
        return await asyncio.to_thread(_decompressed, body, limit)
    raise Refused(415, "Content-Encoding is neither absent nor zstd")


async def _receive(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def too_large(limit: int) -> Refused:
    return Refused(413, f"the body is larger than {limit} bytes")


def _decompressed(body: bytes, limit: int) -> bytes:
    import zstandard

    try:
        # One byte more than is taken, to see that there is more. The window is what a bomb would make us allocate.
        decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
        with decompressor.stream_reader(body, read_across_frames=True) as reader:
            plain = reader.read(limit + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise Refused(400, f"the body is not zstd: {error}") from error
    if len(plain) > limit:
        raise too_large(limit)
    if not plain and body:
        raise Refused(400, "the body is not zstd: it ends before anything was decompressed")
    return plain


def decode(body: bytes, kind: type[T]) -> T:
    """A JSON body as a struct.

    Raises:
        Refused: 400 it is not JSON, 422 it is not what was expected.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, _line(error)) from error
    except RecursionError:
        raise Refused(400, "the body is nested too deeply") from None
    except (ValueError, OverflowError) as error:
        raise Refused(400, f"the body is not JSON: {_line(error)}") from error


def _line(error: Exception) -> str:
    return str(error).replace("\n", " ")[:300]
