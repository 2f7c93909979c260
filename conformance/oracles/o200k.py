"""The vocabulary o200k_base, which the harmony oracle reads: `python -m conformance.oracles.o200k` fetches it.

openai-harmony looks for a file `o200k_base.tiktoken` in the directory that TIKTOKEN_ENCODINGS_BASE names, and checks
its sha256 by itself. The npm package `tiktoken` carries the same vocabulary in another form: the tokens in the order
of their ranks. The file is rebuilt from it, byte by byte, and kept in the store of tokenizers.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from conformance.exits import UsageError

VARIABLE = "TIKTOKEN_ENCODINGS_BASE"
NAME = "o200k_base.tiktoken"
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"

PACKAGE, VERSION, MEMBER, MEMBER_SIZE = "tiktoken", "1.0.22", "package/encoders/o200k_base.json", 2325457


class O200kError(UsageError):
    """The vocabulary cannot be had. One line."""


def rebuilt(encoder: str) -> bytes:
    """The lines of a .tiktoken file, `<token in base64> <rank>`, from the JSON that the npm package holds.

    There the tokens of consecutive ranks stand on a line each: `! <first rank> <token> <token> ...`.
    """
    lines: list[str] = []
    for row in json.loads(encoder)["bpe_ranks"].splitlines():
        _, first, *tokens = row.split(" ")
        lines += [f"{token} {rank}\n" for rank, token in enumerate(tokens, start=int(first))]
    return "".join(lines).encode("ascii")


def directory() -> Path:
    """Where the file is: $TIKTOKEN_ENCODINGS_BASE, or a directory of the store.

    Raises O200kError when it is not there. Only openai-harmony checks the bytes of a directory that a user names.
    """
    named = os.environ.get(VARIABLE)
    found = Path(named) if named else _kept()
    if not (found / NAME).is_file():
        raise O200kError(f"there is no {NAME}: fetch it with `python -m conformance.oracles.o200k`, or set {VARIABLE}")
    return found


def fetch() -> Path:
    """Make the file, unless it is there already, and return its path. Asks the user's npm registry.

    Raises O200kError when npm cannot give the package, or its content is not the expected vocabulary; UsageError when
    the store cannot be written.
    """
    from conformance.atomic import write_whole
    from conformance.tokenizer_lock import Npm
    from conformance.tokenizer_sources import Unavailable, npm_pack, unpack

    if os.environ.get(VARIABLE):
        return directory() / NAME
    place = _kept() / NAME
    if place.is_file() and _is_right(place.read_bytes()):
        return place
    with tempfile.TemporaryDirectory() as work:
        unpacked = Path(work, "unpacked")
        unpacked.mkdir()
        try:
            tarball = npm_pack(Npm(package=PACKAGE, version=VERSION, path=MEMBER), Path(work))
        except Unavailable as error:
            raise O200kError(f"npm {PACKAGE}@{VERSION}: {error}") from error
        member = unpack(tarball, {MEMBER: MEMBER_SIZE}, unpacked)[MEMBER]
        if isinstance(member, str):
            raise O200kError(f"npm {PACKAGE}@{VERSION}: {member}")
        content = rebuilt(member.read_text("utf-8"))
    if not _is_right(content):
        raise O200kError(f"npm {PACKAGE}@{VERSION} holds another vocabulary than o200k_base")
    _make(place.parent)
    write_whole(place, content)
    return place


def _kept() -> Path:
    # Named by its hash like the store's other files, so that a changed pin never meets an old file.
    from conformance.tokenizer_files import default_directory

    return default_directory() / SHA256


def _make(store: Path) -> None:
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise O200kError(f"{store} cannot be made: {error.strerror}") from error


def _is_right(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256


def main() -> int:
    try:
        print(fetch())
    except UsageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
