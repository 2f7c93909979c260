"""cookbook/supervised/train.py: facts of tinker-cookbook 0.5.8, `supervised.train`. Traces compare whole runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.recorder import Answer, Recorder, Trained
from conformance.traces.stream import ForwardBackward, OptimStep
from cookbook.errors import ConfigurationError, InvalidInputError, RunDirectoryError
from cookbook.eval.evaluators import SamplingClientEvaluator, TrainingClientEvaluator
from cookbook.supervised.train import Config, main
from tests.training import BYTES, MODEL, Batches, Killed, Mortal, batches, lines, names

if TYPE_CHECKING:
    from pathlib import Path

    from cookbook.client import SamplingClient, TrainingClient

NOTHING = {"save_every": 0, "eval_every": 0}


def train(
    path: Path, data: Batches, *, test: Batches | None = None, service: Recorder | None = None, **given: Any
) -> Recorder:
    """Run the loop."""
    recorder = service or Recorder()
    config = Config(log_path=str(path), model_name=MODEL, dataset_builder=lambda: (data, test), **{**NOTHING, **given})
    asyncio.run(main(config, service_client=recorder, tokenizer=BYTES))
    return recorder


def steps(path: Path) -> list[int]:
    return [record["step"] for record in lines(path / "metrics.jsonl")]


def rates(recorder: Recorder) -> list[float]:
    return [float(op.adam.learning_rate) for op in recorder.operations if isinstance(op, OptimStep)]


def test_a_step_is_a_pass_and_an_update_with_the_loops_own_optimizer(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(2), learning_rate=1e-3)
    assert names(recorder)[:3] == ["CreateModel", "ForwardBackward", "OptimStep"]
    passed, stepped = recorder.operations[1:3]
    assert isinstance(passed, ForwardBackward)
    assert (passed.loss_fn, passed.loss_fn_config, passed.forward_only) == ("cross_entropy", None, False)
    assert [set(datum.inputs) for datum in passed.datums] == [{"target_tokens", "weights"}] * 2
    assert isinstance(stepped, OptimStep)
    adam = stepped.adam
    assert (adam.beta1, adam.beta2, adam.eps, adam.weight_decay, adam.grad_clip_norm) == (0.9, 0.95, 1e-8, 0, 0)


def test_the_rate_falls_over_all_steps_and_ends_at_the_cap(tmp_path: Path) -> None:
    assert rates(train(tmp_path / "a", batches(2), num_epochs=2)) == pytest.approx([1e-4, 7.5e-5, 5e-5, 2.5e-5])
    capped = train(tmp_path / "b", batches(2), num_epochs=2, max_steps=3)
    assert rates(capped) == pytest.approx([1e-4, 1e-4 * 2 / 3, 1e-4 / 3])
    assert steps(tmp_path / "b") == [0, 1, 2]
    assert [record["progress"] for record in lines(tmp_path / "b" / "metrics.jsonl")] == pytest.approx(
        [1 / 3, 2 / 3, 1]
    )


class Awaiting(Recorder):
    """Says in `log` when an answer is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []

    async def create_lora_training_client_async(self, *args: Any, **given: Any) -> Trained:
        made = await super().create_lora_training_client_async(*args, **given)
        for name in ("forward_backward_async", "optim_step_async"):
            setattr(made, name, self._noted(getattr(made, name), "fb" if name.startswith("f") else "opt"))
        return made

    def _noted(self, function: Any, short: str) -> Any:
        count = iter(range(1000))

        async def noted(*args: Any) -> Any:
            number = next(count)
            self.log.append(f"{short}{number}")
            answer: Answer[Any] = await function(*args)
            log = self.log

            class Noted:
                async def result_async(self) -> Any:
                    log.append(f"await {short}{number}")
                    return await answer.result_async()

            return Noted()

        return noted


@pytest.mark.parametrize(
    ("ahead", "order"),
    [
        (0, "fb0 opt0 await fb0 await opt0 fb1 opt1 await fb1 await opt1"),
        (1, "fb0 opt0 fb1 opt1 await fb0 await opt0 await fb1 await opt1"),
        (5, "fb0 opt0 fb1 opt1 await fb0 await opt0 await fb1 await opt1"),
    ],
)
def test_steps_are_submitted_ahead_of_the_one_that_is_waited_for(tmp_path: Path, ahead: int, order: str) -> None:
    service = Awaiting()
    train(tmp_path, batches(2), service=service, submit_ahead=ahead)
    assert " ".join(service.log) == order


def test_a_checkpoint_also_holds_the_steps_that_were_submitted_ahead(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(3), save_every=1)
    assert names(recorder)[1:] == [
        "ForwardBackward",
        "OptimStep",
        "ForwardBackward",
        "OptimStep",
        "ForwardBackward",
        "OptimStep",
        "SaveWeights 000001",
        "SaveWeightsForSampler 000001",
        "SaveWeights 000002",
        "SaveWeightsForSampler 000002",
        "SaveWeights final",
        "SaveWeightsForSampler final",
    ]
    assert [record["batch"] for record in lines(tmp_path / "checkpoints.jsonl")] == [1, 2, 0]


