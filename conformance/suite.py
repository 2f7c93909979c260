"""The shipped suite: golden/cases/ as golden/manifest.json vouches for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from conformance.cases import CaseError, Planned, Tier, read_cases, read_line
from conformance.exits import SuiteError
from conformance.golden_path import golden_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WIDE = ".wide."
"""What the names of the files hold whose cases are of the wide set."""


class ManifestFile(msgspec.Struct, frozen=True):
    """One file of cases: how many, and the sha256 of its bytes."""

    cases: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """golden/manifest.json: what this suite consists of, and which oracles it was generated with."""

    suite: str
    oracles: dict[str, str]
    files: dict[str, ManifestFile]
    counts: dict[str, dict[str, int]]


def load_manifest() -> Manifest:
    """The manifest.

    Raises:
        SuiteError: it is missing or is not what it should be.
    """
    try:
        return msgspec.json.decode((golden_dir() / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, ValueError) as error:
        raise SuiteError(f"golden/manifest.json: {error}; install the package again") from error


def known_releases(manifest: Manifest) -> tuple[str, ...]:
    """The releases of the principal oracle that golden knows the answers of, the oldest first."""
    versions = {version for oracle, version in manifest.oracles.items() if oracle.partition("-")[0] == "upstream"}
    return tuple(sorted(versions, key=release_key))


def tier_of(path: str) -> Tier:
    """The tier of the cases in a file of the suite."""
    return "real" if ".real." in path else "bytes"


def release_key(version: str) -> tuple[int, ...]:
    """Orders releases: 0.5.8 before 0.10.0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def load_suite(*, of: Callable[[str], bool] = lambda path: True) -> list[Planned]:
    """Every case of the suite, in suite order: by file, then by line. `of` says of which files.

    Raises:
        SuiteError: a file is missing, is not the one the manifest speaks of, or holds a line that is no case.
    """
    directory = golden_dir()
    cases: list[Planned] = []
    for path, listed in load_manifest().files.items():
        if not of(path):
            continue
        try:
            _vouched(directory / path, listed, path)
            cases += read_cases(directory / path, wide=WIDE in path)
        except (OSError, CaseError) as error:
            raise SuiteError(f"golden/{path}: {error}") from error
    return cases


def load_smoke() -> list[Planned]:
    """The smoke set, in suite order: golden/smoke.json says on which lines its cases stand.

    Raises:
        SuiteError: as `load_suite`, of the files that hold such cases; or the line holds another case.
    """
    directory = golden_dir()
    listed = load_manifest().files
    try:
        places = msgspec.json.decode((directory / "smoke.json").read_bytes(), type=dict[str, dict[str, int]])
    except (OSError, ValueError) as error:
        raise SuiteError(f"golden/smoke.json: {error}; install the package again") from error
    cases: list[Planned] = []
    for path, lines in places.items():
        try:
            written = _vouched(directory / path, listed[path], path).split(b"\n")
            found = [read_line(written[number - 1]) for number in lines.values()]
        except (OSError, LookupError, ValueError) as error:
            raise SuiteError(f"golden/smoke.json: {path}: {error}; install the package again") from error
        if [planned.case.id for planned in found] != list(lines):
            raise SuiteError(f"golden/smoke.json names other lines of {path} than those of its cases")
        cases += found
    return cases


def _vouched(place: Path, listed: ManifestFile, path: str) -> bytes:
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != listed.sha256:
        raise SuiteError(f"golden/{path} is not the file that golden/manifest.json speaks of; restore it")
    return content
