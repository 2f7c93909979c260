"""Many conversations in one go give what each gives alone: rows, rejections and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from byte_formats import LLAMA3, TOKENIZERS, assistant, conversations, renderer, system, texts, user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cookbook.errors import CookbookError, InvalidInputError, InvalidMessageError
from cookbook.renderers import TrainOnWhat, batch, get_renderer
from cookbook.renderers.llama3 import Llama3Renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.messages import Message
    from cookbook.renderers import Batch, PromptBatch

NAMES = sorted(TOKENIZERS)
quietly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
pytestmark = [
    pytest.mark.filterwarnings("ignore:a system message comes after"),
    pytest.mark.filterwarnings("ignore:a tool message has no name"),
]

# What formats refuse, or write in a way of their own.
ODD: list[list[Message]] = [
    [],
    [user("")],
    [{"role": "user"}],  # type: ignore[typeddict-item]
    [user("q"), {"role": "assistant", "content": "a", "trainable": True}],
    [assistant("a")],
    [user("q"), system("s"), assistant("a")],
    [user("q"), assistant("\ud83d")],
    [user("q"), assistant("<think>r</think>a")],
    [user("q"), assistant("\na")],
]
plain = st.lists(
    st.builds(
        lambda role, content: {"role": role, "content": content},
        st.sampled_from(["user", "assistant", "system", "tool"]),
        texts,
    ),
    max_size=5,
)
worded = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["user", "assistant"]),
    texts.filter(bool) | st.sampled_from(["a", "think>", "<think>r</think>a", "\na", ">"]),
)
many = st.lists(st.one_of(conversations(), plain, st.sampled_from(ODD)), max_size=6)


def alone(build: Callable[[Sequence[Message]], Any], given: Sequence[Sequence[Message]]) -> tuple[list[Any], list[Any]]:
    """What each conversation gives by itself, with its index: rows, and errors as their type and words."""
    made, refused = [], []
    for at, messages in enumerate(given):
        try:
            made += [(at, row) for row in build(messages)]
        except (CookbookError, NotImplementedError) as error:
            refused.append((at, type(error), str(error)))
    return made, refused


def assert_equal(batch: PromptBatch, tokens: list[tuple[int, list[int]]], refused: list[Any]) -> None:
    assert [at for at, _ in tokens] == batch.conversations.tolist()
    assert [row for _, row in tokens] == [batch.row(at).tolist() for at in range(len(batch))]
    assert refused == [(at, type(error), str(error)) for at, error in batch.rejected]
    assert (batch.tokens.dtype, batch.offsets.dtype, batch.conversations.dtype) == (np.int32, np.int64, np.int64)
    assert batch.offsets[-1] == len(batch.tokens)
    assert len(batch.offsets) == len(batch) + 1


@pytest.mark.parametrize("name", NAMES)
class TestEveryFormat:
    @given(given=many, mode=st.sampled_from(TrainOnWhat))
    @quietly
    def test_examples(self, name: str, given: list[list[Message]], mode: TrainOnWhat) -> None:
        one = renderer(name)
        for made_together, build in (
            (
                one.build_supervised_example_batch(given, mode, keep_going=True),
                lambda messages: [renderer(name).build_supervised_example(messages, mode)],
            ),
            (
                one.build_supervised_examples_batch(given, mode, keep_going=True),
                lambda messages: renderer(name).build_supervised_examples(messages, mode),
            ),
        ):
            made, refused = alone(build, given)
            assert_equal(made_together, [(at, model_input.to_ints()) for at, (model_input, _) in made], refused)
            assert made_together.weights.dtype == np.float32
            for row, (_, (_, weights)) in enumerate(made):
                np.testing.assert_array_equal(made_together.example(row)[1], weights)

    @given(given=many, role=st.sampled_from(["assistant", "user", "tool"]), prefill=st.none() | texts)
    @quietly
    def test_prompts(self, name: str, given: list[list[Message]], role: str, prefill: str | None) -> None:
        together = renderer(name).build_generation_prompt_batch(given, role, prefill, keep_going=True)
        made, refused = alone(
            lambda messages: [renderer(name).build_generation_prompt(messages, role, prefill).to_ints()], given
        )
        assert_equal(together, made, refused)

    @given(
        given=st.lists(st.lists(worded, min_size=1, max_size=3), min_size=1, max_size=5),
        mode=st.sampled_from(TrainOnWhat),
    )
    @quietly
    def test_frames_that_are_known(self, name: str, given: list[list[Message]], mode: TrainOnWhat) -> None:
        one = renderer(name)
        made, refused = alone(lambda messages: [renderer(name).build_supervised_example(messages, mode)], given)
        prompts, no_prompts = alone(
            lambda messages: [renderer(name).build_generation_prompt(messages).to_ints()], given
        )
        for _ in range(3):  # The second time frames are learned, the third time they are looked up.
            together = one.build_supervised_example_batch(given, mode, keep_going=True)
            assert_equal(together, [(at, model_input.to_ints()) for at, (model_input, _) in made], refused)
            for row, (_, (_, weights)) in enumerate(made):
                np.testing.assert_array_equal(together.example(row)[1], weights)
            assert_equal(one.build_generation_prompt_batch(given, keep_going=True), prompts, no_prompts)

    def test_frames_are_looked_up(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        one = renderer(name)
        given = [[user("q"), assistant(answer)] for answer in ("a", "b", "c")]
        expected = [made.tokens.tolist() for made in build(one, given)]
        monkeypatch.setattr(type(one), "_framed", lambda *_: pytest.fail("asked one by one"))
        looked_up = [one.build_supervised_example_batch(given), one.build_generation_prompt_batch(given)]
        assert [made.tokens.tolist() for made in looked_up] == expected[::2]
        for odd in (None, [], [{}], [user("q"), None], [user("")], [{**user("q"), "trainable": True}]):
            with pytest.raises(pytest.fail.Exception):
                one.build_generation_prompt_batch([*given, odd])


def build(one: Any, given: list[list[Message]], **options: Any) -> list[Batch]:
    return [
        one.build_supervised_example_batch(given, **options),
        one.build_supervised_examples_batch(given, **options),
        one.build_generation_prompt_batch(given, **options),
    ]


def test_a_conversation_that_is_refused_is_named_by_its_index() -> None:
    bad = [user("q"), {"role": "assistant"}]
    for at in range(3):
        with pytest.raises(InvalidMessageError) as raised:
            build(renderer("qwen3"), [[user("q"), assistant("a")]] * at + [bad])
        assert raised.value.__notes__ == [f"conversation {at} of the batch"]


@pytest.mark.parametrize("block", [1, 2, 64])
@pytest.mark.parametrize("slab", [0, 1, 10, 1 << 20])
def test_it_is_the_same_slab_by_slab_and_the_first_refusal_is_raised(slab, block, monkeypatch) -> None:
    good, unwritable, refused = [user("q"), assistant("a")], [user("q"), assistant("\ud83d")], [user("q"), {}]
    given = [good, unwritable, good, refused, good, unwritable]
    one = renderer("qwen3")
    at_once = build(one, given, keep_going=True)
    monkeypatch.setattr(batch, "_SLAB", slab)
    monkeypatch.setattr(batch, "_BLOCK", block)
    for whole, made in zip(at_once, build(one, given, keep_going=True), strict=True):
        for name in ("tokens", "offsets", "conversations", "weights"):
            np.testing.assert_array_equal(getattr(made, name, None), getattr(whole, name, None))
        assert [at for at, _ in made.rejected] == [1, 3, 5][: len(made.rejected)]
        assert made.conversations.tolist() == [at for at in range(6) if at not in dict(made.rejected)]
    for ordered in (given, given[2:]):
        with pytest.raises(InvalidInputError) as raised:
            one.build_supervised_example_batch(ordered)
        assert raised.value.__notes__ == ["conversation 1 of the batch"]


def test_a_subclass_that_builds_otherwise_is_asked() -> None:
    class Untrained(Llama3Renderer):
        def build_supervised_example(self, messages, train_on_what="last_assistant_message"):
            model_input, weights = super().build_supervised_example(messages, train_on_what)
            weights[-1] = 0.5
            return model_input, weights

    one, given = Untrained(LLAMA3), [[user("q"), assistant("a")], [user("b")]]
    for made in (one.build_supervised_example_batch(given), one.build_supervised_examples_batch(given)):
        for at, messages in enumerate(given):
            model_input, weights = one.build_supervised_example(messages, "last_assistant_turn")
            tokens, row_weights = made.example(at)
            assert (tokens.tolist(), row_weights.tolist()) == (model_input.to_ints(), weights.tolist())


def test_rows_of_nothing_and_beyond_the_end() -> None:
    for made in build(renderer("llama3"), []):
        assert (len(made), made.tokens.tolist(), made.offsets.tolist()) == (0, [], [0])
        with pytest.raises(IndexError):
            made.row(0)
    for made in build(renderer("llama3"), [[user("q"), assistant("a")]] * 2):
        assert made.row(-1).tolist() == made.row(1).tolist() == made.row(0).tolist()
        with pytest.raises(IndexError):
            made.row(2)


def test_conversations_are_taken_as_they_come() -> None:
    made = renderer("llama3").build_supervised_example_batch(iter([[user("q"), assistant(a)] for a in "ab"]))
    assert len(made) == 2


class Merging:
    """Takes a line break and the space after it as one token, as real vocabularies do."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(TOKENIZERS["qwen3_disable_thinking"], name)

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        self.asked.append(text)
        tokens = TOKENIZERS["qwen3_disable_thinking"].encode(text, split_special_tokens=split_special_tokens)
        merged = b"".join(token.to_bytes(4, "big") for token in tokens)
        merged = merged.replace(bytes([0, 0, 0, 10, 0, 0, 0, 32]), (999).to_bytes(4, "big"))
        return [int.from_bytes(merged[at : at + 4], "big") for at in range(0, len(merged), 4)]


