"""Commands run on a scenario against the service: streams, what is withheld, and nothing left behind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from conformance.exits import UsageError
from conformance.traces.judging import judge
from conformance.traces.loop_process import run_loop
from conformance.traces.running import Trace, run_command
from conformance.traces.scenario import load_scenario
from conformance.traces.service import HELD_SECONDS, Service

JSON_LOOP = Path(__file__).with_name("json_loop.py")


def json_loop(
    fault: str = "",
    *,
    scenario: str = "sl",
    timeout: float = 120.0,
    withhold: float = HELD_SECONDS,
    keep: Path | None = None,
) -> Trace:
    command = [sys.executable, str(JSON_LOOP), fault]
    return run_command(load_scenario(scenario), command, timeout=timeout, withhold=withhold, keep=keep)


def gone(pid: int) -> bool:
    """Whether there is no such process any more, in a moment."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if status == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("scenario", ["sl", "sl-two-epochs", "sl-submit-ahead-2"])
def test_a_loop_over_the_json_wire_conforms(scenario: str) -> None:
    trace = json_loop(scenario=scenario)
    judged = judge(load_scenario(scenario), trace)
    assert [told.text for told in judged.told] == []
    assert judged.conforms
    assert trace.pipelined
    assert judged.notes == ("not compared: the loop wrote no metrics.jsonl and no checkpoints.jsonl",)


def test_a_loop_that_awaits_one_result_after_the_other_is_named() -> None:
    trace = json_loop("sequential", withhold=0.3)
    judged = judge(load_scenario("sl"), trace)
    assert judged.told == (), "the stream is the same: nothing but the withheld result shows it"
    assert judged.others[0].startswith("not pipelined: at every step the loop awaits the result of forward_backward")


def test_a_loop_that_crashes_is_told_of_with_what_it_had_asked() -> None:
    trace = json_loop("crashes")
    assert trace.ran is not None
    assert trace.ran.told(1.0) == "the loop exited with code 1"
    assert any("the port has a fault" in line for line in trace.ran.tail)
    assert judge(load_scenario("sl"), trace).told[0].text == "training ends after 1 step, upstream takes 3"


def test_a_loop_that_hangs_is_stopped() -> None:
    trace = json_loop("hangs", timeout=8.0)
    assert trace.ran is not None
    assert trace.ran.timed_out
    assert trace.ran.told(8.0) == "the loop did not end in 8 s and was stopped"


def test_what_a_loop_leaves_behind_goes_with_it(tmp_path: Path) -> None:
    json_loop("orphan", keep=tmp_path)
    assert gone(int((tmp_path / "sl" / "log" / "child").read_text()))


def test_the_stream_and_the_log_directory_are_kept_on_request(tmp_path: Path) -> None:
    trace = json_loop("crashes", keep=tmp_path)
    assert (tmp_path / "sl" / "stream.json").read_bytes().startswith(b"[\n")
    assert (tmp_path / "sl" / "log").is_dir()
    assert len(trace.stream) == len((tmp_path / "sl" / "stream.json").read_bytes().splitlines()) - 2


def test_the_service_ends_with_the_block(tmp_path: Path) -> None:
    with Service(tmp_path, base_model="m", rank=8, held=[], withhold=0.0) as service:
        pid = service.pid
        assert service.stream() == ()
        assert service.base_url.startswith("http://127.0.0.1:")
    assert gone(pid)


def test_a_service_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the service does not start: nothing was heard of it") as refused:
        Service(tmp_path, base_model="m", rank=8, held=[], withhold=0.0, python="/usr/bin/false")
    assert "\n" not in str(refused.value)


def test_a_command_that_is_not_there_is_usage() -> None:
    with pytest.raises(UsageError, match="cannot start '/nowhere/loop': no such file or directory"):
        run_loop(["/nowhere/loop"], {}, 5.0)


def test_output_of_any_kind_has_a_tail() -> None:
    ran = run_loop([sys.executable, "-c", r"import os; os.write(1, b'\xff\r1\r2\n' * 20000 + b'end')"], {}, 30.0)
    assert ran.status == 0
    assert ran.tail[-1] == "end"
    assert len(ran.tail) <= 21


def test_a_loop_that_ignores_sigterm_is_killed() -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    ran = run_loop([sys.executable, "-c", stubborn], {}, 1.0)
    assert ran.timed_out
    assert ran.status == -9


def test_an_interrupt_ends_the_loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import subprocess

    waited: list[subprocess.Popen[bytes]] = []
    wait = subprocess.Popen.wait

    def interrupted(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if not waited:
            waited.append(process)
            raise KeyboardInterrupt
        return wait(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_loop([sys.executable, "-c", "import time; time.sleep(600)"], {}, 60.0)
    assert gone(waited[0].pid)


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints.jsonl"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{\n", "cannot be read"),
        (b"3\n", ":1 is no JSON object"),
        (b"\xff", "cannot be read"),
        (b"[" * 99999, "cannot"),
    ],
)
def test_records_that_cannot_be_read_are_a_difference(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    log = tmp_path / "sl" / "log"
    log.mkdir(parents=True)
    (log / name).write_bytes(content)
    (tmp_path / "empty").write_text("")
    scenario = load_scenario("sl")
    trace = run_command(scenario, [sys.executable, "-c", ""], timeout=30, withhold=0.0, keep=tmp_path)
    assert says in trace.unread[0]
    assert trace.unread[0] in judge(scenario, trace).others


def test_the_environment_says_where_everything_is() -> None:
    script = (
        "import os, json; assert os.environ['TINKER_BASE_URL'].startswith('http://127.0.0.1:');"
        "assert 'expect' not in json.load(open(os.environ['CONFORMANCE_SCENARIO']));"
        "assert os.path.isdir(os.environ['CONFORMANCE_LOG_DIR']) and os.environ['TINKER_API_KEY'];"
        "assert os.path.exists(os.environ['CONFORMANCE_GOLDEN'] + '/tokenizers/bytes-qwen3.json')"
    )
    trace = run_command(load_scenario("sl"), [sys.executable, "-c", script], timeout=60, withhold=0.0)
    assert trace.ran is not None
    assert trace.ran.status == 0, trace.ran.tail


def test_no_proxy_stands_between_us_and_the_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:9")
    with Service(tmp_path, base_model="m", rank=8, held=[], withhold=0.0) as service:
        assert service.stream() == ()
