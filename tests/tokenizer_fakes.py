"""A small world for the tests of the tokenizer store: a lock file, an npm, a hub, and a process that fetches.

The files are byte tokenizers under other names, so that they can be loaded. `World.npm` writes an executable named
`npm`, which serves tarballs from a directory, notes every call, and can fail or hang.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import byte_tokenizers
from conformance.tokenizer_lock import Hub, Lock, LockedFile, read_lock
from conformance.tokenizer_sources import Unreachable
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

FILES = byte_tokenizers.files()
ALPHA = FILES["bytes-qwen3/tokenizer.json"]
BETA = FILES["bytes-llama3/tokenizer.json"]
DERIVED = BETA.replace(b'"<|eot_id|>"', b'"<|end|>"') + b"\n"
CONFIG = b'{"chat_template": "{{ messages }}"}'

NPM = """#!{python} -IS
import os, pathlib, shutil, sys, time
here = pathlib.Path({directory!r})
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
(here / "pids").open("a").write(f"{{os.getpid()}}\\n")
spec, target = sys.argv[2], pathlib.Path(sys.argv[sys.argv.index("--pack-destination") + 1])
if (here / "slow").exists():
    time.sleep(0.5)
if (here / "hang").exists():
    (target / "half.tgz").write_bytes(b"half")
    (here / "hanging").touch()
    time.sleep(600)
tarball = here / (spec.replace("/", "+") + ".tgz")
if not tarball.exists():
    sys.stderr.write("npm error code E404\\nnpm error 404 Not Found - " + spec + "\\n")
    sys.stderr.write("npm error A complete log of this run can be found in: somewhere\\n")
    sys.exit(1)
shutil.copy(tarball, target / "package.tgz")
"""


@dataclass(kw_only=True)
class World:
    """Everything is below `root`: golden/ (the lock file), npm/, store/, hf/ (the Hugging Face cache)."""

    root: Path
    lock: Lock
    asked: list[str] = field(default_factory=list)

    @property
    def store_directory(self) -> Path:
        return self.root / "store"

    def store(self, hub: Mapping[str, bytes] | None = None) -> Store:
        """A store whose hub serves `hub` (by repository), or is out of reach."""
        return Store(self.store_directory, lock=self.lock, hub=self._hub(hub))

    def _hub(self, contents: Mapping[str, bytes] | None) -> Callable[[Hub, LockedFile, Path], Path]:
        def download(source: Hub, file: LockedFile, directory: Path) -> Path:
            self.asked.append(source.repository)
            if contents is None:
                raise Unreachable("not reachable")
            path = directory / file.name
            path.write_bytes(contents[source.repository])
            return path

        return download

    def pack(self, spec: str, members: Mapping[str, bytes]) -> None:
        """Let npm serve a tarball with `members` for `spec`."""
        (self.root / "npm" / f"{spec.replace('/', '+')}.tgz").write_bytes(tarball(members))

    @property
    def npm_calls(self) -> list[str]:
        """The packages that npm was asked for, in order."""
        calls = self.root / "npm" / "calls"
        return [line.split()[1] for line in calls.read_text().splitlines()] if calls.exists() else []

    def npm_alive(self) -> list[int]:
        """The process ids of npm that still run."""
        pids = self.root / "npm" / "pids"
        return [pid for pid in map(int, pids.read_text().split()) if _runs(pid)] if pids.exists() else []

    def cache(self, repository: str, content: bytes, *, name: str = "tokenizer.json") -> Path:
        """Put a file into the Hugging Face cache."""
        directory = self.root / "hf" / "hub" / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
        return directory / name

    def stored(self) -> set[str]:
        """Every file in the store, but for the lock of who fetches."""
        below = {path.relative_to(self.store_directory) for path in self.store_directory.rglob("*")}
        return {path.as_posix() for path in below if path != Path(".lock")}

    def start_fetch(self, *names: str) -> subprocess.Popen[str]:
        """A process that fetches `names` into the store, with a hub that is out of reach."""
        command = [sys.executable, __file__, str(self.root), *names]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def make_world(root: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world below `root`, which this process and its children live in: PATH, HF_HOME and the store's variable."""
    golden, npm = root / "golden", root / "npm"
    golden.mkdir()
    npm.mkdir()
    (golden / "lock.json").write_text(json.dumps(_lock()))
    for path, content in FILES.items():
        (golden / path).parent.mkdir(exist_ok=True)
        (golden / path).write_bytes(content)
    executable = npm / "npm"
    executable.write_text(NPM.format(python=sys.executable, directory=str(npm)))
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm))
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HOME", str(root / "hf"))
    monkeypatch.setenv("COOKBOOK_CONFORMANCE_STORE", str(root / "store"))
    world = World(root=root, lock=read_lock(golden))
    world.pack("@x/alpha@1.0.0", {"package/tokenizer.json": ALPHA, "package/tokenizer_config.json": CONFIG})
    world.pack("@x/beta@2.0.0", {"package/tokenizer.json": BETA})
    return world


def _lock() -> dict[str, Any]:
    def file(content: bytes, *sources: dict[str, Any]) -> dict[str, Any]:
        return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "sources": list(sources)}

    def hub(repository: str) -> dict[str, Any]:
        return {"kind": "hub", "repository": repository, "revision": "abc", "path": "tokenizer.json"}

    def npm(package: str, version: str, path: str = "package/tokenizer.json") -> dict[str, Any]:
        return {"kind": "npm", "package": package, "version": version, "path": path}

    def entry(key: str, bos: str | None, eos: str, **companions: str) -> dict[str, Any]:
        return {
            "kind": "file",
            "tier": "real",
            "file": key,
            "bos_token": bos,
            "eos_token": eos,
            "companions": {f"{name}.json": key for name, key in companions.items()},
            "probe": {"text": "a", "ids": [97]},
        }

    return {
        "format": 1,
        "files": {
            "alpha/tokenizer.json": file(ALPHA, hub("org/alpha"), npm("@x/alpha", "1.0.0")),
            "alpha/tokenizer_config.json": file(CONFIG, npm("@x/alpha", "1.0.0", "package/tokenizer_config.json")),
            "beta/tokenizer.json": file(BETA, hub("org/beta"), npm("@x/beta", "2.0.0")),
            "gamma/tokenizer.json": file(
                DERIVED,
                {
                    "kind": "derived",
                    "base": "beta/tokenizer.json",
                    "replace": [{"find": '"<|eot_id|>"', "put": '"<|end|>"'}],
                    "append": "\n",
                },
            ),
        },
        "tokenizers": {
            "bytes-qwen3": {"kind": "bytes", "tier": "bytes", "file": "bytes-qwen3.json"},
            "alpha": entry("alpha/tokenizer.json", None, "<|im_end|>", tokenizer_config="alpha/tokenizer_config.json"),
            "beta": entry("beta/tokenizer.json", "<|begin_of_text|>", "<|end_of_text|>"),
            "beta_instruct": entry("beta/tokenizer.json", "<|begin_of_text|>", "<|eot_id|>"),
            "gamma": entry("gamma/tokenizer.json", None, "<|end|>"),
        },
    }


def tarball(members: Mapping[str, bytes]) -> bytes:
    """A gzipped tar archive of regular files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; AssertionError when it does not within half a minute."""
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("what the test waited for did not happen")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie answers too; its parent, the process that was killed, cannot collect it any more.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def main() -> None:
    root, *names = sys.argv[1:]
    world = World(root=Path(root), lock=read_lock(Path(root) / "golden"))
    for fetched in world.store().fetch(names):
        print(fetched.name, fetched.source)


if __name__ == "__main__":
    main()
