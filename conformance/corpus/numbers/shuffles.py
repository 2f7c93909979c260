"""Questions for the order of data: the shuffle from its seed on, epochs, batches and splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

SEEDS = (0, 1, 2, 3, 7, 10, 42, 123, 1000, 12345, 2**31 - 1, 2**31, 2**32 - 1)
LARGE_SEEDS = (2**32, 2**32 + 1, 2**53, 2**63 - 1, 2**64 - 1, 2**64, 2**96, 2**127 + 5, 2**128 - 1, 2**128, 2**160 + 3)
LENGTHS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 31, 32, 33, 64, 65, 100, 128, 129, 255, 256, 257, 500)


def _written(seed: int) -> int | str:
    return seed if seed <= 2**53 else str(seed)


def _name(seed: int) -> str:
    return f"seed-{seed}" if seed < 2**33 else f"seed-of-{seed.bit_length()}-bits-{seed % 97}"


def questions() -> Iterator[Question]:
    """From the seed to the permutation, then what is made of it."""
    for seed in (*SEEDS, *LARGE_SEEDS):
        flags: tuple[str, ...] = ("seed",) if seed in SEEDS else ("seed", "large_seed")
        given = {"seed": _written(seed)}
        yield ask("data.shuffle.seed_state", _name(seed), given, flags, traps=("T280",))
        yield ask("data.shuffle.raw", _name(seed), {**given, "count": 8}, ("raw_numbers", *flags), traps=("T280",))
        for length in (10, 33):
            slug = f"{_name(seed)}/of-{length}"
            params = {**given, "length": length}
            yield ask("data.shuffle.draws", slug, params, ("masked_draws", *flags), traps=("T280",))
            yield ask("data.shuffle.permutation", slug, params, ("permutation", *flags), traps=("T280",))
    for length in LENGTHS:
        for seed in (0, 1, 6):
            if (length, seed) in ((10, 0), (10, 1), (33, 0), (33, 1)):
                continue
            params = {"seed": seed, "length": length}
            slug = f"seed-{seed}/of-{length}"
            yield ask("data.shuffle.permutation", slug, params, ("permutation",), traps=("T280",))
            if seed == 1 and length <= 65:
                yield ask("data.shuffle.draws", slug, params, ("masked_draws",), traps=("T280",))
    yield ask("data.shuffle.raw", "none", {"seed": 0, "count": 0}, ("raw_numbers",))
    yield ask("data.shuffle.raw", "many", {"seed": 0, "count": 64}, ("raw_numbers",))
    for operation, more in (
        ("seed_state", {}),
        ("raw", {"count": 1}),
        ("draws", {"length": 3}),
        ("permutation", {"length": 3}),
    ):
        params = {"seed": -1, **more}
        yield ask(f"data.shuffle.{operation}", "negative-seed", params, ("seed", "malformed"))
    yield ask("data.shuffle.raw", "negative-count", {"seed": 0, "count": -1}, ("raw_numbers", "malformed"))
    yield ask("data.shuffle.draws", "negative-length", {"seed": 0, "length": -1}, ("masked_draws", "malformed"))
    yield ask("data.shuffle.permutation", "negative-length", {"seed": 0, "length": -1}, ("permutation", "malformed"))
    yield from _batches()
    yield from _splits()


def _batches() -> Iterator[Question]:
    for length, size in ((7, 3), (6, 3), (10, 4), (5, 5), (12, 1), (9, 2)):
        yield ask("data.number_of_batches", f"{length}-by-{size}", {"length": length, "batch_size": size}, ("batches",))
        for epochs in ((), (0,), (0, 1), (1, 0), (3, 3)):
            for index in dict.fromkeys((0, length // size - 1)):
                params: dict[str, Any] = {"length": length, "batch_size": size, "index": index}
                if epochs:
                    params["seeds"] = list(epochs)
                slug = f"{length}-by-{size}/batch-{index}-epochs-{'-'.join(map(str, epochs)) or 'none'}"
                flags = ("epochs", "batches") if epochs else ("batches",)
                yield ask("data.get_batch", slug, params, flags, traps=("T282", "T283"))
        for index in dict.fromkeys((length // size, length, -1)):
            params = {"length": length, "batch_size": size, "index": index}
            slug = f"{length}-by-{size}/no-batch-{index}".replace("--", "-minus-")
            yield ask("data.get_batch", slug, params, ("out_of_range", "malformed"), traps=("T288",))
    for index, seeds in ((0, []), (3, []), (0, [1])):
        params = {"length": 0, "batch_size": 2, "index": index, **({"seeds": seeds} if seeds else {})}
        slug = f"no-rows/batch-{index}{'-shuffled' if seeds else ''}"
        yield ask("data.get_batch", slug, params, ("batches",), traps=("T288",))
    for length, size in ((0, 3), (2, 3), (1000000, 32), (64, 64)):
        yield ask("data.number_of_batches", f"{length}-by-{size}", {"length": length, "batch_size": size}, ("batches",))
    yield ask("data.number_of_batches", "by-none", {"length": 3, "batch_size": 0}, ("batches", "malformed"))
    for slug, datums in (
        ("one-each", [1] * 6),
        ("two-each", [2] * 6),
        ("none-of-some", [0, 1, 2, 0, 3, 1]),
        ("none-at-all", [0] * 6),
    ):
        for index, seeds in ((0, []), (1, [0]), (2, [2])):
            params = {"length": 6, "batch_size": 2, "index": index, "datums": datums}
            if seeds:
                params["seeds"] = seeds
            traps = ("T285", "T289")
            yield ask("data.get_batch_of_datums", f"{slug}/batch-{index}", params, ("batches", "epochs"), traps=traps)


def _splits() -> Iterator[Question]:
    for length, test_size, seed in (
        (7, 2, 0),
        (7, 0, 0),
        (7, 6, 0),
        (7, 7, 0),
        (7, 9, 0),
        (10, 3, 1),
        (10, 3, None),
        (10, 0, None),
        (1, 1, 0),
        (1, 0, 0),
        (20, 5, 42),
        (7, -1, 0),
    ):
        params: dict[str, Any] = {"length": length, "test_size": test_size}
        if seed != 0:
            params["shuffle_seed"] = seed
        slug = f"{length}-less-{test_size}/seed-{'none' if seed is None else seed}".replace("--", "-minus-")
        yield ask("data.split", slug, params, ("split",), traps=("T281", "T284"))
