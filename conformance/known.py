"""Known failures: what a port does not do right yet, pinned in `conformance.toml` to the very failure that it is.

    [[known]]
    id = "renderer/llama3/text-only-newline/prompt@bytes"   # or: pattern = "renderer/llama3/tool-*"
    signature = "newlines tokens@9 got 260"
    reason = "content is stripped"
    issue = "https://github.com/me/my-port/issues/12"       # optional
    until = { port = "0.5.0" }                              # optional, or { suite = "2027.02" }
    limit = 40                                              # optional, of a pattern: how many cases it may match

A case that fails with the signature of its entry is KNOWN. Everything else about an entry is an error with a word of
its own (`Word`): a list that may rot hides what it was made to show.
"""

from __future__ import annotations

import fnmatch
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from conformance.events import CaseFinished, KnownError, Outcome
from conformance.exits import UsageError
from conformance.invalid import reason as reason_of
from conformance.reports.escape import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

FILE = "conformance.toml"
"""The list that is looked for in the working directory."""
BROAD = 20
"""How many cases a pattern may match that does not state its `limit`."""

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?P<rest>.*)")


class Word(StrEnum):
    """What can be wrong with an entry."""

    UNEXPECTED_PASS = "unexpected pass"
    CHANGED = "changed signature"
    UNMATCHED = "matches nothing"
    TOO_BROAD = "too broad"
    OVERLAP = "overlap"
    EXPIRED = "expired"
    UNDATED = "no version"  # `until` names a version, and what it is held against is none
    UNDECLARED = "not declared"
    FAULTED = "faulted"


EXCUSE_NOTHING = frozenset({Word.EXPIRED, Word.UNDATED, Word.TOO_BROAD})
"""Errors of an entry as a whole: until they are mended, its cases count as failures."""


class Until(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From which version on an entry is expired: of the suite, or of the port as its handshake says it."""

    suite: str | None = None
    port: str | None = None

    def __post_init__(self) -> None:
        if (self.suite is None) == (self.port is None):
            raise ValueError("`until` needs exactly one of `suite` and `port`")
        if version(self.suite or self.port or "") is None:
            raise ValueError("`until` is not a version such as 2027.02 or 0.5.0")

    def __str__(self) -> str:
        return f"suite {self.suite}" if self.suite is not None else f"port {self.port}"


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One known failure, or a pattern of them."""

    signature: str
    reason: str
    id: str | None = None
    pattern: str | None = None
    issue: str = ""
    until: Until | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.pattern is None):
            raise ValueError("needs exactly one of `id` and `pattern`")
        for name in ("id", "pattern", "signature", "reason"):
            if getattr(self, name) is not None and not getattr(self, name).strip():
                raise ValueError(f"`{name}` is empty")
        if self.limit is not None and (self.pattern is None or self.limit < 1):
            raise ValueError("`limit` is a number from 1 up, and belongs to a `pattern`")

    @property
    def name(self) -> str:
        """The id or the pattern, as it is written."""
        return self.id or self.pattern or ""

    @property
    def why(self) -> str:
        """The reason, with the issue where there is one."""
        return f"{self.reason} ({self.issue})" if self.issue else self.reason


class KnownFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    known: tuple[Entry, ...] = ()


