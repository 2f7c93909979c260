"""Asking an adapter, come what may: the process behind an `Asker` may die and be started again.

Every question gets exactly one reply, in the order asked, and no process is left behind. How a failure is brought
home to a question is described in `conformance.conversation`.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from conformance.child import CannotStart
from conformance.conversation import Conversation, Incident, Question, Reply
from conformance.declaration import StartFailed
from conformance.limits import DEFAULT_LIMITS, Limits
from conformance.probing import probe_question, probe_verdict
from conformance.session import AdapterUnusable, Session

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from conformance.ahead import Ahead
    from conformance.lending import Lend
    from conformance.probing import Probe
    from conformance.protocol import Fault, InitializeParams, InitializeResult
    from conformance.session import Watch

__all__ = ["AdapterUnusable", "Asker", "Incident", "Question", "Reply"]

STARTS = 3
"""How many starts in a row may fail."""
INCIDENTS = 1000
"""How many incidents are kept."""


class Asker:
    """An adapter to put questions to. A context manager; for one thread at a time, but many may live side by side.

    `tokenizer_faults` says of each declared tokenizer that failed its probe what it did; `starts` counts processes.
    """

    def __init__(
        self,
        command: Sequence[str],
        hello: InitializeParams,
        limits: Limits = DEFAULT_LIMITS,
        lend: Lend | None = None,
        *,
        probe: Probe | None = None,
        watch: Watch | None = None,
        ahead: Ahead | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet.

        `lend` serves adapters without a tokenizer. `probe(name)` gives a text and its token ids, or None, for a
        tokenizer that the adapter declares. `watch` is shown every line of the protocol. The first process
        is that which was started `ahead`, if there is one. `cwd` and `env` are the
        adapter's working directory and environment, by default those of this process.
        """
        self.tokenizer_faults: dict[str, str] = {}
        self.starts = 0
        self._command = tuple(command)
        self._hello = hello
        self._limits = limits
        self._lend = lend
        self._probe = probe
        self._watch = watch
        self._ahead = ahead
        self._cwd = cwd
        self._env = env
        self._declared: InitializeResult | None = None
        self._session: Session | None = None
        self._incidents: list[Incident] = []
        self._stderr_tail: tuple[str, ...] = ()
        self._asking = False
        self._closed = False
        self._given_up = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._closed = True
            self.drop()  # Somebody is in a hurry: no politeness.
        else:
            self.close()

    def start(self) -> InitializeResult:
        """Start the adapter, shake hands and probe its tokenizers, once; return what it declares.

        Raises:
            AdapterUnusable: it cannot be started, or did not shake hands three times in a row.
        """
        if self._declared is None:
            self._declared = self.fresh().declared
            self._probe_tokenizers(self._declared)
        return self._declared

    def ask(self, questions: Iterable[Question]) -> Generator[Reply]:
        """Ask `questions`, and give one reply each, in their order, as they come.

        Questions are drawn ahead of the replies, as many as may be in flight. The reply that came last is given when
        the next one has come, or none can: until then a second reply or a stray line may follow it. When the generator
        is closed early, what is in flight is given up, with its process.

        Raises:
            AdapterUnusable: the adapter cannot be started (again). The replies that were given stand.
            ValueError: a question's params are not ASCII JSON of an object on one line.
        """
        self.start()
        yield from self._converse(questions, self._limits.question)

    def close(self) -> None:
        """Shut the adapter down politely, or by force where there is need. Nothing can be asked afterwards."""
        self._closed = True
        if self._session is not None and self._session.in_flight:
            self.drop()
        elif self._session is not None and (fault := self.retire()) is not None:
            self.note(fault)

    def give_up(self) -> None:
        """Wait for nothing any more. May be called while another thread asks, which then gets AdapterUnusable."""
        self._given_up.set()

    @property
    def stderr_tail(self) -> tuple[str, ...]:
        """The last lines on stderr of the process that runs, or ran last."""
        return self._session.stderr_tail if self._session is not None else self._stderr_tail

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Failures of the adapter that could be blamed on no question: it ought to be told of them."""
        return tuple(incident for incident in self._incidents if not incident.blamed)

    def _converse(self, questions: Iterable[Question], limit: float) -> Generator[Reply]:
        if self._asking:
            raise RuntimeError("this Asker is being asked already; use one for each thread")
        self._asking = True
        try:
            yield from Conversation(self, questions, limit=limit).replies()
        finally:
            self._asking = False

    def _probe_tokenizers(self, declared: InitializeResult) -> None:
        """Encode one text with each declared tokenizer, so that a silent substitute is found out at once."""
        if self._probe is None or "tokenizer.encode" not in declared.operations:
            return
        if declared.options.tokenizer == "callback":
            return  # It would be our own.
        offered = [name for name in declared.tokenizers if name in self._hello.tokenizers]
        probes = {name: sample for name in offered if (sample := self._probe(name)) is not None}
        questions = (probe_question(name, text) for name, (text, _) in probes.items())
        # A tokenizer may be loaded now, so the time limit is that of a start.
        replies = self._converse(questions, self._limits.start)
        for (name, (text, ids)), reply in zip(probes.items(), replies, strict=True):
            fault = probe_verdict(text, ids, reply.answer)
            if fault is not None:
                self.tokenizer_faults[name] = fault

    # The processes, for a Conversation.

    @property
    def current(self) -> Session | None:
        """The process that runs, if one does."""
        return self._session

    def fresh(self) -> Session:
        """Start a process in place of the current one.

        Raises:
            AdapterUnusable: it cannot be started, or three in a row failed.
        """
        if self._closed:
            raise RuntimeError("this Asker is closed")
        self.drop()
        for attempt in range(1, STARTS + 1):
            self.starts += 1
            try:
                self._session = Session(
                    self._command,
                    self._hello,
                    limits=self._limits,
                    lend=self._lend,
                    watch=self._watch,
                    given_up=self._given_up,
                    cwd=self._cwd,
                    env=self._env,
                    child=self._ahead.take(self._command) if self._ahead else None,
                )
            except CannotStart as error:
                raise AdapterUnusable(str(error)) from None
            except StartFailed as error:
                self._stderr_tail = error.stderr_tail
                if error.final or attempt == STARTS:
                    times = "" if error.final else f" {STARTS} times in a row"
                    raise AdapterUnusable(f"the adapter failed to start{times}: {error}", error.stderr_tail) from None
            else:
                return self._session
        raise AssertionError("unreachable")

    def retire(self) -> Fault | None:
        """Shut the current process down. Returns what was wrong meanwhile."""
        session = self._session
        if session is None:
            return None
        try:
            return session.finish()
        finally:
            self.drop()

    def drop(self) -> None:
        """Kill the current process, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            session.kill()
            self._stderr_tail = session.stderr_tail

    def note(self, fault: Fault, suspects: Sequence[str] = ()) -> Incident:
        """Keep an incident, up to a bound."""
        incident = Incident(fault, tuple(suspects))
        if len(self._incidents) < INCIDENTS:
            self._incidents.append(incident)
        return incident
