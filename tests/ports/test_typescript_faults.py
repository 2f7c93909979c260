"""What golden and fuzzing make of faults in the source of the TypeScript port."""

from __future__ import annotations

import json
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from typescript_faults import FAULTS, SourceFault

from conformance.commands.selecting import asker_for, fetched, hello_for, lexicons
from conformance.events import Outcome
from conformance.exits import Exit
from conformance.judge import Judge
from conformance.limits import DEFAULT_LIMITS
from conformance.run import question, undeclared
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.cases import Planned
    from conformance.protocol import InitializeParams


class Cases(NamedTuple):
    """Golden without its wide set, loaded once: each tier's cases in an order in which every subject comes soon."""

    planned: dict[str, list[Planned]]
    hello: dict[str, InitializeParams]
    store: Store
    judge: Judge


@pytest.fixture(scope="session")
def cases() -> Cases:
    store = Store()
    suite = [one for one in load_suite() if not one.wide]
    Random(1).shuffle(suite)
    planned = {tier: [one for one in suite if one.tier == tier] for tier in {fault.tier for fault in FAULTS}}
    hello = {tier: hello_for(fetched(planned[tier], store), store) for tier in planned}
    return Cases(planned, hello, store, Judge(lexicon=lexicons(store)))


COUNT = 2000
"""Drawn questions within which a fault must be found."""
FUZZED = [fault for fault in FAULTS if fault.fuzzed]

by_name = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
fuzzed_by_name = pytest.mark.parametrize("fault", FUZZED, ids=lambda fault: fault.name.replace(" ", "-"))


def test_names_tell_faults_apart() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({(fault.file, fault.before, fault.after) for fault in FAULTS}) == len(FAULTS)
    assert len(FUZZED) >= 30


def test_the_port_without_a_fault_conforms(conformance: Callable[..., Any], port: Path) -> None:
    assert conformance("run", "--", "node", port).code == Exit.CONFORMS
    assert conformance("fuzz", "--seed", 1, "--count", COUNT, "--", "node", port).code == Exit.CONFORMS


@by_name
def test_golden_shows_it(planted: Callable[[SourceFault], Path], cases: Cases, fault: SourceFault) -> None:
    with asker_for(("node", str(planted(fault))), cases.hello[fault.tier], DEFAULT_LIMITS, cases.store) as asker:
        declared = asker.start()
        owed = [one for one in cases.planned[fault.tier] if not undeclared(one, declared)]
        with closing(asker.ask(map(question, owed))) as replies:
            outcomes = (
                cases.judge.verdict(one, reply.answer).outcome for one, reply in zip(owed, replies, strict=True)
            )
            # The first that does not pass will do.
            assert any(outcome is not Outcome.PASSED for outcome in outcomes)


@fuzzed_by_name
def test_fuzzing_finds_it_and_the_fix_is_seen(
    conformance: Callable[..., Any],
    planted: Callable[[SourceFault], Path],
    port: Path,
    fault: SourceFault,
    tmp_path: Path,
) -> None:
    kept = tmp_path / "crashes"
    broken = ("node", planted(fault))
    ended = conformance("fuzz", "--seed", 1, "--count", COUNT, "--crashes", kept, "--", *broken)
    assert ended.code == Exit.DOES_NOT_CONFORM, ended.out + ended.err
    found = [json.loads(path.read_bytes()) for path in kept.iterdir()]
    assert all(one.get("steady", True) for one in found)
    lengths = sorted(len(one["params"].get("messages", ())) for one in found)
    assert lengths[0] <= fault.messages
    # The same fault may take more to show in other operations, such as those that give an example for each turn.
    assert lengths[len(lengths) // 2] <= max(fault.messages, 2)

    still = conformance("fuzz", "--replay", kept, "--", *broken)
    assert still.out.splitlines()[-1] == f"{len(found)} still failing"
    fixed = conformance("fuzz", "--replay", kept, "--", "node", port)
    assert (fixed.code, fixed.out.splitlines()[-1]) == (Exit.CONFORMS, f"{len(found)} fixed")
    assert list(kept.iterdir()) == []
