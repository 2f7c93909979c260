"""What happens in a run, as one stream of frozen values. Every report is a listener on it.

The stream of one run is `RunStarted`, then one `CaseFinished` a planned case, in suite order whatever the
workers, then `RunFinished`. A run that was interrupted ends with `RunFinished(partial=True)`, and the cases
that were not reached are in its account as `not_run`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol

import msgspec

WIDE = "wide"
"""Stands for the wide set among the tiers of a run that leaves it out."""


class Outcome(StrEnum):
    """How one case ended. A case has exactly one outcome."""

    PASSED = "passed"
    FAILED = "failed"  # the answer differs from golden
    KNOWN = "known"  # it differs, in the way the list of known failures says
    UNSUPPORTED = "unsupported"  # the adapter does not declare the operation, renderer or tokenizer
    FAULTED = "faulted"  # the adapter broke: it crashed, fell silent, or wrote what is not protocol
    NOT_RUN = "not_run"  # the run ended before the case was asked


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """One token as people read it. `weight` is None where the answer has no weights."""

    id: int
    text: str
    weight: float | None = None


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """The neighbourhood of the first difference: tokens `start`, `start+1`, ... of one side's answer."""

    start: int
    tokens: tuple[Token, ...]
    length: int
    """How many tokens the whole answer has."""


