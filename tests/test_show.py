"""conformance/show.py and its command: a conversation as a renderer sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.commands.selecting import hello_for, lexicons
from conformance.exits import UsageError
from conformance.rendering import stretches
from conformance.show import MODES, read_messages, show, tokenizer_for
from conformance.tokenizers import Store
from cookbook.renderers.registry import get_built_in_renderer_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    from conformance.rendering import Rendering
    from conformance.show import Shown

CONVERSATION = [
    {"role": "user", "content": "What is 2+2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "and 3?"},
    {"role": "assistant", "content": "5"},
]


def shown(renderer: str, messages: list[Any], **options: Any) -> Shown:
    tokenizer = tokenizer_for(renderer, None)
    store = Store()
    hello = hello_for([tokenizer], store)
    return show(renderer, tokenizer, messages, hello=hello, lexicon=lexicons(store)(tokenizer), **options)


def texts(rendering: Rendering | None) -> list[str]:
    assert rendering is not None
    return ["".join(token.text for token in chunk.tokens) for chunk in rendering.chunks]


def places(rendering: Rendering | None) -> list[str]:
    assert rendering is not None
    return [chunk.place for chunk in rendering.chunks]


@pytest.fixture
def conversation(tmp_path: Path) -> Path:
    path = tmp_path / "conversation.json"
    path.write_text(json.dumps(CONVERSATION))
    return path


@pytest.mark.parametrize("renderer", get_built_in_renderer_names())
def test_every_renderer_has_a_tokenizer_of_its_own_and_shows_every_mode(renderer: str) -> None:
    found = shown(renderer, CONVERSATION)
    assert [row.mode for row in found.example.rows] == list(MODES)
    given = {row.mode: row for row in found.example.rows}
    assert "trainable" in given.pop("customized").refused
    assert all(len(row.weights) == found.example.length for row in given.values())
    assert given["last_assistant_message"].trained < given["all_assistant_messages"].trained
    assert given["all_tokens"].trained >= given["all_messages"].trained
    assert found.prompt is not None


@pytest.mark.parametrize("renderer", get_built_in_renderer_names())
def test_every_chunk_of_every_renderer_has_its_place(renderer: str) -> None:
    messages = [{"role": "system", "content": "Be brief."}, *CONVERSATION]
    found = shown(renderer, messages)
    for rendering in (found.example, *found.split, found.prompt):
        assert rendering is not None
        assert all(places(rendering)), rendering.name
        for chunk in rendering.chunks:
            text = "".join(token.text for token in chunk.tokens)
            if "and 3?" in text:
                assert chunk.place == "output of messages[3] (user)"
    assert places(found.prompt)[-1] in ("header of the answer (assistant)", "prefill of the answer")
    assert not any("answer" in place for place in places(found.example))


def test_chunks_are_those_that_the_renderer_encodes_at_a_time() -> None:
    found = shown("role_colon", CONVERSATION[:2], modes=["all_tokens"])
    chunks = ["User:", " What is 2+2?\n\n", "Assistant:", " 4\n\n", "User:"]
    assert texts(found.example) == chunks
    assert texts(found.prompt) == [*chunks[:4], "Assistant:"]
    assert places(found.example)[-1] == "end of the stop sequence after messages[1] (assistant)"


def test_a_conversation_that_says_what_to_train() -> None:
    messages = [{**message, "trainable": at == 1} for at, message in enumerate(CONVERSATION)]
    found = shown("llama3", messages)
    assert [row.mode for row in found.example.given] == ["customized"]


def test_examples_that_a_conversation_is_split_into() -> None:
    found = shown("qwen3", CONVERSATION)
    assert [rendering.name.partition(", ")[2] for rendering in found.split] == [
        "the one that ends with messages[1]",
        "the one that ends with messages[3]",
    ]
    assert [row.mode for rendering in found.split for row in rendering.rows] == ["all_assistant_messages"] * 2
    assert found.whole == ("last_assistant_message", "last_assistant_turn")
    assert {row.mode for row in found.unsplit} == {*MODES} - {"all_assistant_messages", *found.whole}
    trained = ["".join(token.text for token in piece.tokens) for piece in stretches(found.split[0])][-2:]
    assert trained == ["<think>\n\n</think>\n\n4", "<|im_end|>"]
    assert found.split[0].rows[0].trained == len("||\n\n\n\n4|")


def test_a_renderer_that_never_splits_says_so(conformance: Callable[..., Outcome], conversation: Path) -> None:
    found = shown("role_colon", CONVERSATION)
    assert found.split == ()
    assert len(found.whole) == len(MODES) - 1
    outcome = conformance("show", "role_colon", conversation)
    assert "\nbuild_supervised_examples: the one example above for last_assistant_message, " in outcome.out


def test_one_mode_alone(conformance: Callable[..., Outcome], conversation: Path) -> None:
    outcome = conformance("show", "role_colon", conversation, "--train-on-what", "last_assistant_message")
    assert outcome.code == 0
    assert "[1] last_assistant_message: 9 of 67 tokens trained" in outcome.out
    assert "[2] " not in outcome.out.replace("messages[2] ", "")
    chunk = (
        "chunk 8, tokens 58 to 61, output of messages[3] (assistant)\n    weight 1\n    ␣  5  ␊  ␊\n    32 53 10 10\n"
    )
    assert chunk in outcome.out


def test_all_modes_side_by_side(conformance: Callable[..., Outcome], conversation: Path) -> None:
    outcome = conformance("show", "qwen3", conversation)
    assert outcome.code == 0
    assert outcome.out.startswith("qwen3 with bytes-qwen3: 4 messages\n\nbuild_supervised_example: ")
    assert "[1] last_assistant_message, last_assistant_turn: 8 of 67 tokens trained" in outcome.out
    assert "[-] customized: " in outcome.out
    assert "\n    weight  [1] 0  [2] 0  [3] 0  [4] 1  [5] 0\n" in outcome.out
    assert "<|im_start|> u   s   e   r   ␊\n    257          117 115 101 114 10\n" in outcome.out
    assert "build_supervised_examples, the one that ends with messages[1]: " in outcome.out
    assert "build_generation_prompt: " in outcome.out
    assert "\n  the first 67 tokens as above\n" in outcome.out


def test_a_page_for_a_browser(conformance: Callable[..., Outcome], conversation: Path, tmp_path: Path) -> None:
    conversation.write_text(json.dumps({"messages": [{"role": "user", "content": "</script>\u202e\x1b ]]>"}]}))
    page = tmp_path / "page.html"
    outcome = conformance("show", "llama3", conversation, "--html", page)
    assert outcome.code == 0
    text = page.read_text()
    assert "llama3" in text
    assert text.count("</script>") == 2
    assert "\u202e" not in text + outcome.out
    assert "\x1b" not in text + outcome.out


def test_messages_may_stand_in_an_object(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"messages": CONVERSATION, "other": 1}))
    assert read_messages(str(path)) == CONVERSATION


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no", "is not JSON"),
        ("", "is not JSON"),
        ('["\xff"]', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("3", "holds no conversation"),
        ("[]", "holds no conversation"),
        ('{"messages": {}}', "holds no conversation"),
        ("[3]", "message 0 is not an object with `role` and `content`"),
        ('[{"role": "user", "content": "a"}, {"content": "x"}]', "message 1 is not"),
        ('[{"role": "user", "content": "a", "tool_calls": 3}]', "message 0: "),
        ('[{"role": "user", "content": 3}]', "refuses this conversation"),
        ('[{"role": "user", "content": null}]', "refuses this conversation"),
    ],
)
def test_a_file_that_is_no_conversation(
    content: str, says: str, conformance: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content.encode("latin-1"))
    outcome = conformance("show", "qwen3", path)
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "qwen4", "C"), "did you mean 'qwen3'?"),
        (("show", "zzz", "C"), "there are role_colon, llama3"),
        (("show", "qwen3", "/no/such/file"), "no such file or directory"),
        (("show", "qwen3", "a\0b"), "conformance show: "),
        (("show", "qwen3", "/"), "is a directory"),
        (("show", "qwen3", "C", "--tokenizer", "bytes-qwen"), "did you mean 'bytes-qwen3'?"),
        (("show", "qwen3", "C", "--tokenizer", "bytes-llama3"), "needs '<|im_start|>' as one token"),
        (("show", "qwen3", "C", "--train-on-what", "everything"), "there are all, last_assistant_message"),
        (("show", "qwen3", "C", "--train-on-what", "customized"), "refuses this conversation"),
        (("show", "qwen3", "C", "--html", "/no/such/dir/x.html"), "create its directory first"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    arguments: tuple[str, ...], says: str, conformance: Callable[..., Outcome], conversation: Path
) -> None:
    outcome = conformance(*(str(conversation) if argument == "C" else argument for argument in arguments))
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_file_holds_what_the_modes_give() -> None:
    with pytest.raises(UsageError, match="refuses"):
        shown("llama3", CONVERSATION, modes=["customized"])
