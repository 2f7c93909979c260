"""conformance/tokenizer_sources.py: what each source gives, and its reason when it gives nothing."""

from __future__ import annotations

import io
import os
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from tokenizer_fakes import ALPHA, World, make_world, tarball, wait_for

from conformance import tokenizer_sources as sources
from conformance.tokenizer_lock import Derived, Hub, LockedFile, Npm, Replacement
from conformance.tokenizer_sources import Unavailable, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

HUB = Hub(repository="org/alpha", revision="0123456789abcdef0123456789abcdef01234567", path="tokenizer.json")
FILE = LockedFile(key="alpha/tokenizer.json", sha256="0" * 64, size=len(ALPHA), sources=(HUB,))
NPM = Npm(package="@x/alpha", version="1.0.0", path="package/tokenizer.json")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's settings for the hub are, a hub on loopback is reached."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


# The Hugging Face cache


def test_files_of_the_name_and_size_are_found_and_those_of_the_locked_repository_first(world: World) -> None:
    other = world.cache("an/other", ALPHA)
    own = world.cache("org/alpha", ALPHA)
    world.cache("the/third", ALPHA[:-1])
    world.cache("the/fourth", ALPHA, name="vocab.json")
    assert list(sources.in_hugging_face_cache(FILE)) == [own, other]


@pytest.mark.parametrize(
    ("variable", "below"),
    [("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")],
)
def test_the_cache_is_where_the_hubs_variables_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    directory = tmp_path / below / "models--org--alpha" / "snapshots" / "1"
    directory.mkdir(parents=True)
    (directory / "tokenizer.json").write_bytes(ALPHA)
    assert list(sources.in_hugging_face_cache(FILE)) == [directory / "tokenizer.json"]


def test_no_cache_and_a_broken_link_in_it_are_nothing(world: World) -> None:
    assert list(sources.in_hugging_face_cache(FILE)) == []
    path = world.cache("org/alpha", ALPHA)
    path.unlink()
    path.symlink_to("nowhere")
    assert list(sources.in_hugging_face_cache(FILE)) == []


# The hub


