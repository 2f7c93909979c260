"""An Asker without a process: it answers by a function, and remembers what was done with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import msgspec

from conformance.conversation import Reply
from conformance.protocol import InitializeResult

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from conformance.conversation import Incident, Question
    from conformance.protocol import Answer

HELLO = {
    "protocol": 1,
    "implementation": {"name": "fake", "version": "1.2", "language": "python"},
    "operations": ["renderer.build_generation_prompt", "renderer.build_supervised_example", "tokenizer.encode"],
    "renderers": ["qwen3"],
    "tokenizers": ["bytes-qwen3"],
}


def hello(**changed: Any) -> InitializeResult:
    """What the fake declares, with changes."""
    return msgspec.convert({**HELLO, **changed}, InitializeResult)


@dataclass
class Fakes:
    """Makes askers that answer alike. `answer(question)` may raise what an Asker raises."""

    answer: Callable[[Question], Answer]
    declared: InitializeResult = field(default_factory=hello)
    refuses_start: dict[int, BaseException] = field(default_factory=dict)
    """By number of the asker: what its start raises."""
    made: list[FakeAsker] = field(default_factory=list)
    stderr: tuple[str, ...] = ()
    tokenizer_faults: dict[str, str] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    starts: int = 1
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Any:
        with self.lock:
            self.made.append(FakeAsker(self, len(self.made)))
            return self.made[-1]

    @property
    def asked(self) -> list[str]:
        """The ids that were asked, in the order of askers."""
        return [id for asker in self.made for id in asker.asked]


class FakeAsker:
    def __init__(self, fakes: Fakes, number: int) -> None:
        self.fakes = fakes
        self.number = number
        self.asked: list[str] = []
        self.open = 0
        self.closed = 0
        self.given_up = False
        self.tokenizer_faults = fakes.tokenizer_faults
        self.stderr_tail = fakes.stderr
        self.incidents = fakes.incidents
        self.starts = fakes.starts

    def __enter__(self) -> Self:
        self.open += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.closed += 1

    def give_up(self) -> None:
        self.given_up = True

    def start(self) -> InitializeResult:
        if self.number in self.fakes.refuses_start:
            raise self.fakes.refuses_start[self.number]
        return self.fakes.declared

    def ask(self, questions: Iterable[Question]) -> Generator[Reply]:
        for question in questions:
            self.asked.append(question.id)
            yield Reply(question.id, self.fakes.answer(question), 0.25)
