"""What holds for every family, and the shared rules of upstream's `Renderer` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from byte_formats import (
    QWEN3,
    TOKENIZERS,
    assistant,
    call,
    chunk_texts,
    conversations,
    marked,
    prompt,
    renderer,
    system,
    text_part,
    texts,
    thinking,
    tool,
    user,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cookbook.errors import ConfigurationError, InvalidMessageError, RendererError
from cookbook.renderers import TrainOnWhat, get_renderer

NAMES = sorted(TOKENIZERS)
# One name for each format: aliases and efforts of reasoning would only repeat them.
FORMATS = sorted({*NAMES} - {"deepseekv3_disable_thinking", "gpt_oss_medium_reasoning", "gpt_oss_high_reasoning"})
CLAIM_EXTENSION = {"role_colon", "llama3", "qwen3_instruct", "deepseekv3", "deepseekv3_disable_thinking"}
MODES = [mode for mode in TrainOnWhat if mode is not TrainOnWhat.CUSTOMIZED]
Q, A, Z = user("q"), assistant("a"), user("z")

# A conversation that a format refuses proves nothing, and some refuse many.
quietly = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
pytestmark = pytest.mark.filterwarnings("ignore:a system message comes after")


class TestEveryFormat:
    @pytest.mark.parametrize("name", FORMATS)
    @given(messages=conversations(), mode=st.sampled_from(MODES))
    @quietly
    def test_every_token_has_a_weight_and_the_same_question_the_same_answer(self, name, messages, mode) -> None:
        before = copy.deepcopy(messages)
        try:
            model_input, weights = renderer(name).build_supervised_example(messages, mode)
        except RendererError:
            assume(False)
        again, weights_again = renderer(name).build_supervised_example(messages, mode)

        assert len(weights) == model_input.length == len(model_input.to_ints())
        assert again == model_input
        np.testing.assert_array_equal(weights, weights_again)
        assert messages == before, "the caller's messages were changed"

    @pytest.mark.parametrize("name", FORMATS)
    @given(messages=conversations(), prefill=st.none() | texts)
    @quietly
    def test_a_prompt_has_no_empty_chunk_and_is_the_same_each_time(self, name, messages, prefill) -> None:
        before = copy.deepcopy(messages)
        try:
            built = renderer(name).build_generation_prompt(messages, prefill=prefill)
        except RendererError:
            assume(False)

        assert all(chunk.tokens for chunk in built.chunks)
        assert built == renderer(name).build_generation_prompt(messages, prefill=prefill)
        assert messages == before, "the caller's messages were changed"

    @pytest.mark.parametrize("name", sorted({*FORMATS} - CLAIM_EXTENSION))
    @given(messages=conversations())
    @quietly
    def test_one_example_a_turn_is_what_each_turn_alone_gives(self, name, messages) -> None:
        format_ = renderer(name)
        try:
            examples = format_.build_supervised_examples(messages, TrainOnWhat.ALL_ASSISTANT_MESSAGES)
        except RendererError:
            assume(False)
        alone = [
            format_.build_supervised_example(messages[: end + 1])
            for end, message in enumerate(messages)
            if message["role"] == "assistant"
        ]

        assert [model_input for model_input, _ in examples] == [model_input for model_input, _ in alone]
        for (_, weights), (_, weights_alone) in zip(examples, alone, strict=True):
            np.testing.assert_array_equal(weights, weights_alone)

    @pytest.mark.parametrize("name", NAMES)
    def test_the_extension_property_is_claimed_where_upstream_claims_it(self, name) -> None:
        assert renderer(name).has_extension_property == (name in CLAIM_EXTENSION)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_renderer_survives_pickling(self, name) -> None:
        copied = pickle.loads(pickle.dumps(renderer(name)))
        assert copied.build_generation_prompt([Q]) == renderer(name).build_generation_prompt([Q])


class TestWhatIsTrained:
    """Upstream's rules for `TrainOnWhat`, shown on the format whose turns are easiest to read."""

    def test_the_last_message_ends_with_the_whole_stop_sequence_and_earlier_ones_do_not(self) -> None:
        format_ = renderer("role_colon")
        messages = [user("q1"), assistant("a1"), user("q2"), assistant("a2")]
        assert marked(format_, format_.build_supervised_example(messages, "all_assistant_messages")) == (
            "<s>User: q1\n\nAssistant:⟦ a1\n\n⟧User: q2\n\nAssistant:⟦ a2\n\nUser:⟧"
        )

    def test_a_user_who_speaks_last_leaves_nothing_to_train(self) -> None:
        format_ = renderer("llama3")
        _, weights = format_.build_supervised_example([Q, A, Z], TrainOnWhat.LAST_ASSISTANT_MESSAGE)
        assert not weights.any()

    def test_the_last_turn_is_found_without_looking_at_the_last_message(self) -> None:
        format_ = renderer("llama3")
        text = marked(format_, format_.build_supervised_example([Q, A, Z], TrainOnWhat.LAST_ASSISTANT_TURN))
        assert "⟦a<|eot_id|>⟧" in text
        assert text.count("⟦") == 1

    def test_the_last_turn_spans_tool_calls_but_not_their_results(self) -> None:
        format_ = renderer("qwen3_instruct")
        messages = [Q, A, Z, assistant("x", call()), tool("r"), assistant("y")]
        text = marked(format_, format_.build_supervised_example(messages, TrainOnWhat.LAST_ASSISTANT_TURN))
        assert text == (
            "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\nz<|im_end|>\n"
            '<|im_start|>assistant\n⟦x\n<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call><|im_end|>⟧\n'
            "<|im_start|>user\n<tool_response>\nr\n</tool_response><|im_end|>\n<|im_start|>assistant\n⟦y<|im_end|>⟧"
        )

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            ("all_messages", "<|im_start|>user\n⟦q<|im_end|>⟧\n<|im_start|>assistant\n⟦a<|im_end|>⟧"),
            ("all_tokens", "⟦<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>⟧"),
            ("all_user_and_system_messages", "<|im_start|>user\n⟦q<|im_end|>⟧\n<|im_start|>assistant\na<|im_end|>"),
            ("all_assistant_messages", "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n⟦a<|im_end|>⟧"),
        ],
    )
    def test_headers_are_trained_only_with_all_tokens(self, mode, expected) -> None:
        format_ = renderer("qwen3_instruct")
        assert marked(format_, format_.build_supervised_example([Q, A], mode)) == expected

    def test_the_beginning_of_the_text_is_never_trained(self) -> None:
        _, weights = renderer("llama3").build_supervised_example([Q], TrainOnWhat.ALL_TOKENS)
        assert weights[0] == 0
        assert weights[1:].all()

    def test_customized_follows_each_message(self) -> None:
        format_ = renderer("qwen3_instruct")
        messages = [{**Q, "trainable": True}, {**A, "trainable": False}]
        text = marked(format_, format_.build_supervised_example(messages, TrainOnWhat.CUSTOMIZED))
        assert text == "<|im_start|>user\n⟦q<|im_end|>⟧\n<|im_start|>assistant\na<|im_end|>"

    @pytest.mark.parametrize("trainable", [True, False, None])
    def test_trainable_belongs_to_customized_alone_even_as_none(self, trainable) -> None:
        with pytest.raises(InvalidMessageError, match="trainable"):
            renderer("llama3").build_supervised_example([Q, {**A, "trainable": trainable}])

    def test_customized_needs_trainable_on_every_message(self) -> None:
        with pytest.raises(InvalidMessageError, match="needs it on every message"):
            renderer("llama3").build_supervised_example([Q, {**A, "trainable": True}], TrainOnWhat.CUSTOMIZED)

    def test_customized_with_none_is_no_weight(self) -> None:
        with pytest.raises(InvalidMessageError, match="trainable is None"):
            renderer("llama3").build_supervised_example([{**A, "trainable": None}], TrainOnWhat.CUSTOMIZED)

    def test_an_unknown_mode_is_refused(self) -> None:
        with pytest.raises(RendererError, match="unknown train_on_what 'foo'"):
            renderer("llama3").build_supervised_example([Q], "foo")


