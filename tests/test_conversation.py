"""Blame, against a model: adapters that do any mixture of wrong things, in any timing, with no process at all.

The model reads its questions one after another and writes a stream of replies and stray lines; how much of the stream
has come when the runner looks is up to Hypothesis. Whatever it draws, each question has one reply in its place, the
innocent have their true answers, the guilty have their faults, and the number of processes is bounded.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.conversation import Conversation, Incident, Question
from conformance.protocol import Answer, Fault, Result
from conformance.session import Broken, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.conversation import Sessions

INNOCENT = ("honest", "dies_after", "dies_if_not_first", "chatters_if_not_first")
CRIMES = {
    "dies": "crash",
    "hangs": "timeout",
    "chatters_before": "garbage",
    "chatters_after": "garbage",
    "wrong_id": "wrong_id",
    "malformed": "malformed",
    "twice": "duplicate",
}
STRAYS = {"chatters_before": "garbage", "wrong_id": "wrong_id"}

BEHAVIOURS = st.lists(st.sampled_from([*INNOCENT, *CRIMES]), max_size=12)
TIMINGS = st.lists(st.integers(0, 5), max_size=60)
ROOM = st.integers(1, 6)


class ModelSession:
    """What a Session shows to a Conversation, over a stream of events instead of a process."""

    def __init__(self, behaviours: dict[str, str], timings: deque[int], room: int) -> None:
        self.asked = 0
        self.seconds = 0.0
        self.in_flight: list[str] = []
        self._behaviours = behaviours
        self._timings = timings
        self._room = room
        self._unread: deque[str] = deque()
        self._stream: deque[tuple[str, str] | Fault] = deque()
        self._dead = False
        self._deaf = False

    def has_room(self, size: int) -> bool:
        return len(self.in_flight) < self._room

    def is_taken(self, id: str) -> bool:
        return False

    def send(self, id: str, line: bytes) -> None:
        self.asked += 1
        self.in_flight.append(id)
        self._unread.append(id)

    def receive(self, limit: float | None = None) -> list[tuple[str, Answer]]:
        self._work()
        # At least one event, and as many more as have come by now.
        count = 1 + (self._timings.popleft() if self._timings else 0)
        replies = self._take(count)
        while not replies:
            replies = self._take(1)
        return replies

    def poll(self) -> list[tuple[str, Answer]]:
        return self._take(self._timings.popleft() if self._timings else 0)

    def finish(self) -> Fault | None:
        self._work()
        for event in self._stream:
            if isinstance(event, Fault):
                return event
            if event[0] not in self.in_flight:
                return Fault("duplicate", "again")
        return None

    def _take(self, count: int) -> list[tuple[str, Answer]]:
        replies: list[tuple[str, Answer]] = []
        for _ in range(count):
            if not self._stream:
                if not self.in_flight:
                    break
                # Nothing more will come: silence, or the end.
                self._stream.append(Fault("crash" if self._dead else "timeout", "at the end of the stream"))
            event = self._stream[0]
            if isinstance(event, Fault):
                if not replies:
                    raise Broken(event)
                break
            self._stream.popleft()
            id, what = event
            if id in self.in_flight:
                self.in_flight.remove(id)
                replies.append((id, Fault("malformed", what) if what == "malformed" else Result(id.encode())))
            else:
                replies.append((id, Fault("duplicate", what)))
        return replies

    def _work(self) -> None:
        """Read every question that was sent, and write what comes of it."""
        while self._unread and not self._dead and not self._deaf:
            id = self._unread.popleft()
            behaviour = self._behaviours[id]
            if behaviour == "hangs":
                self._deaf = True
                return
            if behaviour == "dies" or (behaviour == "dies_if_not_first" and self.asked > 1):
                self._dead = True
                return
            if behaviour in STRAYS:
                self._stream.append(Fault("garbage" if behaviour == "chatters_before" else "wrong_id", behaviour))
            self._stream.append((id, behaviour))
            if behaviour == "twice":
                self._stream.append((id, "again"))
            if behaviour == "chatters_after" or (behaviour == "chatters_if_not_first" and self.asked > 1):
                self._stream.append(Fault("garbage", behaviour))
            if behaviour == "dies_after":
                self._dead = True


class ModelSessions:
    """What an Asker is to a Conversation."""

    def __init__(self, behaviours: dict[str, str], timings: Sequence[int], room: int) -> None:
        self.current: ModelSession | None = None
        self.starts = 0
        self.incidents: list[Incident] = []
        self._script = (behaviours, timings, room)

    def fresh(self) -> ModelSession:
        self.starts += 1
        behaviours, timings, room = self._script
        self.current = ModelSession(behaviours, deque(timings), room)
        return self.current

    def retire(self) -> Fault | None:
        assert self.current is not None
        assert not self.current.in_flight
        fault = self.current.finish()
        self.current = None
        return fault

    def drop(self) -> None:
        self.current = None

    def note(self, fault: Fault, suspects: Sequence[str] = ()) -> Incident:
        incident = Incident(fault, tuple(suspects))
        self.incidents.append(incident)
        return incident


@example(["chatters_after", "twice", "honest"], [], 1)
@example(["dies_after", "dies_after", "twice", "honest"], [], 2)
@settings(max_examples=1500, deadline=None)
@given(BEHAVIOURS, TIMINGS, ROOM)
def test_the_guilty_are_blamed_and_the_innocent_answered(behaviours: list[str], timings: list[int], room: int) -> None:
    ids = [f"{at}-{behaviour}" for at, behaviour in enumerate(behaviours)]
    sessions = ModelSessions(dict(zip(ids, behaviours, strict=True)), timings, room)
    asked = [Question(id, "tokenizer.encode", b"{}") for id in ids]
    replies = list(Conversation(cast("Sessions", sessions), asked, limit=1.0).replies())
    assert [reply.id for reply in replies] == ids
    for at, (behaviour, reply) in enumerate(zip(behaviours, replies, strict=True)):
        answer = reply.answer
        if behaviour in INNOCENT:
            assert answer == Result(reply.id.encode())
        elif behaviour in ("chatters_after", "twice") and at == len(ids) - 1 and isinstance(answer, Result):
            continue  # What follows the very last reply may come when nobody listens any more.
        else:
            assert isinstance(answer, Fault)
            assert answer.kind == CRIMES[behaviour]
    if not {"twice", "chatters_after", *INNOCENT[1:]} & set(behaviours):
        assert all(incident.blamed for incident in sessions.incidents)
    # Together, alone and apart, each with the one before it: no question takes part in more than a few processes.
    assert sessions.starts <= 1 + 4 * len(ids)


def test_the_model_keeps_to_the_form_of_a_session() -> None:
    for name in ("has_room", "is_taken", "send", "receive", "poll", "finish"):
        assert callable(getattr(Session, name))


@settings(deadline=None)
@given(st.lists(st.sampled_from(INNOCENT), min_size=1, max_size=12), TIMINGS, ROOM)
def test_what_nobody_is_guilty_of_stays_an_incident(behaviours: list[str], timings: list[int], room: int) -> None:
    ids = [f"{at}-{behaviour}" for at, behaviour in enumerate(behaviours)]
    sessions = ModelSessions(dict(zip(ids, behaviours, strict=True)), timings, room)
    list(Conversation(cast("Sessions", sessions), (Question(id, "m", b"{}") for id in ids), limit=1.0).replies())
    died_while_asked = sessions.starts > 1
    assert bool(sessions.incidents) >= died_while_asked
    assert not any(incident.blamed for incident in sessions.incidents)
