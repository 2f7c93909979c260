"""Rewrite a list of known failures from what a run showed, and keep what people wrote in it.

The file is cut into entries and the text between them. An entry keeps its bytes, or has its signature replaced, or
goes; a pattern that no longer fits all its cases makes room for one entry a case. New failures stand at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import tomlkit

from conformance.events import CaseFinished, Outcome
from conformance.exits import UsageError
from conformance.known import Entry, KnownFailures, Word, parse_known
from conformance.reports.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADER = re.compile(r"\s*\[\[\s*(known|\"known\"|'known')\s*\]\]\s*(#.*)?")
NEW_FILE = """\
# Known failures: `conformance run` counts these cases apart. `conformance known update -- COMMAND` rewrites this file.
"""


@dataclass(kw_only=True)
class Update:
    """The new text, and what happened to entries: how many stayed, and the names of those that did not."""

    text: str
    kept: int = 0
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    faulted: list[str] = field(default_factory=list)
    """Cases on which the adapter broke; they cannot be known failures."""


class _Piece(msgspec.Struct):
    """A stretch of the file: an entry with the comments right above it, or text between entries."""

    text: str
    entry: Entry | None = None


def updated(content: bytes, known: KnownFailures, events: Mapping[str, CaseFinished], *, reason: str = "") -> Update:
    """The list after a run.

    Args:
        content: The file as it is; empty when there is none.
        known: The list at work on these entries, for who speaks of which case, and what is wrong with whom.
        events: What came of the cases that were asked, by id, in suite order; none is KNOWN.
        reason: The reason of new entries; empty for what differs.

    Raises:
        UsageError: the file has no form in which single entries can be changed.
    """
    pieces = _pieces(content)
    update = Update(text="")
    entries = [piece.entry for piece in pieces if piece.entry is not None]
    cases: dict[int, list[CaseFinished]] = {at: [] for at in range(len(entries))}
    untouched: dict[int, list[str]] = {at: [] for at in cases}
    for id, at in known.owner.items():
        if id in events and events[id].outcome is not Outcome.NOT_RUN:
            cases[at].append(events[id])
        else:
            untouched[at].append(id)
    written: list[str] = []
    at = -1
    for piece in pieces:
        if piece.entry is None:
            written.append(_spaced(written, piece.text))
            continue
        at += 1
        written += _rewritten(piece, known.broken.get(at), cases[at], untouched[at], update)
    for event in events.values():
        if event.outcome is Outcome.FAILED and event.id not in known.owner:
            why = reason or f"not looked at yet: {event.diagnosis.summary if event.diagnosis else 'it fails'}"
            written.append(_block(Entry(id=event.id, signature=_signature(event), reason=visible(why)), written))
            update.added.append(event.id)
        elif event.outcome is Outcome.FAULTED:
            update.faulted.append(event.id)
    if not (update.changed or update.added or update.removed):
        update.text = content.decode()
        return update
    text = "".join(written)
    if not content and text:
        text = f"{NEW_FILE}\n{text}"
    update.text = text.rstrip("\n") + "\n"
    return update


def _rewritten(
    piece: _Piece, broken: Word | None, events: Sequence[CaseFinished], untouched: Sequence[str], update: Update
) -> list[str]:
    """The texts that stand where an entry stood."""
    entry = piece.entry
    assert entry is not None
    failing = [event for event in events if event.outcome is Outcome.FAILED]
    signatures = {_signature(event) for event in failing}
    settled = [event for event in events if event.outcome in (Outcome.PASSED, Outcome.UNSUPPORTED)]
    if broken in (Word.EXPIRED, Word.UNDATED):
        # A date was promised by a person: only a person moves it.
        update.expired.append(entry.name)
        return [piece.text]
    if broken is Word.UNMATCHED or (not failing and settled and not untouched and len(settled) == len(events)):
        update.removed.append(entry.name)
        return []
    if not events or (signatures <= {entry.signature} and not settled and broken is None):
        if untouched or events:
            update.kept += 1
            return [piece.text]
        update.removed.append(entry.name)  # Every case that it matches belongs to an entry above.
        return []
    if len(signatures) == 1 and not settled and not untouched and broken is None:
        update.changed.append(entry.name)
        return [_resigned(piece.text, signatures.pop())]
    # Part of the pattern holds no more, or it is too broad: one entry a case, also for those that were not asked.
    update.changed.append(entry.name)
    pinned = [_pinned(entry, event.id, _signature(event)) for event in failing]
    pinned += [_pinned(entry, id, entry.signature) for id in untouched]
    texts: list[str] = []
    for one in pinned:
        texts.append(_block(one, texts))
    return [_comments(piece.text), *texts]


def _signature(event: CaseFinished) -> str:
    return event.diagnosis.signature if event.diagnosis else ""


def _pinned(like: Entry, id: str, signature: str) -> Entry:
    """The entry of one case, with the reason, issue and date of another."""
    return msgspec.structs.replace(like, id=id, pattern=None, limit=None, signature=signature)


def _comments(text: str) -> str:
    """Every comment in the text of an entry, a line each: those above it, in it, and behind its members."""
    lines = text.split("\n")
    head = next(at for at, line in enumerate(lines) if HEADER.match(line))
    tables = tomlkit.parse("\n".join(lines[head:]))["known"]
    assert isinstance(tables, tomlkit.items.AoT)
    found = [line.rstrip("\r") for line in lines[:head] if line.strip()]
    return "".join(f"{line}\n" for line in [*found, *_comments_in(tables[0])])


def _comments_in(table: tomlkit.items.Table | tomlkit.items.InlineTable) -> Iterator[str]:
    if table.trivia.comment:
        yield table.trivia.comment.rstrip("\r")
    for _, item in table.value.body:
        if isinstance(item, tomlkit.items.Table):
            yield from _comments_in(item)
        elif not isinstance(item, tomlkit.items.Whitespace | tomlkit.items.Null) and item.trivia.comment:
            yield item.trivia.comment.rstrip("\r")


def _block(entry: Entry, before: Sequence[str]) -> str:
    table = tomlkit.table()
    fields = msgspec.to_builtins(entry)
    for name in ("id", "signature", "reason", "issue", "until"):
        if name in fields:
            table.add(name, _inline(fields[name]) if name == "until" else _string(fields[name]))
    return _gap(before) + "[[known]]\n" + tomlkit.dumps(table)


def _string(text: str) -> tomlkit.items.String:
    """Quoted as a person would: in single quotes where there is something to escape in others."""
    return tomlkit.string(text, literal=bool(set(text) & {'"', "\\"}) and "'" not in text and text.isprintable())


def _inline(value: Mapping[str, str]) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _gap(before: Sequence[str]) -> str:
    """The line ends that set an entry off from what stands before it."""
    end = _end(before)
    return "" if end in ("", "\n\n") else "\n" if end.endswith("\n") else "\n\n"


def _spaced(before: Sequence[str], text: str) -> str:
    """Text between entries, without the empty line that an entry left behind when it went."""
    return text.lstrip("\n") if _end(before) == "\n\n" else text


def _end(before: Sequence[str]) -> str:
    """The last two characters of what is written so far."""
    end = ""
    for text in reversed(before):
        end = (text + end)[-2:]
        if len(end) == 2:
            break
    return end


def _resigned(text: str, signature: str) -> str:
    """The entry with another signature; whatever else stands in it stays."""
    document = tomlkit.parse(text)
    tables = document["known"]
    assert isinstance(tables, tomlkit.items.AoT)
    new = _string(signature)
    old = tables[0].item("signature")
    if isinstance(old, tomlkit.items.Item):  # The comment after it is about the entry.
        new.trivia.comment, new.trivia.comment_ws = old.trivia.comment, old.trivia.comment_ws
    tables[0]["signature"] = new
    return tomlkit.dumps(document)


def _pieces(content: bytes) -> list[_Piece]:
    """The file as pieces that join to its text, and whose entries are its entries.

    Raises:
        UsageError: they are not: it writes its entries in another way than as tables with a head of their own.
    """
    text = content.decode()
    # Not splitlines: TOML's strings may hold other characters that end a line for Python.
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")] if text else []
    heads = [at for at, line in enumerate(lines) if HEADER.fullmatch(line.rstrip("\r\n"))]
    pieces: list[_Piece] = []
    free = 0  # where the text begins that no piece has yet
    for place, head in enumerate(heads):
        begin = head
        while begin > free and lines[begin - 1].lstrip().startswith("#"):
            begin -= 1
        end = heads[place + 1] if place + 1 < len(heads) else len(lines)
        while end > head + 1 and _is_idle(lines[end - 1]):
            end -= 1
        while end < len(lines) and lines[end].lstrip().startswith("#") and _ends_a_block(lines, end):
            end += 1
        if begin > free:
            pieces.append(_Piece("".join(lines[free:begin])))
        pieces.append(_Piece("".join(lines[begin:end])))
        free = end
        try:
            (pieces[-1].entry,) = parse_known(pieces[-1].text.encode())
        except ValueError as error:
            raise _unusual() from error
    if free < len(lines):
        pieces.append(_Piece("".join(lines[free:])))
    if tuple(piece.entry for piece in pieces if piece.entry is not None) != parse_known(content):
        raise _unusual()
    return pieces


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _ends_a_block(lines: Sequence[str], at: int) -> bool:
    """Whether the comments from here on belong to what stands above them: an empty line or the end follows them."""
    while at < len(lines) and lines[at].lstrip().startswith("#"):
        at += 1
    return at == len(lines) or not lines[at].strip()


def _unusual() -> UsageError:
    return UsageError(
        "the list of known failures cannot be rewritten: give each entry a line `[[known]]` of its own, and let no "
        "text of several lines hold such a line"
    )
