"""Findings about an adapter: what a failure most likely comes from, in plain words, and how to mend it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from conformance.protocol import Fault, NotSupported, Rejection, Result
from conformance.silence import answers_when_stdin_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.declaration import StartFailed
    from conformance.limits import Limits
    from conformance.protocol import Answer, InitializeParams


class Level(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong, but the reader should know
    MEND = "mend"


class Finding(NamedTuple):
    """What was found at one examination, in plain words; with the mend where something is to be mended."""

    level: Level
    about: str
    text: str
    mend: str = ""
    fatal: bool = False
    """The adapter cannot even be started."""
    lost: bool = False
    """The question got no answer at all."""


FLUSH = (
    "Flush after every line: many languages buffer stdout when it is not a terminal. Python: print(..., flush=True); "
    "Rust: out.flush(); Go: w.Flush() on a bufio.Writer; C: fflush(stdout); Ruby: $stdout.sync = true. "
    "And read stdin line by line, not all of it before the first answer."
)
STDOUT = (
    "stdout is for protocol alone: send logs, warnings and banners to stderr. Libraries that print can be sent there "
    "too, by pointing file descriptor 1 at stderr and writing replies to a copy of the old one."
)
HANDSHAKE = (
    'Answer `initialize` with "result":{"protocol":1,"implementation":{"name","version","language"},"operations":[...],'
    '"renderers":[...],"tokenizers":[...]}; conformance/README.md shows a whole one.'
)
STDERR = "Its stderr says why; paste the line that `conformance explain` shows into its stdin to see it happen."


def of_start(error: StartFailed, command: Sequence[str], hello: InitializeParams, limits: Limits) -> tuple[str, str]:
    """Why there was no handshake, and the mend. A silent adapter is started once more, to see what keeps it silent."""
    text = str(error)
    last = f" Its last words on stderr: {' / '.join(error.stderr_tail[-3:])}" if error.stderr_tail else ""
    if "no reply" in text:
        if answers_when_stdin_ends(command, hello, limits):
            return (
                f"It answers `initialize` only when its stdin ends, not within {limits.start:g} s while it is open: "
                "its stdout is buffered, or it reads all of stdin before it begins.",
                FLUSH,
            )
        return (
            f"It writes nothing within {limits.start:g} s of `initialize`, not even when its stdin ends.{last}",
            "Does it read stdin line by line and answer each line? Does it load something slow? Then give it more time "
            "with --start-timeout.",
        )
    if "not protocol" in text:
        return f"Before the handshake, {text}", STDOUT
    if "declared itself" in text or "speaks protocol" in text:
        return f"Its handshake cannot be read: it {text}.", HANDSHAKE
    if "refused initialize" in text:
        return f"It {text}.", HANDSHAKE
    if "stdout" in text and "longer than" in text:
        return f"Before the handshake, {text}.", STDOUT
    return f"It gets no further than this: it {text}.{last}", f"{STDERR} {HANDSHAKE}"


def of_fault(fault: Fault, what: str) -> tuple[str, str]:
    """A fault in plain words, where `what` was asked, and the mend."""
    match fault.kind:
        case "timeout":
            return f"{what}: {fault.message}.", f"Every question has to be answered, also what fails. {FLUSH}"
        case "crash":
            return (
                f"{what}: it {fault.message}.",
                f"One question must not end the process: catch what it throws. {STDERR}",
            )
        case "garbage" | "too_long":
            return f"{what}: {fault.message}", STDOUT
        case "duplicate":
            return f"{what}: {fault.message}", "Reply to each question once."
        case "wrong_id":
            return f"{what}: {fault.message}", "Reply with the very `id` of the request, as the JSON value that it is."
        case "broke":
            mend = "It answered -32603, as it should where something unforeseen happens. The cause is in the port."
            return f"{what}: {fault.message}", mend
        case _:
            return f"{what}: {fault.message}", "conformance/README.md shows what a reply looks like."


def said(answer: Answer) -> str:
    """An answer in a few words."""
    match answer:
        case Result():
            return f"the result {answer.raw[:80].decode(errors='replace')}"
        case Rejection():
            return f"a rejection ({answer.message[:80]})"
        case NotSupported():
            return f"`not supported` ({answer.reason[:80]})"
        case Fault():
            return f"a fault ({answer.message})"
