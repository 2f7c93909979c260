"""What is drawn: of the right form, the same for the same seed, and of every kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from conformance.commands.selecting import hello_for
from conformance.differing import wire
from conformance.drawing import forms
from conformance.drawing import settings as ways
from conformance.drawing.dice import Dice
from conformance.drawing.questions import DTYPES, LOOPS, Drawer
from conformance.in_process import InProcess, quietly
from conformance.operations import OPERATIONS, invalid_params
from conformance.protocol import Fault, Rejection, Result
from conformance.suite import load_smoke
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.drawing.questions import Drawn

COUNT = 6000


@pytest.fixture(scope="module")
def reference() -> InProcess:
    tokenizers = ways.tokenizers_of(ways.known_renderers(), ("bytes",))
    return InProcess(hello_for(tokenizers, Store()))


def drawer(reference: InProcess, *operations: str) -> Drawer:
    tokenizers = reference.declared.tokenizers
    return Drawer(
        operations=operations or reference.declared.operations,
        settings=ways.settings(reference.declared.renderers, tokenizers, ("bytes",)),
        tokenizers=sorted(tokenizers),
        encode=reference.encode,
        render=reference.example,
    )


def drawn(reference: InProcess, seed: str, count: int, *operations: str) -> list[Drawn]:
    made, dice = drawer(reference, *operations), Dice(seed)
    with quietly():
        return [made.draw(dice) for _ in range(count)]


@pytest.fixture(scope="module")
def questions(reference: InProcess) -> list[Drawn]:
    return drawn(reference, "0", COUNT)


def test_every_question_has_the_form_of_its_operation(questions: list[Drawn]) -> None:
    wrong = [(one, reason) for one in questions if (reason := invalid_params(one.operation, wire(one.params)))]
    assert wrong == []


def test_every_operation_is_asked(reference: InProcess, questions: list[Drawn]) -> None:
    # One of numbers has a form of which types say little.
    declared = OPERATIONS.keys() & set(reference.declared.operations) - {"patterns.slice"}
    declared = {name for name in declared if not name.startswith(LOOPS)}
    assert {one.operation for one in questions} >= declared - {
        "renderer.has_extension_property",
        "renderer.get_stop_sequences",
    }


def test_every_renderer_is_asked_prompts_examples_and_answers(reference: InProcess, questions: list[Drawn]) -> None:
    for operation in ("build_generation_prompt", "build_supervised_example", "parse_response"):
        asked = {one.params["renderer"] for one in questions if one.operation == f"renderer.{operation}"}
        assert asked == set(reference.declared.renderers)


def test_a_seed_decides_what_is_drawn(reference: InProcess) -> None:
    first, again, other = (drawn(reference, seed, 60) for seed in ("1/0", "1/0", "1/1"))
    assert first == again != other


def test_most_questions_have_an_answer_and_some_are_refused(reference: InProcess, questions: list[Drawn]) -> None:
    with quietly():
        # Numbers are drawn by type alone, which is refused more often.
        asked = [one for one in questions if one.operation.startswith(("tokenizer.", "renderer."))]
        kinds = Counter(type(reference.answer(one.operation, wire(one.params))) for one in asked)
    assert kinds[Result] > 0.7 * len(asked)
    assert kinds[Rejection] > 0.05 * len(asked)
    assert kinds[Fault] < 0.01 * len(asked)


def test_answers_of_every_ending_are_parsed(reference: InProcess) -> None:
    asked = drawn(reference, "2", 1500, "renderer.parse_response")
    endings: Counter[str] = Counter()
    with quietly():
        for one in asked:
            answer = reference.answer(one.operation, wire(one.params))
            if isinstance(answer, Result):
                endings.update(word for word in ("stop_sequence", "eos", "malformed") if word.encode() in answer.raw)
                endings["calls"] += b'"tool_calls"' in answer.raw
                endings["unparsed"] += b'"unparsed_tool_calls"' in answer.raw
                endings["thinking"] += b'"thinking"' in answer.raw
    assert {name for name, count in endings.items() if count} == {
        "stop_sequence",
        "eos",
        "malformed",
        "calls",
        "unparsed",
        "thinking",
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_params_can_be_drawn_from_their_type_alone(operation: str) -> None:
    form = OPERATIONS[operation].params
    valid = [invalid_params(operation, wire(forms.draw(Dice(seed), form))) is None for seed in range(200)]
    assert sum(valid) >= 5


def test_what_needs_what_is_not_there_is_not_drawn(reference: InProcess) -> None:
    made = Drawer(operations=OPERATIONS, settings=(), tokenizers=(), encode=reference.encode, render=reference.example)
    fields = {name: OPERATIONS[name].params.__struct_fields__ for name in OPERATIONS}
    alone = {name for name in fields if not {"renderer", "tokenizer"} & set(fields[name])}
    assert set(made.operations) == {name for name in alone if not name.startswith(LOOPS)}


def test_dtypes_that_are_not_declared_are_not_drawn(reference: InProcess) -> None:
    made = Drawer(
        operations=[name for name in reference.declared.operations if name.startswith("tensor.")],
        settings=(),
        tokenizers=(),
        encode=reference.encode,
        render=reference.example,
        dtypes=("float32", "int64"),
    )
    dice = Dice(3)
    params = [made.draw(dice).params for _ in range(COUNT)]
    asked = {one[key] for one in params for key in ("dtype", "to") if isinstance(one.get(key), str)}
    assert asked & set(DTYPES) == {"float32", "int64"}
    # Names that are no dtype have to be refused by everybody.
    assert asked - set(DTYPES)


def throws(dice: Dice) -> Iterator[int]:
    for _ in range(500):
        yield dice.place(3)


def test_dice_stay_in_their_bounds() -> None:
    dice = Dice(7)
    assert set(throws(dice)) == {0, 1, 2, 3}
    assert {dice.below(3) for _ in range(200)} == {0, 1, 2}
    counts = Counter(dice.few(3) for _ in range(1000))
    assert set(counts) == {0, 1, 2, 3}
    assert counts[0] > counts[3]


def test_the_smoke_set_asks_of_every_renderer_that_there_is() -> None:
    """By it, a run tells which names are no renderers, without the corpus."""
    assert sorted({one.asks.renderer for one in load_smoke() if one.asks.renderer}) == ways.known_renderers()