class Counting(SamplingClientEvaluator):
    def __init__(self) -> None:
        self.clients: list[SamplingClient] = []

    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        self.clients.append(sampling_client)
        return {"test/count": float(len(self.clients))}


class Passing(TrainingClientEvaluator):
    async def __call__(self, training_client: TrainingClient, /) -> dict[str, float]:
        return {"test/passed": 1.0}


def test_evaluators_share_one_snapshot_taken_before_the_step(tmp_path: Path) -> None:
    one, other = Counting(), Counting()
    builders = [lambda: one, Passing, lambda: other]
    recorder = train(tmp_path, batches(3), evaluator_builders=builders, eval_every=2)
    assert names(recorder)[:4] == ["CreateModel", "SaveWeightsForSampler", "ForwardBackward", "OptimStep"]
    assert names(recorder).count("SaveWeightsForSampler") == 2
    assert one.clients == other.clients
    logged = [record.get("test/count") for record in lines(tmp_path / "metrics.jsonl")]
    assert logged == [1.0, None, 2.0]


def test_no_snapshot_is_taken_for_evaluators_that_need_none(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(2), evaluator_builders=[Passing], eval_every=1)
    assert "SaveWeightsForSampler" not in names(recorder)
    assert lines(tmp_path / "metrics.jsonl")[1]["test/passed"] == 1.0


def test_infrequent_evaluators_have_a_cadence_of_their_own(tmp_path: Path) -> None:
    rare = Counting()
    train(tmp_path, batches(4), infrequent_evaluator_builders=[lambda: rare], infrequent_eval_every=3)
    assert ["test/count" in record for record in lines(tmp_path / "metrics.jsonl")] == [True, False, False, True]


def test_what_is_no_evaluator_is_refused(tmp_path: Path) -> None:
    builders: Any = [lambda: "neither"]
    with pytest.raises(ConfigurationError, match="str is no evaluator"):
        train(tmp_path, batches(1), evaluator_builders=builders, eval_every=1)


def test_the_test_set_is_measured_in_nats_and_in_bits(tmp_path: Path) -> None:
    train(tmp_path, batches(1), test=batches(1), eval_every=1)
    record = lines(tmp_path / "metrics.jsonl")[0]
    assert list(record) == [
        "step",
        "epoch",
        "progress",
        "learning_rate",
        "optimizer_steps",
        "num_sequences",
        "num_tokens",
        "num_loss_tokens",
        "train_mean_nll",
        "train_mean_bpb",
        "test/nll",
        "test/bpb",
        "time/step",
        "time/total",
    ]
    assert record["train_mean_nll"] == record["test/nll"], "the same data and the same weights"
    assert (record["num_sequences"], record["num_tokens"], record["num_loss_tokens"]) == (2, 6, 6.0)


def test_every_epoch_has_its_own_order(tmp_path: Path) -> None:
    data = batches(2)
    train(tmp_path, data, num_epochs=3)
    assert data.epochs == [0, 1, 2]


def test_a_run_without_batches_saves_a_final_checkpoint(tmp_path: Path) -> None:
    recorder = train(tmp_path, Batches([]))
    assert names(recorder)[1:] == ["SaveWeights final", "SaveWeightsForSampler final"]
    assert steps(tmp_path) == []


def test_weights_that_are_loaded_begin_with_a_fresh_optimizer(tmp_path: Path) -> None:
    path = "tinker://earlier/weights/a"
    service = Recorder(saved={path: 3})
    train(tmp_path, batches(1), service=service, load_checkpoint_path=path, renderer_name="qwen3")
    assert service.operations[0].path == path  # type: ignore[union-attr]
    assert not service.operations[0].optimizer  # type: ignore[union-attr]
    assert service.metadata["m0"] == {"renderer_name": "qwen3"}


def test_a_complete_run_saves_nothing_more(tmp_path: Path) -> None:
    first = train(tmp_path, batches(2))
    again = train(tmp_path, batches(2), service=Recorder(saved=first.saved))
    assert names(again) == ["LoadWeights"]
    assert len(lines(tmp_path / "checkpoints.jsonl")) == 1


def test_a_run_that_is_longer_than_before_counts_as_complete_all_the_same(tmp_path: Path) -> None:
    first = train(tmp_path, batches(4), max_steps=2)
    again = train(tmp_path, batches(4), service=Recorder(saved=first.saved))
    assert names(again) == ["LoadWeights"]


