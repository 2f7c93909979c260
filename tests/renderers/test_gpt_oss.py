"""Facts of upstream's `GptOssRenderer` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import (
    GPT_OSS,
    assistant,
    call,
    ids,
    marked,
    prompt,
    renderer,
    system,
    text_part,
    thinking,
    tool,
    user,
)

from cookbook.errors import ConfigurationError, InvalidMessageError, RendererError
from cookbook.renderers import ParseTermination, get_renderer
from cookbook.renderers.gpt_oss import GptOssRenderer

BARE, MEDIUM = renderer("gpt_oss_no_sysprompt"), renderer("gpt_oss_medium_reasoning")
Q = user("q")
REASONS = [thinking("r"), text_part("a")]
SYSTEM = """\
<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.
Knowledge cutoff: 2024-06
Current date: 2025-01-02

Reasoning: medium

# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"""


def produced(content, *calls) -> str:
    text = marked(BARE, BARE.build_supervised_example([Q, assistant(content, *calls)]))
    return text.removeprefix("<|start|>user<|message|>q<|end|><|start|>assistant")


class TestRoles:
    def test_a_system_message_becomes_a_developers_instructions(self) -> None:
        assert prompt(BARE, [system("s"), Q]) == (
            "<|start|>developer<|message|># Instructions\n\ns\n\n<|end|>"
            "<|start|>user<|message|>q<|end|><|start|>assistant"
        )

    def test_a_developers_message_stays_as_it_is(self) -> None:
        assert prompt(BARE, [{"role": "developer", "content": "d"}]).startswith("<|start|>developer<|message|>d<|end|>")

    def test_the_built_in_system_message_goes_first(self) -> None:
        assert prompt(MEDIUM, [Q]) == f"{SYSTEM}<|start|>user<|message|>q<|end|><|start|>assistant"
        with pytest.warns(UserWarning, match="a system message comes after"):
            assert prompt(MEDIUM, [system("s")]).startswith(f"{SYSTEM}<|start|>developer<|message|># Instructions\n\ns")

    def test_it_is_not_trained_as_a_system_message(self) -> None:
        example = MEDIUM.build_supervised_example([Q, assistant("a")], "all_user_and_system_messages")
        assert marked(MEDIUM, example).startswith(f"{SYSTEM}<|start|>user⟦<|message|>q<|end|>⟧")

    def test_it_has_no_trainable_so_customized_is_refused(self) -> None:
        with pytest.raises(InvalidMessageError, match="trainable"):
            MEDIUM.build_supervised_example([{**Q, "trainable": False}], "customized")

    def test_a_result_is_written_by_its_tool(self) -> None:
        header = "<|start|>functions.f to=assistant<|channel|>commentary<|message|>o<|end|>"
        assert prompt(BARE, [tool("o")]).startswith(header)
        assert prompt(BARE, [tool("o", "functions.f")]).startswith(header)

    def test_a_result_without_a_name_is_warned_of(self) -> None:
        with pytest.warns(UserWarning, match=r"functions\.unknown"):
            assert prompt(BARE, [{"role": "tool", "content": "o"}]).startswith(
                "<|start|>functions.unknown to=assistant"
            )


class TestTheDate:
    def test_it_must_be_given(self) -> None:
        with pytest.raises(ConfigurationError, match="current_date"):
            get_renderer("gpt_oss_high_reasoning", GPT_OSS)

    @pytest.mark.parametrize("options", [{"use_system_prompt": True}, {"reasoning_effort": "low"}])
    def test_the_effort_goes_with_the_prompt(self, options) -> None:
        with pytest.raises(ConfigurationError, match="both or neither"):
            GptOssRenderer(GPT_OSS, **options)


class TestAssistants:
    def test_the_last_one_returns_and_earlier_ones_end(self) -> None:
        assert produced("a") == "⟦<|channel|>final<|message|>a<|return|>⟧"
        assert "final<|message|>a<|end|><|start|>user" in prompt(BARE, [Q, assistant("a"), Q])
        assert "final<|message|>a<|return|><|start|>assistant" in prompt(BARE, [Q, assistant("a")])

    def test_reasoning_has_a_message_of_its_own_and_stays_in_history(self) -> None:
        written = "<|channel|>analysis<|message|>r<|end|><|start|>assistant<|channel|>final<|message|>a"
        assert produced(REASONS) == f"⟦{written}<|return|>⟧"
        assert f"{written}<|end|>" in prompt(BARE, [Q, assistant(REASONS), Q])

    def test_calls_follow_a_preamble_and_end_themselves(self) -> None:
        first = ' to=functions.f<|channel|>commentary <|constrain|>json<|message|>{"a":1}<|call|>'
        second = " to=functions.g<|channel|>commentary <|constrain|>json<|message|>nope<|call|>"
        written = produced("pre", call("f", '{"a":1}'), call("g", "nope"))
        assert written == (
            f"⟦<|channel|>commentary<|message|>pre<|end|><|start|>assistant{first}<|start|>assistant{second}⟧"
        )
        assert produced("", call("f", '{"a":1}')) == f"⟦{first}⟧"

    def test_an_empty_list_of_calls_is_none(self) -> None:
        assert prompt(BARE, [{**assistant("a"), "tool_calls": []}]) == prompt(BARE, [assistant("a")])


