"""Examine an adapter: does it speak the protocol, whatever it is asked and however? Each finding comes with its mend.

Whether answers are right is for a run to say. The doctor looks at what makes a run go wrong as a whole: a handshake
that fails, a stdout that is buffered, text that loses its Unicode, integers that become floats.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from conformance.asking import Asker
from conformance.child import CannotStart
from conformance.declaration import StartFailed
from conformance.doctor_advice import Finding, Level, of_start
from conformance.doctor_questions import Examination, Patient
from conformance.operations import OPERATIONS
from conformance.session import AdapterUnusable, Session
from conformance.silence import ends_with_stdin
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from conformance.protocol import Fault, InitializeResult

__all__ = ["Finding", "Level", "Patient", "examine"]

NEAR = 0.85
"""How alike two names are when one is taken for a misspelling of the other."""


def examine(patient: Patient) -> Generator[Finding]:
    """All findings, as they come up. A fatal one is the last."""
    try:
        session = Session(patient.command, patient.hello, limits=patient.limits, lend=patient.lend)
    except CannotStart as error:
        mend = "Try the command in a shell: is the path right, is the file executable, is the interpreter there?"
        yield Finding(Level.MEND, "start", str(error), mend, fatal=True)
        return
    except StartFailed as error:
        text, mend = of_start(error, patient.command, patient.hello, patient.limits)
        yield Finding(Level.MEND, "handshake", text, mend, fatal=True)
        return
    declared = session.declared
    try:
        fault = session.finish()
    finally:
        session.kill()  # Also when we are interrupted while it takes its time.
    yield from _handshake(declared, patient)
    yield _shutdown(fault, patient)
    with Asker(patient.command, patient.hello, patient.limits, patient.lend) as asker:
        try:
            yield from Examination(patient, asker, asker.start()).findings()
        except AdapterUnusable as error:
            yield Finding(
                Level.MEND, "start", error.message, "It starts, but not every time: look at its stderr.", True
            )


def _handshake(declared: InitializeResult, patient: Patient) -> Iterator[Finding]:
    implementation = declared.implementation
    yield Finding(
        Level.OK,
        "handshake",
        f"{implementation.name} {implementation.version} ({implementation.language}) declares "
        f"{counted(len(declared.operations), 'operation')}, {counted(len(declared.renderers), 'renderer')} and "
        f"{counted(len(declared.tokenizers), 'tokenizer')}{f', engine {declared.engine}' if declared.engine else ''}",
    )
    cases = patient.cases
    for kind, names, known in (
        ("operation", declared.operations, {*OPERATIONS, *(planned.case.operation for planned in cases)}),
        ("renderer", declared.renderers, {planned.asks.renderer for planned in cases} - {""}),
        ("tokenizer", declared.tokenizers, set(patient.hello.tokenizers)),
    ):
        yield from _declared(kind, names, known)


def _declared(kind: str, names: Sequence[str], known: set[str]) -> Iterator[Finding]:
    """What is odd about the names that are declared."""
    about = "declaration"
    strange = []
    for name in dict.fromkeys(names):
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=NEAR)
            if near:
                text = f"There is no {kind} {name!r}, so it is never asked."
                yield Finding(Level.MEND, about, text, f"Did you mean {near[0]}?")
            else:
                strange.append(name)
    if strange:
        yield Finding(Level.NOTE, about, f"The suite asks for no {kind} {', '.join(strange)}.")
    if len(set(names)) < len(names):
        yield Finding(Level.MEND, about, f"One {kind} is declared twice.", f"Declare each {kind} once.")


def _shutdown(fault: Fault | None, patient: Patient) -> Finding:
    if fault is not None:
        return Finding(
            Level.MEND,
            "shutdown",
            f"Asked to shut down, it {fault.message}." if fault.kind == "timeout" else f"At shutdown: {fault.message}.",
            'Answer `shutdown` with "result":{} and exit, without another word on stdout.',
        )
    if not ends_with_stdin(patient.command, patient.hello, patient.limits):
        return Finding(
            Level.MEND,
            "shutdown",
            f"It goes on running {patient.limits.shutdown:g} s after its stdin was closed.",
            "Exit when stdin ends: a runner that was killed cannot ask for a shutdown.",
        )
    return Finding(Level.OK, "shutdown", "it exits when it is asked to, and when stdin ends")
