"""The oracles as a panel: each is asked what it declares, in its own environment, and what it said before is kept."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.answer_cache import AnswerCache, asking_digest
from conformance.asking import AdapterUnusable, Asker
from conformance.exits import SuiteError
from conformance.limits import Limits
from conformance.oracles.registry import oracle_command
from conformance.protocol import Answer, Fault, FileTokenizer, InitializeParams, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.cases import Asks
    from conformance.conversation import Question
    from conformance.oracles.registry import Oracle
    from conformance.protocol import InitializeResult

LIMITS = Limits(start=300, question=60)
"""An oracle may have to import torch and load a tokenizer on a slow machine."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one oracle answered: by case id, and only where it has something to say."""

    oracle: Oracle
    version: str
    answers: Mapping[str, Answer]

    def witness(self, renderer: str) -> str:
        """The name under which golden cases speak of this oracle."""
        return self.oracle.witness.format(version=self.version, renderer=renderer)


def ask_panel(
    oracles: Sequence[Oracle],
    questions: Sequence[Question],
    asks: Mapping[str, Asks],
    hello: InitializeParams,
    *,
    pythons: Mapping[str, Path],
    cache: AnswerCache | None = None,
) -> list[Asked]:
    """Ask every oracle every question that it declares, in their order.

    Raises:
        UsageError: an oracle's environment, or what it needs, is not there.
        SuiteError: an oracle cannot be started, or broke on a question.
    """
    asked = []
    for oracle in oracles:
        command, environment = oracle_command(oracle, pythons)
        if oracle.fetches:
            import_module(oracle.fetches).fetch()
        with _progress(oracle.name) as tell, Asker(command, hello, LIMITS, env=environment) as asker:
            try:
                asked.append(ask_oracle(oracle, asker, questions, asks, hello, cache=cache, tell=tell))
            except AdapterUnusable as error:
                tail = "".join(f"\n  stderr: {line}" for line in error.stderr_tail)
                raise SuiteError(f"the oracle {oracle.name} cannot be asked: {error}{tail}") from error
    return asked


def ask_oracle(
    oracle: Oracle,
    asker: Asker,
    questions: Sequence[Question],
    asks: Mapping[str, Asks],
    hello: InitializeParams,
    *,
    cache: AnswerCache | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Asked:
    """Put to an oracle what it declares, and keep what it answers; "not supported" is silence.

    What the cache knows is not asked. `tell` is given how many questions are done, and of how many.

    Raises:
        AdapterUnusable: the oracle cannot be started.
        SuiteError: it broke on a question.
    """
    declared = asker.start()
    owed = [question for question in questions if _declared(question, asks[question.id], declared)]
    version = declared.implementation.version
    # Those without an environment of their own change with this tree: they are always asked.
    known: dict[str, Answer] = {}
    who = asking_digest(oracle.name, version, _portable(hello), _sources())
    if cache is not None and oracle.environment is not None:
        known = cache.known(who, owed)
    new = [question for question in owed if question.id not in known]
    for done, reply in enumerate(asker.ask(new), start=len(known) + 1):
        if isinstance(reply.answer, Fault):
            raise SuiteError(f"the oracle {oracle.name} broke on {reply.id}: {reply.answer.message}")
        known[reply.id] = reply.answer
        tell(done, len(owed))
    if cache is not None and oracle.environment is not None:
        cache.keep(who, new, known)
    answers = {id: answer for id, answer in known.items() if not isinstance(answer, NotSupported)}
    return Asked(oracle=oracle, version=version, answers=answers)


def _declared(question: Question, asks: Asks, declared: InitializeResult) -> bool:
    return (
        question.method in declared.operations
        and asks.renderer in ("", *declared.renderers)
        and asks.tokenizer in ("", *declared.tokenizers)
    )


def _portable(hello: InitializeParams) -> InitializeParams:
    """The handshake without the paths of this machine: the files are told apart by their sha256."""
    offers = {
        name: msgspec.structs.replace(offer, path="-") if isinstance(offer, FileTokenizer) else offer
        for name, offer in hello.tokenizers.items()
    }
    return msgspec.structs.replace(hello, tokenizers=offers)


def _sources() -> list[Path]:
    """The files whose code stands between a question and an oracle's own answer."""
    oracles = Path(__file__).parent
    return [*oracles.glob("*.py"), *(oracles.parent / "adapters").glob("*.py")]


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; elsewhere a line at the end."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    last = (0, 0)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"asking {name}", total=None)

        def tell(done: int, total: int) -> None:
            nonlocal last
            last = (done, total)
            if done % 50 == 0 or done == total:
                progress.update(task, completed=done, total=total)

        yield tell
    if not console.is_terminal:
        print(f"{name}: {last[0]} of {last[1]} questions asked" if last[1] else f"{name}: known", file=sys.stderr)
