"""One adapter process, spoken to in protocol 1: start and handshake, questions in flight, time limits, the end.

A session that has failed in any way is over: its process is killed, and `conformance.asking` starts another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from conformance.child import LONGEST_PAUSE, Child, ended_how
from conformance.clock import Clock
from conformance.declaration import StartFailed, read_declaration
from conformance.lending import Lend, lent
from conformance.limits import DEFAULT_LIMITS, Limits
from conformance.protocol import (
    Answer,
    Fault,
    Incoming,
    InitializeParams,
    InitializeResult,
    NotProtocol,
    Rejection,
    Result,
    answer_of,
    ascii_json,
    one_line,
    quote,
    read_line,
    request_line,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

Watch = Callable[[str, bytes], None]
"""Is shown every line: ("->", line) to the adapter, ("<-", line) from it."""

POLL = 0.1
"""Seconds after which a process whose stdout is silent is looked at: has it ended, with its stdout held open?"""
GRACE = 1.0
"""Seconds for a process to end after its stdout has ended, or after SIGTERM."""
REMEMBERED = 1 << 16
"""How many answered ids are remembered at least, to tell a second reply from one to a question never asked."""
UNREAD_REPLIES = 1 << 20
"""Bytes that an adapter may leave unread on its stdin while it sends requests of its own."""

INITIALIZE_ID = 0
SHUTDOWN_ID = 1

Received = tuple[int | str, Answer]
"""The id of a question, and what was answered."""


class AdapterUnusable(Exception):
    """The adapter cannot be started, so nothing more can be asked of it."""

    def __init__(self, message: str, stderr_tail: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.stderr_tail = stderr_tail


class Broken(Exception):
    """The session is over. `fault` says why; which question is to blame is for the caller to find out."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Session:
    """A running adapter that has declared what it can (`declared`).

    `asked` counts the questions sent so far. `seconds` is what each of the replies took that were received last: the
    time since the reply before, or since the question could have been begun; replies that come together share it.
    """

    declared: InitializeResult

    def __init__(
        self,
        command: Sequence[str],
        hello: InitializeParams,
        *,
        limits: Limits = DEFAULT_LIMITS,
        lend: Lend | None = None,
        watch: Watch | None = None,
        given_up: Event | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        child: Child | None = None,
    ) -> None:
        """Start the adapter, unless it is started already (`child`), and shake hands.

        Once `given_up` is set, nothing is waited for.

        Raises:
            CannotStart: the command does not start.
            StartFailed: it died, fell silent, wrote something else or refused. The process is gone.
            AdapterUnusable: as `receive`.
        """
        self.asked = 0
        self.seconds = 0.0
        self._limits = limits
        self._lend = lend
        self._watch = watch
        self._given_up = given_up or Event()
        self._lends = False
        self._in_flight: dict[int | str, tuple[int, int]] = {}  # id -> length of its line, its end in the stream
        self._bytes_in_flight = 0
        self._answered: set[int | str] = set()
        self._answered_before: set[int | str] = set()  # set aside when the other was full
        self._line_number = 0
        self._failure: Fault | None = None
        self._child = child or Child(command, line_limit=limits.line, cwd=cwd, env=env)
        self._clock = Clock()
        try:
            self.declared = self._shake_hands(hello)
        except BaseException:
            self.kill()
            raise

    # Questions.

    @property
    def in_flight(self) -> int:
        """How many questions are sent and not answered."""
        return len(self._in_flight)

    @property
    def lock_step(self) -> bool:
        """Whether questions must go one at a time: the next line an adapter reads may be what it asked to be lent."""
        return self._lends

    @property
    def stderr_tail(self) -> tuple[str, ...]:
        """The last lines that it wrote to stderr."""
        return self._child.stderr_tail

    def has_room(self, size: int) -> bool:
        """Whether a line of `size` bytes may be sent now."""
        return not self._in_flight or (not self._lends and self._bytes_in_flight + size <= self._limits.in_flight)

    def is_taken(self, id: str) -> bool:
        """Whether this process was lately asked something under this id, so that replies could be mistaken."""
        return id in self._in_flight or id in self._answered or id in self._answered_before

    def send(self, id: int | str, line: bytes) -> None:
        """Queue the line of a request (`protocol.request_line`). Nothing is written before `receive`."""
        if self._watch:
            self._watch("->", line)
        if not self._in_flight:
            self._clock.restart()
        size = len(line)
        self._in_flight[id] = (size, self._child.queue(line))
        self._bytes_in_flight += size
        self.asked += 1

    def receive(self, limit: float | None = None) -> list[Received]:
        """Wait for at least one reply; return those that are there. `seconds` says how long each took.

        A second reply to a question comes as a Fault of kind `duplicate` under its id. `limit` stands in for the
        limit of a question.

        Raises:
            Broken: the process ended, wrote what is not protocol, or did not reply in time. It is gone. Replies
                that came before were returned by earlier calls.
            AdapterUnusable: it was given up.
        """
        limit = self._limits.question if limit is None else limit
        clock = self._clock
        clock.go()  # The time of the caller is not the adapter's.
        try:
            while self._failure is None:
                if self._given_up.is_set():
                    raise AdapterUnusable("nobody waits for the adapter any more")
                lines = self._pump(min(POLL, limit - clock.read()))
                replies = self._read(lines or self._last_lines())
                if replies:
                    return replies
                if self._failure is None and clock.read() >= limit:
                    self._fail(Fault("timeout", f"no reply{self._to_what()} within {limit:g} s{self._unfinished()}"))
            raise Broken(self._failure)
        finally:
            clock.stop()

    def poll(self) -> list[Received]:
        """What is there already, without waiting. With no question in flight, there should be nothing.

        Raises:
            Broken: as `receive`, but for the time.
        """
        replies: list[Received] = []
        if self._failure is None:
            replies = self._read(self._child.drain() or self._last_lines())
        if not replies and self._failure is not None:
            raise Broken(self._failure)
        return replies

    # The end.

    def finish(self) -> Fault | None:
        """Ask the adapter to shut down, close its stdin, wait, and end what is left of its group.

        Returns what was wrong on its stdout meanwhile, or that it had to be ended by force; None if all was well.
        """
        if self._failure is not None:
            return None
        child = self._child
        self.send(SHUTDOWN_ID, request_line(SHUTDOWN_ID, "shutdown", b"{}"))
        child.close_stdin()
        until = time.monotonic() + (0 if self._given_up.is_set() else self._limits.shutdown)
        pause = 0.001
        faults: list[Fault] = []
        while not (over := child.exited()) and time.monotonic() < until and self._failure is None:
            faults += self._stray(child.pump(pause))
            pause = min(2 * pause, LONGEST_PAUSE)
        if self._failure is None:
            faults += self._stray(child.drain())
        if not over and self._failure is None:
            late = f"had not exited {self._limits.shutdown:g} s after shutdown"
            faults.append(Fault("timeout", late, "\n".join(self.stderr_tail)))
            child.terminate()
            child.wait(GRACE)
        if self._failure is not None:
            faults.append(self._failure)
        self.kill()
        return faults[0] if faults else None

    def kill(self) -> None:
        """End the whole process group now. Can be called again."""
        if self._failure is None:
            self._failure = Fault("crash", "was ended by the runner")
        self._child.kill()

    def _stray(self, lines: list[bytes]) -> list[Fault]:
        """What among `lines` nobody asked for."""
        return [answer for _, answer in self._read(lines) if isinstance(answer, Fault)]

    def _fail(self, fault: Fault) -> None:
        """End the session and the process. Its stderr is the detail, where there is no better one."""
        if not fault.detail:
            self._child.drain()
            fault = msgspec.structs.replace(fault, detail="\n".join(self.stderr_tail))
        self._failure = fault
        self._child.kill()

    def _last_lines(self) -> list[bytes]:
        """Where no more lines can come, those that came last; the session fails when there are none left."""
        child = self._child
        if child.overflowed:
            reason = f"line {self._line_number + 1} of stdout is longer than {self._limits.line:,} bytes"
            self._fail(Fault("too_long", reason, quote(child.partial_line)))
        elif child.stdout_closed or child.exited():
            # Between the last look at its stdout and its end it may have written.
            lines = child.drain()
            if not lines:
                self._fail(self._ended())
            return lines
        return []

    def _ended(self) -> Fault:
        child = self._child
        over = child.wait(GRACE)
        child.drain()
        status = child.kill()
        what = ended_how(status) if over else "closed its stdout"
        when = f"while answering{self._to_what(' ')}" if self._in_flight else "with no question in flight"
        return Fault("crash", f"{what} {when}{self._unfinished()}")

    def _to_what(self, before: str = " to ") -> str:
        """What is waited for, where it is no question."""
        return f"{before}initialize" if INITIALIZE_ID in self._in_flight else ""

    def _unfinished(self) -> str:
        """What was left undone on either pipe."""
        partial = self._child.partial_line
        unread = self._child.unwritten
        return (f"; unfinished line {self._line_number + 1} of stdout: {quote(partial)}" if partial else "") + (
            f"; {unread:,} bytes of its stdin are not read" if unread else ""
        )

    # Lines.

    def _pump(self, timeout: float) -> list[bytes]:
        child = self._child
        before = child.written
        lines = child.pump(timeout)
        if child.written != before and self._in_flight:
            # While the first question was not wholly written, the adapter could not have begun on it.
            _, end = next(iter(self._in_flight.values()))
            if before < end:
                self._clock.lap()
        return lines

    def _read(self, lines: list[bytes]) -> list[Received]:
        replies: list[Received] = []
        for line in lines:
            self._line_number += 1
            if self._watch:
                self._watch("<-", line + b"\n")
            try:
                message = read_line(line)
                if message.method is not UNSET:
                    self._lend_to(message)
                elif message.id in self._in_flight:
                    answer = answer_of(message)
                    replies.append((self._close(message.id), answer))
                else:
                    replies.append(self._unexpected(message))
            except NotProtocol as refused:
                number, text = self._line_number, quote(line)
                fault = Fault(refused.kind, f"line {number} of stdout is not protocol: {refused.reason}: {text}", text)
                if refused.id not in self._in_flight:
                    self._fail(fault)
                    break
                # The line names the question that it fails to answer, so nobody else need be suspected.
                replies.append((self._close(refused.id), fault))
        if replies:
            self.seconds = self._clock.lap() / len(replies)
        return replies

    def _close(self, id: object) -> int | str:
        """Take a question out of those in flight."""
        assert isinstance(id, int | str)
        size, _ = self._in_flight.pop(id)
        self._bytes_in_flight -= size
        self._answered.add(id)
        if len(self._answered) >= REMEMBERED:
            self._answered, self._answered_before = set(), self._answered
        return id

    def _unexpected(self, reply: Incoming) -> Received:
        """A reply to no question that is in flight.

        Raises:
            NotProtocol: nor to one that was answered lately.
        """
        id = reply.id
        if id is None or isinstance(id, UnsetType):
            why = "" if isinstance(reply.error, UnsetType) else f" (its error: {one_line(reply.error.message)})"
            raise NotProtocol("malformed", f"it is a reply without an id{why}")
        if id in self._answered or id in self._answered_before:
            return id, Fault("duplicate", f"line {self._line_number} of stdout is a second reply to {id!r}")
        raise NotProtocol("wrong_id", f"it replies to {id!r}, which was not asked")

    def _lend_to(self, request: Incoming) -> None:
        """Answer a request of the adapter. The time that takes is not the adapter's.

        Raises:
            NotProtocol: it cannot be answered, because it has no id, or nobody reads the answers.
        """
        id = request.id
        if isinstance(id, UnsetType):
            raise NotProtocol("malformed", "it is a notification, which this protocol does not have")
        if self._child.unwritten > UNREAD_REPLIES:
            raise NotProtocol("malformed", "it asks on and on without reading the replies")
        started = time.monotonic()
        line = lent(id, str(request.method), bytes(request.params or b"{}"), self._lend, declared=self._lends)
        self._clock.spare(time.monotonic() - started)
        if self._watch:
            self._watch("->", line)
        self._child.queue(line)

    # The handshake.

    def _shake_hands(self, hello: InitializeParams) -> InitializeResult:
        self.send(INITIALIZE_ID, request_line(INITIALIZE_ID, "initialize", ascii_json(hello)))
        try:
            (_, answer), *more = self.receive(self._limits.start)
        except Broken as broken:
            raise StartFailed(broken.fault.message, stderr_tail=self.stderr_tail) from None
        for _, stray in more:
            if isinstance(stray, Fault):
                raise StartFailed(stray.message, stderr_tail=self.stderr_tail)
        if isinstance(answer, Fault):
            raise StartFailed(answer.message, stderr_tail=self.stderr_tail)
        if not isinstance(answer, Result):
            said = answer.message if isinstance(answer, Rejection) else answer.reason
            raise StartFailed(f"refused initialize: {one_line(said)}", stderr_tail=self.stderr_tail, final=True)
        declared = read_declaration(answer.raw)
        self.asked = 0
        self._lends = declared.options.tokenizer == "callback"
        return declared
