"""Our half of `conformance.benchmarks.rendering`: the same work as the original's, and what only we have.

Texts that a renderer remembers are forgotten before each pass: what is measured is rendering, not remembering.
"""

from __future__ import annotations

import logging
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.benchmarks import rendering_corpus as corpora
from conformance.benchmarks.rendering_upstream import serve
from cookbook.renderers import get_renderer
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cookbook.renderers import Renderer
    from cookbook.tokenizer import FileTokenizer


@cache
def tokenizer(
    engine: str, path: str, bos: str | None, eos: str | None, pinned: tuple[str, tuple[int, ...]] | None = None
) -> FileTokenizer:
    """With one of the engines, which must give the ids of the lock file: `pinned` has its text and those."""
    return load_tokenizer(path, bos_token=bos, eos_token=eos, engine=engine, pinned=dict([pinned] if pinned else []))


@cache
def renderer(name: str, engine: str, *loaded: Any) -> Renderer:
    """With the date that the original's half gives. `loaded` is what `tokenizer` takes after the engine."""
    dated = name.startswith("gpt_oss") and name != "gpt_oss_no_sysprompt"
    options = {"current_date": "2025-01-02"} if dated else {}
    return get_renderer(name, tokenizer(engine, *loaded), **options)


def prepare(asked: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], list[str]]]:
    """One pass over the corpus, and the digests of what it makes."""
    pinned = (asked["pinned"][0], tuple(asked["pinned"][1])) if asked.get("pinned") else None
    made = renderer(asked["renderer"], asked["engine"], *asked["tokenizer"], pinned)
    work, corpus, seed = asked["work"], asked["corpus"], asked["seed"]
    if work in ("parse", "stream"):
        return _parsing(made, work, corpora.responses(corpus, seed))
    given: Any = corpora.conversations(corpus, seed)
    if work == "bare":
        encode = made.tokenizer.encode
        return lambda: [[encode(message["content"]) for message in one] for one in given], list
    if work == "bare_batch":
        texts = [message["content"] for one in given for message in one]
        loaded = tokenizer(asked["engine"], *asked["tokenizer"], pinned)
        at_once = loaded.encode_flat if asked["engine"] == "fastokens" else loaded.encode_batch
        return lambda: at_once(texts), list
    if work == "prompt":
        return (
            _anew(made, lambda: [made.build_generation_prompt(one) for one in given]),
            lambda: [corpora.digest(made.build_generation_prompt(one).to_ints()) for one in given],
        )
    if work == "datum":
        from cookbook.tinker_datums import sdk_datums

        def datums() -> list[Any]:
            return sdk_datums(made.build_supervised_example_batch(given))

        return datums, lambda: [corpora.digest(_datum(datum)) for datum in datums()]
    if work == "batch":
        return lambda: made.build_supervised_example_batch(given), lambda: _rows(
            made.build_supervised_example_batch(given)
        )
    return (
        _anew(made, lambda: [made.build_supervised_example(one) for one in given]),
        lambda: [_example(*made.build_supervised_example(one)) for one in given],
    )


def _parsing(made: Renderer, work: str, texts: list[str]) -> tuple[Callable[[], Any], Callable[[], list[str]]]:
    stop = made.get_stop_sequences()[0]
    end = made.tokenizer.encode(stop) if isinstance(stop, str) else [stop]
    tokens = [[*made.tokenizer.encode(text), *end] for text in texts]
    if work == "parse":
        return (
            lambda: [made.parse_response(one) for one in tokens],
            lambda: [_parsed(*made.parse_response(one)) for one in tokens],
        )
    return (
        lambda: [[*made.parse_response_streaming(one)] for one in tokens],
        lambda: [corpora.digest([*map(corpora.event_form, made.parse_response_streaming(one))]) for one in tokens],
    )


def _anew(made: Renderer, one_pass: Callable[[], Any]) -> Callable[[], Any]:
    def passing() -> Any:
        made.forget()
        return one_pass()

    return passing


def _example(model_input: Any, weights: Any) -> str:
    return corpora.digest(corpora.example_form(model_input.to_ints(), weights.tolist()))


def _rows(batch: Any) -> list[str]:
    return [corpora.digest(corpora.example_form(*map(list, batch.example(at)))) for at in range(len(batch))]


def _parsed(message: Any, termination: Any) -> str:
    return corpora.digest([corpora.message_form(message), termination.value])


def _datum(datum: Any) -> list[Any]:
    inputs = datum.loss_fn_inputs
    return [
        datum.model_input.to_ints(),
        *[[name, inputs[name].dtype, inputs[name].to_numpy().tolist()] for name in sorted(inputs)],
    ]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    serve(prepare)
