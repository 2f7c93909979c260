"""conformance/member_causes.py: what is told of a result by the name of its member."""

from __future__ import annotations

import pytest

from conformance.causes import CAUSES
from conformance.member_causes import MEMBERS, explain_result_member


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        (("metrics", "accuracy"), "metric"),
        (("bpb",), "metric"),
        (("due",), "decision"),
        (("state_path",), "resume-point"),
        (("lr",), "hyperparameter"),
        (("renderers", 0), "model-table"),
        (("train", 0), "rows"),
        (("memory",), "bytes"),
        (("record", "batch"), None),
        ((0, "batch"), None),
        ((), None),
    ],
)
def test_the_first_member_tells(path: tuple[str | int, ...], cause: str | None) -> None:
    assert explain_result_member(path) == cause


def test_causes_are_known_and_no_member_has_two() -> None:
    assert set(MEMBERS) <= set(CAUSES)
    members = [member for each in MEMBERS.values() for member in each]
    assert len(members) == len(set(members))
