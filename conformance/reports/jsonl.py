"""The report that programs read: one event a line.

The first line says the version of the format (`Header`), then come the events of the run as `conformance.events`
defines them, in suite order. Nothing in it depends on when or how fast a run was, except the fields `seconds`, which
`timing=False` leaves out: two reports of the same answers are then the same bytes. A weight in a window that is no
number is null, because JSON has no NaN; a lone surrogate is the text of its escape, because UTF-8 has none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from conformance.atomic import WholeFile
from conformance.events import CaseFinished, Event, RunFinished, RunStarted
from conformance.exits import UsageError
from conformance.reports.escape import visible
from conformance.reports.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

FORMAT = 1
CUT_OFF = "the run was cut off"


class Header(msgspec.Struct, frozen=True, tag="report"):
    """The first line: which form the lines after it have."""

    format: int


Line = Header | RunStarted | CaseFinished | RunFinished

_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
# msgspec leaves a field out when it holds the very object that is its default; another 0.0 it would write.
_NO_TIME = {
    kind: next(field.default for field in msgspec.structs.fields(kind) if field.name == "seconds")
    for kind in (CaseFinished, RunFinished)
}


class JsonlReport:
    """A listener that writes the events to a file, which appears whole when the run has ended.

    Use it as a context manager, or call `close`: a run that died without `RunFinished` is then still reported, with the
    cases that it reached and `partial: true`. A run that did not start leaves no file.

    Args:
        path: The file to write. What it held is replaced at the end.
        timing: Keep the fields `seconds`.

    Raises:
        UsageError: from the constructor or while writing, when the file cannot be written. So a bad path is known
            before the first question is asked.
        ValueError: on `RunFinished`, when the account does not agree with the cases that were reported.
    """

    def __init__(self, path: Path | str, *, timing: bool = True) -> None:
        self._file = WholeFile(path)
        self._timing = timing
        self._encoder = msgspec.json.Encoder()
        self._tally = Tally()
        self._planned: int | None = None
        self._ended = False
        self._write(Header(format=FORMAT))

    def __call__(self, event: Event) -> None:
        if type(event) is CaseFinished:
            self._tally.add(event)
        elif isinstance(event, RunStarted):
            self._planned = event.planned
        elif isinstance(event, RunFinished):
            self._tally.check(event)
        self._write(event if self._timing else untimed(event))
        if isinstance(event, RunFinished):
            self._ended = True
            self._file.commit()

    def close(self) -> None:
        """Write what is there, as a partial report where the run did not end. A second call does nothing."""
        if self._ended:
            return
        self._ended = True
        if self._planned is None:
            self._file.discard()
            return
        planned = max(self._planned, self._tally.seen)
        self._write(RunFinished(account=self._tally.account(planned), partial=True, reason=CUT_OFF))
        self._file.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: Line) -> None:
        try:
            encoded = self._encoder.encode(line)
        except UnicodeEncodeError:  # lone surrogates, which JSON in UTF-8 cannot hold, but an argv can
            encoded = self._encoder.encode(_speakable(msgspec.to_builtins(line)))
        try:
            self._file.write(encoded + b"\n")
        except UsageError:
            self._ended = True  # the file is gone: there is nothing left to close
            raise


def untimed(event: Event) -> Event:
    """The event without how long it took."""
    if isinstance(event, CaseFinished | RunFinished):
        return msgspec.structs.replace(event, seconds=_NO_TIME[type(event)])
    return event


def read(path: Path | str) -> Iterator[Event]:
    """The events of a report, checked on the way: every case is there once, and the account is that of the cases.

    The last event, `RunFinished`, is given out only when everything before it agrees with it. Fields that this version
    does not know are ignored.

    Raises:
        UsageError: the file cannot be read, is not a report of this format, is cut off, or does not add up. One line
            that names the file.
    """
    try:
        with Path(path).open("rb") as lines:
            yield from _checked(lines)
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # of the report's content, or a NUL in the path; msgspec's errors are ValueErrors
        raise UsageError(f"{str(path)!r} is not a usable report: {visible(str(error))}") from error


def schema() -> dict[str, Any]:
    """The JSON Schema that every line of a report fulfils."""
    document = msgspec.json.schema(Line)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a conformance report",
        "description": f"Format {FORMAT}. The first line has type report, the second start, the last finish.",
        **document,
    }


def _checked(lines: Iterator[bytes]) -> Iterator[Event]:
    tally = Tally()
    ids: set[str] = set()
    started: RunStarted | None = None
    finished: RunFinished | None = None
    number = 0
    for number, raw in enumerate(lines, 1):
        line = _parse(number, raw)
        if isinstance(line, Header) != (number == 1):
            raise ValueError("line 1 does not say the format" if number == 1 else f"line {number}: a second header")
        if isinstance(line, Header):
            if line.format != FORMAT:
                raise ValueError(f"it has format {line.format}, and this version reads format {FORMAT}")
            continue
        if finished is not None:
            raise ValueError(f"line {number}: the report goes on after the end of the run")
        if isinstance(line, RunStarted) != (number == 2):
            raise ValueError("line 2 does not start the run" if number == 2 else f"line {number}: a second start")
        if isinstance(line, CaseFinished):
            if line.id in ids:
                raise ValueError(f"line {number}: the case {line.id} is there twice")
            ids.add(line.id)
            tally.add(line)
        if isinstance(line, RunStarted):
            started = line
        if isinstance(line, RunFinished):
            finished = line
        else:
            yield line
    if number == 0:
        raise ValueError("it is empty")
    if started is None or finished is None:
        raise ValueError(f"it is cut off after line {number}: the end of the run is missing")
    tally.check(finished)
    if started.planned != finished.account.planned:
        raise ValueError(
            "the account does not add up: "
            f"{started.planned} planned at the start, {finished.account.planned} at the end"
        )
    yield finished


def _parse(number: int, raw: bytes) -> Line:
    if not raw.endswith(b"\n"):
        raise ValueError(f"it is cut off in line {number}")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"line {number}: {error}") from error


def _speakable(value: Any) -> Any:
    """A JSON value with lone surrogates as text of the form ``\\ud800``."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_speakable(item) for item in value]
    if isinstance(value, dict):
        return {_speakable(key): _speakable(item) for key, item in value.items()}
    return value
