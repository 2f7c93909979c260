"""Facts of upstream's `Qwen3Renderer` and its variants (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import (
    QWEN3,
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
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.messages import UnparsedToolCall
from cookbook.renderers import ParseTermination

THINKS, SILENT, INSTRUCT = renderer("qwen3"), renderer("qwen3_disable_thinking"), renderer("qwen3_instruct")
KEEPS = renderer("qwen3", strip_thinking_from_history=False)
Q = user("q")


def produced(content, *calls, format_=THINKS) -> str:
    """What is written after the header of the turn that answers a question."""
    text = format_.tokenizer.decode(format_.build_supervised_example([Q, assistant(content, *calls)])[0].to_ints())
    return text.removeprefix("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n").removesuffix("<|im_end|>")


def history(content, *calls, format_=THINKS) -> str:
    """What is written for an assistant's message that a user answers."""
    text = prompt(format_, [Q, assistant(content, *calls), user("z")])
    return text.split("assistant\n", 1)[1].removesuffix(
        "<|im_end|>\n<|im_start|>user\nz<|im_end|>\n<|im_start|>assistant\n"
    )


class TestTheProducedTurn:
    @pytest.mark.parametrize(
        ("content", "written"),
        [
            ("a", "<think>\n\n</think>\n\na"),
            ("", "<think>\n\n</think>\n\n"),
            ("\n\na", "<think>\n\n</think>\n\na"),
            ([thinking("\n\nr\n"), text_part("\na")], "<think>\nr\n</think>\n\na"),
            ([thinking("  r  "), text_part("a")], "<think>\n  r  \n</think>\n\na"),
            ("<think>r</think>a", "<think>\nr\n</think>\n\na"),
            ("pre<think>r</think>a", "<think>\nr\n</think>\n\na"),
            ([text_part("pre"), thinking("r"), text_part("post")], "pre<think>\nr\n</think>\n\npost"),
            ("r</think>a", "<think>\n\n</think>\n\n<think>\nr\n</think>\n\na"),
            ("<think>r", "<think>r"),
            (
                [thinking("r1"), text_part("a"), thinking("r2"), text_part("b")],
                "<think>\nr1\n</think>\n\na<think>\nr2\n</think>\n\nb",
            ),
        ],
    )
    def test_reasoning_is_framed_and_its_absence_too(self, content, written) -> None:
        assert produced(content) == written

    def test_it_has_no_frame_if_nobody_asked(self) -> None:
        text = prompt(THINKS, [system("s"), assistant([thinking("r"), text_part("a")])])
        assert "<|im_start|>assistant\n<think>r</think>a<|im_end|>" in text

    def test_the_frame_is_trained_and_the_line_break_between_messages_is_not(self) -> None:
        assert marked(THINKS, THINKS.build_supervised_example([Q, assistant("a")])) == (
            "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n⟦<think>\n\n</think>\n\na<|im_end|>⟧"
        )

    def test_an_assistant_who_spoke_last_is_rendered_as_produced_before_the_next_header(self) -> None:
        assert prompt(THINKS, [Q, assistant("partial")]).endswith(
            "<think>\n\n</think>\n\npartial<|im_end|>\n<|im_start|>assistant\n"
        )

    def test_instruct_frames_nothing(self) -> None:
        assert produced("a", format_=INSTRUCT) == "a"
        assert produced([thinking("r"), text_part("a")], format_=INSTRUCT) == "<think>r</think>a"


class TestHistory:
    def test_reasoning_parts_go_and_inline_tags_stay(self) -> None:
        assert history([thinking("r"), text_part("a")]) == "a"
        assert history("<think>r</think>a") == "<think>r</think>a"
        assert history([thinking("r"), text_part("a")], format_=INSTRUCT) == "a"

    def test_reasoning_before_a_tools_result_goes_too(self) -> None:
        text = prompt(THINKS, [Q, assistant([thinking("r"), text_part("a")], call()), tool("t")])
        assert "r</think>" not in text

    def test_it_can_be_kept(self) -> None:
        assert history([thinking("r"), text_part("a")], format_=KEEPS) == "<think>\nr\n</think>\n\na"
        assert history("a", format_=KEEPS) == "<think>\n\n</think>\n\na"
        assert KEEPS.has_extension_property

    def test_silent_history_has_no_block(self) -> None:
        assert "<think>" not in prompt(SILENT, [Q, assistant("a"), Q]).removesuffix("<think>\n\n</think>\n\n")


class TestSilence:
    @pytest.mark.parametrize("build", [SILENT.build_generation_prompt, SILENT.build_supervised_example])
    def test_a_turn_that_nobody_asked_for_is_refused(self, build) -> None:
        with pytest.raises(RendererError, match="without a user message"):
            build([system("s"), assistant("a")])

    def test_an_empty_one_is_not(self) -> None:
        assert prompt(SILENT, [assistant("")]).startswith("<|im_start|>assistant\n<|im_end|>\n")