class Diagnosis(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an answer differs from golden.

    `cause` is a slug from `conformance.diagnose.CAUSES`: equal causes are grouped in reports. `summary` is
    one line about this case. `signature` identifies this very failure, so that a changed failure can be told
    from the same one.
    """

    cause: str
    summary: str
    signature: str
    path: str = ""
    """Where in the result, e.g. `tokens[37]` or `message.content`."""
    index: int | None = None
    """The first differing token, counted from 0."""
    expected: Window | None = None
    got: Window | None = None
    expected_value: str = ""
    got_value: str = ""
    """Both sides as JSON text, cut to a readable length, where the difference is not one of tokens."""


class Distance(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far an answer that is right, but not exact, is from golden, where it uses up most of what is allowed."""

    path: str
    """Where in the result, e.g. `metrics.accuracy`."""
    absolute: float
    allowed: float
    """How far it is, and how far it may be."""
    precision: Literal["float32", "float64"]
    """What `ulp` counts in: the form in which the number was computed."""
    ulp: float | None = None
    allowed_ulp: float | None = None
    """The same in units in the last place of the expected number; None where 0 is expected."""
    numbers: int = 1
    """How many numbers of the answer are within their tolerance and not exact."""


class CaseFinished(msgspec.Struct, frozen=True, omit_defaults=True, tag="case"):
    """One case has its outcome."""

    id: str
    outcome: Outcome
    operation: str
    tier: str
    """`bytes` or `real`."""
    level: str = "must"
    renderer: str = ""
    tokenizer: str = ""
    flags: tuple[str, ...] = ()
    rejection: bool = False
    """It passed, and the answer was a rejection where golden expects one. Counted apart."""
    distance: Distance | None = None
    """It passed within its tolerance, and the answer is not exact. Counted apart."""
    drift: str = ""
    """The answer is that of an older upstream: its version, or `tinker==VERSION`. Only on failed cases."""
    changed_in: str = ""
    """The release of upstream that gave up this answer, as far as releases were asked."""
    reason: str = ""
    """One line: what is not declared, how the adapter broke, which known failure this is."""
    diagnosis: Diagnosis | None = None
    asked: str = ""
    """The question, as people read it (`conformance.asked`). Only where something went wrong."""
    size: int = 0
    """How long the question is: the bytes of its params. Reports show the smallest of many failures first."""
    seconds: float = 0.0


class Account(msgspec.Struct, frozen=True):
    """Every planned case, once: `planned = passed + failed + known + unsupported + faulted + not_run`."""

    planned: int = 0
    passed: int = 0
    failed: int = 0
    known: int = 0
    unsupported: int = 0
    faulted: int = 0
    not_run: int = 0
    rejections: int = 0
    """How many of `passed` were rejections that golden expects."""
    drifted: int = 0
    """How many of `failed` are the answer of an older upstream."""
    tolerated: int = 0
    """How many of `passed` are within their tolerance and not exact."""

    @property
    def exact(self) -> int:
        """How many of `passed` are the very answer of golden: neither a rejection nor within a tolerance."""
        return self.passed - self.rejections - self.tolerated

    def __post_init__(self) -> None:
        total = self.passed + self.failed + self.known + self.unsupported + self.faulted + self.not_run
        if total != self.planned:
            raise ValueError(f"the account does not add up: {self.planned} planned, {total} accounted for")
        if self.exact < 0 or self.drifted > self.failed:
            raise ValueError(f"the account does not add up: {self}")

    @property
    def conforms(self) -> bool:
        """True when every planned case was asked or is undeclared, and none failed or faulted."""
        return not (self.failed or self.faulted or self.not_run)


class TierCount(msgspec.Struct, frozen=True):
    """What was planned of one tier; `selected` is False for a tier that this run left out."""

    tier: str
    selected: bool
    cases: int

    @property
    def title(self) -> str:
        """What people call it. The wide set lies across the tiers, and is counted when it is left out."""
        return "wide set" if self.tier == WIDE else f"{self.tier} tier"


class Shard(msgspec.Struct, frozen=True):
    """Which part of a larger run this is, and what proves that the parts are the whole."""

    number: int
    of: int
    whole: int
    """How many cases the larger run has."""
    digest: str
    """The digest of their ids (`conformance.shards.digest`)."""


class KnownError(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with an entry of the list of known failures: a run with one does not conform."""

    word: str
    """Which kind of error, from `conformance.known.Word`."""
    entry: str
    """The entry's id or pattern."""
    text: str
    case: str = ""
    """The case that shows it, where one does."""


class IncidentSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """A failure of the adapter's process that is blamed on no question: asked again, they were answered."""

    kind: str
    """From `protocol.FaultKind`: `crash`, `timeout`, `garbage`, ..."""
    text: str
    cases: tuple[str, ...] = ()
    """Cases that were asked when it happened the first time; not all, where there were many."""
    times: int = 1


class RunStarted(msgspec.Struct, frozen=True, omit_defaults=True, tag="start"):
    """A run begins: what is asked, and who answers."""

    suite: str
    protocol: int
    command: tuple[str, ...]
    implementation: str
    """Name and version, as the adapter said in the handshake."""
    language: str = ""
    upstream: str = ""
    """The upstream version that the implementation says it follows."""
    engine: str = ""
    """Name and version of what it encodes with, as the adapter said; empty where it did not."""
    planned: int = 0
    tiers: tuple[TierCount, ...] = ()
    undeclared_renderers: tuple[str, ...] = ()
    undeclared_operations: tuple[str, ...] = ()
    undeclared_tokenizers: tuple[str, ...] = ()
    """What the planned cases speak of and the adapter does not declare."""
    warnings: tuple[str, ...] = ()
    known: str = ""
    """The list of known failures that was used; empty when there was none."""
    only: tuple[str, ...] = ()
    """The options that narrowed the run down, as they were given: cases that they leave out are not planned."""
    shard: Shard | None = None


class RunFinished(msgspec.Struct, frozen=True, omit_defaults=True, tag="finish"):
    """A run ends."""

    account: Account
    seconds: float = 0.0
    partial: bool = False
    reason: str = ""
    """Why a partial run ended early."""
    stderr: tuple[str, ...] = ()
    """The last lines that the adapter wrote to stderr, when something broke."""
    known_errors: tuple[KnownError, ...] = ()
    restarts: int = 0
    """How many adapter processes were started in place of one that ended."""
    incidents: tuple[IncidentSeen, ...] = ()
    """What went wrong with processes and is blamed on no case."""


Event = RunStarted | CaseFinished | RunFinished


class Listener(Protocol):
    """Anything that wants to see the events of a run."""

    def __call__(self, event: Event, /) -> None: ...
