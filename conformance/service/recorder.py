"""What the service was asked, in canonical form.

Operations are written down when they take their turn, samples when they arrive. A stream is read off with the samples
behind the save that their weights come from, in an order of their own: arrival has none that could be relied on.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import msgspec

from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_encoder = msgspec.json.Encoder(order="deterministic")
FRONT = -1
"""Where samples stand that come from no save of this service."""


def encoded(operation: stream.Operation) -> bytes:
    """An operation as a line without its end."""
    return _encoder.encode(operation)


class Recorder:
    """A record on disk, in a file without a name, so that a long run costs no memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the recorder)
        self._end = 0
        self._operations: list[tuple[int, int]] = []
        self._samples: dict[int, list[tuple[int, int]]] = {}

    def __len__(self) -> int:
        return len(self._operations) + sum(map(len, self._samples.values()))

    def operation(self, line: bytes) -> int:
        """Write down an operation. What is returned is the place of its samples."""
        self._operations.append(self._write(line))
        return len(self._operations) - 1

    def withdraw(self, place: int) -> None:
        """Take an operation back, which another says better. The places of the others stay."""
        self._operations[place] = (0, 0)

    def sample(self, line: bytes, *, behind: int) -> None:
        """Write down a request for samples from the weights that were saved at a place."""
        self._samples.setdefault(behind, []).append(self._write(line))

    def lines(self) -> Iterator[bytes]:
        """The canonical stream, an operation a line."""
        yield from self._behind(FRONT)
        for place, at in enumerate(tuple(self._operations)):
            if at[1]:
                yield self._read(at)
            yield from self._behind(place)

    def stream(self) -> stream.Stream:
        """The canonical stream."""
        return stream.decode(b"[" + b",".join(self.lines()) + b"]")

    def close(self) -> None:
        self._file.close()

    def _behind(self, place: int) -> list[bytes]:
        return sorted(self._read(at) for at in self._samples.get(place, ()))

    def _write(self, line: bytes) -> tuple[int, int]:
        self._file.seek(self._end)
        self._file.write(line)
        at = (self._end, len(line))
        self._end += len(line)
        return at

    def _read(self, at: tuple[int, int]) -> bytes:
        self._file.seek(at[0])
        return self._file.read(at[1])
