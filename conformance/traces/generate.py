"""Make golden/traces: run upstream's loops on every scenario and write down what they asked of the service.

Both the loops and the service, which needs the protobuf messages of the tinker package, live in the environment of the
oracle `upstream`. Each scenario is run several times, and every time must give the same normal stream.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.atomic import write_whole
from conformance.cases import Case, Expect
from conformance.exits import SuiteError
from conformance.oracles.registry import ORACLES, PACKAGES, oracle_command
from conformance.service import model
from conformance.traces import rules
from conformance.traces.compare import compare_streams
from conformance.traces.judging import first_step, judge, runs_of
from conformance.traces.questions import SCENARIOS
from conformance.traces.records import checkpoint_differences, metric_differences, steady
from conformance.traces.running import run_command, run_reference
from conformance.traces.scenario import Expected, Scenario
from conformance.traces.stream import CreateSession, Stream
from conformance.traces.telling import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.traces.running import Trace

LOOPS = "conformance.oracles.upstream_loops"
TIMEOUT = 300.0
HELD_SECONDS = 3.0
"""DPO waits for each result, as it must: so long, for every pass."""
VERSIONS = "import importlib.metadata as m; print(m.version('tinker-cookbook'), m.version('tinker'))"


def generate_traces(
    pythons: Mapping[str, Path],
    *,
    rounds: int = 3,
    kept: Path | None = None,
    written: Path | None = None,
    fresh: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, bytes]:
    """The files of golden/traces by their paths below golden/.

    What was found before is taken from the directory `kept`, unless `fresh`, where nothing has changed that it depends
    on: the scenario, upstream, and the model that answers. What upstream's loops leave to chance, such as the order in
    which samples arrive, stays as it is written in the directory `written`, as long as the rest has not changed.

    Raises:
        UsageError: an environment is missing.
        SuiteError: upstream's loop fails, or asks differently from one round to the next; or the reference's does not
            ask the same.
    """
    (python, *_), _ = oracle_command(ORACLES["upstream"], pythons)
    witness = _witness(python)
    files = {"traces/rules.json": rules.rules_file()}
    for scenario in SCENARIOS:
        place = kept / f"{_digest(scenario, witness, rounds)}.json" if kept is not None else None
        if place is not None and not fresh and place.is_file():
            before = msgspec.json.decode(place.read_bytes(), type=Scenario)
            again = msgspec.structs.replace(scenario, expect=before.expect, witnesses=before.witnesses)
            files[f"traces/{scenario.name}.json"] = scenario_file(_settled(again, written))
            continue
        progress(scenario.name)
        content = scenario_file(_settled(_expected(scenario, python, witness, rounds), written))
        files[f"traces/{scenario.name}.json"] = content
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, content)
    _ask_reference(files)
    return files


def scenario_file(scenario: Scenario) -> bytes:
    """A scenario as it is stored: an operation of the stream a line, so that changes are readable."""
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(scenario))
    return ("\n".join(_lines(value)) + "\n").encode("ascii")


def trace_cases(files: Mapping[str, bytes]) -> Iterator[Case]:
    """The cases of the operations `trace.*`, made from the files of scenarios."""
    from conformance.generate import canonical

    for path, content in sorted(files.items()):
        if path == "traces/rules.json":
            continue
        scenario = json.loads(content)
        yield Case(
            id=f"trace/loops/{scenario['name']}/{scenario['operation'].removeprefix('trace.')}@bytes",
            operation=scenario["operation"],
            params=msgspec.Raw(canonical(scenario["params"])),
            expect=Expect(
                result=msgspec.Raw(
                    canonical({key: scenario["expect"][key] for key in ("stream", "metrics", "checkpoints")})
                )
            ),
            since="2026.11",
            flags=("training_loop",),
            notes=scenario["summary"],
            witnesses=(scenario["witnesses"][0], *scenario["witnesses"][2:]),
        )


def _expected(scenario: Scenario, python: str, witness: tuple[str, ...], rounds: int) -> Scenario:
    traces = [_run(scenario, python) for _ in range(rounds)]
    first = traces[0]
    for other in traces[1:]:
        params = scenario.decoded()
        compared = compare_streams(first.stream, other.stream, rules=scenario.rules, runs=runs_of(params))
        if not compared.conforms or compared.tolerated:
            told = tell(compared, loop=scenario.loop, first_step=first_step(params))
            why = told[0].text if told else "numbers differ in their last digits"
            raise SuiteError(f"{scenario.name}: upstream's loop asks differently from one run to the next: {why}")
    # A run that has nothing left to train writes nothing, and makes no file for it.
    if first.steps and (first.metrics is None or first.checkpoints is None):
        raise SuiteError(f"{scenario.name}: upstream's loop wrote no metrics.jsonl or no checkpoints.jsonl")
    expected = Expected(
        stream=_plain(first.stream),
        metrics=tuple(steady(record) for record in first.metrics or ()),
        checkpoints=tuple(steady(record) for record in first.checkpoints or ()),
        pipelined=all(trace.pipelined for trace in traces),
    )
    return msgspec.structs.replace(scenario, expect=expected, witnesses=witness)


def _settled(found: Scenario, written: Path | None) -> Scenario:
    """The scenario as it is written, where what was found differs from it only in what the rules do not compare."""
    path = written / f"{found.name}.json" if written is not None else None
    if path is None or not path.is_file():
        return found
    try:
        before = msgspec.json.decode(path.read_bytes(), type=Scenario)
    except msgspec.MsgspecError:
        return found
    assert found.expect is not msgspec.UNSET
    if before.expect is msgspec.UNSET or _asks(before) != _asks(found):
        return found
    compared = compare_streams(
        before.expect.stream, found.expect.stream, rules=found.rules, runs=runs_of(found.decoded())
    )
    names = ("golden", "upstream")
    others = (
        *metric_differences(before.expect.metrics, found.expect.metrics, names),
        *checkpoint_differences(before.expect.checkpoints, found.expect.checkpoints, names),
    )
    same = compared.conforms and not compared.tolerated and not others
    if not same or before.expect.pipelined != found.expect.pipelined:
        return found
    return msgspec.structs.replace(found, expect=before.expect)


def _asks(scenario: Scenario) -> tuple[object, ...]:
    """What was asked, and of whom."""
    return scenario.name, scenario.operation, scenario.rules, scenario.witnesses, scenario.decoded()


def _ask_reference(files: Mapping[str, bytes]) -> None:
    """Raises SuiteError where the reference's loop is no witness: one of the two is wrong."""
    for path, content in files.items():
        if path == "traces/rules.json":
            continue
        scenario = msgspec.json.decode(content, type=Scenario)
        judged = judge(scenario, run_reference(scenario))
        if not judged.conforms:
            why = judged.told[0].text if judged.told else judged.others[0]
            raise SuiteError(f"{scenario.name}: the reference's loop does not ask as upstream's: {why}")


