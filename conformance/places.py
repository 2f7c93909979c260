"""Where each chunk of a rendering comes from: the header or the output of which message, or the format itself.

Chunks do not cross the protocol, so that here the reference's own description of a message is asked for. Messages are
counted from 0, as they stand in a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cookbook.renderers.pieces import RenderContext, contexts, last_user_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cookbook.messages import Message
    from cookbook.renderers import Renderer
    from cookbook.renderers.pieces import Chunk

Placed = tuple[str, bool]
"""A place, and whether anything is written there."""


def example_places(renderer: Renderer, messages: Sequence[Message]) -> list[str]:
    """A place for each chunk of `build_supervised_example`, empty chunks included."""
    rendered = renderer.conversation(messages)
    placed = [("beginning", True)] if renderer.bos else []
    placed += _messages(renderer, messages, rendered, renderer.last_assistant_turn_start(rendered[:-1]), overlap=True)
    return [place for place, _ in placed]


def prompt_places(
    renderer: Renderer, messages: Sequence[Message], role: str = "assistant", prefill: str | None = None
) -> list[str]:
    """A place for each chunk of `build_generation_prompt`, which leaves empty chunks out."""
    rendered = renderer.conversation(messages)
    placed = [("beginning", bool(renderer.bos))]
    placed += _messages(renderer, messages, rendered, renderer.last_assistant_turn_start(rendered), overlap=False)
    suffix = RenderContext(
        idx=len(rendered),
        is_last=True,
        prev_message=rendered[-1] if rendered else None,
        last_user_index=last_user_index(rendered),
        in_last_assistant_turn=True,
    )
    placed.append((f"header of the answer ({role})", _written(renderer.generation_suffix(role, suffix))))
    placed.append(("prefill of the answer", bool(renderer.prefill(rendered, prefill or ""))))
    return [place for place, written in placed if written]


def _messages(
    renderer: Renderer, given: Sequence[Message], rendered: Sequence[Message], turn_start: int, *, overlap: bool
) -> Iterator[Placed]:
    numbers = {id(message): at for at, message in enumerate(given)}
    for message, ctx in zip(rendered, contexts(rendered, turn_start), strict=True):
        name = _name(message, numbers)
        made = renderer.render_message(message, ctx)
        if made.header is not None:
            yield f"header of {name}", _written(made.header)
        for chunk in made.output:
            yield f"output of {name}", _written(chunk)
        if overlap and ctx.is_last and made.stop_overlap is not None:
            yield f"end of the stop sequence after {name}", _written(made.stop_overlap)


def _name(message: Any, numbers: dict[int, int]) -> str:
    number = numbers.get(id(message))
    if number is None:
        return "a message that the format adds"
    return f"messages[{number}] ({message.get('role', 'no role')})"


def _written(chunk: Chunk) -> bool:
    return any(piece.text for piece in chunk)
