"""Generation: the same from one run to the next, written the same, kept where nothing has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from conformance.exits import SuiteError
from conformance.golden_path import golden_dir
from conformance.suite import load_suite
from conformance.traces import generate
from conformance.traces.questions import SCENARIOS
from conformance.traces.running import Ran, Trace
from conformance.traces.scenario import load_scenario, scenario_names
from traces.streams import SUPERVISED, Json, changed, decoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SL = SCENARIOS[0]


def trace(stream: Json = SUPERVISED, *, status: int = 0, **more: Any) -> Trace:
    ran = Ran(status=status, timed_out=False, seconds=1.0, tail=("last words",))
    found: dict[str, Any] = {"metrics": ({"step": 0, "time/x": 1.0},), "checkpoints": ({"name": "final"},), **more}
    return Trace(stream=decoded(stream), ran=ran, **{"sent_ahead": 2, **found})


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Generates the first scenario from traces that are given, one a round; the reference is not asked."""
    monkeypatch.setattr(generate, "SCENARIOS", (SL,))
    monkeypatch.setattr(generate, "oracle_command", lambda oracle, pythons: (("python",), {}))
    monkeypatch.setattr(generate, "_witness", lambda python: ("upstream==0.5.8",))
    monkeypatch.setattr(generate, "_ask_reference", lambda files: None)

    def run(*traces: Trace, **more: Any) -> dict[str, bytes]:
        left = list(traces)
        monkeypatch.setattr(generate, "run_command", lambda *arguments, **options: left.pop(0))
        return generate.generate_traces({}, rounds=len(traces) or 1, **more)

    return run


@pytest.mark.parametrize("name", scenario_names())
def test_the_stored_file_is_in_the_form_that_is_generated(name: str) -> None:
    assert generate.scenario_file(load_scenario(name)) == (golden_dir() / "traces" / f"{name}.json").read_bytes()


def test_the_cases_of_golden_are_those_of_the_scenarios() -> None:
    files = {f"traces/{path.name}": path.read_bytes() for path in sorted((golden_dir() / "traces").glob("*.json"))}
    stored = [planned.case for planned in load_suite() if planned.case.operation.startswith("trace.")]
    assert stored == list(generate.trace_cases(files))
    assert len(stored) == len(scenario_names())


def test_rounds_that_agree_make_a_scenario(generated: Callable[..., dict[str, bytes]]) -> None:
    files = generated(trace([{"op": "create_session"}, *SUPERVISED]), trace(), trace())
    made = json.loads(files["traces/sl.json"])
    assert made["expect"]["metrics"] == [{"step": 0}]
    assert made["expect"]["pipelined"] is True
    assert [one["op"] for one in made["expect"]["stream"]] == [one["op"] for one in SUPERVISED]


def test_rounds_that_do_not_agree_stop_the_generation(generated: Callable[..., dict[str, bytes]]) -> None:
    other = trace(changed(lambda s: s[4]["adam"].update(beta1=0.5)))
    with pytest.raises(SuiteError, match="sl: upstream's loop asks differently from one run to the next: step 0"):
        generated(trace(), other)


def test_rounds_must_agree_to_the_last_digit(generated: Callable[..., dict[str, bytes]]) -> None:
    other = trace(changed(lambda s: s[4]["adam"].update(learning_rate=0.0010000000000000002)))
    with pytest.raises(SuiteError, match="numbers differ in their last digits"):
        generated(trace(), other)


def test_a_loop_that_fails_stops_the_generation(generated: Callable[..., dict[str, bytes]]) -> None:
    with pytest.raises(SuiteError, match="sl: upstream's loop: the loop exited with code 3: last words"):
        generated(trace(status=3))


def test_a_loop_without_records_stops_the_generation(generated: Callable[..., dict[str, bytes]]) -> None:
    with pytest.raises(SuiteError, match=r"sl: upstream's loop wrote no metrics\.jsonl or no checkpoints\.jsonl"):
        generated(trace(metrics=None))


def test_a_run_that_trains_nothing_writes_nothing(generated: Callable[..., dict[str, bytes]]) -> None:
    files = generated(trace([SUPERVISED[0]], sent_ahead=None, metrics=None, checkpoints=None))
    expect = json.loads(files["traces/sl.json"])["expect"]
    assert (expect["metrics"], expect["checkpoints"], expect["pipelined"]) == ([], [], False)


def test_what_was_found_before_is_kept(generated: Callable[..., dict[str, bytes]], tmp_path: Path) -> None:
    first = generated(trace(), kept=tmp_path)
    assert generated(kept=tmp_path) == first, "no trace was left to be asked"
    other = trace(changed(lambda s: s[4]["adam"].update(beta1=0.5)))
    assert generated(other, kept=tmp_path, fresh=True) != first


def test_another_question_is_asked_again(
    generated: Callable[..., dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated(trace(), kept=tmp_path)
    params = {**json.loads(bytes(SL.params)), "base_model": "other"}
    monkeypatch.setattr(
        generate, "SCENARIOS", (msgspec.structs.replace(SL, params=msgspec.Raw(msgspec.json.encode(params))),)
    )
    with pytest.raises(IndexError):
        generated(kept=tmp_path)


def test_a_reference_that_is_no_witness_stops_the_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"traces/sl.json": (golden_dir() / "traces" / "sl.json").read_bytes()}
    generate._ask_reference(files)
    monkeypatch.setattr(generate, "run_reference", lambda scenario: trace())
    with pytest.raises(SuiteError, match="sl: the reference's loop does not ask as upstream's: "):
        generate._ask_reference(files)


def test_another_formula_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generate._formula()
    assert generate._formula() == before
    with monkeypatch.context() as patch:
        patch.setattr(generate.model, "logprob", lambda *arguments: -1.0)
        assert generate._formula() != before
    monkeypatch.setattr(generate.model, "PRIME", 251)
    assert generate._formula() != before


def test_what_is_left_to_chance_stays_as_it_is_written(
    generated: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    """The order in which samples arrive is not compared: another one is no reason to write the file anew."""
    first = generated(trace())
    place = tmp_path / "written" / "sl.json"
    place.parent.mkdir()
    place.write_bytes(first["traces/sl.json"])
    samples = [at for at, one in enumerate(SUPERVISED) if one["op"] == "sample"]
    swapped = [dict(one) for one in SUPERVISED]
    extra = {**swapped[samples[0]], "prompt": [7, 7, 7]}
    both = trace([*swapped[: samples[0]], extra, *swapped[samples[0] :]])
    turned = trace([*swapped[: samples[0] + 1], extra, *swapped[samples[0] + 1 :]])
    place.write_bytes(generated(both)["traces/sl.json"])
    assert generated(turned)["traces/sl.json"] != place.read_bytes()
    assert generated(turned, written=place.parent)["traces/sl.json"] == place.read_bytes()
    # What is compared is written as it is now.
    other = trace(changed(lambda s: s[4]["adam"].update(beta1=0.5)))
    assert generated(other, written=place.parent)["traces/sl.json"] == generated(other)["traces/sl.json"]
    metrics = trace(metrics=({"step": 1},))
    assert generated(metrics, written=place.parent)["traces/sl.json"] == generated(metrics)["traces/sl.json"]
