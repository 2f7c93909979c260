"""A round of questions to an adapter that may crash, hang, babble or lie: a reply each, in order, and who is to blame.

Questions travel together, so the failure of a process alone does not tell which of them brought it about. A question
is blamed only on evidence that points at it alone:

1. A line that names a question and does not answer it properly (a result beside an error, a second reply, ...) is a
   fault of that question. The process goes on.
2. Any other failure ends the process. The questions that were in flight are asked again, **alone**: one at a time in a
   fresh process. So is the one that was answered last, when a stray line on stdout may have been its afterthought.
3. Who is alone in a process, the first to be asked there, when it fails, is to blame. Where the process had answered
   others before, the question in flight (and the one before it, for a stray line) is asked once more **apart**: in a
   process of its own, which is shut down afterwards. A stray line after the reply is then known to be its own.

A proper answer stands. A failure that does not come back while its suspects are asked by themselves is blamed on no
question; it stays an incident. Every failure moves its suspects one stage on or settles one, so there is an end to it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from conformance.protocol import Answer, Fault, Result, request_line
from conformance.session import Broken, Session

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from conformance.session import Received

AHEAD = 1024
"""How many replies may wait for an earlier one."""
HELD = 64 << 20
"""How many bytes of results may wait for an earlier one before nothing new is asked."""
STRAY = frozenset({"garbage", "malformed", "wrong_id", "too_long"})
"""Kinds of faults that are a line on stdout, which may have been written after a reply."""

AFTERTHOUGHTS = STRAY | {"duplicate"}
"""Kinds that may follow a proper reply."""

TOGETHER, ALONE, APART = range(3)
"""How a question is asked: the stages that a suspect goes through."""


class Question(Struct, frozen=True, gc=False):
    """What is asked: a readable `id`, an operation, and its params as raw JSON, ASCII, on one line."""

    id: str
    method: str
    params: bytes


class Reply(Struct, frozen=True, gc=False):
    """What came of a question, and how many seconds the adapter took."""

    id: str
    answer: Answer
    seconds: float


class Incident(Struct):
    """A failure of the adapter that came up while `suspects` (ids) were asked, and is blamed on none of them."""

    fault: Fault
    suspects: tuple[str, ...] = ()
    blamed: bool = False


class Sessions(Protocol):
    """Where a conversation gets its processes. At most one lives at a time."""

    @property
    def current(self) -> Session | None: ...

    def fresh(self) -> Session:
        """A new one. AdapterUnusable if none can be started."""

    def retire(self) -> Fault | None:
        """Shut the current one down; what was wrong on its stdout meanwhile."""

    def drop(self) -> None:
        """Kill the current one, if there is one."""

    def note(self, fault: Fault, suspects: Sequence[str] = ()) -> Incident:
        """Keep what cannot be blamed on a question (yet)."""


class _Slot:
    """A question on its way to a reply."""

    __slots__ = ("answer", "doubts", "line", "question", "seconds", "stage", "wire_id")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.wire_id = question.id
        self.line = request_line(question.id, question.method, question.params)
        self.answer: Answer | None = None
        self.seconds = 0.0
        self.stage = TOGETHER
        self.doubts: tuple[Incident, ...] = ()

    def condemn(self, fault: Fault) -> None:
        self.answer = fault
        for incident in self.doubts:
            incident.blamed = True


class Conversation:
    """The state of one round. `limit` is the time limit of a question in seconds."""

    def __init__(self, sessions: Sessions, questions: Iterable[Question], *, limit: float) -> None:
        self._sessions = sessions
        self._questions = iter(questions)
        self._limit = limit
        self._next: _Slot | None = None
        self._slots: deque[_Slot] = deque()  # in the order asked, not yet given out
        self._open: dict[int | str, _Slot] = {}  # the same by the id on the wire
        self._in_flight: dict[int | str, _Slot] = {}
        self._suspects: deque[_Slot] = deque()
        self._by_itself: _Slot | None = None
        self._last: _Slot | None = None  # answered last: a second reply or a stray line may still follow
        self._held = 0

    def replies(self) -> Generator[Reply]:
        """One reply a question, in order. Questions are drawn as far ahead as may be in flight.

        Raises:
            AdapterUnusable: no process can be started any more.
            ValueError: the params of a question cannot be sent.
        """
        try:
            self._look_at_an_idle_process()
            slots = self._slots
            while True:
                while slots and slots[0].answer is not None and slots[0] is not self._last:
                    yield self._give_out(slots.popleft())
                if self._send():
                    self._receive()
                elif self._last is not None:
                    self._settle_last()
                elif not slots:
                    return
        finally:
            if self._in_flight:
                # Its replies would come to whoever asks next.
                self._sessions.drop()

    def _give_out(self, slot: _Slot) -> Reply:
        if self._open.get(slot.wire_id) is slot:
            del self._open[slot.wire_id]
        answer = slot.answer
        assert answer is not None
        if isinstance(answer, Result):
            self._held -= len(answer.raw)
        return Reply(slot.question.id, answer, slot.seconds)

    # Sending.

    def _send(self) -> bool:
        """Send what may be sent now. False when there is nothing to wait for."""
        if self._suspects:
            if not self._in_flight:
                # Those to be asked apart come first: each finds the process before it gone, and leaves none behind.
                self._by_itself = slot = self._suspects.popleft()
                self._send_one(slot)
            return True
        if self._by_itself is None:
            self._fill()
        return bool(self._in_flight)

    def _fill(self) -> None:
        """Send new questions while there is room for them."""
        while (len(self._slots) < AHEAD and self._held < HELD) or not self._in_flight:
            slot = self._next
            if slot is None:
                question = next(self._questions, None)
                if question is None:
                    return
                slot = self._next = _Slot(question)
            session = self._sessions.current
            if session is not None and not session.has_room(len(slot.line)):
                return
            self._next = None
            self._slots.append(slot)
            self._send_one(slot)

    def _send_one(self, slot: _Slot) -> None:
        session = self._sessions.current or self._sessions.fresh()
        question = slot.question
        wire_id, line = question.id, slot.line
        if session.is_taken(wire_id):
            # An id that this process knows: a second reply to the first must not be taken for the second's.
            wire_id = f"{wire_id}#{session.asked}"
            line = request_line(wire_id, question.method, question.params)
        slot.wire_id = wire_id
        self._open[wire_id] = self._in_flight[wire_id] = slot
        session.send(wire_id, line)

    # Receiving.

    def _receive(self) -> None:
        session = self._sessions.current
        assert session is not None
        try:
            received = session.receive(self._limit)
        except Broken as broken:
            self._failed(broken.fault, first=session.asked == 1)
            return
        self._take(received, session.seconds)
        slot = self._by_itself
        if slot is not None and slot.answer is not None:
            self._by_itself = None
            if slot.stage == APART:
                self._retire_for(slot)

    def _take(self, received: Sequence[Received], seconds: float) -> None:
        for wire_id, answer in received:
            slot = self._in_flight.pop(wire_id, None)
            if slot is not None:
                slot.answer = answer
                slot.seconds = seconds
                self._last = slot
                if isinstance(answer, Result):
                    self._held += len(answer.raw)
                elif isinstance(answer, Fault):
                    slot.condemn(answer)
            elif isinstance(answer, Fault):
                self._answered_twice(wire_id, answer)

    def _answered_twice(self, wire_id: int | str, fault: Fault) -> None:
        slot = self._open.get(wire_id)
        if slot is None:
            self._sessions.note(fault, [str(wire_id)])  # Too late: its answer has been given out.
        elif not isinstance(slot.answer, Fault):
            self._release(slot)
            slot.condemn(fault)

    def _release(self, slot: _Slot) -> None:
        """Forget the answer of a slot."""
        if isinstance(slot.answer, Result):
            self._held -= len(slot.answer.raw)
        slot.answer = None

    # Blame.

    def _failed(self, fault: Fault, *, first: bool) -> None:
        """The process is gone. `first`: it had been asked one question only."""
        self._sessions.drop()
        suspects = list(self._in_flight.values())
        self._in_flight.clear()
        self._by_itself = None
        last, self._last = self._last, None
        if len(suspects) == 1 and first:
            suspects[0].condemn(fault)
            return
        if last is not None and fault.kind in STRAY and not isinstance(last.answer, Fault):
            self._release(last)
            suspects.insert(0, last)
        incident = self._sessions.note(fault, [slot.question.id for slot in suspects])
        for slot in suspects:
            slot.stage = min(slot.stage + 1, APART)
            slot.doubts += (incident,)
        self._suspects.extendleft(reversed(suspects))

    def _retire_for(self, slot: _Slot) -> None:
        """Shut down the process that was asked `slot` alone. A stray line on the way is the afterthought of `slot`."""
        self._last = None
        fault = self._sessions.retire()
        if fault is None:
            return
        if fault.kind in AFTERTHOUGHTS:
            self._release(slot)
            slot.condemn(fault)
        else:
            self._sessions.note(fault)

    def _settle_last(self) -> None:
        """Nothing more will be asked, so nothing will follow the last reply but what is there already."""
        session = self._sessions.current
        try:
            if session is not None:
                self._take(session.poll(), 0.0)
        except Broken as broken:
            self._failed(broken.fault, first=False)
        self._last = None

    def _look_at_an_idle_process(self) -> None:
        """What a process wrote since the last conversation, or that it ended, is nobody's fault here."""
        session = self._sessions.current
        if session is None:
            return
        try:
            for wire_id, answer in session.poll():
                if isinstance(answer, Fault):
                    self._sessions.note(answer, [str(wire_id)])
        except Broken as broken:
            self._sessions.note(broken.fault)
            self._sessions.drop()