class TestParsing:
    def test_there_are_two_stops(self) -> None:
        assert BARE.get_stop_sequences() == [GPT_OSS.token_to_id("<|return|>"), GPT_OSS.token_to_id("<|call|>")]

    @pytest.mark.parametrize(
        ("response", "content", "termination"),
        [
            (
                "<|channel|>analysis<|message|>r<|end|><|start|>assistant<|channel|>final<|message|>a<|return|>",
                REASONS,
                "stop_sequence",
            ),
            ("<|channel|>final<|message|> a <|return|>", [text_part(" a ")], "stop_sequence"),
            ("<|channel|>analysis<|message|>r<|return|>", [thinking("r")], "stop_sequence"),
            ("<|channel|>final<|message|>  <|return|>", "<|channel|>final<|message|>  ", "stop_sequence"),
            ("<|channel|>zzz<|message|>x<|return|>", "<|channel|>zzz<|message|>x", "stop_sequence"),
            ("to=browser.search<|channel|>commentary<|message|>{}<|return|>", [text_part("{}")], "stop_sequence"),
            ("a<|return|>b", "a", "stop_sequence"),
            ("a<|end|>", "a<|end|>", "malformed"),
            ("a<|return|>b<|call|>", "a", "stop_sequence"),
            ("a<|call|>b<|return|>", "a", "stop_sequence"),
        ],
    )
    def test_content(self, response, content, termination) -> None:
        message, ended = BARE.parse_response(ids(response, BARE))
        assert (message, ended) == ({"role": "assistant", "content": content}, ParseTermination(termination))

    @pytest.mark.parametrize("stop", ["<|return|>", "<|call|>"])
    def test_each_kind_of_stop_comes_once(self, stop) -> None:
        with pytest.raises(RendererError, match="2 times"):
            BARE.parse_response(ids(f"a{stop}{stop}", BARE))

    @pytest.mark.parametrize(
        "header",
        [" to=functions.f<|channel|>commentary <|constrain|>json", "<|channel|>commentary to=functions.f json"],
    )
    def test_the_recipient_stands_before_or_after_the_channel(self, header) -> None:
        text = f'{header}<|message|> {{"a":1}} '
        message, _ = BARE.parse_response(ids(f"{text}<|call|>", BARE))
        assert message == {"role": "assistant", "content": text, "tool_calls": [call("f", '{"a":1}')]}

    def test_a_preamble_is_content(self) -> None:
        message, _ = BARE.parse_response(
            ids(
                "<|channel|>commentary<|message|>pre<|end|><|start|>assistant to=functions.f<|message|>{}<|call|>",
                BARE,
            )
        )
        assert (message["content"], message["tool_calls"]) == ([text_part("pre")], [call()])

    def test_bad_arguments_are_kept_beside_the_message(self) -> None:
        text = "x<|start|>assistant to=functions.f<|channel|>commentary<|message|>{bad"
        message, _ = BARE.parse_response(ids(f"{text}<|call|>", BARE))
        (unparsed,) = message["unparsed_tool_calls"]
        assert unparsed.raw_text == text.removeprefix("x")
        assert unparsed.error.startswith("Invalid JSON: ")

    @pytest.mark.parametrize("text", ["about to=functions.x", " to=functions.f<|message|> "])
    def test_a_recipient_without_arguments_is_half_a_call_even_in_plain_text(self, text) -> None:
        message, _ = BARE.parse_response(ids(f"{text}<|return|>", BARE))
        (unparsed,) = message["unparsed_tool_calls"]
        assert unparsed.raw_text == text
        assert unparsed.error.startswith("unterminated tool block: ")

    def test_what_is_rendered_is_parsed_back(self) -> None:
        for message in (assistant(REASONS), assistant([text_part("pre")], call("f", '{"a":1}'))):
            given_tokens = BARE.build_generation_prompt([Q]).length
            tokens = BARE.build_supervised_example([Q, message])[0].to_ints()[given_tokens:]
            assert BARE.parse_response(tokens) == (message, ParseTermination.STOP_SEQUENCE)


def test_tools_come_with_a_line_on_where_calls_go() -> None:
    routing, declared = BARE.create_conversation_prefix_with_tools(
        [{"name": "f", "description": "", "parameters": {}}], "S"
    )
    assert prompt(BARE, [routing]).startswith(
        "<|start|>system<|message|>Calls to these tools must go to the commentary channel: 'functions'.<|end|>"
    )
    assert declared == {
        "role": "developer",
        "content": "# Instructions\n\nS\n\n# Tools\n\n## functions\n\nnamespace functions {\n\n"
        "type f = () => any;\n\n} // namespace functions",
    }


def test_without_tools_there_are_only_instructions() -> None:
    assert BARE.create_conversation_prefix_with_tools([], "S") == [
        {"role": "developer", "content": "# Instructions\n\nS"}
    ]
    assert BARE.create_conversation_prefix_with_tools([]) == []
