"""cookbook/command.py: the loops from the command line, on files, with a service in memory in the place of the SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.golden_path import golden_dir
from conformance.traces.recorder import Recorder
from cookbook import command, tinker_client
from tests.training import lines, names

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZER = f"tokenizer.path={golden_dir() / 'tokenizers' / 'bytes-qwen3.json'}"
COMMON = ["model_name=Qwen/Qwen3-8B", TOKENIZER]


class Closing(Recorder):
    """A service in memory that is closed at the end."""

    def close(self, *, failed: bool = False) -> None:
        self.closed = "failed" if failed else "well"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Closing()
    monkeypatch.setattr(tinker_client, "connect", lambda *_, **__: made)
    return made


def run(loop: Any, *arguments: object) -> int:
    sys.argv = ["-m", *map(str, arguments)]
    with pytest.raises(SystemExit) as ended:
        loop()
    return int(ended.value.code or 0)


def rows(path: Path, *given: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in given))
    return f"dataset.path={path}"


def talk(number: int) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {"messages": [{"role": role, "content": f"{role} {number}"} for role in roles]}


def answers(number: int) -> dict[str, Any]:
    prompt = [{"role": "user", "content": f"Q{number}"}]
    good, bad = ([{"role": "assistant", "content": text}] for text in ("Yes", "No"))
    return {"prompt": prompt, "chosen": good, "rejected": bad}


def test_conversations_are_trained_on(tmp_path: Path, service: Closing) -> None:
    dataset = rows(tmp_path / "rows.jsonl", *(talk(number) for number in range(7)))
    given = [f"log_path={tmp_path / 'run'}", dataset, "dataset.batch_size=2", "dataset.test_size=1", "eval_every=3"]
    assert run(command.supervised, *COMMON, *given, "--parity-dir", tmp_path / "parity") == 0
    assert names(service).count("OptimStep") == 3
    assert service.closed == "well"
    assert [record["step"] for record in lines(tmp_path / "run" / "metrics.jsonl")] == [0, 1, 2]
    assert json.loads((tmp_path / "run" / "config.json").read_bytes())["renderer_name"] == "qwen3"
    parity = tmp_path / "parity"
    assert sorted(path.name for path in parity.iterdir()) == [
        "checkpoints.jsonl",
        "config.json",
        "dataset.jsonl",
        "first_batch.json",
        "metrics.jsonl",
        "rendered.jsonl",
    ]
    assert lines(parity / "dataset.jsonl") == [talk(number) for number in range(7)]
    payload = json.loads((parity / "first_batch.json").read_bytes())
    assert (payload["loss_fn"], len(payload["datums"])) == ("cross_entropy", 2)
    assert payload["datums"][:2] == lines(parity / "rendered.jsonl")
    assert set(payload["datums"][0]["inputs"]) == {"target_tokens", "weights"}


def test_comparisons_are_trained_on(tmp_path: Path, service: Closing) -> None:
    dataset = rows(tmp_path / "rows.jsonl", *(answers(number) for number in range(4)))
    given = [f"log_path={tmp_path / 'run'}", dataset, "dataset.batch_size=2", "dpo_beta=0.2", "max_steps=1"]
    assert run(command.preference, *COMMON, *given) == 0
    assert names(service).count("ForwardBackward") == 2
    assert lines(tmp_path / "run" / "metrics.jsonl")[0]["num_pairs"] == 2


def test_problems_are_trained_on(tmp_path: Path, service: Closing) -> None:
    problems = [{"question": f"{number}?", "answer": str(number)} for number in range(5)]
    dataset = rows(tmp_path / "rows.jsonl", *problems)
    config = tmp_path / "run.json"
    config.write_text(
        json.dumps(
            {
                "log_path": str(tmp_path / "run"),
                "learning_rate": 1e-5,
                "max_tokens": 4,
                "kl_penalty_coef": 0.5,
                "kl_reference_config": {"base_model": "Qwen/Qwen3-8B"},
                "stream_minibatch_config": {"groups_per_batch": 2, "num_minibatches": 2},
            }
        )
    )
    given = [dataset, "dataset.batch_size=2", "dataset.group_size=3", "dataset.test_size=1", "eval_every=1"]
    assert run(command.rl, *COMMON, *given, "--config", config) == 0
    logged = lines(tmp_path / "run" / "metrics.jsonl")
    assert len(logged) == 2
    assert {"kl_policy_base", "test/env/all/correct", "env/all/format"} <= set(logged[0])


def refused(capsys: pytest.CaptureFixture[str], loop: Any, *arguments: object) -> str:
    assert run(loop, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


def test_what_cannot_work_is_one_line(tmp_path: Path, service: Closing, capsys: pytest.CaptureFixture[str]) -> None:
    log_path, size = f"log_path={tmp_path / 'run'}", "dataset.batch_size=2"
    dataset = rows(tmp_path / "rows.jsonl", talk(0), talk(1))
    given = [*COMMON, log_path, size]
    for arguments, reason in (
        ([*COMMON, log_path, dataset], "dataset.batch_size is missing"),
        ([*given, "dataset.path=/none"], "cannot read '/none'"),
        ([*given, "dataset=3"], "dataset is 3: it has parts"),
        ([*given, dataset, "learning_rat=1"], "no setting learning_rat"),
        ([*given, dataset, "lr_schedule=sometimes"], "unknown schedule 'sometimes'"),
        ([*given, dataset, "kl_reference_config.base_model=a"], "no setting kl_reference_config"),
        ([*given, dataset, "renderer_name=none"], "none"),
        ([*given, dataset, f"log_path={tmp_path / 'rows.jsonl'}"], "not a directory; make room"),
        ([*given, rows(tmp_path / "empty.jsonl")], "has no rows"),
        ([*given, rows(tmp_path / "odd.jsonl", talk(0), {"text": "no"})], "row 2 has no messages"),
        ([size, log_path, dataset, "model_name=a"], "tokenizer.path is missing"),
    ):
        assert reason in refused(capsys, command.supervised, *arguments)
    assert "row 1 has no prompt" in refused(capsys, command.preference, *given, dataset)
    more = ["learning_rate=1", "max_tokens=1"]
    assert "row 1 needs a question" in refused(capsys, command.rl, *given, dataset, *more)
    assert service.operations == []


def test_a_missing_sdk_is_said_with_its_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = rows(tmp_path / "rows.jsonl", talk(0), talk(1))
    given = [*COMMON, f"log_path={tmp_path / 'run'}", dataset, "dataset.batch_size=2"]
    with pytest.MonkeyPatch.context() as patch:
        tinker_client.sdk.cache_clear()
        patch.setitem(sys.modules, "tinker", None)
        assert 'pip install "cookbook-conformance[tinker]"' in refused(capsys, command.supervised, *given)
    tinker_client.sdk.cache_clear()


@pytest.mark.parametrize(("raised", "code"), [("interrupted", 130), ("service", 1), ("bug", None)])
def test_how_a_run_ends_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: str, code: int | None
) -> None:
    unavailable = type("Unavailable", (Exception,), {"__module__": "tinker._exceptions"})
    error = {"interrupted": KeyboardInterrupt, "service": unavailable, "bug": LookupError}[raised]

    class Ending(Closing):
        async def create_lora_training_client_async(self, *_: Any, **__: Any) -> Any:
            raise error("no")

    service = Ending()
    monkeypatch.setattr(tinker_client, "connect", lambda *_, **__: service)
    dataset = rows(tmp_path / "rows.jsonl", talk(0), talk(1))
    arguments = [*COMMON, f"log_path={tmp_path / 'run'}", dataset, "dataset.batch_size=2"]
    if code is None:
        sys.argv = ["-m", *arguments]
        with pytest.raises(LookupError):
            command.supervised()
    else:
        assert run(command.supervised, *arguments) == code
        assert "the same command goes on" in capsys.readouterr().err
    assert service.closed == "failed"


def test_what_is_said_of_every_row_is_said_once(tmp_path: Path) -> None:
    program = """
import sys
from cookbook import command, tinker_client
from tests.test_command import Closing
tinker_client.connect = lambda *_, **__: Closing()
command.supervised()
"""
    dataset = rows(tmp_path / "rows.jsonl", *(talk(number) for number in range(6)))
    arguments = [*COMMON, f"log_path={tmp_path / 'run'}", dataset, "dataset.batch_size=2"]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.count("shows earlier turns otherwise") == 1


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    for loop, setting in (
        (command.supervised, "submit_ahead=1"),
        (command.preference, "dpo_beta=0.1"),
        (command.rl, "num_substeps=1"),
    ):
        assert run(loop, "--help") == 0
        out = capsys.readouterr().out
        assert setting in out
        assert "dataset.batch_size=..." in out
