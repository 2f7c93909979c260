"""Facts of upstream's `ReasoningStreamingParser` (tinker-cookbook 0.5.8), and that the work stays linear."""

from __future__ import annotations

import pytest
from byte_formats import QWEN3, call, ids, renderer, text_part, thinking
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.renderers import StreamingMessageHeader, StreamingTextDelta, StreamingThinkingDelta, streaming
from cookbook.renderers.streaming import Utf8TokenDecoder

QWEN, DEEPSEEK = renderer("qwen3"), renderer("deepseekv3_thinking")
HEADER = StreamingMessageHeader("assistant")


def stream(response: str | list[int], format_=QWEN) -> list:
    """The events, with neighbouring deltas of one block joined: a byte tokenizer gives one for each character."""
    tokens = ids(response, format_) if isinstance(response, str) else response
    joined: list = []
    for event in format_.parse_response_streaming(tokens):
        last = joined[-1] if joined else None
        if isinstance(event, StreamingTextDelta) and isinstance(last, StreamingTextDelta):
            joined[-1] = StreamingTextDelta(last.text + event.text, event.content_index)
        elif isinstance(event, StreamingThinkingDelta) and isinstance(last, StreamingThinkingDelta):
            joined[-1] = StreamingThinkingDelta(last.thinking + event.thinking, event.content_index)
        else:
            joined.append(event)
    return joined


def message(content, **keys):
    return {"role": "assistant", "content": content, **keys}


@pytest.mark.parametrize(
    ("response", "events"),
    [
        ("", [message("")]),
        ("a<|im_end|>b", [StreamingTextDelta("a", 0), message("a")]),
        ("a<|im_end|><|im_end|>", [StreamingTextDelta("a", 0), message("a")]),
        ("a < b <th x", [StreamingTextDelta("a < b <th x", 0), message("a < b <th x")]),
        ("a <th", [StreamingTextDelta("a <th", 0), message("a <th")]),
        (
            "<think>\nr\n</think>\n\na<|im_end|>",
            [
                StreamingThinkingDelta("\nr\n", 1),
                StreamingTextDelta("\n\na", 2),
                message([thinking("r"), text_part("a")]),
            ],
        ),
        ("<think></think>a", [StreamingTextDelta("a", 2), message([text_part("a")])]),
        ("<think>r", [StreamingThinkingDelta("r", 1), message([text_part("<think>r")])]),
        ("<think>r</thi", [StreamingThinkingDelta("r</thi", 1), message([text_part("<think>r</thi")])]),
        (
            'x<tool_call>{"name":"f","arguments":{}}</tool_call>',
            [
                StreamingTextDelta('x<tool_call>{"name":"f","arguments":{}}</tool_call>', 0),
                message([text_part("x")], tool_calls=[call()]),
            ],
        ),
    ],
)
def test_events(response, events) -> None:
    assert stream(response) == [HEADER, *events]


def test_a_tag_that_the_prompt_opened_is_restored() -> None:
    assert stream("r</think>a", DEEPSEEK) == [
        HEADER,
        StreamingThinkingDelta("r", 1),
        StreamingTextDelta("a", 2),
        message([thinking("r"), text_part("a")]),
    ]


def test_half_a_tag_is_held_back() -> None:
    shown = [event.text for event in QWEN.parse_response_streaming(ids("a<tx", QWEN)) if hasattr(event, "text")]
    assert shown == ["a", "<tx"]


def test_half_a_character_is_held_back_and_shown_at_the_end() -> None:
    emoji = [*"😀".encode()]
    assert stream(emoji)[1] == StreamingTextDelta("😀", 0)
    assert stream(emoji[:-1]) == [HEADER, StreamingTextDelta("\ufffd", 0), message("\ufffd")]
    assert stream([0xFF, *b"a"])[1] == StreamingTextDelta("\ufffda", 0)


@given(st.lists(st.integers(0, 300), max_size=30))
@settings(deadline=None)
def test_deltas_joined_are_the_decoded_response_without_its_tags(tokens) -> None:
    stop = QWEN.get_stop_sequences()[0]
    tokens = [token for token in tokens if token != stop]
    events = [*QWEN.parse_response_streaming(tokens)]
    shown = "".join(getattr(event, "text", getattr(event, "thinking", "")) for event in events[1:-1])
    # Closing tags are kept where no block is open.
    assert shown.replace("</think>", "") == QWEN3.decode(tokens).replace("<think>", "").replace("</think>", "") or (
        QWEN3.decode(tokens).count("<think>") > 1
    )
    indices = [event.content_index for event in events[1:-1]]
    assert indices == sorted(indices)


class CountingTokenizer:
    """Counts the tokens that it decodes."""

    def __init__(self) -> None:
        self.decoded = 0

    def decode(self, tokens) -> str:
        self.decoded += len(tokens)
        return QWEN3.decode(tokens)


def test_bytes_that_never_become_a_character_do_not_make_it_slow() -> None:
    tokenizer = CountingTokenizer()
    decoder = Utf8TokenDecoder(tokenizer)
    assert [decoder.decode(token) for token in [0xFF] * 10_000] == [None] * 10_000
    assert decoder.flush() == "\ufffd" * 10_000
    assert tokenizer.decoded < 10 * 10_000


def test_unknown_tokens_are_nothing() -> None:
    decoder = Utf8TokenDecoder(QWEN3)
    assert decoder.decode(99_999) == ""
    assert [decoder.decode(token) for token in (0xE6, 99_999, 0x97, 0xA5)] == [None, None, None, "日"]


def test_ids_that_nobody_has_are_not_remembered_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(streaming, "_MAX_TEXTS", 10)
    texts = streaming.PlainTexts(QWEN3)
    assert [texts[token] for token in (97, 0xE6, 60)] == ["a", None, None]
    assert {texts[token] for token in range(1000, 2000)} == {""}
    assert len(texts) == 10


@pytest.mark.parametrize("name", ["qwen3", "deepseekv3_thinking"])
@given(pieces=st.lists(st.sampled_from(["a", "<", "<th", "think>", "</think>", "<think>", "é", "日"]), max_size=12))
@settings(deadline=None)
def test_a_stream_is_the_same_whether_or_not_its_tokens_are_known(name, pieces) -> None:
    known, tokens = renderer(name), QWEN3.encode("".join(pieces))[: -1 if pieces[-1:] == ["日"] else None]
    first = [*known.parse_response_streaming(tokens)]
    assert [*known.parse_response_streaming(tokens)] == first
    # Looked at closely, every token.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming.PlainTexts, "__getitem__", lambda self, token: None)
        assert [*renderer(name).parse_response_streaming(tokens)] == first
