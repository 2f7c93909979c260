"""What is incidental is gone from a normal stream, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.normal import normalise
from conformance.traces.rules import load_rules
from traces.streams import SUPERVISED, Json, adam, backward, changed, datum, decoded, sample, sampler, state

if TYPE_CHECKING:
    from collections.abc import Callable

LOAD = {"op": "load_weights", "model": "m0", "path": "tinker://a/weights/x", "optimizer": True}
ROLLING = [adam(1), state("000001"), adam(1), {"op": "delete_checkpoint", "path": "tinker://a/weights/000001"}, adam(1)]


def renamed(stream: Json) -> Json:
    found: Json = decoded_json(stream, '"m0"', '"train-7"')
    return found


def decoded_json(stream: Json, old: str, new: str) -> Json:
    import json

    made: Json = json.loads(json.dumps(stream).replace(old, new))
    return made


def move(stream: Json, start: int, end: int) -> None:
    stream.insert(end, stream.pop(start))


def through_path(stream: Json) -> Json:
    """The weights of the second step read by a path, not by a sampler of the session."""
    read = sample(2, 9)
    return [*stream, sampler(2), {**read, "sampler": {"path": "tinker://x/sampler_weights/final"}}]


INCIDENTAL: dict[str, tuple[Json, Callable[[Json], Any]]] = {
    "session": ([{"op": "create_session"}, *SUPERVISED], renamed),
    "run_in_path": ([LOAD, *SUPERVISED], lambda s: decoded_json(s, "tinker://a/", "tinker://b:train:0/")),
    "steps_before": (
        [LOAD, sampler(3), sample(3, 1), adam(1), sampler(4, "final"), sample(4, 2)],
        lambda s: [LOAD, sampler(0), sample(0, 1), adam(1), sampler(1, "final"), sample(1, 2)],
    ),
    "chunks": (SUPERVISED, lambda s: None),
    "encoding": (SUPERVISED, lambda s: [{k: v for k, v in o.items() if v is not None} for o in s]),
    "sample_order": ([*SUPERVISED, sample(2, 1), sample(2, 4), sample(0, 5)], lambda s: move(s, -1, 3)),
    "sampler_kind": ([*SUPERVISED, sample(2, 9)], lambda s: through_path(s[:-1])),
    "saves_side_by_side": (SUPERVISED, lambda s: move(s, -2, len(s))),
    "deletion_time": (ROLLING, lambda s: move(s, 3, 4)),
}
"""For each rule a stream, and what the rule says is no difference."""


def test_every_incidental_rule_is_shown_here() -> None:
    # `chunks` has no form: a stream has no place for it.
    assert INCIDENTAL.keys() == {rule.id for rule in load_rules().incidental}


@pytest.mark.parametrize("rule", INCIDENTAL)
def test_what_is_incidental_makes_no_difference(rule: str) -> None:
    stream, change = INCIDENTAL[rule]
    assert normalise(decoded(stream)) == normalise(decoded(changed(change, stream)))
    if rule != "chunks":
        assert decoded(stream) != decoded(changed(change, stream)) or rule == "encoding"


@pytest.mark.parametrize(
    "change",
    [
        lambda s: move(s, 3, 4),
        lambda s: s[3]["datums"].reverse(),
        lambda s: s.pop(2),
        lambda s: s.append(sample(0, 1, 2, 3)),
        lambda s: s[7].update(ttl_seconds=1),
        lambda s: s[4]["adam"].update(eps=1e-12),
        lambda s: s[0]["lora"].update(rank=9),
    ],
)
def test_what_is_required_stays(change: Callable[[Json], Any]) -> None:
    assert normalise(decoded(SUPERVISED)) != normalise(decoded(changed(change)))


def test_the_run_of_a_path_that_the_scenario_names_is_no_id() -> None:
    other = changed(lambda s: s[0].update(path="tinker://b/weights/x"), [LOAD])
    assert normalise(decoded([LOAD])) == normalise(decoded(other))
    assert normalise(decoded([LOAD]), runs={"a"}) != normalise(decoded(other), runs={"a"})


def test_datums_of_a_group_race_only_where_the_rule_says_so() -> None:
    rule = ("datums_of_a_group_race",)
    other = changed(lambda s: s[3]["datums"].reverse())
    assert normalise(decoded(SUPERVISED), rules=rule) == normalise(decoded(other), rules=rule)
    # Between passes nothing moves.
    moved = changed(lambda s: s[3]["datums"].append(s[5]["datums"].pop()))
    assert normalise(decoded(SUPERVISED), rules=rule) != normalise(decoded(moved), rules=rule)


def test_minibatches_race_between_two_steps_and_no_further() -> None:
    rule = ("minibatches_race",)
    one, two, three = (backward(datum(token, weights=[1.0])) for token in (1, 2, 3))
    stream = [one, two, adam(1), three]
    assert normalise(decoded(stream), rules=rule) == normalise(decoded([two, one, adam(1), three]), rules=rule)
    assert normalise(decoded(stream)) != normalise(decoded([two, one, adam(1), three]))
    assert normalise(decoded(stream), rules=rule) != normalise(decoded([one, three, adam(1), two]), rules=rule)
