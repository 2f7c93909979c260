"""Where two streams differ, under the tolerances of the rules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.compare import Comparison, compare_streams
from traces.streams import SUPERVISED, Json, changed, decoded, sample, sampler

if TYPE_CHECKING:
    from collections.abc import Callable


def compared(change: Callable[[Json], Any]) -> Comparison:
    return compare_streams(decoded(SUPERVISED), decoded(changed(change)))


def test_a_stream_conforms_to_itself() -> None:
    found = compared(lambda s: None)
    assert found.conforms
    assert found.tolerated == 0


def test_what_is_close_conforms_and_is_counted() -> None:
    near = math.nextafter(0.001, 1)
    found = compared(lambda s: (s[4]["adam"].update(learning_rate=near), _weights(s, [0.5, 0.5 + 2**-24])))
    assert found.conforms
    assert found.tolerated == 2


def _weights(stream: Json, data: list[float]) -> None:
    stream[3]["datums"][0]["inputs"]["weights"]["data"] = data


@pytest.mark.parametrize(
    ("change", "what", "step", "field"),
    [
        (lambda s: s[0]["lora"].update(rank=4), "start", -1, "rank"),
        (lambda s: s[0].update(base_model="other"), "start", -1, "base_model"),
        (lambda s: s.pop(0), "start", -1, ""),
        (lambda s: s.pop(2), "reads", 0, "the weights before the first step"),
        (lambda s: s[3].update(forward_only=True), "pass", 0, ""),
        (lambda s: s[3].update(loss_fn="ppo"), "loss", 0, "loss_fn"),
        (lambda s: s[3].update(loss_fn_config={"a": 1}), "loss", 0, "loss_fn_config"),
        (lambda s: s[5]["datums"].pop(), "datums", 1, ""),
        (lambda s: s[5]["datums"][0]["tokens"].append(1), "tokens", 1, ""),
        (lambda s: _weights(s, [0.5, 0.25]), "input", 0, "weights"),
        (lambda s: s[3]["datums"][0]["inputs"].pop("weights"), "input", 0, "weights"),
        (lambda s: s[6]["adam"].update(beta1=0.8), "adam", 1, "beta1"),
        (lambda s: s[7].update(name="last"), "save", 2, ""),
        (lambda s: s[7].update(ttl_seconds=5), "save", 2, "ttl_seconds"),
        (lambda s: s.insert(4, s.pop(7)), "save", 2, "steps"),
        (lambda s: s.append({"op": "delete_checkpoint", "path": "p"}), "deleted", 2, ""),
        (lambda s: s.pop(6), "steps", 1, ""),
    ],
)
def test_what_differs_is_found_where_it_is(change: Callable[[Json], Any], what: str, step: int, field: str) -> None:
    first = compared(change).differences[0]
    assert (first.what, first.step, first.field) == (what, step, field)


def test_differences_come_in_the_order_of_the_loop() -> None:
    found = compared(lambda s: (s[6]["adam"].update(beta1=0.8), _weights(s, [1, 1]), s[7].update(ttl_seconds=5)))
    assert [each.what for each in found.differences] == ["input", "adam", "save"]


def test_five_steps_of_a_double_are_too_many() -> None:
    rate = 0.001
    for _ in range(5):
        rate = math.nextafter(rate, 1)
    assert not compared(lambda s: s[4]["adam"].update(learning_rate=rate)).conforms


def test_temperatures_are_parameters_too() -> None:
    stream = [*SUPERVISED, sampler(2), sample(2, 1, params={"temperature": 0.7})]
    near = [*SUPERVISED, sampler(2), sample(2, 1, params={"temperature": math.nextafter(0.7, 1)})]
    far = [*SUPERVISED, sampler(2), sample(2, 1, params={"temperature": 0.70001})]
    assert compare_streams(decoded(stream), decoded(near)).conforms
    assert not compare_streams(decoded(stream), decoded(far)).conforms


def test_versions_of_a_second_model_are_its_own() -> None:
    second: Json = [{**SUPERVISED[0], "model": "m1"}, {**sampler(0), "model": "m1"}]
    read = {**sample(0, 1, 2, 3), "sampler": {"model": "m1", "version": 0}}
    assert not compare_streams(
        decoded([*SUPERVISED, *second, sample(0, 1, 2, 3)]), decoded([*SUPERVISED, *second, read])
    ).conforms


def test_a_stream_of_nothing_differs_in_everything() -> None:
    found = compare_streams(decoded(SUPERVISED), ())
    assert {each.what for each in found.differences} == {"start", "reads", "steps", "save"}
