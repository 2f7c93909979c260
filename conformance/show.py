"""A conversation as a renderer of the reference sees it: tokens in chunks, and weights for each `train_on_what`.

Every way to render it is there: one example, the examples that it is split into, and the prompt for the next message.

Chunks do not cross the protocol, so that here the reference is not asked as an adapter but called.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import Rejected
from conformance.corpus import settings
from conformance.diagnose import shown_tokens
from conformance.exits import UsageError
from conformance.places import example_places, prompt_places
from conformance.rendering import Chunk, Rendering, Weights
from conformance.tokenizers import locked
from cookbook.errors import CookbookError
from cookbook.messages import message_from_json
from cookbook.renderers import TrainOnWhat
from cookbook.renderers.registry import get_built_in_renderer_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.protocol import InitializeParams
    from conformance.token_causes import Lexicon
    from cookbook.datum import ModelInput
    from cookbook.messages import Message
    from cookbook.renderers import Renderer

MODES: tuple[str, ...] = tuple(TrainOnWhat)
EXAMPLE, EXAMPLES, PROMPT = "build_supervised_example", "build_supervised_examples", "build_generation_prompt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A rendered conversation.

    `example` has a row of weights for each `train_on_what` that was wanted. `split` are the examples of
    `build_supervised_examples`, each once, with a row for every mode that gives it; `whole` names the modes that give
    the one example, unsplit, and `unsplit` those that are refused. `prompt` asks for the next message; it is None where
    it is refused, with the reason in `no_prompt`.
    """

    renderer: str
    tokenizer: str
    messages: int
    example: Rendering
    split: tuple[Rendering, ...] = ()
    whole: tuple[str, ...] = ()
    unsplit: tuple[Weights, ...] = ()
    prompt: Rendering | None = None
    no_prompt: str = ""


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
    renderer: str,
    tokenizer: str,
    messages: Sequence[Message],
    *,
    hello: InitializeParams,
    lexicon: Lexicon | None,
    modes: Sequence[str] = MODES,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Shown:
    """Render a conversation. `hello` offers the tokenizer, `lexicon` says how its tokens read.

    Raises:
        UsageError: the renderer does not work with this tokenizer or these options, or refuses the conversation in
            every mode.
    """
    with _quiet():
        return _show(renderer, tokenizer, messages, hello=hello, lexicon=lexicon, modes=modes, options=options)


@contextmanager
def _quiet() -> Iterator[None]:
    """The library warns of what does not suit a renderer; here everything is rendered on purpose."""
    library = logging.getLogger("cookbook")
    level = library.level
    library.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        library.setLevel(level)


def _show(
    renderer: str,
    tokenizer: str,
    messages: Sequence[Message],
    *,
    hello: InitializeParams,
    lexicon: Lexicon | None,
    modes: Sequence[str],
    options: Mapping[str, Any],
) -> Shown:
    made = _renderer(renderer, tokenizer, hello, options)
    example, rows = _supervised(made, messages, modes, lexicon)
    if example is None:
        raise UsageError(f"{renderer} refuses this conversation: {rows[0].refused}")
    split, whole, unsplit = _split(made, messages, modes, lexicon, Rendering(name="", chunks=example, rows=tuple(rows)))
    prompt, no_prompt = None, ""
    try:
        prompt = prompted(made, messages, lexicon)
    except (CookbookError, NotImplementedError) as error:
        no_prompt = str(error)
    return Shown(
        renderer=renderer,
        tokenizer=tokenizer,
        messages=len(messages),
        example=Rendering(name=EXAMPLE, chunks=example, rows=tuple(rows)),
        split=split,
        whole=whole,
        unsplit=unsplit,
        prompt=prompt,
        no_prompt=no_prompt,
    )


def answered(operation: str, params: Mapping[str, Any], *, hello: InitializeParams) -> tuple[Rendering, ...]:
    """The sequences in the reference's answer to a question that renders a conversation, in their chunks.

    Empty for every other question, and where the reference refuses it.
    """
    method = operation.removeprefix("renderer.")
    if method not in (EXAMPLE, EXAMPLES, PROMPT):
        return ()
    try:
        with _quiet():
            return _answered(method, params, hello)
    except (CookbookError, UsageError, NotImplementedError, KeyError, TypeError):
        return ()


