from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from conformance.exits import UsageError
from conformance.service.faults import Fault, Faults, Kind, parse, read

from .running import KEY, Served, adam, supervised

DATUM = supervised([1, 2], [2, 3], [0.0, 1.0])
PASS = {"data": [DATUM], "loss_fn": "cross_entropy"}


def test_a_fault_befalls_its_requests_and_no_others() -> None:
    faults = Faults([Fault(on="optim_step", do="status", nth=2, times=2), Fault(on="*", do="delay", nth=4)])
    drawn = [[fault.do for fault in faults.draw("optim_step")] for _ in range(5)]
    assert drawn == [[], ["status"], ["status"], ["delay"], []]
    assert faults.draw("asample") == []
    assert faults.fired == 3


SCRIPT = b"""
[config]
proto_compress_fwdbwd = true

[[fault]]
on = "forward_backward"
do = "status"
status = 429
retry_after = 0.5

[[checkpoint]]
path = "tinker://run/weights/000002"
base_model = "Qwen/Qwen3-8B"
version = 2
"""


def test_a_script_is_toml_or_json() -> None:
    toml = parse(SCRIPT, toml=True)
    assert toml.config == {"proto_compress_fwdbwd": True}
    assert toml.fault == [Fault(on="forward_backward", do="status", status=429, retry_after=0.5)]
    assert toml.checkpoint[0].version == 2
    assert parse(b'{"fault": [{"on": "asample", "do": "drop"}]}', toml=False).fault == [Fault(on="asample", do="drop")]


def test_the_script_of_the_manual_is_one() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", manual, re.DOTALL | re.MULTILINE)
    script = parse(example.encode(), toml=True)
    assert [fault.do for fault in script.fault] == ["status", "drop_reply", "withhold", "try_again"]
    assert set(re.findall(r"^\| `(\w+)` \| (?!what)", manual, re.MULTILINE)) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", b"{", "not a script"),
        ("a.json", b'{"faults": []}', "unknown field `faults`"),
        ("a.json", b'{"fault": [{"on": "asample", "do": "explode"}]}', "explode"),
        ("a.json", b'{"fault": [{"on": "asample", "do": "try_again"}]}', "comes for a result"),
        ("a.json", b'{"fault": [{"on": "healthz", "do": "withhold"}]}', "`withhold` needs"),
        ("a.json", b'{"fault": [{"on": "asample", "do": "status", "status": 200}]}', "400"),
        ("a.toml", b"a = " + b"[" * 100_000, "nested too deeply"),
        ("a.toml", b"fault = [", "not a script"),
        ("a.toml", b"\xff", "not a script"),
        ("a.toml", b'[[checkpoint]]\npath = "tinker://a/b/c"\nbase_model = "m"', "checkpoint"),
    ],
)
def test_what_is_no_script_is_refused_in_one_line(tmp_path: Path, name: str, text: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(UsageError, match=why) as refused:
        read(path)
    assert "\n" not in str(refused.value)
    assert name in str(refused.value)


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "none.toml")


def plan(service: Served, **fault: Any) -> None:
    answer = service.call("POST", "/conformance/fault", fault)
    assert answer.status == 200, answer.body


def test_a_status_is_answered_and_nothing_is_done(served: Served) -> None:
    model = served.model()
    plan(served, on="optim_step", do="status", status=429, retry_after=0.25)
    step = {"model_id": model, "seq_id": 1, "adam_params": adam()}
    answer = served.call("POST", "/api/v1/optim_step", step)
    assert (answer.status, answer.headers["retry-after"]) == (429, "0.25")
    assert served.result(served.post("optim_step", **step))["metrics"] == {"optimizer_steps": 1.0}


@pytest.mark.parametrize(("fault", "steps"), [("drop", 0), ("drop_reply", 1)])
def test_a_connection_is_cut_before_or_after(served: Served, fault: str, steps: int) -> None:
    model = served.model()
    recorded = served.report()["recorded"]
    plan(served, on="optim_step", do=fault)
    step = {"model_id": model, "seq_id": 1, "adam_params": adam()}
    with pytest.raises(ConnectionError):
        served.call("POST", "/api/v1/optim_step", step)
    assert served.report()["recorded"] == recorded + steps
    # The client sends it again, and it is done once.
    assert served.result(served.post("optim_step", **step))["metrics"] == {"optimizer_steps": 1.0}
    assert served.report()["recorded"] == recorded + 1


def test_a_result_can_be_put_off(served: Served) -> None:
    model = served.model()
    submitted = served.post("optim_step", model_id=model, seq_id=1, adam_params=adam())
    plan(served, on="result:optim_step", do="try_again", times=2)
    plan(served, on="result:optim_step", do="metadata_only", nth=3)
    asked = {"request_id": submitted["request_id"], "allow_metadata_only": True}
    for _ in range(2):
        again = served.post("retrieve_future", **asked)
        assert again["type"] == "try_again"
        assert again["queue_state"] == "active"
    assert served.post("retrieve_future", **asked)["status"] == "complete_metadata"
    assert served.post("retrieve_future", **asked)["metrics"] == {"optimizer_steps": 1.0}


def test_a_result_is_withheld_until_a_request_arrives(own: Served) -> None:
    model = own.model()
    plan(own, on="forward_backward", do="withhold", until="optim_step", seconds=60, times=10)
    passed = [
        own.post("forward_backward", model_id=model, seq_id=seq_id, forward_backward_input=PASS) for seq_id in (1, 2)
    ]
    assert own.report()["withheld"] == [
        {"on": "forward_backward", "number": number, "until": "optim_step", "arrived": None} for number in (1, 2)
    ]
    own.post("optim_step", model_id=model, seq_id=3, adam_params=adam())
    assert all("loss:sum" in own.result(one)["metrics"] for one in passed)
    assert [held["arrived"] for held in own.report()["withheld"]] == [True, True]


def test_a_result_is_not_withheld_for_ever(own: Served) -> None:
    model = own.model()
    plan(own, on="forward_backward", do="withhold", until="optim_step", seconds=0.2)
    passed = own.post("forward_backward", model_id=model, seq_id=1, forward_backward_input=PASS)
    assert "loss:sum" in own.result(passed)["metrics"]
    assert own.report()["withheld"][0]["arrived"] is False


def test_a_delay_delays(served: Served) -> None:
    plan(served, on="healthz", do="delay", seconds=0.3)
    began = time.monotonic()
    assert served.call("GET", "/api/v1/healthz", headers=KEY).status == 200
    assert time.monotonic() - began > 0.25
