"""conformance/object_causes.py: what kind of wrong tensors, rows, records and objects are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_answers import chunks, inputs, lexicon, record, tensor

from conformance.causes import CAUSES
from conformance.compare import Mismatch, compare_results
from conformance.diagnose import diagnose
from conformance.object_causes import explain_values

BYTES = lexicon("bytes-qwen3")
FOUR = tensor([1.0, 2.5, 3.0, 4.0])
OTHER = [9.25, 1.5, 0.3, 7.0]


def cause(expected: Any, got: Any) -> str:
    found = explain_values(expected, got)
    return found.cause if found else "value"


def said(expected: Any, got: Any) -> tuple[str, str]:
    mismatch = compare_results(expected, got)
    assert isinstance(mismatch, Mismatch)
    found = diagnose(mismatch, None)
    return found.cause, found.summary


# Tensors.


@pytest.mark.parametrize(
    ("expected", "got", "wanted"),
    [
        (tensor([1, 2], dtype="int64"), tensor([1.0, 2.0]), "dtype"),
        (tensor([1, 2], dtype="int64"), tensor([1, 2], dtype="int32"), "dtype"),
        (tensor([0.5, 1.75]), tensor([0, 1], dtype="int64"), "dtype"),
        (tensor([0.5, 1.75]), tensor([0, 2], dtype="int64"), "dtype"),
        (tensor([0.5, 1.75]), tensor([7, 2], dtype="int64"), "value"),
        (tensor([0.5, 1.75]), tensor([0, 1], 2, 1, dtype="int64"), "value"),
        (tensor([True, False], dtype="bool"), tensor([1, 0], dtype="bool"), "dtype"),
        (FOUR, {**FOUR, "shape": [2, 2]}, "shape"),
        ({**FOUR, "shape": []}, FOUR, "shape"),
        (FOUR, {**tensor(OTHER), "shape": [2, 2]}, "value"),
        ({**FOUR, "shape": [2, 2]}, tensor([1.0, 3.0, 2.5, 4.0], 2, 2), "numbers-order"),
        (tensor([0, 1, 2, 3, 4, 5], 2, 3), tensor([0, 3, 1, 4, 2, 5], 3, 2), "numbers-order"),
        (FOUR, tensor([1.0, 2.5, 3.0]), "numbers-length"),
        (FOUR, tensor(OTHER), "value"),
        (FOUR, {"data": FOUR["data"], "dtype": "float32"}, "keys"),
    ],
)
def test_tensors(expected: Any, got: Any, wanted: str) -> None:
    assert cause(expected, got) == wanted
    assert cause({"tensor": expected}, {"tensor": got}) == wanted


def test_float32_data_is_compared_as_such() -> None:
    assert explain_values(tensor([0.1, 1.0]), tensor([0.10000000149011612, 1])) is None
    double = tensor([0.1, 1.0], dtype="float64")
    assert cause(double, {**double, "data": [0.10000000149011612, 1.0]}) == "numbers-precision"


def test_nested_numbers() -> None:
    assert cause({"data": [[1, 2], [3, 4]]}, {"data": [1, 2, 3, 4]}) == "shape"
    assert cause({"data": [[1, 2], [3]]}, {"data": [[1], [2, 3]]}) == "shape"
    transposed = explain_values({"data": [[1, 2, 3], [4, 5, 6]]}, {"data": [[1, 4, 2], [5, 3, 6]]})
    assert transposed is not None
    assert (transposed.cause, transposed.detail) == ("numbers-order", "transposed")
    assert cause({"data": [[1, 2], [3, 4]]}, {"data": [[-1, -2], [-3, -4]]}) == "numbers-sign"
    assert cause({"data": [[1, 2], [3, 4]]}, {"data": [[1, 2], [3, 7]]}) == "value"


# Objects and lists.


@pytest.mark.parametrize(
    ("expected", "got", "told"),
    [
        ({"accuracy": 0.5}, {}, '"accuracy" is missing'),
        ({}, {"accuracy": 0.5}, '"accuracy" does not belong'),
        ({"accuracy": 0.5}, {"acuracy": 0.75}, '"acuracy" is written for "accuracy"'),
        ({"accuracy": 0.5}, {"test/acc": 0.5}, '"test/acc" is written for "accuracy"'),
        ({"a": 0.5, "b": 0.5}, {"x": 0.75, "a": 0.5}, '"b" is missing, "x" does not belong'),
    ],
)
def test_keys(expected: Any, got: Any, told: str) -> None:
    found = explain_values({"metrics": expected}, {"metrics": got})
    assert found is not None
    assert (found.cause, found.told) == ("keys", told)
    assert said({"metrics": expected}, {"metrics": got}) == ("keys", f"metrics: {told}")


def test_keys_are_told_before_numbers() -> None:
    found = explain_values({"a": 1, "b": 2}, {"a": 7, "c": 9})
    assert found is not None
    assert found.cause == "keys"
    assert found.told.endswith("; 1 more place differs")


def test_many_keys_are_cut() -> None:
    found = explain_values({}, {f"key{at}": at for at in range(9)})
    assert found is not None
    assert found.told.endswith("5 more keys")


RECORDS = [record(name) for name in "abc"]


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (RECORDS[::-1], "items-order"),
        ([RECORDS[1], RECORDS[0], RECORDS[2]], "items-order"),
        (RECORDS[:2], "items-count"),
        ([RECORDS[0], RECORDS[2]], "items-count"),
        ([*RECORDS, RECORDS[0]], "items-count"),
        ([record("x")], "items-count"),
        ([*RECORDS[:2], record("x")], "value"),
        ([*RECORDS[:2], {"name": "c", "batch": 2}], "numbers-count-off-by-one"),
        ([*RECORDS[:2], {"name": "c"}], "keys"),
    ],
)
def test_records(got: list[Any], wanted: str) -> None:
    assert cause({"records": RECORDS}, {"records": got}) == wanted


def test_texts_in_a_list() -> None:
    assert cause({"keys": ["name", "batch"]}, {"keys": ["batch", "name"]}) == "items-order"
    assert cause({"keys": ["name", "batch", "final"]}, {"keys": ["name", "final"]}) == "items-count"
    assert cause({"keys": ["name", "batch", "final"]}, {"keys": ["name", "x"]}) == "value"


@pytest.mark.parametrize(
    ("expected", "got", "wanted"),
    [
        (chunks([1, 2], [9]), chunks([1, 2, 9]), "chunks"),
        (chunks([1, 2], [9]), chunks([1], [2, 9]), "chunks"),
        (chunks([], [9]), chunks([9]), "chunks"),
        (chunks([1, 2], [9]), chunks([1, 2]), "items-count"),
    ],
)
def test_chunks(expected: Any, got: Any, wanted: str) -> None:
    assert said(expected, got)[0] == wanted


def test_chunks_beside_an_image() -> None:
    image = {"type": "image", "data": "aW1n", "format": "png", "expected_tokens": 3}
    one, other = chunks([1, 2], [3]), chunks([1], [2, 3])
    assert cause({"chunks": [*one["chunks"], image]}, {"chunks": [*other["chunks"], image]}) == "chunks"
    assert cause({"chunks": [*one["chunks"], image]}, {"chunks": [image, *other["chunks"]]}) != "chunks"


def test_tokens_that_differ_are_explained_as_tokens() -> None:
    assert said(chunks([1, 2], [9]), chunks([1, 2], [9, 9]))[0] == "tail-extra"


# Datums: the traps of ports.

TARGETS = tensor([2, 3, 9], dtype="int64")


@pytest.mark.parametrize(
    ("expected", "got", "wanted"),
    [
        # Targets that are the inputs; a mean that was not taken, or over the length; a mask too much.
        (inputs(target_tokens=TARGETS), inputs(target_tokens=tensor([1, 2, 3], dtype="int64")), "numbers-shifted"),
        (inputs(weights=tensor([0, 0.5, 0.5])), inputs(weights=tensor([0, 1, 1])), "numbers-scaled"),
        (inputs(weights=tensor([0, 0.5, 0.5])), inputs(weights=tensor([0, 1 / 3, 1 / 3])), "numbers-scaled"),
        (inputs(weights=tensor([0, 0, 0])), inputs(weights=tensor(["NaN", "NaN", "NaN"])), "not-finite"),
        (inputs(target_tokens=TARGETS), inputs(target_tokens=TARGETS, mask=tensor([0, 1, 1])), "keys"),
        (inputs(mask=tensor([0, 1, 1])), inputs(mask=tensor([1, 1, 1])), "numbers-zeros"),
        (inputs(target_tokens=TARGETS), inputs(target_tokens={**TARGETS, "dtype": "int32"}), "dtype"),
    ],
)
def test_datums(expected: Any, got: Any, wanted: str) -> None:
    assert said(expected, got)[0] == wanted
    assert said({"data": [expected, expected]}, {"data": [got, got]})[0] == wanted


def test_datums_that_are_swapped_split_or_merged() -> None:
    chosen, rejected = inputs(weights=tensor([0, 1, 1])), inputs(weights=tensor([0, 1, 0]))
    for known in (BYTES, None):
        for got, wanted in (([rejected, chosen], "items-order"), ([chosen], "items-count")):
            mismatch = compare_results({"data": [chosen, rejected]}, {"data": got})
            assert isinstance(mismatch, Mismatch)
            assert diagnose(mismatch, known).cause == wanted


def test_a_cut_of_targets_and_weights_is_one_fault() -> None:
    expected = inputs(target_tokens=TARGETS, weights=tensor([0, 0.5, 0.5]))
    got = inputs(target_tokens=tensor([2, 3], dtype="int64"), weights=tensor([0, 1]))
    assert said(expected, got)[0] == "numbers-length"
    got = inputs(target_tokens=tensor([2, 3], dtype="int64"), weights=tensor([0, 1, 1]))
    assert said(expected, got)[0] == "value"


# The whole difference.


def test_a_cause_must_explain_all_places() -> None:
    expected = {"advantages": [FOUR, FOUR], "metrics": {"kl": 0.5}}
    negative = tensor([-value for value in FOUR["data"]])
    assert cause(expected, {**expected, "advantages": [negative, negative]}) == "numbers-sign"
    found = explain_values(expected, {"advantages": [negative, negative], "metrics": {"kl": -0.5}})
    assert found is not None
    assert found.told == "every sign is reversed; 2 more places differ"
    assert cause(expected, {**expected, "advantages": [negative, tensor(OTHER)]}) == "value"
    assert cause(expected, {"advantages": [negative, FOUR], "metrics": {"kl": 0.75}}) == "value"


def test_what_is_nearly_right_is_nothing_beside_what_is_wrong() -> None:
    expected = {"loss": 0.6931471824645996, "margin": 0.25}
    assert said(expected, {"loss": 0.6931472, "margin": -0.25})[0] == "numbers-sign"
    assert said(expected, {"loss": 0.6931472, "margin": 0.25})[0] == "numbers-precision"


def test_the_summary_names_the_place_and_both_numbers() -> None:
    assert said({"data": [1.5, 0.5]}, {"data": [-1.5, -0.5]}) == (
        "numbers-sign",
        "data[0]: 1.5 expected, got -1.5; every sign is reversed",
    )
    assert said(FOUR, {**FOUR, "dtype": "float64"})[1] == 'dtype: "float32" expected, got "float64"; the same numbers'
    assert said({"mean_nll": "NaN"}, {"mean_nll": None}) == (
        "not-finite",
        'mean_nll: "NaN" expected, got null; JSON has no number for it, and null is written in its place',
    )


def test_the_sign_of_zero() -> None:
    mismatch = compare_results({"x": 0.0}, {"x": -0.0}, signed_zero=True)
    assert isinstance(mismatch, Mismatch)
    assert diagnose(mismatch, None).summary == "x: 0.0 expected, got -0.0; the sign of zero differs"


def test_like_failures_have_one_signature() -> None:
    def signature(got: Any) -> str:
        mismatch = compare_results({"data": [1.5, 0.5, 3.25]}, {"data": got})
        assert isinstance(mismatch, Mismatch)
        return diagnose(mismatch, None).signature

    assert signature([-1.5, -0.5, -3.25]) == "numbers-sign data"
    assert signature([3.25, 0.5, 1.5]) == "numbers-order data reversed"
    assert signature([1.5, 0.5]) == "numbers-length data missing last"
    assert signature([3.0, 1.0, 6.5]) == "numbers-scaled data 2"


def test_what_is_in_a_message_is_no_matter_of_numbers() -> None:
    one, other = ({"header": {"role": "assistant"}, "deltas": [{"text": "a", "content_index": at}]} for at in (0, 1))
    assert not said(one, other)[0].startswith("numbers-")


# Any two answers.

NAMES = st.sampled_from(
    ["data", "dtype", "shape", "chunks", "tokens", "weights", "loss_fn_inputs", "target_tokens", "examples", "stop"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["NaN", "Infinity", "float32", "18446744073709551616", 10**400]),
    st.text(max_size=3),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_any_two_values_can_be_diagnosed(expected: Any, got: Any) -> None:
    mismatch = compare_results(expected, got)
    if not isinstance(mismatch, Mismatch):
        return
    for known in (BYTES, None):
        found = diagnose(mismatch, known)
        assert found.cause in CAUSES
        assert found.summary
        assert "\n" not in found.summary
        assert "\n" not in found.signature


@settings(max_examples=200)
@given(VALUES.filter(lambda value: isinstance(value, list | dict)), st.data())
def test_a_value_that_is_changed_in_one_place_can_be_diagnosed(expected: Any, data: st.DataObject) -> None:
    test_any_two_values_can_be_diagnosed.hypothesis.inner_test(expected, changed(expected, data))  # type: ignore[attr-defined]


def changed(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, list) and value:
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], *data.draw(st.sampled_from([[], [changed(value[at], data)]])), *value[at + 1 :]]
    if isinstance(value, dict) and value:
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: changed(value[key], data)}
    return data.draw(SCALARS)


@given(VALUES)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert explain_values(value, value) is None


def test_values_nested_without_end_are_still_diagnosed() -> None:
    deep: Any = [1]
    for _ in range(300):
        deep = [deep]
    assert said({"data": deep}, {"data": [2]})[0] == "value"
