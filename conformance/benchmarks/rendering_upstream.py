"""The original's half of `conformance.benchmarks.rendering`: run in its environment, it works when it is told to.

A line on stdin is a JSON object with "do", "work", "renderer", "tokenizer", "corpus" and "seed"; the answer is a line
with digests, or with the seconds that one pass takes.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.benchmarks import rendering_corpus as corpora

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 0.05
"""Seconds of processor time that a measurement takes at least: short passes are repeated."""


def measured(one_pass: Callable[[], Any]) -> dict[str, float]:
    """Seconds of one pass, by the processor's time and by the clock. As in `timeit`, no garbage is collected."""
    gc.collect()
    gc.disable()
    passes = 0
    processor, clock = time.process_time(), time.perf_counter()
    while time.process_time() - processor < LEAST:
        one_pass()
        passes += 1
    seconds = {"cpu": (time.process_time() - processor) / passes, "wall": (time.perf_counter() - clock) / passes}
    gc.enable()
    return seconds


def once(one_pass: Callable[[], Any]) -> dict[str, float]:
    """The seconds of a single pass, for text that is new to it."""
    gc.collect()
    gc.disable()
    processor, clock = time.process_time(), time.perf_counter()
    one_pass()
    seconds = {"cpu": time.process_time() - processor, "wall": time.perf_counter() - clock}
    gc.enable()
    return seconds


def serve(prepare: Callable[[dict[str, Any]], tuple[Callable[[], Any], Callable[[], list[str]]]]) -> None:
    """Answer until stdin closes. `prepare` gives one pass of the work, and what tells the outcome of each item."""
    for line in sys.stdin:
        asked = json.loads(line)
        one_pass, outcomes = prepare(asked)
        match asked["do"]:
            case "digest":
                answer: Any = outcomes()
            case "first":
                answer = once(one_pass)
            case _:
                answer = measured(one_pass)
        print(json.dumps(answer), flush=True)


@cache
def tokenizer(path: str, bos: str | None, eos: str | None) -> Any:
    """As the original's oracle loads it."""
    from transformers import PreTrainedTokenizerFast

    ends = {name: token for name, token in (("bos_token", bos), ("eos_token", eos)) if token}
    return PreTrainedTokenizerFast(tokenizer_file=path, **ends)


@cache
def renderer(name: str, path: str, bos: str | None, eos: str | None) -> Any:
    """A renderer of the original; the date of gpt-oss's system prompt is fixed."""
    from tinker_cookbook.renderers import get_renderer, gpt_oss

    if name.startswith("gpt_oss") and name != "gpt_oss_no_sysprompt":
        return gpt_oss.GptOssRenderer(
            tokenizer(path, bos, eos),
            use_system_prompt=True,
            reasoning_effort=name.split("_")[2],
            current_date="2025-01-02",
        )
    return get_renderer(name, tokenizer(path, bos, eos))


def prepare(asked: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], list[str]]]:
    """One pass over the corpus, and the digests of what it makes."""
    made = renderer(asked["renderer"], *asked["tokenizer"])
    work, corpus, seed = asked["work"], asked["corpus"], asked["seed"]
    if work in ("parse", "stream"):
        stop = made.get_stop_sequences()[0]
        encode = made.tokenizer.encode
        end = encode(stop, add_special_tokens=False) if isinstance(stop, str) else [stop]
        tokens = [[*encode(text, add_special_tokens=False), *end] for text in corpora.responses(corpus, seed)]
        if work == "parse":
            return (
                lambda: [made.parse_response(one) for one in tokens],
                lambda: [corpora.digest(_parsed(*made.parse_response(one))) for one in tokens],
            )
        return (
            lambda: [[*made.parse_response_streaming(one)] for one in tokens],
            lambda: [corpora.digest([*map(corpora.event_form, made.parse_response_streaming(one))]) for one in tokens],
        )
    given = corpora.conversations(corpus, seed)
    if work == "prompt":
        return (
            lambda: [made.build_generation_prompt(one) for one in given],
            lambda: [corpora.digest(made.build_generation_prompt(one).to_ints()) for one in given],
        )
    if work == "datum":
        from tinker_cookbook.supervised.data import conversation_to_datum

        def datum(one: Any) -> Any:
            return conversation_to_datum(one, made, None, "last_assistant_message")

        return lambda: [datum(one) for one in given], lambda: [corpora.digest(_datum(datum(one))) for one in given]

    def example(one: Any) -> str:
        model_input, weights = made.build_supervised_example(one)
        return corpora.digest(corpora.example_form(model_input.to_ints(), weights.tolist()))

    return lambda: [made.build_supervised_example(one) for one in given], lambda: [*map(example, given)]


def _parsed(message: Any, termination: Any) -> list[Any]:
    return [corpora.message_form(message), termination.value]


def _datum(datum: Any) -> list[Any]:
    inputs = datum.loss_fn_inputs
    return [
        datum.model_input.to_ints(),
        *[[name, inputs[name].dtype, inputs[name].to_numpy().tolist()] for name in sorted(inputs)],
    ]


def main() -> None:
    """Answer as the original."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    import torch

    torch.set_num_threads(1)
    serve(prepare)


if __name__ == "__main__":
    main()
