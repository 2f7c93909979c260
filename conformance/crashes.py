"""A directory of findings, one JSON file each, that can be asked again: what is fixed leaves it by itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.atomic import write_whole
from conformance.exits import UsageError
from conformance.operations import OPERATIONS, invalid_params
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.differing import Difference
    from conformance.fuzz import Finding

SUFFIX = ".crash.json"


class Crash(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A finding on disk. `expected` is the reference's answer, `got` the port's, each with one member that names its
    kind; `seed` and `place` say which drawn question it was, `place` counted from 0."""

    id: str
    operation: str
    params: msgspec.Raw
    cause: str
    signature: str
    summary: str
    expected: dict[str, msgspec.Raw]
    got: dict[str, msgspec.Raw]
    seed: int | None = None
    place: int | None = None
    steady: bool = True


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of a crash.

    `fixed`: the port now answers as the reference does. `still failing`: in the same way. `changed`: in another way.
    `not asked`: the port does not declare, or the reference does not answer, what it asks.
    """

    crash: Crash
    word: Literal["fixed", "still failing", "changed", "not asked"]
    difference: Difference | None = None
    reason: str = ""


def crash_of(difference: Difference, *, seed: int | None, place: int | None, steady: bool) -> Crash:
    """A difference as it is kept."""
    return Crash(
        id=name_of(difference),
        operation=difference.operation,
        params=msgspec.Raw(difference.params),
        cause=difference.diagnosis.cause,
        signature=difference.diagnosis.signature,
        summary=difference.diagnosis.summary,
        expected=_answer(difference.expected),
        got=_answer(difference.got),
        seed=seed,
        place=place,
        steady=steady,
    )


def name_of(difference: Difference) -> str:
    """A readable id that the question and the cause decide, in the form of golden's."""
    area, _, function = difference.operation.partition(".")
    tokenizer = msgspec.json.decode(difference.params).get("tokenizer", "bytes-")
    digest = hashlib.sha256(b"%b %b" % (difference.operation.encode(), difference.params)).hexdigest()[:8]
    tier = "bytes" if str(tokenizer).startswith("bytes-") else "real"
    subject = difference.renderer or area
    return f"fuzz/{_slug(subject)}/{_slug(function)}/{_slug(difference.diagnosis.cause)}-{digest}@{tier}"


class CrashDirectory:
    """Where findings are kept. It is made when the first one is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, finding: Finding) -> Path:
        """Write a finding, whole or not at all; one of the same question and cause is replaced.

        Raises:
            UsageError: it cannot be written.
        """
        crash = crash_of(finding.difference, seed=finding.seed, place=finding.place, steady=finding.steady)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write to {str(self.path)!r}: {error.strerror or error}") from error
        return self._write(self.path / _file_name(crash.id), crash)

    def crashes(self) -> list[tuple[Path, Crash]]:
        """What is kept, in order of the files' names.

        Raises:
            UsageError: there is no such directory, or a file in it is not a crash.
        """
        try:
            files = sorted(path for path in self.path.iterdir() if path.name.endswith(SUFFIX))
        except OSError as error:
            raise UsageError(f"cannot read the crashes in {str(self.path)!r}: {error.strerror or error}") from error
        return [(path, _read(path)) for path in files]

    def heal(self, path: Path, replayed: Replayed) -> None:
        """Drop a file whose crash is fixed, rewrite one whose crash has changed."""
        if replayed.word == "fixed":
            path.unlink(missing_ok=True)
        elif replayed.word == "changed" and replayed.difference is not None:
            old = replayed.crash
            new = crash_of(replayed.difference, seed=old.seed, place=old.place, steady=True)
            self._write(self.path / _file_name(new.id), new)
            if _file_name(new.id) != path.name:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, crash: Crash) -> Path:
        write_whole(path, msgspec.json.format(msgspec.json.encode(crash), indent=1) + b"\n")
        return path


def _read(path: Path) -> Crash:
    try:
        crash = msgspec.json.decode(path.read_bytes(), type=Crash)
        # It is kept with spaces for people; on the wire there is no line end.
        value = msgspec.json.decode(crash.params)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not a crash: {error}") from error
    from conformance.differing import wire

    crash = msgspec.structs.replace(crash, params=msgspec.Raw(wire(value)))
    if crash.operation not in OPERATIONS:
        raise UsageError(f"{str(path)!r} asks for {crash.operation!r}, which is no operation")
    wrong = invalid_params(crash.operation, bytes(crash.params))
    if wrong is not None:
        raise UsageError(f"{str(path)!r} is not a question: {wrong}")
    return crash


def _answer(answer: Answer) -> dict[str, msgspec.Raw]:
    def text(**members: Any) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(members))

    match answer:
        case Result():
            return {"result": msgspec.Raw(answer.raw)}
        case Rejection():
            return {"rejection": text(kind=answer.kind, message=answer.message)}
        case NotSupported():
            return {"not_supported": text(reason=answer.reason)}
        case Fault():
            return {"fault": text(kind=answer.kind, message=answer.message, detail=answer.detail)}


def _file_name(id: str) -> str:
    return id.removeprefix("fuzz/").replace("/", ".").replace("@", ".") + SUFFIX


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:60] or "-"
