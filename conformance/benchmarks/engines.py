"""Whether the fast engine gives the ids of `tokenizers`: the long comparison, which the fingerprint stands for.

    python -m conformance.benchmarks.engines [--tokens 10000000] [--texts 100000] [TOKENIZER ...]

For each real tokenizer, three kinds of text: the probe of the lock file, whose ids are pinned there; sources of the
Python on this machine and drawn conversations, as many tokens as asked for; and random Unicode, broken up by the
tokenizer's own special tokens. Random texts and every text that holds a special token are encoded in both modes, one by
one and in one buffer. Exit code 1 and the first text if there is a difference.
"""

from __future__ import annotations

import argparse
import random
import sys
import sysconfig
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conformance.benchmarks import rendering_corpus as corpora
from conformance.tokenizers import Store, locked
from cookbook.errors import ConfigurationError
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cookbook.engines import Engine

SLAB = 2000
"""Texts that are compared in one go."""

# Where random characters come from: first, last and how often. Scripts, marks, controls, private use, beyond the BMP.
_RANGES = (
    (0x20, 0x7E, 6),
    (0x00, 0x1F, 1),
    (0x80, 0x24F, 3),
    (0x300, 0x36F, 1),
    (0x370, 0x5FF, 2),
    (0x600, 0xDFF, 2),
    (0xE00, 0x1FFF, 2),
    (0x2000, 0x2BFF, 3),
    (0x3000, 0x9FFF, 4),
    (0xA000, 0xD7FF, 2),
    (0xE000, 0xFFFF, 1),
    (0x10000, 0x10FFFF, 2),
    (0x1F000, 0x1FAFF, 2),
)
_RUNS = (" ", "  ", "\n", "\n\n", "\r\n", "\t", "'s", "'LL", "1234567", "0", "\u00a0", "\u200d", "\ufeff", "\u3000")


class Difference(NamedTuple):
    """A text, and what each engine makes of it."""

    text: str
    split: bool
    expected: list[int]
    got: list[int]

    def __str__(self) -> str:
        mode = "special tokens split" if self.split else "special tokens found"
        return f"{self.text!r} ({mode}): {self.expected} expected, {self.got} got"


def prose() -> Iterator[str]:
    """Sources of the standard library, cut into texts of a few hundred lines at most; then drawn conversations."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # The standard library tests other encodings, too.
        for start in range(0, len(text), 20_000):
            yield text[start : start + 20_000]
    for seed in count():
        for conversation in chain(corpora.conversations("long", seed), corpora.conversations("short", seed)):
            yield from (message["content"] for message in conversation)


def random_texts(number: int, special: Sequence[str]) -> Iterator[str]:
    """Unicode as nobody writes it, a special token, or half of one, here and there."""
    dice = random.Random(0)
    weights = [weight for *_, weight in _RANGES]
    for _ in range(number):
        written = []
        for _ in range(dice.randint(1, 12)):
            kind = dice.random()
            if kind < 0.15 and special:
                token = dice.choice(special)
                written.append(token if kind < 0.1 else token[: dice.randint(1, len(token))])
            elif kind < 0.35:
                written.append(dice.choice(_RUNS))
            else:
                first, last, _ = dice.choices(_RANGES, weights)[0]
                characters = (chr(dice.randint(first, last)) for _ in range(dice.randint(1, 8)))
                written.append("".join(one for one in characters if not "\ud800" <= one <= "\udfff"))
        yield "".join(written)


def compare(engine: Engine, defining: Engine, texts: Iterable[str], most: int | None, both: bool) -> tuple[int, int]:
    """Numbers of texts and tokens that were equal; ends once there are `most` tokens. Raises SystemExit if one differs.

    Without `both`, special tokens are not split.
    """
    texts = iter(texts)
    compared = tokens = 0
    while (most is None or tokens < most) and (slab := [*islice(texts, SLAB if both else SLAB // 20)]):
        for split in (False, True)[: 1 + both]:
            expected = defining.encode_batch(slab, split_special_tokens=split)
            together = engine.encode_flat(slab, split_special_tokens=split).lists()
            alone = engine.encode_batch(slab, split_special_tokens=split)
            for at, ids in enumerate(expected):
                got = together[at] if ids != together[at] else alone[at]
                if ids != got:
                    raise SystemExit(f"differs: {Difference(slab[at], split, ids, got)}")
                tokens += len(ids)
        compared += len(slab)
    return compared, tokens


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print what was compared."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.engines", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TOKENIZER", help="all that are locked and real, if left out")
    parser.add_argument("--engine", default="fastokens")
    parser.add_argument("--tokens", type=int, default=10_000_000)
    parser.add_argument("--texts", type=int, default=100_000)
    options = parser.parse_args(arguments)
    store, seen = Store(), set()
    for entry in locked().values():
        if entry.file is None or entry.probe is None or (options.names and entry.name not in options.names):
            continue
        if entry.sha256 in seen:
            continue  # Another name for the same file.
        seen.add(entry.sha256)
        path = store.path(entry.name)
        if path is None:
            raise SystemExit(f"{entry.name} is not here: run `conformance tokenizers fetch {entry.name}`")
        pinned = {entry.probe.text: entry.probe.ids}
        try:
            fast, slow = (
                load_tokenizer(path, engine=engine, pinned=pinned) for engine in (options.engine, "tokenizers")
            )
        except ConfigurationError as error:
            raise SystemExit(f"differs: {error}") from error
        written = compare(fast.engine, slow.engine, prose(), options.tokens, both=False)
        drawn = compare(fast.engine, slow.engine, random_texts(options.texts, slow.added), None, both=True)
        print(
            f"{entry.name}: {fast.engine.name} {fast.engine.version} gives the ids of {slow.engine.name} "
            f"{slow.engine.version} for the probe, {written[0]:,} texts of {written[1]:,} tokens and {drawn[0]:,} "
            f"random texts of {drawn[1]:,} tokens in both modes",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
