# ruff: noqa: RUF001 (the markers are written with U+FF5C)
"""Facts of upstream's `DeepSeekV3DisableThinkingRenderer` and `DeepSeekV3ThinkingRenderer` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import (
    DEEPSEEK,
    assistant,
    byte_tokenizer,
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
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.errors import RendererError
from cookbook.renderers import ParseTermination, get_renderer

SILENT, THINKS = renderer("deepseekv3"), renderer("deepseekv3_thinking")
BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
Q = user("q")
REASONS = [thinking("r"), text_part("a")]
CALLS = "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
RESULT = "<｜tool▁output▁begin｜>o<｜tool▁output▁end｜>"


def produced(content, *calls, format_=THINKS, **options) -> str:
    example = format_.build_supervised_example([Q, assistant(content, *calls)], **options)
    return marked(format_, example).removeprefix(f"{BOS}<｜User｜>q")


class TestSilent:
    def test_every_header_of_an_assistant_closes_the_block(self) -> None:
        assert prompt(SILENT, [system("s"), Q, assistant("a"), Q]) == (
            f"{BOS}s<｜User｜>q<｜Assistant｜></think>a{EOS}<｜User｜>q<｜Assistant｜></think>"
        )

    @pytest.mark.parametrize("content", [REASONS, "<think>r</think>a", "<think>\n</think>a<think></think>"])
    def test_reasoning_is_dropped_even_from_a_turn_to_be_trained(self, content) -> None:
        assert produced(content, format_=SILENT) == f"<｜Assistant｜></think>⟦a{EOS}⟧"


class TestThinking:
    @pytest.mark.parametrize(
        ("content", "written"),
        [
            ("a", f"<think>⟦</think>a{EOS}⟧"),
            (REASONS, f"<think>⟦r</think>a{EOS}⟧"),
            ("<think>r</think>a", f"<think>⟦r</think>a{EOS}⟧"),
        ],
    )
    def test_the_produced_turn(self, content, written) -> None:
        assert produced(content) == f"<｜Assistant｜>{written}"

    def test_all_of_it_is_trained_with_all_assistant_messages(self) -> None:
        written = produced("a", train_on_what="all_assistant_messages")
        assert written == f"<｜Assistant｜>⟦<think></think>a{EOS}⟧"

    def test_history_closes_a_block_and_drops_reasoning_parts(self) -> None:
        assert f"<｜Assistant｜></think>a{EOS}<｜User｜>" in prompt(THINKS, [Q, assistant(REASONS), Q])
        assert f"<｜Assistant｜></think><think>r</think>a{EOS}" in prompt(
            THINKS, [Q, assistant("<think>r</think>a"), Q]
        )

    def test_history_with_calls_keeps_its_reasoning(self) -> None:
        text = prompt(THINKS, [Q, assistant(REASONS, call()), tool("o")])
        assert text == f"{BOS}<｜User｜>q<｜Assistant｜></think><think>r</think>a{CALLS}{EOS}{RESULT}"

    def test_history_can_be_kept(self) -> None:
        keeps = renderer("deepseekv3_thinking", strip_thinking_from_history=False)
        assert f"<｜Assistant｜><think>r</think>a{EOS}<｜User｜>" in prompt(keeps, [Q, assistant(REASONS), Q])
        assert keeps.has_extension_property

    def test_the_opened_block_and_the_callers_words_are_one_text(self) -> None:
        text = THINKS.build_generation_prompt([Q], prefill="Sure").chunks[-1]
        assert list(text.tokens) == ids("<think>Sure", THINKS)

    def test_the_role_of_the_prompt_changes_only_the_header(self) -> None:
        assert prompt(THINKS, [Q], role="user").endswith("<｜User｜>q<｜User｜><think>")


class TestTools:
    @pytest.mark.parametrize("format_", [SILENT, THINKS])
    def test_a_turn_goes_on_after_a_result_without_a_header(self, format_) -> None:
        text = prompt(format_, [Q, assistant("", call()), tool("o"), assistant("x")])
        assert f"{CALLS}{RESULT}x{EOS}<｜Assistant｜>" in text

    @pytest.mark.parametrize("format_", [SILENT, THINKS])
    def test_a_prompt_after_a_result_adds_only_what_the_caller_adds(self, format_) -> None:
        assert prompt(format_, [Q, tool("o")]).endswith(RESULT)
        assert prompt(format_, [Q, tool("o")], prefill="P").endswith(f"{RESULT}P")
        assert prompt(format_, [Q, tool("o")], role="user").endswith(f"{RESULT}<｜User｜>")

    @pytest.mark.parametrize("content", [REASONS, "<think>r</think>a"])
    def test_reasoning_after_a_result_stays_even_without_thinking(self, content) -> None:
        assert f"{RESULT}<think>r</think>a{EOS}" in prompt(SILENT, [Q, tool("o"), assistant(content)])

    def test_lone_calls_have_no_end(self) -> None:
        assert produced("", call(), format_=SILENT) == f"<｜Assistant｜></think>⟦{CALLS}⟧"
        assert produced("x", call(), format_=SILENT) == f"<｜Assistant｜></think>⟦x{CALLS}{EOS}⟧"
        assert produced("", call()) == f"<｜Assistant｜>⟦{CALLS}⟧"

    def test_arguments_stay_as_they_are(self) -> None:
        assert "<｜tool▁sep｜>nope é<｜tool▁call▁end｜>" in produced("", call(arguments="nope é"))


class TestRoles:
    def test_a_second_system_message_needs_leave(self) -> None:
        with pytest.raises(RendererError, match="system_role_as_user"):
            prompt(SILENT, [system("s"), system("t")])
        lenient = renderer("deepseekv3", system_role_as_user=True)
        assert prompt(lenient, [system("s"), system("t")]) == f"{BOS}s<｜User｜>t<｜Assistant｜></think>"

    def test_other_roles_are_refused(self) -> None:
        with pytest.raises(RendererError, match="'developer'"):
            prompt(SILENT, [{"role": "developer", "content": "d"}])
        with pytest.raises(RendererError, match="'developer'"):
            prompt(SILENT, [{"role": "developer", "content": None}])

    def test_one_text_a_message_but_not_for_the_assistant(self) -> None:
        parts = [text_part("a"), text_part("b")]
        with pytest.raises(RendererError, match="parts"):
            prompt(SILENT, [user(parts)])
        assert "</think>ab" in prompt(SILENT, [Q, assistant(parts)])

    def test_text_can_forge_markers(self) -> None:
        marker = DEEPSEEK.token_to_id("<｜User｜>")
        assert SILENT.build_generation_prompt([user("<｜User｜>")]).to_ints().count(marker) == 2


class TestParsing:
    @pytest.mark.parametrize(
        ("format_", "response", "content", "termination"),
        [
            (THINKS, f"r</think>a{EOS}", REASONS, "stop_sequence"),
            (THINKS, f"<think>r</think>a{EOS}", REASONS, "stop_sequence"),
            (THINKS, "r</think>a", "<think>r</think>a", "malformed"),
            (THINKS, f"unfinished{EOS}", "unfinished", "stop_sequence"),
            (THINKS, "", "", "malformed"),
            (SILENT, f"r</think>a{EOS}", "r</think>a", "stop_sequence"),
            (SILENT, f" a {EOS}b", " a ", "stop_sequence"),
        ],
    )
    def test_content(self, format_, response, content, termination) -> None:
        message, ended = format_.parse_response(ids(response, format_))
        assert (message["content"], ended) == (content, ParseTermination(termination))

    def test_nothing_is_restored_if_the_tags_are_no_tokens(self) -> None:
        markers = [BOS, EOS]
        format_ = get_renderer("deepseekv3_thinking", byte_tokenizer(markers, ["<｜User｜>", "<｜Assistant｜>"]))
        assert format_.parse_response(ids(f"r</think>a{EOS}", format_))[0]["content"] == "r</think>a"

    def test_calls_leave_the_text_with_the_whitespace_around(self) -> None:
        message, _ = SILENT.parse_response(ids(f"\u00a0I'll.\n{CALLS}\n{EOS}", SILENT))
        assert message == {"role": "assistant", "content": "I'll.", "tool_calls": [call()]}

    def test_without_calls_whitespace_stays(self) -> None:
        nothing = "<｜tool▁calls▁begin｜><｜tool▁calls▁end｜>"
        assert SILENT.parse_response(ids(f" a {nothing}{EOS}", SILENT))[0]["content"] == f" a {nothing}"

    def test_a_name_is_one_word_of_any_script(self) -> None:
        written = CALLS.replace(">f<", ">größe<").replace("<｜tool▁calls▁end｜>", "") + CALLS.replace(">f<", ">g-h<")
        message, _ = SILENT.parse_response(ids(f"{written}{EOS}", SILENT))
        assert message["tool_calls"] == [call("größe")]

    def test_bad_arguments_are_kept_beside_the_message(self) -> None:
        message, _ = SILENT.parse_response(ids(CALLS.replace("{}", "nope") + EOS, SILENT))
        (unparsed,) = message["unparsed_tool_calls"]
        assert unparsed.raw_text == "<｜tool▁call▁begin｜>f<｜tool▁sep｜>nope<｜tool▁call▁end｜>"
        assert unparsed.error.startswith("Invalid JSON: ")

    @pytest.mark.parametrize(
        "half", [CALLS.removesuffix("<｜tool▁calls▁end｜>"), CALLS.replace("<｜tool▁call▁end｜>", "")]
    )
    def test_half_a_section_is_found(self, half) -> None:
        message, _ = SILENT.parse_response(ids(half + EOS, SILENT))
        assert message["unparsed_tool_calls"][-1].error.startswith("unterminated tool block: ")

    @given(st.text(alphabet=st.characters(exclude_characters="<", exclude_categories=["Cs"]), min_size=1))
    @settings(deadline=None)
    def test_what_is_rendered_is_parsed_back(self, text) -> None:
        message = assistant([thinking(text), text_part(text)])
        given_tokens = THINKS.build_generation_prompt([Q]).length
        tokens = THINKS.build_supervised_example([Q, message])[0].to_ints()[given_tokens:]
        assert THINKS.parse_response(tokens)[0] == message


TOOL = {"name": "f", "description": "é", "parameters": {"type": "object"}}
DECLARATION = """

## Tools
You have access to the following tools:

### f
Description: é

Parameters: {"type": "object"}
### f
Description: é

Parameters: {"type": "object"}

IMPORTANT: ALWAYS adhere to this exact format for tool use:
<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜><｜tool▁calls▁end｜>

Where:
- `tool_call_name` must be an exact match to one of the available tools
- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces"""


def test_tools_follow_the_system_prompt() -> None:
    assert SILENT.create_conversation_prefix_with_tools([TOOL, TOOL], "S") == [system(f"S{DECLARATION}")]
    assert SILENT.create_conversation_prefix_with_tools([TOOL, TOOL]) == [system(DECLARATION)]
    assert SILENT.create_conversation_prefix_with_tools([], "S") == [system("S")]