class TestWhatThePromptSupplies:
    """Upstream's rule that sampled turns are trained from where the generation prompt ends (#873)."""

    def test_a_block_that_the_prompt_writes_is_not_trained(self) -> None:
        format_ = renderer("qwen3_disable_thinking")
        text = marked(format_, format_.build_supervised_example([Q, A]))
        assert text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n⟦a<|im_end|>⟧")

    def test_but_it_is_with_all_assistant_messages(self) -> None:
        format_ = renderer("qwen3_disable_thinking")
        text = marked(format_, format_.build_supervised_example([Q, A], TrainOnWhat.ALL_ASSISTANT_MESSAGES))
        assert text.endswith("<|im_start|>assistant\n⟦<think>\n\n</think>\n\na<|im_end|>⟧")

    def test_a_tag_that_the_prompt_opens_is_not_trained(self) -> None:
        format_ = renderer("deepseekv3_thinking")
        assert marked(format_, format_.build_supervised_example([Q, A])).endswith(
            "<think>⟦</think>a" + format_.stop_token + "⟧"
        )

    @pytest.mark.parametrize("mode", ["last_assistant_message", "last_assistant_turn"])
    def test_reasoning_after_a_prompt_that_forbids_it_is_refused(self, mode) -> None:
        reasons = assistant([thinking("r"), text_part("a")])
        format_ = renderer("qwen3_disable_thinking")
        with pytest.raises(RendererError, match="remove its reasoning"):
            format_.build_supervised_example([Q, reasons], mode)
        assert format_.build_supervised_example([Q, reasons], TrainOnWhat.ALL_ASSISTANT_MESSAGES)

    def test_weights_are_floats_where_upstream_makes_floats(self) -> None:
        qwen3, llama3 = renderer("qwen3"), renderer("llama3")
        assert qwen3.build_supervised_example([Q, A])[1].dtype == np.float32
        assert qwen3.build_supervised_example([Q, A], "all_assistant_messages")[1].dtype == np.int64
        assert qwen3.build_supervised_example([])[1].dtype == np.float32
        assert llama3.build_supervised_example([Q, A], "all_assistant_messages")[1].dtype == np.float32
        # The injected system message would be injected twice into the prompt, so no prompt is a prefix.
        assert renderer("gpt_oss_low_reasoning").build_supervised_example([Q, A])[1].dtype == np.int64

    def test_text_is_encoded_once_although_the_prompt_is_compared(self) -> None:
        class Counting:
            bos_token = bos_token_id = eos_token = eos_token_id = None
            seen: list[str]

            def __init__(self) -> None:
                self.seen = []

            def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
                self.seen.append(text)
                return QWEN3.encode(text, split_special_tokens=split_special_tokens)

        tokenizer = Counting()
        format_ = get_renderer("qwen3", tokenizer)
        tokenizer.seen.clear()
        messages = [user("q1"), assistant("a1"), user("q2"), assistant("a2")]
        format_.build_supervised_examples(messages, TrainOnWhat.ALL_ASSISTANT_MESSAGES)
        assert len(tokenizer.seen) == len(set(tokenizer.seen))
        assert {"q1", "a1", "q2"} <= set(tokenizer.seen)