def _answered(method: str, params: Mapping[str, Any], hello: InitializeParams) -> tuple[Rendering, ...]:
    made = _renderer(params["renderer"], params["tokenizer"], hello, params.get("options", {}))
    messages = [message_from_json(message) for message in params["messages"]]
    if method == PROMPT:
        given = {name: params[name] for name in ("role", "prefill") if name in params}
        return (prompted(made, messages, None, **given),)
    mode = {"train_on_what": params["train_on_what"]} if "train_on_what" in params else {}
    if method == EXAMPLE:
        rendered, _ = made.build_supervised_example(messages, **mode)
        return (Rendering(name=EXAMPLE, chunks=_chunks(rendered, example_places(made, messages), None)),)
    found = []
    for rendered, _ in made.build_supervised_examples(messages, **mode):
        places = _extent(made, messages, rendered)[1]
        found.append(Rendering(name=EXAMPLES, chunks=_chunks(rendered, places, None)))
    return tuple(found)


def prompted(made: Renderer, messages: Sequence[Message], lexicon: Lexicon | None, **given: Any) -> Rendering:
    """The generation prompt in its chunks. Raises what the renderer raises."""
    rendered = made.build_generation_prompt(messages, **given)
    return Rendering(name=PROMPT, chunks=_chunks(rendered, prompt_places(made, messages, **given), lexicon))


def _renderer(name: str, tokenizer: str, hello: InitializeParams, options: Mapping[str, Any]) -> Renderer:
    reference = Reference()
    reference.initialize(msgspec.to_builtins(hello))
    try:
        return reference.renderer({"renderer": name, "tokenizer": tokenizer, "options": dict(options)})
    except (CookbookError, Rejected) as error:
        raise UsageError(str(error)) from error


def _supervised(
    made: Renderer, messages: Sequence[Message], modes: Sequence[str], lexicon: Lexicon | None
) -> tuple[tuple[Chunk, ...] | None, list[Weights]]:
    """The chunks, which no mode changes, and the weights; no chunks when every mode refuses."""
    chunks, rows = None, []
    for mode in modes:
        try:
            rendered, weights = made.build_supervised_example(messages, mode)
        except (CookbookError, NotImplementedError) as error:
            rows.append(Weights(mode=mode, refused=str(error)))
            continue
        if chunks is None:
            chunks = _chunks(rendered, example_places(made, messages), lexicon)
        rows.append(_row(mode, weights))
    return chunks, rows


def _split(
    made: Renderer, messages: Sequence[Message], modes: Sequence[str], lexicon: Lexicon | None, whole: Rendering
) -> tuple[tuple[Rendering, ...], tuple[str, ...], tuple[Weights, ...]]:
    """The examples that the modes split the conversation into; the modes that do not split it; those that refuse."""
    found: dict[tuple[int, ...], tuple[int, Rendering]] = {}
    unsplit, refused = [], []
    rows = {row.mode: row.weights for row in whole.rows}
    for mode in modes:
        try:
            examples = made.build_supervised_examples(messages, mode)
        except (CookbookError, NotImplementedError) as error:
            refused.append(Weights(mode=mode, refused=str(error)))
            continue
        given = [(tuple(rendered.to_ints()), _row(mode, weights)) for rendered, weights in examples]
        if len(given) == 1 and given[0][0] == whole.ids and given[0][1].weights == rows[mode]:
            unsplit.append(mode)
            continue
        for (rendered, _), (ids, row) in zip(examples, given, strict=True):
            if ids not in found:
                end, places = _extent(made, messages, rendered)
                chunks = _chunks(rendered, places, lexicon)
                name = f"{EXAMPLES}, the one that ends with messages[{end - 1}]" if end else EXAMPLES
                found[ids] = end, Rendering(name=name, chunks=chunks)
            end, rendering = found[ids]
            found[ids] = end, replace(rendering, rows=(*rendering.rows, row))
    ordered = sorted(found.values(), key=lambda item: item[0])
    return tuple(rendering for _, rendering in ordered), tuple(unsplit), tuple(refused)


def _extent(made: Renderer, messages: Sequence[Message], rendered: ModelInput) -> tuple[int, list[str]]:
    """How many of the messages an example consists of, and the places of its chunks; 0 and none where nobody knows."""
    for end in range(1, len(messages) + 1):
        try:
            same = made.build_supervised_example(messages[:end])[0].to_ints() == rendered.to_ints()
        except (CookbookError, NotImplementedError):
            continue
        if same:
            return end, example_places(made, messages[:end])
    return 0, []


def _row(mode: str, weights: Iterable[float]) -> Weights:
    return Weights(mode=mode, weights=tuple(float(weight) for weight in weights))


def _chunks(rendered: ModelInput, places: Sequence[str], lexicon: Lexicon | None) -> tuple[Chunk, ...]:
    every = [tuple(getattr(chunk, "tokens", ())) for chunk in rendered.chunks]
    known = places if len(places) == len(every) else [""] * len(every)
    return tuple(
        Chunk(tokens=shown_tokens(tokens, None, lexicon), place=place)
        for tokens, place in zip(every, known, strict=True)
    )


def _instead(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"
