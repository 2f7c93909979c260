"""Answers of oracles, kept on this machine, so that `generate` asks again only what changed.

An answer is kept under a digest of everything it can depend on: which oracle at which version, how it is asked, and
the question itself. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

import msgspec

from conformance.protocol import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from conformance.conversation import Question

_decoder = msgspec.json.Decoder(Answer)


class AnswerCache:
    """A file of answers. One process writes at a time; a damaged file is started anew."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = _opened(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._database = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def known(self, asked: str, questions: Iterable[Question]) -> dict[str, Answer]:
        """What is kept for these questions, by id. `asked` is the digest of who is asked, and how."""
        found: dict[str, Answer] = {}
        for question in questions:
            row = self._database.execute(
                "SELECT answer FROM answers WHERE key = ?", (_key(asked, question),)
            ).fetchone()
            if row is not None:
                found[question.id] = _decoder.decode(row[0])
        return found

    def keep(self, asked: str, questions: Iterable[Question], answers: Mapping[str, Answer]) -> None:
        """Keep the answers to these questions, all or none."""
        rows = [
            (_key(asked, question), msgspec.json.encode(answers[question.id]))
            for question in questions
            if question.id in answers
        ]
        with self._database, closing(self._database.cursor()) as cursor:
            cursor.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60)
    database.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID")
    return database


def _key(asked: str, question: Question) -> bytes:
    parts = (asked.encode(), question.method.encode(), question.params)
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).digest()


def asking_digest(oracle: str, version: str, hello: object, sources: Iterable[Path]) -> str:
    """The digest of who is asked and how: name and version, the handshake, and the files that do the asking.

    `hello` is what is sent in the handshake, without what differs from machine to machine.
    """
    digest = hashlib.sha256(msgspec.json.encode([oracle, version, hello]))
    for source in sorted(sources):
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()
