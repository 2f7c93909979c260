"""A golden case: a question, the answer that is expected, and who says so. Reading and selecting cases.

A file of cases holds one JSON object a line. Only `id`, `operation`, `params` and `expect` are required, so that
private cases can be written by hand. golden/README.md is the normative description of the form.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Literal

import msgspec

from conformance.exits import UsageError
from conformance.protocol import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Tier = Literal["bytes", "real"]


class ExpectedRejection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The library must refuse this input. `kind` may be left out; it is compared only with `--strict-errors`."""

    kind: str | None = None


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The expected answer: exactly one of a result and a rejection."""

    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    rejection: ExpectedRejection | None = None

    def __post_init__(self) -> None:
        if (self.result is msgspec.UNSET) == (self.rejection is None):
            raise ValueError("needs exactly one of `result` and `rejection`")


class Dissent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An oracle that answered otherwise, how its answer differs, whose answer was preferred, and why."""

    witness: str
    cause: str
    ruling: str
    why: str


Precision = Literal["float32", "float64"]


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a float may be from the expected one: |got - expected| <= abs + rel * |expected|, and why.

    `precision` is the form in which the floats were computed. It says how large a unit in the last place is when a
    report counts in them; nothing is judged by it.
    """

    why: str
    abs: float = 0.0
    rel: float = 0.0
    precision: Precision = "float64"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of golden/cases/. Field by field described in golden/README.md."""

    id: str
    operation: str
    params: msgspec.Raw
    expect: Expect
    level: Literal["must", "should"] = "must"
    since: str = ""
    flags: tuple[str, ...] = ()
    notes: str = ""
    text: str | None = None
    tolerance: Tolerance | None = None
    signed_zero: bool = False
    witnesses: tuple[str, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    history: dict[str, str] = {}


class Asks(msgspec.Struct, frozen=True):
    """What a case's params say about whom the question can be put to. Other params are not looked at here."""

    renderer: str = ""
    tokenizer: str = ""
    dtype: object = ""
    to: object = ""
    """The dtypes of a question about tensors. Anything may stand here: what is no dtype must be refused."""

    @property
    def tier(self) -> Tier:
        """`bytes` for a byte tokenizer and for questions without a tokenizer, which need no download either."""
        return "real" if self.tokenizer and not self.tokenizer.startswith("bytes-") else "bytes"


class Planned(msgspec.Struct, frozen=True):
    """A case that was selected, with what it asks for read out once."""

    case: Case
    asks: Asks
    wide: bool = False
    """Whether it is of the wide set: it shows nothing that cases outside of that set do not show."""

    @property
    def tier(self) -> Tier:
        return self.asks.tier


_decoder = msgspec.json.Decoder(Case)
_asks = msgspec.json.Decoder(Asks)


class CaseError(Exception):
    """A line that is not a case. The text names file, line and what is wrong."""


def read_cases(path: Path, *, wide: bool = False) -> Iterator[Planned]:
    """The cases of one file, in its order. Empty lines are skipped. `wide` says that they are of the wide set.

    Raises:
        CaseError: the file cannot be read, or a line is not a case.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaseError(f"cannot read {path}: {error.strerror or error}") from error
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield read_line(line, wide=wide)
        except RecursionError as error:
            raise CaseError(f"{path}:{number} is not a case: it is nested too deeply") from error
        except ValueError as error:
            raise CaseError(f"{path}:{number} is not a case: {error}") from error


def read_line(line: bytes, *, wide: bool = False) -> Planned:
    """A case from its line. Raises ValueError (msgspec's errors are) and RecursionError."""
    if not line.isascii():
        line.decode()  # What stays raw is not looked at by msgspec.
    case = _decoder.decode(line)
    asks = _asks.decode(case.params)
    if not case.id or case.id.isspace() or not case.id.isprintable():
        raise ValueError(f"`id` must be printable text, got {case.id!r}")
    if not bytes(case.params).isascii():
        # Written by hand, in UTF-8: the wire is ASCII.
        case = msgspec.structs.replace(case, params=msgspec.Raw(ascii_json(case.params)))
    if b"\r" in bytes(case.params):
        raise ValueError("a carriage return stands inside the line")
    return Planned(case, asks, wide)


def case_files(path: Path) -> list[Path]:
    """`path` itself when it is a file, else every `*.jsonl` below it, in order of path.

    Raises:
        CaseError: there is no such file, or no case file in the directory.
    """
    try:
        if path.is_file():
            return [path]
        if not path.is_dir():
            raise CaseError(f"{path} does not exist; give a .jsonl file of cases or a directory of them")
        files = sorted(path.rglob("*.jsonl"))
    except OSError as error:
        raise CaseError(f"cannot read {path}: {error.strerror or error}") from error
    if not files:
        raise CaseError(f"{path} holds no .jsonl file of cases")
    return files


def load_cases(paths: Iterable[Path]) -> list[Planned]:
    """All cases of the files and directories, in the order given; ids are unique over all of them.

    Raises:
        CaseError: as `read_cases` and `case_files`, and for an id that occurs twice.
    """
    cases: list[Planned] = []
    taken: dict[str, Path] = {}
    for path in paths:
        for file in case_files(path):
            for planned in read_cases(file):
                if planned.case.id in taken:
                    raise CaseError(f"{file}: the id {planned.case.id!r} is taken already, in {taken[planned.case.id]}")
                taken[planned.case.id] = file
                cases.append(planned)
    return cases


class Selection(msgspec.Struct, frozen=True):
    """Which cases a run asks. Patterns are globs on the id (`*` crosses `/`); several in one list mean "any of"."""

    tiers: tuple[Tier, ...] = ("bytes",)
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    renderers: tuple[str, ...] = ()
    wide: bool = False
    """Whether cases of the wide set are asked, too."""

    def matches(self, planned: Planned) -> bool:
        """Whether this case is selected, its tier and its set apart."""
        case = planned.case
        return (
            (not self.select or _any_glob(case.id, self.select))
            and not _any_glob(case.id, self.exclude)
            and (not self.flags or any(_any_glob(flag, self.flags) for flag in case.flags))
            and (not self.operations or _any_glob(case.operation, self.operations))
            and (not self.renderers or _any_glob(planned.asks.renderer, self.renderers))
        )


def _any_glob(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


def select_cases(cases: Sequence[Planned], selection: Selection) -> list[Planned]:
    """The selected cases in suite order.

    Raises:
        UsageError: a pattern matches no case at all, whatever the tier: it would silently ask nothing.
    """
    asked = [p for p in cases if selection.wide or not p.wide]
    for option, patterns, texts in (
        ("--select", selection.select, lambda p: (p.case.id,)),
        ("--exclude", selection.exclude, lambda p: (p.case.id,)),
        ("--flag", selection.flags, lambda p: p.case.flags),
        ("--operation", selection.operations, lambda p: (p.case.operation,)),
        ("--renderer", selection.renderers, lambda p: (p.asks.renderer,)),
    ):
        for pattern in patterns:
            if not any(fnmatch.fnmatchcase(text, pattern) for p in asked for text in texts(p)):
                if any(fnmatch.fnmatchcase(text, pattern) for p in cases for text in texts(p)):
                    raise UsageError(f"{option} {pattern!r} matches only cases of the wide set; add --wide")
                raise UsageError(f"{option} {pattern!r} matches no case; `conformance list` shows what there is")
    return [p for p in asked if p.tier in selection.tiers and selection.matches(p)]
