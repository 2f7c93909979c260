"""A shape that was worked out from stand-ins gives what describing every conversation by itself gives."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from byte_formats import LLAMA3, QWEN3, TOKENIZERS, assistant, renderer, system, texts, tool, user
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.errors import CookbookError, RendererError
from cookbook.renderers import Constant, Renderer, TrainOnWhat, batch, frames, shapes
from cookbook.renderers.llama3 import Llama3Renderer
from cookbook.renderers.qwen3 import Qwen3Renderer

if TYPE_CHECKING:
    from cookbook.messages import Message

NAMES = sorted(TOKENIZERS)
OPTIONS = {"qwen3": {"strip_thinking_from_history": False}, "deepseekv3_thinking": {"system_role_as_user": True}}
quietly = settings(max_examples=40, deadline=None)
pytestmark = pytest.mark.filterwarnings("ignore")

roles = st.lists(st.sampled_from(["user", "assistant", "assistant", "system", "tool", "critic"]), max_size=5)
# Twice the same roles with other words, a word that is looked into among them.
words = st.one_of(
    texts, st.sampled_from(["", "a", "\n", "\nb", "a\n", "<think>r</think>a", "r</think>", ">", " ", "\ue0000\ue001"])
)


@st.composite
def rounds(draw: st.DrawFn) -> list[list[Message]]:
    """Conversations of the same roles, so that the shape is learnt and used."""
    given = draw(roles)
    return [
        [{"role": role, "content": draw(words)} for role in given]  # type: ignore[typeddict-item]
        for _ in range(draw(st.integers(3, 4)))
    ]


def outcome(ask: Any, of: Renderer) -> Any:
    try:
        made = ask(of)
    except (CookbookError, NotImplementedError) as error:
        return type(error), str(error)
    if isinstance(made, list):
        return [(model_input, weights.tolist(), weights.dtype) for model_input, weights in made]
    return made


def unlearned(name: str, **options: Any) -> Renderer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renderer, "learns_shapes", False)
        return renderer(name, **options)


@pytest.mark.parametrize("name", NAMES)
@given(given=rounds(), mode=st.sampled_from(TrainOnWhat), role=st.sampled_from(["assistant", "user", "tool"]))
@quietly
def test_every_format(name, given, mode, role) -> None:
    for options in ({}, OPTIONS.get(name, {})):
        learning, plain = renderer(name, **options), unlearned(name, **options)
        for messages in given:
            for ask in (
                lambda one, messages=messages: [one.build_supervised_example(messages, mode)],
                lambda one, messages=messages: one.build_supervised_examples(messages, mode),
                lambda one, messages=messages: one.build_generation_prompt(messages, role),
            ):
                assert outcome(ask, learning) == outcome(ask, plain)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_are_used(name, monkeypatch) -> None:
    of = renderer(name)
    for words in ("ab", "cd"):
        first = [user(words), assistant(words)]
        of.build_supervised_example(first)
        of.build_generation_prompt(first)
    monkeypatch.setattr(type(of), "render_message", lambda *_: pytest.fail("described again"))
    _, weights = of.build_supervised_example([user("q"), assistant("the answer")])
    assert weights.sum() > len("the answer")
    of.build_generation_prompt([user("q"), assistant("a")])


def test_words_that_a_format_looks_into_are_described() -> None:
    of, plain = renderer("qwen3"), unlearned("qwen3")
    for content in ("a", "b", "<think>r</think>a", "\n\na", "c"):
        messages = [user("q"), assistant(content)]
        assert of.build_supervised_example(messages)[0] == plain.build_supervised_example(messages)[0]


def test_a_subclass_that_looks_closer_is_asked_every_time() -> None:
    class Shouting(Qwen3Renderer):
        def render_message(self, message, ctx):
            return super().render_message({**message, "content": message["content"].upper()}, ctx)

    of = Shouting(QWEN3)
    for words in ("ab", "cd", "ef"):
        assert words.upper() in QWEN3.decode(of.build_generation_prompt([user(words)]).to_ints())


def test_a_message_with_anything_else_is_no_plain_one() -> None:
    assert shapes.plain([user("q")], lambda *_: True) == (("user",), ["q"])
    for message in (tool("o"), user(""), user(["x"]), {"role": "user"}, {"content": "x"}, {"role": 1, "content": "x"}):
        assert shapes.plain([user("q"), message], lambda *_: True) is None  # type: ignore[list-item]
        assert shapes.all_plain([[user("q")], [message]], lambda *_: True) is None  # type: ignore[list-item]
    for ask in (shapes.plain, lambda messages, copied: shapes.all_plain([messages], copied)):
        for refused in ("q", "a"):
            assert ask([user("q"), assistant("a")], lambda _, texts, refused=refused: refused not in texts) is None


def test_many_conversations_are_asked_in_one_go() -> None:
    given = [[user("q"), assistant("a")], [], [user("r")]]
    assert shapes.all_plain(given, lambda *_: True) == (("user", "assistant", "user"), ["q", "a", "r"])


def test_what_is_remembered_of_roles_has_an_end(monkeypatch) -> None:
    monkeypatch.setattr(shapes, "_MAX_SHAPES", 10)
    of = renderer("llama3")
    for at in range(100):
        for _ in range(2):
            of.build_generation_prompt([{"role": f"role {at}", "content": "x"}])
    assert len(of._prompt_shapes.known) <= 10


def test_warnings_are_as_many_as_conversations() -> None:
    of = renderer("gpt_oss_low_reasoning")
    counts = []
    for _ in range(4):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            of.build_generation_prompt([system("s"), user("q")])
        counts.append(len(caught))
    assert counts[0] == counts[2] == counts[3] == 1


def test_arrays_are_equal_too() -> None:
    for name in NAMES:
        given = [[system("s"), user(f"q{at}"), assistant(f"a{at}")] for at in range(4)]
        learned = renderer(name).build_supervised_example_batch(given)
        plain = unlearned(name).build_supervised_example_batch(given)
        for field in ("tokens", "weights", "offsets"):
            np.testing.assert_array_equal(getattr(learned, field), getattr(plain, field))


def test_a_format_s_own_prompt_is_encoded_once(monkeypatch) -> None:
    of = renderer("gpt_oss_low_reasoning")
    for at in range(3):
        of.build_supervised_example([user(f"q{at}"), assistant("a")])
    of.forget()
    asked: list[str] = []
    encode = type(of.tokenizer).encode
    monkeypatch.setattr(
        type(of.tokenizer), "encode", lambda self, text, **options: asked.append(text) or encode(self, text, **options)
    )
    of.build_supervised_example([user("q"), assistant("a")])
    assert asked == ["q", "a"]


def test_a_long_prefill_is_no_constant() -> None:
    of = renderer("llama3")
    for prefill, settled in (("p" * shapes._LONGEST_CONSTANT, True), ("q" * (shapes._LONGEST_CONSTANT + 1), False)):
        for words in ("a", "b", "c"):
            prompt = of.build_generation_prompt([user(words)], prefill=prefill)
            assert of.tokenizer.decode(prompt.to_ints()).endswith(prefill)
        assert (prefill in of._encoder._constants) == settled


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_of_boundaries_before_the_words_are(name, monkeypatch) -> None:
    """Of plain conversations, no prompt is compared with the example token by token, whatever the format is."""
    of = renderer(name)
    given = [[user(f"q{at}"), assistant(f"a{at}")] for at in range(4)]
    of.build_supervised_example_batch(given[:3])
    monkeypatch.setattr(frames, "length_of_prefix", lambda *_: pytest.fail("compared"))
    monkeypatch.setattr(batch.Gathering, "_accepted", lambda *_: pytest.fail("each row alone"))
    assert len(of.build_supervised_example_batch(given)) == 4
    assert of.build_supervised_example(given[3])[1].any()


class Closing(Llama3Renderer):
    """Closes something in its prompt that no example has."""

    disables_thinking = True
    copies_text = staticmethod(Llama3Renderer.copies_text)

    def generation_suffix(self, role: str, ctx: Any) -> Any:
        return (Constant("(closed)"),)


def test_what_is_refused_stays_refused() -> None:
    of = Closing(LLAMA3)
    for words in ("a", "b", "c", "d"):
        with pytest.raises(RendererError, match="reasons"):
            of.build_supervised_example([user(words), assistant(words)])
        made = of.build_supervised_example_batch([[user(words), assistant(words)]] * 3, keep_going=True)
        assert [at for at, _ in made.rejected] == [0, 1, 2]