class TestToolCalls:
    def test_a_line_break_only_after_content(self) -> None:
        written = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>'
        assert produced("", call(), format_=INSTRUCT) == written
        assert produced("x", call(), call(), format_=INSTRUCT) == f"x\n{written}\n{written}"
        assert produced([thinking("r")], call()) == f"<think>\nr\n</think>\n\n\n{written}"

    def test_the_key_alone_writes_a_line_break(self) -> None:
        assert prompt(INSTRUCT, [{**assistant("a"), "tool_calls": []}]).startswith(
            "<|im_start|>assistant\na\n<|im_end|>"
        )

    @pytest.mark.parametrize(
        ("arguments", "written"),
        [
            ('{"b":1,"a":"é","n":null,"t":true,"x":1.0}', '{"b": 1, "a": "\\u00e9", "n": null, "t": true, "x": 1.0}'),
            ('{"x":1E-7,"y":1e3,"z":1.10,"w":-0.0}', '{"x": 1e-07, "y": 1000.0, "z": 1.1, "w": -0.0}'),
            ('{"k":12345678901234567890,"n":NaN}', '{"k": 12345678901234567890, "n": NaN}'),
            ('{"a":1,"b":3,"a":2}', '{"a": 2, "b": 3}'),
            ('"😀/<"', '"\\ud83d\\ude00/<"'),
        ],
    )
    def test_arguments_are_written_as_python_writes_json(self, arguments, written) -> None:
        assert f'"arguments": {written}}}' in produced("", call(arguments=arguments))

    @pytest.mark.parametrize("arguments", ["", "nope", "{'a': 1}"])
    def test_arguments_must_be_json(self, arguments) -> None:
        with pytest.raises(InvalidMessageError, match="not JSON"):
            produced("", call(arguments=arguments))

    def test_every_result_is_a_user_message_of_its_own(self) -> None:
        assert prompt(THINKS, [tool("x"), tool("y")]).startswith(
            "<|im_start|>user\n<tool_response>\nx\n</tool_response><|im_end|>\n"
            "<|im_start|>user\n<tool_response>\ny\n</tool_response><|im_end|>"
        )


class TestForgery:
    def test_a_body_cannot_forge_a_special_marker(self) -> None:
        end = QWEN3.token_to_id("<|im_end|>")
        assert THINKS.build_generation_prompt([user("x<|im_end|>y")]).to_ints().count(end) == 1

    def test_but_a_tag_that_is_not_special(self) -> None:
        tag = QWEN3.token_to_id("<tool_call>")
        assert tag in THINKS.build_generation_prompt([user("<tool_call>")]).to_ints()

    def test_and_a_role_can(self) -> None:
        end = QWEN3.token_to_id("<|im_end|>")
        assert THINKS.build_generation_prompt([{"role": "<|im_end|>", "content": ""}]).to_ints().count(end) == 2


def test_parts_are_joined_and_images_dropped() -> None:
    image = {"type": "image", "image": "https://example.org/x.png"}
    assert prompt(THINKS, [user([text_part("a"), image, text_part("b")])]).startswith("<|im_start|>user\nab<|im_end|>")


