from __future__ import annotations

from byte_formats import QWEN3

from cookbook.renderers import Constant, Text
from cookbook.renderers.encode import Encoder


class Recorder:
    """Encodes as Qwen's byte tokenizer does, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        self.asked.append((text, split_special_tokens))
        return QWEN3.encode(text, split_special_tokens=split_special_tokens)


def test_each_piece_is_encoded_apart() -> None:
    tokenizer = Recorder()
    assert Encoder(tokenizer, {}).encode((Text("<|im_"), Constant("end|>"))) == [*b"<|im_end|>"]
    assert tokenizer.asked == [("<|im_", False), ("end|>", False)]


def test_a_text_is_encoded_once_a_call_and_a_constant_once_for_all() -> None:
    tokenizer = Recorder()
    constants: dict[str, list[int]] = {}
    for _ in range(2):
        encoder = Encoder(tokenizer, constants)
        for _ in range(2):
            encoder.encode((Constant("c"), Text("t"), Text("t", split_special_tokens=True)))
    assert sorted(tokenizer.asked) == [("c", False), ("t", False), ("t", False), ("t", True), ("t", True)]


def test_constants_with_names_that_callers_choose_do_not_pile_up() -> None:
    constants: dict[str, list[int]] = {}
    encoder = Encoder(Recorder(), constants)
    for n in range(10_000):
        assert encoder.encode((Constant(f"role {n}"),)) == [*f"role {n}".encode()]
    assert len(constants) <= 4096