@contextmanager
def serving(
    content: bytes,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    asked: Callable[[], object] = lambda: None,
) -> Iterator[str]:
    """A hub on loopback that has one file. Gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked()
            self.send_response(status)
            for name, value in {
                "Content-Length": str(len(content)),
                "ETag": '"0123"',
                "X-Repo-Commit": HUB.revision,
                **(headers or {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_the_hub_gives_the_file(tmp_path: Path, world: World) -> None:
    with serving(ALPHA) as endpoint:
        path = sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)
    assert path.read_bytes() == ALPHA
    assert path.is_relative_to(tmp_path)
    assert not (world.root / "hf").exists()


@pytest.mark.parametrize("shown", [True, False])
def test_the_hubs_own_progress_bars_are_off_meanwhile(tmp_path: Path, shown: bool) -> None:
    (enable_progress_bars if shown else disable_progress_bars)()
    disabled: list[bool] = []
    try:
        with serving(ALPHA, asked=lambda: disabled.append(are_progress_bars_disabled())) as endpoint:
            sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)
        assert are_progress_bars_disabled() is not shown
    finally:
        enable_progress_bars()
    assert disabled
    assert all(disabled)


def test_a_file_of_another_size_is_not_downloaded(tmp_path: Path) -> None:
    with serving(ALPHA + b" ") as endpoint, pytest.raises(Unavailable, match=r"has 8843 bytes there, expected 8842"):
        sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "headers", "why"),
    [
        (401, {"X-Error-Code": "GatedRepo"}, "gated: accept its terms on the hub and log in"),
        (404, {"X-Error-Code": "EntryNotFound"}, "404"),
        (500, {}, "500"),
    ],
)
def test_a_hub_that_refuses_is_quoted_in_one_line(
    tmp_path: Path, status: int, headers: dict[str, str], why: str
) -> None:
    with serving(b"", status, headers) as endpoint, pytest.raises(Unavailable, match=why) as refused:
        sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) <= 200
    assert not isinstance(refused.value, Unreachable)


def test_a_hub_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with serving(ALPHA) as endpoint:
        pass
    with pytest.raises(Unreachable, match="not reachable"):
        sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)


def test_a_hub_that_is_slow_to_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "HUB_ANSWERS_WITHIN", 0.2)
    given_up = threading.Event()
    with serving(ALPHA, asked=lambda: given_up.wait(5)) as endpoint:
        with pytest.raises(Unreachable, match="not reachable"):
            sources.from_hub(HUB, FILE, tmp_path, endpoint=endpoint)
        given_up.set()


def test_offline_mode_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(url: str, *, timeout: float) -> None:
        raise OfflineModeIsEnabled("Cannot reach it")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", offline)
    with pytest.raises(Unreachable, match="huggingface_hub is in offline mode"):
        sources.from_hub(HUB, FILE, tmp_path)


# npm


def test_npm_pack_runs_no_script_of_the_package(world: World, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    path = sources.npm_pack(NPM, target)
    assert path.parent == target
    [call] = (world.root / "npm" / "calls").read_text().splitlines()
    assert call.startswith(f"pack @x/alpha@1.0.0 --pack-destination {target} --ignore-scripts ")
    assert "://" not in call


def test_npm_that_does_not_end_is_ended(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.root / "npm" / "hang").touch()
    monkeypatch.setattr(sources, "NPM_ENDS_WITHIN", 1.0)
    with pytest.raises(Unavailable, match="npm did not end within 1 s"):
        sources.npm_pack(NPM, tmp_path)
    wait_for(lambda: world.npm_alive() == [])


def test_npm_that_gives_nothing_cannot_be_started_or_is_absent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = world.root / "npm" / "npm"
    npm.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(Unavailable, match="npm gave no tarball"):
        sources.npm_pack(NPM, tmp_path)
    npm.write_text("#!/bin/sh\necho oh  no >&2\nexit 7\n")
    with pytest.raises(Unavailable, match=r"npm failed \(oh no\)"):
        sources.npm_pack(NPM, tmp_path)
    npm.write_text("#!/bin/sh\nexit 7\n")
    with pytest.raises(Unavailable, match=r"npm failed \(exit code 7\)"):
        sources.npm_pack(NPM, tmp_path)
    npm.write_text("#!/nowhere/at/all\n")
    with pytest.raises(Unavailable, match="npm cannot be started"):
        sources.npm_pack(NPM, tmp_path)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(Unreachable, match="npm is not installed"):
        sources.npm_pack(NPM, tmp_path)


# Tarballs, which are not trusted


def unpacked(tmp_path: Path, content: bytes, **members: int) -> dict[str, bytes | str]:
    """What is found of members (by their name with / for __), after a look that nothing else was written."""
    (tmp_path / "package.tgz").write_bytes(content)
    target = tmp_path / "target"
    target.mkdir()
    found = sources.unpack(
        tmp_path / "package.tgz", {name.replace("__", "/"): size for name, size in members.items()}, target
    )
    paths = {path for path in found.values() if not isinstance(path, str)}
    assert set(target.iterdir()) == paths
    assert set(tmp_path.iterdir()) == {target, tmp_path / "package.tgz"}
    return {name: path if isinstance(path, str) else path.read_bytes() for name, path in found.items()}


def test_only_the_named_members_are_unpacked(tmp_path: Path) -> None:
    content = tarball({"package/x": b"other", "package/a": b"one", "../a": b"up", "/a": b"root", "package/b": b"two"})
    assert unpacked(tmp_path, content, package__a=3, package__b=3) == {"package/a": b"one", "package/b": b"two"}


def test_a_named_member_outside_is_written_inside(tmp_path: Path) -> None:
    assert unpacked(tmp_path, tarball({"../../evil": b"one"}), **{"..__..__evil": 3}) == {"../../evil": b"one"}


def test_members_that_are_missing_or_too_large_are_named(tmp_path: Path) -> None:
    assert unpacked(tmp_path, tarball({"a": b"four"}), a=3, b=3) == {
        "a": "a has 4 bytes in the tarball, expected 3",
        "b": "there is no b in the tarball",
    }


def test_the_first_of_two_members_of_one_name_counts(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for content in (b"one", b"two"):
            member = tarfile.TarInfo("a")
            member.size = 3
            archive.addfile(member, io.BytesIO(content))
    assert unpacked(tmp_path, buffer.getvalue(), a=3, b=3) == {"a": b"one", "b": "there is no b in the tarball"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_member_that_is_no_regular_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("a")
        member.type, member.linkname = kind, "/etc/hostname"
        archive.addfile(member)
    assert unpacked(tmp_path, buffer.getvalue(), a=100) == {"a": "a is not a regular file in the tarball"}


@pytest.mark.parametrize(
    "content",
    [b"", b"not a tarball", tarball({"x": b"x" * 100_000, "a": b"one"})[:60], tarball({"a": b"one"})[:-20]],
    ids=["empty", "other bytes", "truncated", "truncated at its end"],
)
def test_what_is_no_whole_tarball_is_refused(tmp_path: Path, content: bytes) -> None:
    [reason] = unpacked(tmp_path, content, b=3).values()
    assert isinstance(reason, str)
    assert reason.startswith("the tarball cannot be read (")


def test_a_tarball_that_unpacks_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "UNPACKED_AT_MOST", 1 << 20)
    content = tarball({"a": b"one", "bomb": bytes(2 << 20), "b": b"two"})
    assert unpacked(tmp_path, content, a=3, b=3) == {
        "a": b"one",
        "b": "the tarball cannot be read (it unpacks to more than 1048576 bytes)",
    }


# Derived files


def recipe(*replace: tuple[str, str], append: str = "") -> Derived:
    return Derived(base="base", replace=tuple(Replacement(find=find, put=put) for find, put in replace), append=append)


def test_a_recipe_replaces_in_order_and_appends() -> None:
    assert sources.derive(recipe(("é", "ee"), ("eeb", "c"), append="\n"), "aéb".encode()) == b"ac\n"


@pytest.mark.parametrize(("base", "times"), [(b"xyz", 0), (b"aa", 2)])
def test_a_text_that_is_not_there_exactly_once_is_refused(base: bytes, times: int) -> None:
    with pytest.raises(Unavailable, match=f"base holds a text to replace {times} times, expected once"):
        sources.derive(recipe(("a", "b")), base)