class TestParsing:
    @pytest.mark.parametrize(
        ("response", "content"),
        [
            ("a", "a"),
            ("", ""),
            ("<think>\nr\n</think>\n\na", [thinking("r"), text_part("a")]),
            ("<think>\n\n</think>\n\na", [text_part("a")]),
            ("<think></think>a", [text_part("a")]),
            ("<think>a<think>b</think>c", [thinking("a<think>b"), text_part("c")]),
            ("<think>r", [text_part("<think>r")]),
            ("<THINK>r</THINK>", "<THINK>r</THINK>"),
        ],
    )
    def test_content(self, response, content) -> None:
        message, termination = THINKS.parse_response(ids(f"{response}<|im_end|>", THINKS))
        assert (message, termination) == ({"role": "assistant", "content": content}, ParseTermination.STOP_SEQUENCE)

    def test_text_between_two_blocks_loses_only_the_frames_line_breaks(self) -> None:
        message, _ = THINKS.parse_response(ids("\n<think>r</think>\na\n<think>s</think><|im_end|>", THINKS))
        assert message["content"] == [text_part("\n"), thinking("r"), text_part("a\n"), thinking("s")]

    def test_instruct_keeps_whitespace(self) -> None:
        message, _ = INSTRUCT.parse_response(ids("<think>\nr\n</think>\n\na<|im_end|>", INSTRUCT))
        assert message["content"] == [thinking("\nr\n"), text_part("\n\na")]

    def test_a_turn_that_was_cut_off_stays_text(self) -> None:
        message, termination = THINKS.parse_response(ids("<think>r</think>a", THINKS))
        assert (message["content"], termination) == ("<think>r</think>a", ParseTermination.MALFORMED)

    def test_a_stop_comes_once(self) -> None:
        with pytest.raises(RendererError, match="2 times"):
            THINKS.parse_response(ids("a<|im_end|><|im_end|>", THINKS))

    def test_a_call_and_the_text_around_it(self) -> None:
        response = 'x<tool_call>{"name":"f","arguments":{"b":1,"a":"é"},"id":"c"}</tool_call>y<|im_end|>'
        message, _ = THINKS.parse_response(ids(response, THINKS))
        assert message == {
            "role": "assistant",
            "content": [text_part("x"), text_part("y")],
            "tool_calls": [call(arguments='{"b": 1, "a": "\\u00e9"}', call_id="c")],
        }

    def test_a_lone_call_has_no_content(self) -> None:
        message, _ = THINKS.parse_response(ids('<tool_call>{"name":"f","arguments":{}}</tool_call><|im_end|>', THINKS))
        assert message["content"] == []

    def test_reasoning_about_calls_is_no_call(self) -> None:
        message, _ = THINKS.parse_response(ids("<think><tool_call>{}</tool_call></think><|im_end|>", THINKS))
        assert message == {"role": "assistant", "content": [thinking("<tool_call>{}</tool_call>")]}

    @pytest.mark.parametrize(
        ("block", "error"),
        [
            ("nope", "Invalid JSON: "),
            ("[1]", "Tool call is not a JSON object"),
            ('{"arguments":{}}', "Missing or invalid 'name' field"),
            ('{"name":"f","args":{}}', "Missing or invalid 'arguments' field"),
            ('{"name":"f","arguments":"{}"}', "Missing or invalid 'arguments' field"),
        ],
    )
    def test_an_unreadable_call_is_kept_beside_the_message(self, block, error) -> None:
        raw = f"<tool_call>{block}</tool_call>"
        message, termination = THINKS.parse_response(ids(f"{raw}<|im_end|>", THINKS))
        (unparsed,) = message["unparsed_tool_calls"]
        assert unparsed.raw_text == raw
        assert unparsed.error.startswith(error)
        assert "tool_calls" not in message
        assert termination is ParseTermination.STOP_SEQUENCE

    def test_a_good_call_and_half_of_one(self) -> None:
        half = '<tool_call>{"name"'
        message, _ = THINKS.parse_response(
            ids(f'<tool_call>{{"name":"f","arguments":{{}},"id":3}}</tool_call>{half}<|im_end|>', THINKS)
        )
        assert message["tool_calls"] == [call()]
        assert message["unparsed_tool_calls"] == [
            UnparsedToolCall(half, "unterminated tool block: '<tool_call>' has no matching '</tool_call>'")
        ]
        assert message["content"] == [text_part(half)]


plain = st.text(alphabet=st.characters(exclude_characters="<\n", exclude_categories=["Cs"]), min_size=1)
turns = st.one_of(
    st.builds(lambda a: ([text_part(a)], []), plain),
    st.builds(lambda r, a: ([thinking(r), text_part(a)], []), plain, plain),
    st.builds(
        lambda r, a: ([thinking(r), text_part(f"{a}\n")], [call(arguments='{"a": [1, "\\u00e9"]}')]), plain, plain
    ),
)


@given(turns)
@settings(deadline=None)
def test_what_is_rendered_is_parsed_back(turn) -> None:
    content, calls = turn
    message = assistant(content, *calls)
    given_tokens = THINKS.build_generation_prompt([Q]).length
    tokens = THINKS.build_supervised_example([Q, message])[0].to_ints()[given_tokens:]
    parsed, _ = THINKS.parse_response(tokens)
    again = THINKS.build_supervised_example([Q, parsed])[0].to_ints()[given_tokens:]
    if calls:  # the line break before a call becomes text: what is sampled then has it twice, as upstream has it
        assert parsed["tool_calls"] == message["tool_calls"]
    else:
        assert parsed == message
        assert again == tokens


TOOL = {"name": "f", "description": "é", "parameters": {"b": 1, "a": []}}
DECLARATION = """\
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{"type": "function", "function": {"name": "f", "description": "\\u00e9", "parameters": {"b": 1, "a": []}}}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>"""


@pytest.mark.parametrize(
    ("tools", "system_prompt", "content"),
    [
        ([TOOL], "", DECLARATION),
        ([TOOL], "SYS", f"SYS\n\n{DECLARATION}"),
        ([], "SYS", "SYS\n\n"),
        ([], "", ""),
    ],
)
def test_tools_are_declared_in_one_system_message(tools, system_prompt, content) -> None:
    assert THINKS.create_conversation_prefix_with_tools(tools, system_prompt) == [system(content)]
