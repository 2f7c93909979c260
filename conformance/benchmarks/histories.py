"""What a conversation costs as it grows: `python -m conformance.benchmarks.histories [--renderer qwen3]`.

One conversation of twice as many turns each time. Three kinds of work: its prompt before every turn, as an agent asks
for it; the whole as one example; and an example of each turn. What matters is the last column: what a token costs that
comes out. It stays the same if no text is encoded twice, however often it comes out. Processor time, the fastest of
some passes, each with a renderer that remembers nothing yet.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from conformance.benchmarks import rendering_corpus as corpora
from conformance.benchmarks.rendering_upstream import once
from conformance.tokenizers import Store, locked
from cookbook.renderers import get_renderer
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.renderers import Renderer

FAMILIES = {"qwen3": "qwen3", "llama3": "llama3", "deepseekv3_thinking": "deepseek_v3_1"}
TURNS = (8, 16, 32, 64, 128)
PASSES = 3


def conversation(turns: int) -> Any:
    """So many questions and answers, no text twice."""
    drawn = (one for seed in range(turns) for one in corpora.conversations("short", seed))
    texts = (message["content"] for one in drawn for message in one)
    roles = ["user", "assistant"] * turns
    return [{"role": role, "content": text} for role, text in zip(roles, texts, strict=False)]


def works(renderer: Renderer) -> dict[str, Callable[[Any], int]]:
    """The kinds of work: each gives the number of tokens that came out."""
    return {
        "the prompt before every turn": lambda messages: sum(
            renderer.build_generation_prompt(messages[:end]).length for end in range(1, len(messages), 2)
        ),
        "one example": lambda messages: renderer.build_supervised_example(messages)[0].length,
        "an example of each turn": lambda messages: sum(
            example.length for example, _ in renderer.build_supervised_examples(messages, "all_assistant_messages")
        ),
        "the same in a batch": lambda messages: len(
            renderer.build_supervised_examples_batch([messages], "all_assistant_messages").tokens
        ),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.histories", description=__doc__)
    parser.add_argument("--renderer", choices=FAMILIES, default="qwen3")
    parser.add_argument("--engine", default="tokenizers")
    options = parser.parse_args(arguments)
    entry = locked()[FAMILIES[options.renderer]]
    path = Store().path(entry.name)
    if path is None:
        raise SystemExit(f"{entry.name} is not here: run `conformance tokenizers fetch {entry.name}`")
    tokenizer = load_tokenizer(path, bos_token=entry.bos_token, eos_token=entry.eos_token, engine=options.engine)
    print(f"{options.renderer}, {tokenizer.engine.name} {tokenizer.engine.version}")
    for name in works(get_renderer(options.renderer, tokenizer)):
        for turns in TURNS:
            messages = conversation(turns)
            made = (get_renderer(options.renderer, tokenizer) for _ in range(PASSES))
            seconds, tokens = min(_measured(name, renderer, messages) for renderer in made)
            cost = seconds / tokens * 1e9
            print(f"{name:30} {turns:4} turns {tokens:10,} tokens out {seconds * 1e3:9.1f} ms {cost:8.0f} ns a token")
    return 0


def _measured(name: str, renderer: Renderer, messages: Any) -> tuple[float, int]:
    tokens = []
    return once(lambda: tokens.append(works(renderer)[name](messages)))["cpu"], tokens[0]


if __name__ == "__main__":
    sys.exit(main())
