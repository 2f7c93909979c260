"""Each layer is compared as its form says, and the lowest difference is the first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exits import UsageError
from conformance.parity.layers import LAYERS, Outcome, State, compare_directories
from parity.directories import RUN, datum, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def compared(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> dict[str, Outcome]:
    first, second = write(tmp_path / "one"), write(tmp_path / "two", change)
    return {outcome.layer: outcome for outcome in compare_directories(first, second)}


def test_a_run_is_equal_to_itself(tmp_path: Path) -> None:
    found = compared(tmp_path, lambda files: None)
    assert {outcome.state for outcome in found.values()} == {State.EQUAL}
    assert list(found) == [layer.name for layer in LAYERS]


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files["config.json"].update(log_path="/b", wandb_name="x"),
        lambda files: files["config.json"].update(learning_rate=0.001 + 2e-19),
        lambda files: files["metrics.jsonl"][0].update({"time/step": 9.0, "time/new": 1}),
        lambda files: files["metrics.jsonl"][0].update(train_mean_nll=1.5000001),
        lambda files: files["checkpoints.jsonl"][0].update(state_path="tinker://two:train:0/weights/final"),
        lambda files: files["first_batch.json"]["datums"][0]["inputs"]["weights"].update(data=[0.33333334] * 3),
    ],
)
def test_what_training_does_not_depend_on_is_no_difference(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    assert {outcome.state for outcome in compared(tmp_path, change).values()} == {State.EQUAL}


@pytest.mark.parametrize(
    ("layer", "change", "says"),
    [
        ("config", lambda f: f["config.json"].update(num_epochs=2), "num_epochs is 1 in A, 2 in B"),
        (
            "config",
            lambda f: f["config.json"].update(learning_rate="0.001"),
            "learning_rate is 0.001 in A, '0.001' in B",
        ),
        ("config", lambda f: f["config.json"].update(num_epochs=True), "num_epochs is 1 in A, True in B"),
        ("dataset", lambda f: f["dataset.jsonl"].reverse(), "the same rows in another order: row 0 of A is row 2 of B"),
        ("dataset", lambda f: f["dataset.jsonl"].pop(), "rows[2] is in A alone"),
        (
            "dataset",
            lambda f: f["dataset.jsonl"][1]["messages"][0].update(content="B"),
            "rows[1].messages[0].content is 'b' in A, 'B' in B",
        ),
        (
            "rendered samples",
            lambda f: f["rendered.jsonl"].__setitem__(1, datum(4, 6)),
            "in B datum 1 has token 6 at 1, A 5",
        ),
        (
            "rendered samples",
            lambda f: [one["inputs"]["weights"].update(data=[1.0] * len(one["tokens"])) for one in f["rendered.jsonl"]],
            "in B weights are 0/1, A divides by the count",
        ),
        (
            "first batch",
            lambda f: f["first_batch.json"].update(loss_fn="ppo"),
            "loss_fn is 'cross_entropy' in A, 'ppo' in B",
        ),
        ("first batch", lambda f: f["first_batch.json"].update(loss_fn_config={"a": 1}), "loss_fn_config is None in A"),
        ("first batch", lambda f: f["first_batch.json"]["datums"].reverse(), "in B datum order 1, 0, A 0 to 1"),
        (
            "first batch",
            lambda f: f["first_batch.json"]["datums"][0]["inputs"].update(
                mask=f["rendered.jsonl"][0]["inputs"]["weights"]
            ),
            "in B mask left in the inputs",
        ),
        (
            "metrics",
            lambda f: f["metrics.jsonl"][1].update(train_mean_nll=1.26),
            "metrics of step 1: train_mean_nll is 1.25 in A, 1.26 in B",
        ),
        (
            "metrics",
            lambda f: f["metrics.jsonl"][0].pop("train_mean_nll"),
            "metrics of step 0: train_mean_nll is in A alone",
        ),
        ("metrics", lambda f: f["metrics.jsonl"].pop(), "metrics: A has 2 records, B 1"),
        (
            "checkpoints",
            lambda f: f["checkpoints.jsonl"][0].update(state_path="tinker://one/sampler_weights/final"),
            "checkpoint record 0: state_path is 'weights/final' in A, 'sampler_weights/final' in B",
        ),
        ("checkpoints", lambda f: f["checkpoints.jsonl"].clear(), "checkpoints: A has 1 records, B 0"),
    ],
)
def test_a_layer_differs(tmp_path: Path, layer: str, change: Callable[[dict[str, Any]], Any], says: str) -> None:
    found = compared(tmp_path, change)
    assert [name for name, outcome in found.items() if outcome.state is State.DIFFERS] == [layer]
    assert found[layer].told[0].startswith(says), found[layer].told


def test_a_member_that_only_one_config_has_is_noted_and_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path, lambda files: files["config.json"].update(new=1))["config"]
    assert (found.state, found.notes) == (State.EQUAL, ("new is in B alone",))


def test_numbers_that_are_only_close_are_noted(tmp_path: Path) -> None:
    change = lambda f: f["rendered.jsonl"][0]["inputs"]["weights"].update(data=[0.33333337] * 3)  # noqa: E731
    found = compared(tmp_path, change)["rendered samples"]
    assert (found.state, found.notes) == (State.EQUAL, ("3 numbers are equal within their tolerance",))


def test_nan_is_equal_to_nan(tmp_path: Path) -> None:
    def change(files: dict[str, Any]) -> None:
        files["metrics.jsonl"] = b'{"step": 0, "x": NaN}\n'

    first, second = write(tmp_path / "one", change), write(tmp_path / "two", change)
    metrics = {outcome.layer: outcome for outcome in compare_directories(first, second)}["metrics"]
    assert metrics.state is State.EQUAL


def test_a_layer_that_one_side_lacks_is_not_passed(tmp_path: Path) -> None:
    found = compared(tmp_path, lambda files: files.pop("metrics.jsonl"))
    assert (found["metrics"].state, found["metrics"].told) == (State.MISSING, ("B has no metrics.jsonl",))


def test_a_layer_that_neither_has_is_absent(tmp_path: Path) -> None:
    change = lambda files: files.pop("metrics.jsonl")  # noqa: E731
    first, second = write(tmp_path / "one", change), write(tmp_path / "two", change)
    assert [one.state for one in compare_directories(first, second)].count(State.ABSENT) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("config.json", b"[]", "config.json holds no JSON object"),
        ("config.json", b'{"a":', "config.json is not JSON"),
        ("config.json", b"\xff\xfe", "config.json is not UTF-8"),
        ("config.json", b"[" * 100_000, "config.json is nested too deeply"),
        ("metrics.jsonl", b'{"step": 0}\n{"step": 1, "tra', "metrics.jsonl:2 is not JSON"),
        ("metrics.jsonl", b'{"step": 0}\n{"step": 1, "tra', "the line is cut off, so run the loop again"),
        ("metrics.jsonl", b'{"step": \n{}\n', "metrics.jsonl:1 is not JSON"),
        ("metrics.jsonl", b"3\n", "record 0 is no JSON object"),
        ("checkpoints.jsonl", b"[]\n", "record 0 is no JSON object"),
        ("rendered.jsonl", b'{"tokens": [1]}\n', "datum 0 is none: Object missing required field `inputs`"),
        ("first_batch.json", b"{}", "has no list of datums"),
        ("first_batch.json", b'{"datums": [{"tokens": ["a"], "inputs": {}}]}', "datum 0 is none"),
        ("first_batch.json", b'{"datums": [{"tokens": [1e999], "inputs": {}}]}', "datum 0 is none"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        compared(tmp_path, lambda files: files.update({name: content}))
    assert says in str(refused.value)
    assert str(tmp_path / "two" / name) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one"), write(tmp_path / "two", lambda files: files.pop("config.json"))
    os.mkfifo(second / "config.json")  # Reading it would wait for ever.
    with pytest.raises(UsageError, match=r"config\.json is no regular file"):
        compare_directories(first, second)


def test_a_link_to_nowhere_is_not_taken_for_a_missing_file(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one"), write(tmp_path / "two", lambda files: files.pop("config.json"))
    (second / "config.json").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"config\.json is no regular file"):
        compare_directories(first, second)


def test_directories_without_a_layer_in_common_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="have no layer in common; each should hold some of config"):
        compare_directories(first, tmp_path / "empty")
    with pytest.raises(UsageError, match=r"gone is no directory; give two directories that runs have written"):
        compare_directories(first, tmp_path / "gone")


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.parity.files.LARGEST", 10)
    with pytest.raises(UsageError, match="more than the 10 of a short run"):
        compared(tmp_path, lambda files: None)


def test_every_layer_has_a_file_here() -> None:
    assert set(RUN) == {layer.file for layer in LAYERS}