def _digest(scenario: Scenario, witness: tuple[str, ...], rounds: int) -> str:
    """Of all that the result depends on."""
    found = hashlib.sha256(repr((witness, rounds, scenario.name, bytes(scenario.params))).encode())
    package = Path(__file__).parents[1]
    found.update((package / "oracles" / "upstream_loops.py").read_bytes())
    # Of the service what its model answers: how requests travel does not show in a stream. `--fresh` asks all the same.
    found.update(_formula())
    return found.hexdigest()


def _formula() -> bytes:
    """What the model answers to a few questions, whose answers change when the formula does."""
    prompts = [list(range(5, 5 + length)) for length in range(9)]
    drawn = [
        model.draw(prompt, ordinal=ordinal, version=version, max_tokens=limit, stop=stop)
        for prompt in prompts
        for ordinal in range(3)
        for version in range(3)
        for limit, stop in ((6, [258]), (None, [258, 40]), (None, None))
    ]
    costs = [model.prompt_logprobs(prompt, version) for prompt in prompts for version in range(3)]
    return repr([[(one.tokens, one.logprobs, one.stop_reason) for one in drawn], costs]).encode()


def _run(scenario: Scenario, python: str) -> Trace:
    trace = run_command(
        scenario,
        [python, "-m", LOOPS],
        timeout=TIMEOUT,
        withhold=HELD_SECONDS,
        environment={"PYTHONPATH": str(PACKAGES), "PYTHONHASHSEED": "0"},
        service_python=python,
    )
    assert trace.ran is not None
    failed = trace.ran.told(TIMEOUT)
    if failed:
        raise SuiteError(f"{scenario.name}: upstream's loop: {failed}: {' | '.join(trace.ran.tail[-4:])}")
    return trace


def _plain(stream: Stream) -> Stream:
    """Without what is not compared and a server decides."""
    return tuple(operation for operation in stream if not isinstance(operation, CreateSession))


def _witness(python: str) -> tuple[str, ...]:
    done = subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SuiteError(f"the environment of the oracle upstream holds no tinker-cookbook: {done.stderr[-200:]}")
    cookbook, sdk = done.stdout.split()
    return (f"upstream=={cookbook}", f"tinker=={sdk}", "reference")


def _lines(scenario: dict[str, Any]) -> Iterator[str]:
    """JSON that a person can read: the lists of operations, rows and records an item a line."""
    yield "{"
    for key in ("name", "operation", "summary", "rules", "witnesses"):
        if scenario.get(key):
            yield f" {json.dumps(key)}: {json.dumps(scenario[key])},"
    yield ' "params": {'
    yield from _members(scenario["params"])
    yield " },"
    yield ' "expect": {'
    yield from _members(scenario["expect"])
    yield " }"
    yield "}"


def _members(value: dict[str, Any]) -> Iterator[str]:
    last = len(value) - 1
    for place, (key, item) in enumerate(sorted(value.items())):
        comma = "," if place < last else ""
        if isinstance(item, list) and item and isinstance(item[0], dict):
            yield f"  {json.dumps(key)}: ["
            ends = [","] * (len(item) - 1) + [""]
            yield from (f"   {_compact(one)}{end}" for one, end in zip(item, ends, strict=True))
            yield f"  ]{comma}"
        else:
            yield f"  {json.dumps(key)}: {_compact(item)}{comma}"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
