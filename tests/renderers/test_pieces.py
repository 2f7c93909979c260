from __future__ import annotations

from byte_formats import assistant, tool, user

from cookbook.renderers.pieces import RenderContext, contexts, last_user_index


def test_a_tools_result_is_no_user() -> None:
    assert last_user_index([user("q"), tool("o")]) == 0
    assert last_user_index([tool("o"), assistant("a")]) == -1


def test_contexts_say_where_each_message_stands() -> None:
    messages = [user("q"), assistant("a"), tool("o")]
    first, second, third = contexts(messages, turn_start=1)
    assert first == RenderContext(0, False, None, messages[1], 0, False)
    assert second == RenderContext(1, False, messages[0], messages[2], 0, True)
    assert third == RenderContext(2, True, messages[1], None, 0, True)
    assert [ctx.follows_tool for ctx in (first, second, third)] == [False, False, False]
    assert RenderContext(3, True, messages[2]).follows_tool
