from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from conformance.traces import stream
from tests.service.running import Served, adam

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.com", ""])
def test_it_listens_on_loopback_and_nowhere_else(conformance: Callable[..., object], host: str) -> None:
    code, out, err = conformance("serve", "--host", host)  # type: ignore[misc]
    assert (code, out) == (2, "")
    assert "127.0.0.1 and nowhere else" in err
    assert err.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(conformance: Callable[..., object]) -> None:
    with Served() as other:
        code, out, err = conformance("serve", "--port", other.port)  # type: ignore[misc]
    assert (code, out) == (2, "")
    assert f"cannot listen on 127.0.0.1:{other.port}" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("option", ["--script", "--record"])
def test_files_that_cannot_be_used_are_told_before_it_serves(
    conformance: Callable[..., object], tmp_path: Path, option: str
) -> None:
    code, out, err = conformance("serve", option, tmp_path / "none" / "file")  # type: ignore[misc]
    assert (code, out) == (2, "")
    assert "file" in err
    assert err.count("\n") == 1


def test_without_its_packages_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None\nfrom conformance import cli; raise SystemExit(cli.main(['serve']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'cookbook-conformance[service]'" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_help_imports_none_of_its_packages() -> None:
    code = (
        "import sys; from conformance import command_line\n"
        "try: command_line.parse(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'starlette', 'uvicorn', 'asyncio', 'numpy', 'msgspec', 'tinker'}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.endswith("[]\n")


def test_the_first_line_says_where_it_is(tmp_path: Path) -> None:
    with Served("--port-file", str(tmp_path / "port")) as service:
        assert service.greeting["base_url"] == f"http://127.0.0.1:{service.port}"
        assert (tmp_path / "port").read_text() == f"{service.port}\n"
        assert service.greeting["wires"][0] == "json"
        assert (service.greeting["protobuf"] is None) == ("note" in service.greeting)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_record_is_written(tmp_path: Path, number: int) -> None:
    record = tmp_path / "record.jsonl"
    service = Served("--record", str(record))
    model = service.model()
    service.post("optim_step", model_id=model, seq_id=1, adam_params=adam())
    late = service.post("optim_step", model_id=model, seq_id=3, adam_params=adam())
    # Somebody is waiting for what will not come; stopping does not wait with them.
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, urllib.request\n"
            "request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {'X-API-Key': 'k'})\n"
            "print('asked', flush=True)\n"
            "urllib.request.urlopen(request).read()",
            f"http://127.0.0.1:{service.port}/api/v1/retrieve_future",
            json.dumps(late),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == b"asked\n"
        time.sleep(0.2)
        assert service.stop(number) == (0, "")
    operations = stream.decode(b"[" + b",".join(record.read_bytes().splitlines()) + b"]")
    assert [type(operation) for operation in operations] == [
        stream.CreateSession,
        stream.CreateModel,
        stream.OptimStep,
    ]


def test_it_goes_with_its_parent() -> None:
    """A parent that is killed cannot stop its children."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-m', 'conformance.cli', 'serve', '--with-parent'])\n"
            "print(child.pid, flush=True)\n"
            "child.wait()",
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    lines = sorted((parent.stdout.readline(), parent.stdout.readline()), key=len)
    pid = int(lines[0])
    parent.kill()
    # The child holds our pipe, too: it ends when the child does.
    assert parent.stdout.read() == b""
    parent.communicate()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the service outlived its parent")