class TestSplitting:
    def test_earlier_turns_are_shown_as_history(self) -> None:
        format_ = renderer("qwen3")
        messages = [user("q1"), assistant([thinking("r1"), text_part("a1")]), user("q2"), assistant("a2")]
        first, second = format_.build_supervised_examples(messages, "all_assistant_messages")
        assert marked(format_, first).endswith("⟦<think>\nr1\n</think>\n\na1<|im_end|>⟧")
        assert "r1" not in marked(format_, second)

    @pytest.mark.parametrize("mode", ["last_assistant_message", "last_assistant_turn"])
    def test_a_conversation_that_ends_with_a_user_gives_none(self, mode) -> None:
        assert renderer("qwen3").build_supervised_examples([Q, A, Z], mode) == []

    def test_the_extension_property_needs_one_example_only(self) -> None:
        assert len(renderer("llama3").build_supervised_examples([Q, A, Z, A], "all_assistant_messages")) == 1

    @pytest.mark.parametrize(
        "mode", ["all_messages", "all_tokens", "all_user_and_system_messages", "customized", "foo"]
    )
    def test_what_no_one_samples_cannot_be_split(self, mode) -> None:
        with pytest.raises(NotImplementedError, match=mode):
            renderer("qwen3").build_supervised_examples([Q, A], mode)

    def test_without_messages_there_is_no_last_one(self) -> None:
        with pytest.raises(InvalidMessageError, match="empty conversation"):
            renderer("qwen3").build_supervised_examples([], TrainOnWhat.LAST_ASSISTANT_MESSAGE)


