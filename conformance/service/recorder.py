"""What the service was asked, in canonical form.

Operations are written down when they take their turn, samples when they arrive. A stream is read off with the samples
behind the save that their weights come from, in an order of their own: arrival has none that could be relied on.
"""

from __future__ import annotations

import itertools
import tempfile
from array import array
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
        self._starts = array("q")
        self._lengths = array("q")
        self._samples: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return len(self._starts) + sum(len(samples) // 2 for samples in self._samples.values())

    def operation(self, line: bytes) -> int:
        """Write down an operation. What is returned is the place of its samples."""
        self._starts.append(self._write(line))
        self._lengths.append(len(line))
        return len(self._starts) - 1

    def withdraw(self, place: int) -> None:
        """Take an operation back, which another says better. The places of the others stay."""
        self._lengths[place] = 0

    def sample(self, line: bytes, *, behind: int) -> None:
        """Write down a request for samples from the weights that were saved at a place."""
        self._samples.setdefault(behind, array("q")).extend((self._write(line), len(line)))

    def lines(self) -> Iterator[bytes]:
        """The canonical stream, an operation a line."""
        yield from self._behind(FRONT)
        for place in range(len(self._starts)):
            if self._lengths[place]:
                yield self._read(self._starts[place], self._lengths[place])
            yield from self._behind(place)

    def stream(self) -> stream.Stream:
        """The canonical stream."""
        return stream.decode(b"[" + b",".join(self.lines()) + b"]")

    def close(self) -> None:
        self._file.close()

    def _behind(self, place: int) -> list[bytes]:
        samples = self._samples.get(place, ())
        return sorted(itertools.starmap(self._read, zip(samples[::2], samples[1::2], strict=True)))

    def _write(self, line: bytes) -> int:
        self._file.seek(self._end)
        self._file.write(line)
        self._end += len(line)
        return self._end - len(line)

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)
