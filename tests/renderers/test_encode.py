from __future__ import annotations

import pytest
from byte_formats import QWEN3
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.engines import flat
from cookbook.errors import InvalidInputError
from cookbook.renderers import Constant, Text, encode
from cookbook.renderers.encode import Encoder


class Recorder:
    """Encodes as Qwen's byte tokenizer does, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        self.asked.append((text, split_special_tokens))
        return QWEN3.encode(text, split_special_tokens=split_special_tokens)


class BatchRecorder(Recorder):
    """The same for a tokenizer that takes many texts at once."""

    def encode_batch(self, texts: list[str], *, split_special_tokens: bool = False) -> list[list[int]]:
        return [self.encode(text, split_special_tokens=split_special_tokens) for text in texts]

    def encode_flat(self, texts: list[str], *, split_special_tokens: bool = False):
        return flat(self.encode_batch(texts, split_special_tokens=split_special_tokens))


def test_each_piece_is_encoded_apart() -> None:
    tokenizer = Recorder()
    assert Encoder(tokenizer).encode((Text("<|im_"), Constant("end|>"), Text(""), Constant(""))) == [*b"<|im_end|>"]
    assert tokenizer.asked == [("<|im_", False), ("end|>", False)]


@pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])
def test_nothing_that_is_remembered_is_encoded_again(recorder) -> None:
    tokenizer = recorder()
    encoder = Encoder(tokenizer)
    for _ in range(2):
        assert encoder.constant("c") == (*b"c",)
        assert encoder.texts(["t", "t", "t"], [False, True, False]) == [(*b"t",)] * 3
    assert sorted(tokenizer.asked) == [("c", False), ("t", False), ("t", True)]
    encoder.forget()
    encoder.texts(["t"], [False])
    assert tokenizer.asked[3:] == [("t", False)]


def test_the_rule_for_special_tokens_is_part_of_what_is_remembered() -> None:
    encoder = Encoder(BatchRecorder())
    marker = [QWEN3.token_to_id("<|im_end|>")]
    for _ in range(2):
        assert encoder.texts(["<|im_end|>", "<|im_end|>"], [True, False]) == [(*b"<|im_end|>",), (*marker,)]


@given(
    rounds=st.lists(st.lists(st.tuples(st.text("abé<", max_size=6), st.booleans()), max_size=6), min_size=1, max_size=8)
)
@settings(deadline=None)
def test_whatever_is_forgotten_the_ids_are_right(rounds) -> None:
    for limit in (0, 3, 1_000_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(encode, "_MAX_REMEMBERED", limit)
            encoder = Encoder(BatchRecorder())
            for asked in rounds:
                texts, splits = [text for text, _ in asked], [split for _, split in asked]
                expected = [tuple(QWEN3.encode(text, split_special_tokens=split)) for text, split in asked]
                assert list(encoder.texts(texts, splits)) == expected


def test_what_is_used_stays_and_what_is_not_goes(monkeypatch) -> None:
    monkeypatch.setattr(encode, "_MAX_REMEMBERED", 100)
    tokenizer = Recorder()
    encoder = Encoder(tokenizer)
    for at in range(200):
        encoder.texts(["the prefix that all share", f"turn {at} of many"], [False, False])
    assert sum(text == "the prefix that all share" for text, _ in tokenizer.asked) == 1
    assert sum(map(len, (*encoder._young[0], *encoder._old[0]))) < 300
    encoder.texts(["turn 0 of many"], [False])
    assert sum(text == "turn 0 of many" for text, _ in tokenizer.asked) == 2


def test_constants_with_names_that_callers_choose_do_not_pile_up() -> None:
    encoder = Encoder(Recorder())
    for n in range(10_000):
        assert encoder.encode((Constant(f"role {n}"),)) == [*f"role {n}".encode()]
    assert len(encoder._constants) <= 4096


@pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])
def test_one_buffer_holds_the_same_ids(recorder) -> None:
    together = Encoder(recorder()).flat(["a", "", "<|im_end|>é"], split=True)
    assert together.offsets == [0, 1, 1, 13]
    assert together.lists() == [[97], [], [*"<|im_end|>é".encode()]]


def test_text_that_cannot_be_encoded_is_not_remembered() -> None:
    encoder = Encoder(Recorder())
    for _ in range(2):
        with pytest.raises(InvalidInputError):
            encoder.texts(["fine", "\ud83d"], [False, False])


def test_a_few_words_are_encoded_again_where_that_is_as_fast() -> None:
    tokenizer = BatchRecorder()
    tokenizer.worth_remembering = 10  # type: ignore[attr-defined]
    encoder = Encoder(tokenizer)
    for _ in range(2):
        assert encoder.texts(["four", "fiver"], [False, False]) == [(*b"four",), (*b"fiver",)]
        assert encoder.texts(["four", "sixsix"], [False, False]) == [(*b"four",), (*b"sixsix",)]
    asked = [text for text, _ in tokenizer.asked]
    assert [asked.count(text) for text in ("four", "fiver", "sixsix")] == [3, 2, 1]