class TestPrompts:
    def test_no_messages(self) -> None:
        assert prompt(renderer("qwen3"), []) == "<|im_start|>assistant\n"
        assert prompt(renderer("llama3"), []) == "<|begin_of_text|><|start_header_id|>assistant<|end_header_id|>\n\n"
        model_input, weights = renderer("qwen3").build_supervised_example([])
        assert (model_input.chunks, weights.tolist()) == ((), [])

    def test_the_prefill_is_a_chunk_of_its_own(self) -> None:
        format_ = renderer("role_colon")
        assert chunk_texts(format_.build_generation_prompt([Q], prefill="Sure"), format_) == [
            "<s>",
            "User:",
            " q\n\n",
            "Assistant:",
            "Sure",
        ]
        assert format_.build_generation_prompt([Q], prefill="") == format_.build_generation_prompt([Q])

    def test_the_formats_own_prefill_comes_first(self) -> None:
        assert prompt(renderer("qwen3_disable_thinking"), [Q], prefill="Sure").endswith("</think>\n\nSure")

    def test_the_role_is_the_callers(self) -> None:
        assert prompt(renderer("qwen3"), [Q], role="user").endswith("\n<|im_start|>user\n")
        assert prompt(renderer("gpt_oss_no_sysprompt"), [Q], role="user").endswith("<|start|>user")

    def test_empty_chunks_stay_in_examples_and_leave_prompts(self) -> None:
        format_ = renderer("deepseekv3")
        messages = [system(""), user("")]
        assert len(format_.build_generation_prompt(messages).chunks) == 3
        chunks = format_.build_supervised_example([*messages, assistant("C")])[0].chunks
        assert [chunk.length for chunk in chunks] == [1, 0, 1, 0, 2, 2]

    def test_literal_ids(self) -> None:
        # <|im_start|> is 257 and <|im_end|> 258: bytes for everything else.
        assert renderer("qwen3").build_generation_prompt([user("é")]).to_ints() == [
            *[257, *b"user\n", 0xC3, 0xA9, 258],
            *[10, 257, *b"assistant\n"],
        ]


class TestMalformedInput:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        "message",
        [
            {"role": "assistant"},
            {"role": "assistant", "content": None},
            {"role": "assistant", "content": 5},
            {"content": "a"},
            {"role": None, "content": "a"},
            {"role": "assistant", "content": [{"type": "text"}]},
            {"role": "assistant", "content": ["a"]},
            {"role": "assistant", "content": [{"text": "a"}]},
        ],
    )
    def test_is_named(self, name, message) -> None:
        for build in (renderer(name).build_generation_prompt, renderer(name).build_supervised_example):
            with pytest.raises(InvalidMessageError):
                build([Q, message])

    @pytest.mark.parametrize("name", ["qwen3", "deepseekv3", "gpt_oss_no_sysprompt"])
    def test_tool_calls_must_be_tool_calls(self, name) -> None:
        with pytest.raises(InvalidMessageError, match="ToolCall"):
            prompt(renderer(name), [Q, {**A, "tool_calls": [{"function": {"name": "f"}}]}])

    def test_a_tokenizer_without_the_markers_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match="im_start"):
            get_renderer("qwen3", TOKENIZERS["llama3"])

    def test_a_tokenizer_whose_markers_take_in_whitespace_is_named(self) -> None:
        class Stripping(type(QWEN3)):
            def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
                return super().encode(text.replace("<|im_end|>\n", "<|im_end|>"))

        with pytest.raises(ConfigurationError, match="cuts text"):
            get_renderer("qwen3", Stripping(added=QWEN3.added))


def test_training_all_turns_of_a_format_that_rewrites_history_is_warned_of(caplog) -> None:
    renderer("llama3").build_supervised_example([Q, A], "all_assistant_messages")
    assert not caplog.records
    renderer("qwen3").build_supervised_example([Q, A], "all_assistant_messages")
    assert "build_supervised_examples" in caplog.text


class CountingTokenizer:
    """Qwen's, counting the characters of message text that it is given."""

    bos_token = bos_token_id = None
    eos_token, eos_token_id = QWEN3.eos_token, QWEN3.eos_token_id
    token_to_id, decode = staticmethod(QWEN3.token_to_id), staticmethod(QWEN3.decode)

    def __init__(self) -> None:
        self.characters = 0

    def encode(self, text, *, split_special_tokens=False):
        self.characters += len(text) * text.startswith("text ")
        return QWEN3.encode(text, split_special_tokens=split_special_tokens)


@pytest.mark.parametrize("turns", [10, 40])
@pytest.mark.parametrize(
    "work",
    [
        lambda one, messages: [one.build_generation_prompt(messages[:end]) for end in range(1, len(messages), 2)],
        lambda one, messages: one.build_supervised_examples(messages, "all_assistant_messages"),
        lambda one, messages: one.build_supervised_examples_batch([messages, messages], "all_assistant_messages"),
    ],
)
def test_a_history_is_not_encoded_again_however_often_it_comes_out(work, turns) -> None:
    tokenizer = CountingTokenizer()
    # No answer is framed in one example and not in another: that would be another text.
    one = get_renderer("qwen3_instruct", tokenizer)
    messages = [message for at in range(turns) for message in (user(f"text q{at:04}"), assistant(f"text a{at:04}"))]
    work(one, messages)
    most = sum(len(message["content"]) for message in messages)
    assert most - len(messages[-1]["content"]) <= tokenizer.characters <= most
