"""Starts the adapters of tests/zoo/, puts questions to them, and sees that no process is left behind."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.asking import Asker, Question, Reply
from conformance.limits import Limits
from conformance.operations import DecodeParams, EncodeParams
from conformance.protocol import Answer, BytesTokenizer, InitializeParams, Result, ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ZOO = Path(__file__).parent / "zoo"
MARK = "ZOO_MARK"
"""The environment variable by which the descendants of a test are known."""

BYTES = BytesTokenizer(bos_token=None, eos_token=None, added=())
HELLO = InitializeParams(suite="zoo", tokenizers={"bytes-zoo": BYTES})

PATIENT = Limits(start=60.0, question=60.0, shutdown=60.0)
"""For adapters with which time is not the point."""
IMPATIENT = Limits(start=60.0, question=1.0, shutdown=60.0)
"""For adapters that fall silent. An honest reply takes far less than a millisecond."""


def command(name: str, *arguments: str) -> list[str]:
    """The command of an adapter of the zoo. -S: without the site, Python starts in half the time."""
    return [sys.executable, "-S", str(ZOO / f"{name}.py"), *arguments]


def texts(count: int, *, bad: int | None = None) -> list[str]:
    """Texts to be encoded, of which one may be the bad one."""
    return ["bad" if at == bad else f"text {at}" for at in range(count)]


def questions(texts: Sequence[str]) -> list[Question]:
    return [
        Question(f"q/{at}", "tokenizer.encode", ascii_json({"tokenizer": "bytes-zoo", "text": text}))
        for at, text in enumerate(texts)
    ]


def is_true(answer: Answer, text: str) -> bool:
    """Whether an answer is the honest one."""
    return isinstance(answer, Result) and json.loads(answer.raw) == {"tokens": list(text.encode())}


def lend(params: EncodeParams | DecodeParams) -> list[int] | str:
    """The honest tokenizer, for adapters without one."""
    if params.tokenizer != "bytes-zoo":
        raise KeyError(params.tokenizer)
    if isinstance(params, EncodeParams):
        return list(params.text.encode())
    return bytes(params.tokens).decode()


@contextmanager
def asker(name: str, *arguments: str, limits: Limits = PATIENT, **options: Any) -> Iterator[Asker]:
    """An Asker of an adapter of the zoo. Afterwards none of its processes may be left."""
    with environment() as env, Asker(command(name, *arguments), HELLO, limits, env=env, **options) as opened:
        yield opened


def ask(asker: Asker, texts: Sequence[str]) -> list[Reply]:
    """Ask for the tokens of `texts`; every question must have its reply, in order."""
    asked = questions(texts)
    replies = list(asker.ask(asked))
    assert [reply.id for reply in replies] == [question.id for question in asked]
    return replies


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """An environment for processes, none of which may be left afterwards."""
    mark = uuid.uuid4().hex
    try:
        yield {**os.environ, MARK: mark}
    finally:
        assert_none_left(mark)


def assert_none_left(mark: str) -> None:
    """Fail when a process with this mark is still there. A killed one may take a moment to go."""
    until = time.monotonic() + 10
    while (left := alive(mark)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not left, f"processes are left: {left}"


def come_alive(mark: str) -> list[int]:
    """The processes with this mark, once there is one. For a moment after its start, one has no environment."""
    until = time.monotonic() + 60
    while not (found := alive(mark)) and time.monotonic() < until:
        time.sleep(0.01)
    assert found, "no process has come to life"
    return found


def alive(mark: str) -> list[int]:
    """The living processes whose environment has this mark. (That of a zombie is empty.)"""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (directory / "environ").read_bytes().split(b"\0"):
                found.append(int(directory.name))
        except OSError:
            continue
    return found