@pytest.mark.parametrize("answers", [["a"], ["a", "longer"], ["a", " x", "b"], [" x", " x"]])
def test_a_word_that_grows_together_with_the_prompt_is_seen(answers: list[str]) -> None:
    """The prompt that closes the think block ends with line breaks: with a space after them they are other tokens."""
    one, alone = (get_renderer("qwen3_disable_thinking", Merging()) for _ in range(2))
    given = [[user("q"), assistant(answer)] for answer in answers]
    for _ in range(3):
        made = one.build_supervised_example_batch(given, keep_going=True)
        refused = [at for at, messages in enumerate(given) if messages[1]["content"] == " x"]
        assert [at for at, _ in made.rejected] == refused
        assert all("reasons" in str(error) for _, error in made.rejected)
        for row, at in enumerate(made.conversations.tolist()):
            expected, weights = alone.build_supervised_example(given[at])
            tokens, row_weights = made.example(row)
            assert (tokens.tolist(), row_weights.tolist()) == (expected.to_ints(), weights.tolist())
            assert row_weights[-2:].all()


def test_a_text_that_comes_often_is_encoded_once_in_a_batch() -> None:
    tokenizer = Merging()
    one = get_renderer("qwen3_disable_thinking", tokenizer)
    long = "a document. " * 100
    given = [[system(long), user(f"q{at}" * 200), assistant("a")] for at in range(9)]
    one.build_supervised_example_batch(given)
    assert tokenizer.asked.count(long) == 1
    assert sum(text.startswith("q") for text in tokenizer.asked) == 9


def test_long_texts_are_compared_by_their_words_only_if_they_have_the_same_length() -> None:
    long = ["a" * length for length in range(1000, 1010)]
    assert batch._all_differ(long)
    assert batch._all_differ([*long, "b" * 1005])
    assert not batch._all_differ([*long, "a" * 1005])
    assert not batch._all_differ(["a", "b", "a"])
    assert batch._all_differ(["a", "b"])
    assert batch._all_differ([])


def test_a_batch_warns_once_of_each_kind() -> None:
    one = renderer("gpt_oss_low_reasoning")
    given = [[system("s"), user(f"q{at}")] for at in range(8)]
    for _ in range(2):
        one.build_generation_prompt_batch(given)
    with pytest.warns(UserWarning, match="a system message comes after") as caught:
        one.build_generation_prompt_batch(given)
    assert len(caught) == 1