def killed_at(path: Path, last: int, **given: Any) -> dict[str, int]:
    """Run until the client is killed at its operation `last`. Gives what is saved; nothing if it was not killed."""
    service = Mortal(last=last)
    with pytest.raises(Killed):
        train(path, batches(5), service=service, num_epochs=2, **given)
    return service.saved


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_wherever_it_is_killed_no_step_is_lost(tmp_path: Path, ahead: int) -> None:
    given: dict[str, Any] = {"save_every": 3, "submit_ahead": ahead}
    whole = train(tmp_path / "whole", batches(5), num_epochs=2, **given)
    expected = {record["step"]: record for record in lines(tmp_path / "whole" / "metrics.jsonl")}
    for last in range(len(whole.operations)):
        path = tmp_path / f"{ahead}-{last}"
        saved = killed_at(path, last, **given)
        before = steps(path)
        records = [record for record in lines(path / "checkpoints.jsonl") if record["name"] != "final"]
        point = records[-1]["epoch"] * 5 + records[-1]["batch"] if records else 0
        again = train(path, batches(5), service=Recorder(saved=saved), num_epochs=2, **given)
        after = steps(path)[len(before) :]
        assert before == list(range(len(before))), "steps are logged in their order"
        assert after == list(range(point, 10)), "the batch of the record is trained again, and all behind it"
        assert point <= len(before), "nothing is left out between the two runs"
        assert rates(again) == pytest.approx([expected[step]["learning_rate"] for step in after])
        finals = [record for record in lines(path / "checkpoints.jsonl") if record["name"] == "final"]
        assert len(finals) == 1
        assert (finals[0]["epoch"], finals[0]["batch"]) == (2, 0)
        if records:
            load = again.operations[0]
            assert load.path == records[-1]["state_path"]  # type: ignore[union-attr]
            assert load.optimizer  # type: ignore[union-attr]


def test_a_replayed_batch_counts_its_tokens_twice(tmp_path: Path) -> None:
    """Upstream's behaviour: the record says what was seen with its batch, which is then seen again."""
    saved = killed_at(tmp_path, 9, save_every=2, submit_ahead=0)
    train(tmp_path, batches(5), service=Recorder(saved=saved), num_epochs=2)
    assert [record["elapsed_tokens"] for record in lines(tmp_path / "checkpoints.jsonl")] == [18, 18 + 8 * 6]


def test_records_that_were_torn_are_written_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved = killed_at(tmp_path, 9, save_every=2, submit_ahead=0)
    for name in ("checkpoints.jsonl", "metrics.jsonl"):
        with (tmp_path / name).open("ab") as file:
            file.write(b'{"step": 7, "na')
    train(tmp_path, batches(5), service=Recorder(saved=saved), num_epochs=2)
    assert caplog.text.count("was not finished") == 3, "one was read and dropped, one dropped"
    assert lines(tmp_path / "checkpoints.jsonl")[-1]["name"] == "final"
    assert steps(tmp_path)[-8:] == list(range(2, 10))


KILL = """
import asyncio, os, signal, sys
from pathlib import Path
from conformance.traces.recorder import Recorder
from tests.supervised.test_train import train
from tests.training import batches

class Counted(list):
    def append(self, item):
        super().append(item)
        if len(self) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

train(Path(sys.argv[1]), batches(4), service=Recorder(operations=Counted()), save_every=1)
"""


@pytest.mark.parametrize("operation", [3, 6, 8, 10, 12])
def test_a_process_that_is_killed_leaves_files_to_go_on_from(tmp_path: Path, operation: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILL, str(tmp_path), str(operation)], check=False)
    assert done.returncode == -9
    saved = {
        path: 1 for record in lines(tmp_path / "checkpoints.jsonl") for path in record.values() if "//" in str(path)
    }
    train(tmp_path, batches(4), service=Recorder(saved=saved), save_every=1)
    assert sorted(set(steps(tmp_path))) == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "checkpoints.jsonl", ""])
def test_a_log_path_that_cannot_be_written_stops_before_the_service_is_asked(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run"
    if name:
        (path / name).mkdir(parents=True)
    else:
        path.write_text("a file is in the place of the directory")
    service = Recorder()
    with pytest.raises(
        RunDirectoryError, match=r"cannot (write|read) '.*'.*; make room or give another log_path"
    ) as error:
        train(path, batches(1), service=service)
    assert "\n" not in str(error.value)
    assert service.operations == []


FULL = """
import resource, signal, sys
from pathlib import Path
from conformance.traces.recorder import Recorder
from cookbook.errors import RunDirectoryError
from tests.supervised.test_train import train
from tests.training import batches
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
service = Recorder()
try:
    train(Path(sys.argv[1]), batches(1), service=service)
except RunDirectoryError as error:
    sys.stderr.write(f"{error}; asked {len(service.operations)}")
"""


def test_a_full_disk_stops_before_the_service_is_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "run")], stderr=subprocess.PIPE, text=True, check=False
    )
    assert "file too large; make room or give another log_path; asked 0" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_record_without_a_batch_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.jsonl").write_text('{"name": "a", "state_path": "tinker://x/weights/a"}\n')
    with pytest.raises(InvalidInputError, match="'a' does not say its batch"):
        train(tmp_path, batches(1))


@pytest.mark.parametrize("given", [{"submit_ahead": -1}, {"lr_schedule": "exponential"}])
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        train(tmp_path, batches(1), **given)
    assert not (tmp_path / "config.json").exists()


def test_the_configuration_is_written_as_json(tmp_path: Path) -> None:
    train(tmp_path, batches(1), learning_rate=2e-4)
    config = json.loads((tmp_path / "config.json").read_bytes())
    assert (config["learning_rate"], config["model_name"], config["submit_ahead"]) == (2e-4, MODEL, 1)
    assert config["dataset_builder"].endswith("<lambda>")
