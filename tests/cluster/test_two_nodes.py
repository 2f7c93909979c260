"""Sweeps on a Ray cluster of two nodes on this machine: the bytes of one process, whoever is lost on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from data_sets import conversation, rows, write
from ray.cluster_utils import Cluster

from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Ray's own affair.
pytestmark = pytest.mark.filterwarnings("default")

PORT = (sys.executable, str(Path(__file__).parents[1] / "sweep/ports.py"))
KEPT = ("report.json", "rows.jsonl", "cases.jsonl")
PATIENCE = 300
PLACES = {"NEWLINE": (1, 3000, 5999), "WEIGHT": (2500,)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    every = rows(6000)
    for mark, places in PLACES.items():
        for at in places:
            every[at]["messages"] = conversation(at, mark=f" {mark}")
    return write(tmp_path_factory.mktemp("data") / "rows.jsonl", every)


@pytest.fixture(scope="module")
def alone(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What one process finds."""
    output = tmp_path_factory.mktemp("alone")
    with start(data, output) as process:
        process.communicate(timeout=PATIENCE)
    return kept(output)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    made = _started(lambda: Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}))
    made.other = _started(lambda: made.add_node(num_cpus=1))
    made.wait_for_nodes()
    yield made
    made.shutdown()


def _started(start: Callable[[], Any]) -> Any:
    """Ray gives a node 30 seconds to start, which a busy machine may need more than once."""
    for _ in range(3):
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error):
                raise
    return start()


def start(data: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "conformance.cli", "sweep", str(data), "--renderer", "qwen3"]
    return subprocess.Popen(
        [*command, "--output", str(output), *options, "--", *PORT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kept(output: Path) -> list[bytes]:
    return [(output / name).read_bytes() for name in KEPT]


def units(output: Path) -> int:
    try:
        return (output / "ledger.jsonl").read_bytes().count(b"\n") - 1
    except FileNotFoundError:
        return 0


def wait_for_units(process: subprocess.Popen[str], output: Path, count: int) -> None:
    while units(output) < count and process.poll() is None:
        time.sleep(0.02)


def actors() -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::Actor"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_two_nodes_give_the_bytes_of_one_process(data: Path, alone: list[bytes], cluster: Any, tmp_path: Path) -> None:
    with start(data, tmp_path / "out", "--ray", cluster.address) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == Exit.DOES_NOT_CONFORM, err
    assert out.startswith("6,000 rows:\n")
    assert kept(tmp_path / "out") == alone
    assert actors() == []


def test_killed_on_the_cluster_it_goes_on_without_one(
    data: Path, alone: list[bytes], cluster: Any, tmp_path: Path
) -> None:
    with start(data, tmp_path / "out", "--ray", cluster.address) as process:
        wait_for_units(process, tmp_path / "out", 2)
        process.kill()
        process.communicate()
    assert 1 <= units(tmp_path / "out") < 12
    with start(data, tmp_path / "out") as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert "going on: " in err
    assert kept(tmp_path / "out") == alone


def test_a_worker_and_a_node_are_killed_in_the_middle(
    data: Path, alone: list[bytes], cluster: Any, tmp_path: Path
) -> None:
    # The last test: the cluster has one node from then on.
    with start(data, tmp_path / "out", "--ray", cluster.address) as process:
        wait_for_units(process, tmp_path / "out", 1)
        os.kill(actors()[0], signal.SIGKILL)
        wait_for_units(process, tmp_path / "out", 3)
        cluster.remove_node(cluster.other, allow_graceful=False)
        assert units(tmp_path / "out") < 12
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == Exit.DOES_NOT_CONFORM, err
    assert kept(tmp_path / "out") == alone
