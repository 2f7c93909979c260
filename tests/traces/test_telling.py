"""Differences in the loop's words. What whole faults are told of as, test_planted_loops shows."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.traces.compare import compare_streams
from conformance.traces.telling import tell
from traces.streams import MODEL, SUPERVISED, Json, adam, backward, changed, datum, decoded, sample, sampler, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.traces.causes.view import Told


def told(change: Callable[[Json], Any], *, loop: str = "supervised", first_step: int = 0) -> list[Told]:
    compared = compare_streams(decoded(SUPERVISED), decoded(changed(change)))
    return tell(compared, loop=loop, first_step=first_step)


def inputs(stream: Json, place: int, **tensor: Any) -> None:
    stream[place]["datums"][0]["inputs"]["weights"].update(tensor)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop(0), "no model is created or loaded"),
        (lambda s: s.insert(1, {**MODEL, "model": "m1"}), "a model too many is created"),
        (lambda s: s[0]["lora"].update(train_mlp=False), "the model is made with train_mlp False, upstream True"),
        (
            lambda s: s.__setitem__(0, {"op": "load_weights", "model": "m0", "path": "p", "optimizer": False}),
            "the loop loads 'p', upstream begins with a new model",
        ),
        (lambda s: s[4]["adam"].update(weight_decay=0.1), "step 0: optim_step has weight_decay 0.1, upstream 0.0"),
        (lambda s: s[4]["adam"].update(learning_rate=0.2), "step 0: learning rate 0.2, upstream 0.001"),
        (lambda s: s[4]["adam"].update(learning_rate="NaN"), "step 0: learning rate 'NaN', upstream 0.001"),
        (
            lambda s: s[3].update(loss_fn_config={"x": 1}),
            "step 0: forward_backward has loss_fn_config {'x': 1}, upstream None",
        ),
        (lambda s: s.insert(3, {**s[3], "forward_only": True}), "step 0: 2 passes before the optim_step, upstream 1"),
        (lambda s: s.pop(3), "step 0: 0 passes before the optim_step, upstream 1"),
        (lambda s: s[3].update(forward_only=True), "step 0: forward_only is [True], upstream [False]"),
        (lambda s: s[5]["datums"].pop(), "step 1: 1 datum, upstream 2"),
        (lambda s: s[5]["datums"][1]["tokens"].append(9), "step 1: datum 1 has 3 tokens, upstream 2"),
        (lambda s: s[5]["datums"][1].update(tokens=[7, 9]), "step 1: datum 1 has token 9 at 1, upstream 8"),
        (
            lambda s: [one["tokens"].append(9) for one in s[5]["datums"]] and None,
            "step 1: the inputs are not shifted: they still hold the last token",
        ),
        (lambda s: s[5].update(datums=s[3]["datums"]), "step 1: the data are those of upstream's step 0 once more"),
        (lambda s: inputs(s, 3, dtype="int64", data=[0, 1]), "step 0: weights are int64, upstream's float32"),
        (lambda s: inputs(s, 3, shape=[1, 2]), "step 0: weights of shape [1, 2], upstream [2]"),
        (lambda s: inputs(s, 3, data=[0.5, 0.75]), "step 0: weights[1] of datum 0 is 0.75, upstream 0.5"),
        (lambda s: inputs(s, 3, data=[1.0, 1.0]), "step 0: weights are 0/1, upstream divides by the count"),
        (lambda s: inputs(s, 3, data=[1.5, 1.5]), "step 0: weights are 3 times upstream's"),
        (lambda s: inputs(s, 3, data=[-0.5, -0.5]), "step 0: weights have the opposite sign of upstream's"),
        (lambda s: inputs(s, 5, data=[1.0, 0.0]), "step 1: weights are shifted by one place"),
        (lambda s: s[3]["datums"][0]["inputs"].pop("weights"), "step 0: the inputs lack 'weights'"),
        (
            lambda s: s[3]["datums"][0]["inputs"].update(extra=s[3]["datums"][0]["inputs"]["weights"]),
            "step 0: the inputs hold 'extra', which upstream's lack",
        ),
        (
            lambda s: s[3]["datums"][0]["inputs"]["target_tokens"].update(data=[1, 2]),
            "step 0: target_tokens are the inputs: they are not shifted by one place",
        ),
        (lambda s: s.pop(7), "no save of the training state as 'final'"),
        (lambda s: s.append(state("x")), "a checkpoint 'x' of the training state that upstream does not save"),
        (lambda s: s.append({"op": "delete_checkpoint", "path": "p"}), "'p' is deleted, upstream keeps it"),
        (lambda s: s.pop(2), "no evaluations read the weights before the first step: upstream asks 1 time"),
        (
            lambda s: s.append(sample(0, 1, 2, 3)),
            "evaluations ask the weights before the first step 2 times, upstream's 1",
        ),
        (
            lambda s: s[2].update(prompt=[9, 9, 9]),
            "1 of 1 evaluations of the weights before the first step have another prompt or other parameters",
        ),
        (lambda s: s[2].update(num_samples=2), "evaluations ask with num_samples 2, upstream 1"),
        (lambda s: s.insert(6, adam(0.0005)), "training takes 3 steps, upstream 2"),
        (lambda s: s.pop(6), "training ends after 1 step, upstream takes 2"),
        (lambda s: s.extend([backward(datum(1, weights=[1.0])), adam(0.1)]), "training takes 3 steps, upstream 2"),
    ],
)
def test_the_first_sentence(change: Callable[[Json], Any], says: str) -> None:
    assert told(change)[0].text.startswith(says), [one.text for one in told(change)]


def test_every_difference_is_told_of_once() -> None:
    sentences = told(lambda s: (s[4]["adam"].update(beta1=0.5, eps=1.0), s[6]["adam"].update(beta1=0.5)))
    assert [one.text for one in sentences] == [
        "every step: optim_step has beta1 0.5, upstream 0.9",
        "step 0: optim_step has eps 1.0, upstream 1e-08",
    ]


def test_steps_are_counted_from_where_the_run_was_resumed() -> None:
    assert told(lambda s: s[6]["adam"].update(beta1=0.5), first_step=4)[0].text.startswith("step 5: ")


def test_names_from_a_port_cannot_forge_lines_or_colours() -> None:
    text = told(lambda s: s.append(state("x\n\x1b[31mfinal " + "y" * 500)))[0].text
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 200


def test_nothing_is_told_of_streams_that_conform() -> None:
    assert told(lambda s: s.append(sampler(2))) == []


NUMBERS = st.sampled_from([0, 1, -1, 0.5, 1e-300, 1e300, "NaN", "Infinity", "-Infinity", 2**40])
CHANGES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6), NUMBERS), min_size=1, max_size=6)


def meddle(stream: Json, place: int, how: int, number: Any) -> None:
    """One of several changes, whatever it makes of the stream."""
    at = place % max(len(stream), 1)
    operation = stream[at]
    if how == 0:
        del stream[at]
    elif how == 1:
        stream.insert(at, copy.deepcopy(stream[-1 - at]))
    elif how == 2 and "adam" in operation:
        operation["adam"]["learning_rate"] = number
    elif how == 3 and "datums" in operation:
        for one in operation["datums"]:
            one["inputs"]["weights"]["data"] = [number] * len(one["inputs"]["weights"]["data"])
    elif how == 4 and "datums" in operation:
        operation["datums"] = operation["datums"][1:]
    elif how == 5 and "datums" in operation:
        for one in operation["datums"]:
            one["inputs"]["advantages"] = one["inputs"]["logprobs"] = one["inputs"]["weights"]
    elif "version" in operation:
        operation["version"] = at


@given(CHANGES, CHANGES, st.sampled_from(["supervised", "preference", "rl"]))
def test_whatever_differs_is_told_of(one: list[Any], other: list[Any], loop: str) -> None:
    sides = []
    for changes in (one, other):
        stream = copy.deepcopy(SUPERVISED)
        for place, how, number in changes:
            if stream:
                meddle(stream, place, how, number)
        sides.append(decoded(stream))
    compared = compare_streams(*sides)
    sentences = tell(compared, loop=loop)
    assert bool(sentences) == bool(compared.differences)
    assert all(sentence.text for sentence in sentences)
    told_of = [id(each) for sentence in sentences for each in sentence.explains]
    assert {id(each) for each in compared.differences} <= set(told_of)
