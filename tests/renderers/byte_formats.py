# ruff: noqa: RUF001 (DeepSeek's markers are written with U+FF5C)
"""Renderers on byte tokenizers, and a notation in which their examples can be read.

A byte tokenizer makes the expected ids of a test plain: those of its text, markers found. Only text that must not be
taken for a marker needs ids of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from cookbook.messages import FunctionCall, Message, ToolCall
from cookbook.renderers import get_renderer
from cookbook.tokenizer import AddedToken, ByteTokenizer

if TYPE_CHECKING:
    from cookbook.datum import ModelInput
    from cookbook.renderers import Renderer, SupervisedExample


def byte_tokenizer(
    special: list[str], ordinary: list[str] = (), *, bos: str | None = None, eos: str | None = None
) -> ByteTokenizer:
    """Special tokens from 256 up, then those that are found even if special ones are split."""
    added = [AddedToken(content, 256 + i, special=i < len(special)) for i, content in enumerate([*special, *ordinary])]
    return ByteTokenizer(added=added, bos_token=bos, eos_token=eos)


PLAIN = byte_tokenizer(["<s>", "</s>"], bos="<s>", eos="</s>")
LLAMA3 = byte_tokenizer(
    ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    bos="<|begin_of_text|>",
    eos="<|end_of_text|>",
)
QWEN3 = byte_tokenizer(
    ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"],
    eos="<|im_end|>",
)
DEEPSEEK = byte_tokenizer(
    ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"],
    [
        "<think>",
        "</think>",
        "<｜User｜>",
        "<｜Assistant｜>",
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁calls▁end｜>",
        "<｜tool▁call▁begin｜>",
        "<｜tool▁call▁end｜>",
        "<｜tool▁output▁begin｜>",
        "<｜tool▁output▁end｜>",
        "<｜tool▁sep｜>",
    ],
    bos="<｜begin▁of▁sentence｜>",
    eos="<｜end▁of▁sentence｜>",
)
GPT_OSS = byte_tokenizer(
    ["<|return|>", "<|constrain|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|call|>"],
    eos="<|return|>",
)

TOKENIZERS = {
    "role_colon": PLAIN,
    "llama3": LLAMA3,
    "qwen3": QWEN3,
    "qwen3_disable_thinking": QWEN3,
    "qwen3_instruct": QWEN3,
    "deepseekv3": DEEPSEEK,
    "deepseekv3_disable_thinking": DEEPSEEK,
    "deepseekv3_thinking": DEEPSEEK,
    "gpt_oss_no_sysprompt": GPT_OSS,
    "gpt_oss_low_reasoning": GPT_OSS,
    "gpt_oss_medium_reasoning": GPT_OSS,
    "gpt_oss_high_reasoning": GPT_OSS,
}


def renderer(name: str, **options: Any) -> Renderer:
    """The renderer on its family's byte tokenizer, with a date if it needs one."""
    if name.startswith("gpt_oss"):
        options.setdefault("current_date", "2025-01-02")
    return get_renderer(name, TOKENIZERS[name], **options)


def ids(text: str, of: Renderer) -> list[int]:
    return of.tokenizer.encode(text)


def chunk_texts(model_input: ModelInput, of: Renderer) -> list[str]:
    return [of.tokenizer.decode(chunk.tokens) for chunk in model_input.chunks]


def prompt(of: Renderer, messages: list[Message], **options: Any) -> str:
    return of.tokenizer.decode(of.build_generation_prompt(messages, **options).to_ints())


def marked(of: Renderer, example: SupervisedExample) -> str:
    """The text of an example, trained stretches in double brackets: `given ⟦trained⟧ given`."""
    model_input, weights = example
    text = ""
    before = 0.0
    run: list[int] = []
    for token, weight in [*zip(model_input.to_ints(), weights.tolist(), strict=True), (None, 0.0)]:
        if token is None or weight != before:
            text += of.tokenizer.decode(run)
            text += {(0, 1): "⟦", (1, 0): "⟧"}.get((before, weight), "")
            before, run = weight, []
        if token is not None:
            run.append(token)
    return text


def user(content: Any) -> Message:
    return {"role": "user", "content": content}


def assistant(content: Any, *calls: ToolCall) -> Message:
    message: Message = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = list(calls)
    return message


def system(content: Any) -> Message:
    return {"role": "system", "content": content}


def tool(content: Any, name: str = "f") -> Message:
    return {"role": "tool", "content": content, "name": name}


def call(name: str = "f", arguments: str = "{}", call_id: str | None = None) -> ToolCall:
    return ToolCall(FunctionCall(name, arguments), call_id)


def text_part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def thinking(reasoning: str) -> dict[str, str]:
    return {"type": "thinking", "thinking": reasoning}


# Words in every language, markers of every family, line breaks and half-written tags.
words = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "\n",
            "\n\n",
            " ",
            "<think>",
            "</think>",
            "<|im_end|>",
            "<|eot_id|>",
            "<|message|>",
            "<｜User｜>",
            "<th",
            "User:",
        ]
    ),
)
texts = st.lists(words, max_size=5).map("".join)
contents = st.one_of(
    texts,
    st.builds(lambda text: [text_part(text)], texts),
    st.builds(lambda reasoning, text: [thinking(reasoning), text_part(text)], texts, texts),
)
calls = st.builds(call, st.sampled_from(["f", "get_weather"]), st.sampled_from(['{"a":1}', "{}", '{"b": "é"}']))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Turns as models see them: perhaps a system message, users, assistants, tool calls and their results."""
    messages = [system(draw(texts))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        messages.append(user(draw(texts)))
        messages.append(assistant(draw(contents), *draw(st.lists(calls, max_size=2))))
        if "tool_calls" in messages[-1]:
            messages += [tool(draw(texts)), assistant(draw(contents))]
    return messages[: draw(st.integers(1, len(messages)))]
