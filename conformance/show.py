"""A conversation as a renderer of the reference sees it: tokens in chunks, and weights for each `train_on_what`.

Chunks do not cross the protocol, so that here the reference is not asked as an adapter but called.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import Rejected
from conformance.corpus import settings
from conformance.exits import UsageError
from conformance.tokenizers import locked
from cookbook.errors import CookbookError
from cookbook.messages import message_from_json
from cookbook.renderers import TrainOnWhat
from cookbook.renderers.registry import get_built_in_renderer_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.protocol import InitializeParams
    from cookbook.datum import ModelInput
    from cookbook.messages import Message
    from cookbook.renderers import Renderer

MODES: tuple[str, ...] = tuple(TrainOnWhat)
Chunks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What one `train_on_what` makes of the conversation: a weight for each token, or why it is refused."""

    mode: str
    weights: tuple[float, ...] = ()
    refused: str = ""

    @property
    def trained(self) -> int:
        """How many tokens have a weight other than 0."""
        return sum(weight != 0 for weight in self.weights)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A rendered conversation.

    `chunks` are the token ids in the stretches that the renderer encodes at a time, empty ones included; `modes` has an
    entry for each `train_on_what` that was wanted, with weights for these tokens. `prompt` are the chunks that ask for
    the next message, or None, with the reason in `no_prompt`.
    """

    renderer: str
    tokenizer: str
    messages: int
    chunks: Chunks
    modes: tuple[Weights, ...]
    prompt: Chunks | None = None
    no_prompt: str = ""

    @property
    def length(self) -> int:
        """The number of tokens."""
        return sum(map(len, self.chunks))


def read_messages(path: str) -> list[Message]:
    """The messages in a file: a JSON list of messages in golden's form, or an object that has it as `messages`.

    Raises:
        UsageError: there is no such file, or it holds something else. One line that names it and what is wrong.
    """
    try:
        value: Any = msgspec.json.decode(Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors; a NUL in the path is one, too
        raise UsageError(f"{path!r} is not JSON: {error}") from error
    if isinstance(value, dict):
        value = value.get("messages")
    if not isinstance(value, list) or not value:
        raise UsageError(f"{path!r} holds no conversation: give a JSON list of messages, or an object with `messages`")
    messages = []
    for at, item in enumerate(value):
        if not isinstance(item, dict) or not isinstance(item.get("role"), str) or "content" not in item:
            raise UsageError(f"{path!r}: message {at} is not an object with `role` and `content`")
        try:
            messages.append(message_from_json(item))
        except CookbookError as error:
            raise UsageError(f"{path!r}: message {at}: {error}") from error
    return messages


def tokenizer_for(renderer: str, given: str | None) -> str:
    """The tokenizer to use: the one that was named, or the byte tokenizer of the renderer's family.

    Raises:
        UsageError: there is no such renderer, or no such tokenizer.
    """
    names = get_built_in_renderer_names()
    if renderer not in names:
        raise UsageError(f"there is no renderer {renderer!r}{_instead(renderer, names)}")
    if given is None:
        every = (value for value in vars(settings).values() if isinstance(value, settings.Setting))
        return next(setting.bytes for setting in every if setting.renderer == renderer)
    if given not in locked():
        raise UsageError(f"there is no tokenizer {given!r}{_instead(given, sorted(locked()))}")
    return given


def show(
    renderer: str, tokenizer: str, messages: Sequence[Message], *, hello: InitializeParams, modes: Sequence[str] = MODES
) -> Shown:
    """Render a conversation. `hello` offers the tokenizer.

    Raises:
        UsageError: the renderer does not work with this tokenizer, or refuses the conversation in every mode.
    """
    reference = Reference()
    reference.initialize(msgspec.to_builtins(hello))
    try:
        made = reference.renderer({"renderer": renderer, "tokenizer": tokenizer})
    except (CookbookError, Rejected) as error:
        raise UsageError(str(error)) from error
    chunks, found = _supervised(made, messages, modes)
    if chunks is None:
        raise UsageError(f"{renderer} refuses this conversation: {found[0].refused}")
    prompt, no_prompt = None, ""
    try:
        prompt = _chunks(made.build_generation_prompt(messages))
    except (CookbookError, NotImplementedError) as error:
        no_prompt = str(error)
    return Shown(
        renderer=renderer,
        tokenizer=tokenizer,
        messages=len(messages),
        chunks=chunks,
        modes=tuple(found),
        prompt=prompt,
        no_prompt=no_prompt,
    )


def _supervised(
    renderer: Renderer, messages: Sequence[Message], modes: Sequence[str]
) -> tuple[Chunks | None, list[Weights]]:
    """The chunks, which no mode changes, and the weights; no chunks when every mode refuses."""
    chunks, found = None, []
    for mode in modes:
        try:
            rendered, weights = renderer.build_supervised_example(messages, mode)
        except (CookbookError, NotImplementedError) as error:
            found.append(Weights(mode=mode, refused=str(error)))
            continue
        chunks = _chunks(rendered)
        found.append(Weights(mode=mode, weights=tuple(float(weight) for weight in weights)))
    return chunks, found


def _chunks(rendered: ModelInput) -> Chunks:
    return tuple(tuple(getattr(chunk, "tokens", ())) for chunk in rendered.chunks)


def _instead(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"