def read_known(path: Path) -> tuple[Entry, ...]:
    """The entries of a list of known failures, in order.

    Raises:
        UsageError: it cannot be read, or is not of the form above. One line that names the file and the entry.
    """
    try:
        return parse_known(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is no list of known failures: {visible(str(error))}") from error


def parse_known(content: bytes) -> tuple[Entry, ...]:
    """The entries in the text of a file.

    Raises:
        ValueError: it is not of the form above. One line that names the entry, counted from 1.
    """
    try:
        return msgspec.toml.decode(content, type=KnownFile).known
    except msgspec.ValidationError as error:
        message = str(error)
        place = re.search(r"\$\.known\[(\d+)\]", message)
        if place is None:
            raise ValueError(reason_of("the file", message)) from error
        inner = message.replace(f"$.known[{place[1]}]", "$")
        raise ValueError(f"entry {int(place[1]) + 1}: {reason_of('', inner).removeprefix(': ')}") from error
    except ValueError as error:  # of TOML or UTF-8
        raise ValueError(str(error)) from error


def find_known(given: str | None, *, default: bool) -> Path | None:
    """The list to use: the one that was named, or `conformance.toml` here, where there is one and it is looked for.

    It is not looked for without an adapter's command: the reference does not fail, so the list is about another.
    """
    if given is not None:
        return Path(given)
    return Path(FILE) if default and Path(FILE).is_file() else None


def version(text: str) -> tuple[tuple[int, ...], bool] | None:
    """A version in a form that orders: its numbers, and whether it is no prerelease of them. None if it is none."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    rest = match["rest"]
    if rest and not re.match(r"[-+.]?[A-Za-z0-9]", rest):
        return None
    # 0.5.0+build and 0.5.0.post1 are 0.5.0 or later; 0.5.0-rc.1, 0.5.0rc1 and 0.5.0.dev0 come before it.
    return tuple(numbers), not rest or rest.startswith(("+", ".post"))


class KnownList(Struct, frozen=True):
    """A list that was read, and the ids of all cases that it may speak of, whether or not they are asked."""

    path: str
    entries: tuple[Entry, ...]
    cases: tuple[str, ...]


class KnownFailures:
    """A list of known failures at work in one run: marks cases as they end, and collects what is wrong with the list.

    Args:
        known: The list. Its cases are all there are, because narrowing a run down must not make entries look stale.
        suite, port: The versions that `until` is held against.
    """

    def __init__(self, known: KnownList, *, suite: str, port: str) -> None:
        entries = known.entries
        self._entry_of: dict[str, Entry] = {}
        self._errors: list[KnownError] = []
        self.broken: dict[int, Word] = {}
        """By place of the entry: what is wrong with it as a whole."""
        self.owner: dict[str, int] = {}
        """By case: the place of the entry that speaks of it."""
        matches = matched(entries, known.cases)
        for at, entry in enumerate(entries):
            ids = matches[at]
            problem = _wrong_as_a_whole(entry, ids, {"suite": suite, "port": port})
            if problem is not None:
                self.broken[at] = problem[0]
                self._tell(problem[0], entry, problem[1])
            for id in ids:
                if id in self.owner:
                    first = entries[self.owner[id]]
                    self._tell(Word.OVERLAP, entry, f"is also matched by the entry {first.name}", id)
                    continue
                self.owner[id] = at
                if problem is None or problem[0] not in EXCUSE_NOTHING:
                    self._entry_of[id] = entry

    @property
    def errors(self) -> tuple[KnownError, ...]:
        """What was found wrong so far, in the order found; what is wrong with entries as such comes first."""
        return tuple(self._errors)

    def settle(self, event: CaseFinished) -> CaseFinished:
        """The event, KNOWN where the case failed just as its entry says."""
        entry = self._entry_of.get(event.id)
        if entry is None:
            return event
        match event.outcome:
            case Outcome.FAILED:
                found = event.diagnosis.signature if event.diagnosis else ""
                if found == entry.signature:
                    # Drift is counted among failures alone.
                    return msgspec.structs.replace(event, outcome=Outcome.KNOWN, reason=entry.why, drift="")
                self._tell(Word.CHANGED, entry, f"fails with {found!r}, not with {entry.signature!r}", event.id)
            case Outcome.PASSED:
                self._tell(Word.UNEXPECTED_PASS, entry, "passes: take it off the list", event.id)
            case Outcome.UNSUPPORTED:
                self._tell(Word.UNDECLARED, entry, f"cannot fail, because {event.reason}", event.id)
            case Outcome.FAULTED:
                text = f"broke the adapter, and a fault is never a known failure: {event.reason}"
                self._tell(Word.FAULTED, entry, text, event.id)
        return event

    def _tell(self, word: Word, entry: Entry, text: str, case: str = "") -> None:
        if case:
            text = text if entry.id else f"{case} {text}"
        self._errors.append(KnownError(word=word, entry=entry.name, text=text, case=case))


def matched(entries: Iterable[Entry], cases: Collection[str]) -> list[list[str]]:
    """For each entry, the cases that it speaks of, in their order."""
    there = cases if isinstance(cases, set | frozenset | dict) else set(cases)
    found: list[list[str]] = []
    for entry in entries:
        if entry.pattern is None:
            found.append([entry.id] if entry.id in there and entry.id is not None else [])
        else:
            matches = re.compile(fnmatch.translate(entry.pattern)).match
            found.append([id for id in cases if matches(id)])
    return found


def _wrong_as_a_whole(entry: Entry, ids: Sequence[str], versions: Mapping[str, str]) -> tuple[Word, str] | None:
    if not ids:
        return Word.UNMATCHED, f"there is no case {'like this' if entry.pattern else 'of this id'}"
    limit = entry.limit or BROAD
    if len(ids) > limit:
        return Word.TOO_BROAD, f"it matches {len(ids)} cases, more than {limit}: narrow it down, or state its `limit`"
    if entry.until is not None:
        kind = "suite" if entry.until.suite is not None else "port"
        last, now = version(entry.until.suite or entry.until.port or ""), version(versions[kind])
        if last is None or now is None:
            return Word.UNDATED, f"until {entry.until}: the {kind} says its version is {versions[kind]!r}"
        if now >= last:
            return Word.EXPIRED, f"until {entry.until}, and this is {kind} {versions[kind]}: {entry.why}"
    return None
