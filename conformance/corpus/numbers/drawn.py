"""Whole problems, drawn: datums, losses, preferences and trajectories of which nobody chose the numbers.

The catalogues beside this one ask for what is known to go wrong, one thing at a time. Here things meet: an image where
a datum is cut, a masked turn after a split, a group of one beside a group of eight. Everything is a multiple of 1/64.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from conformance.corpus.numbers.asking import Json, ask, floats, image, model_input, tensor, text
from conformance.corpus.numbers.drift import sampled
from conformance.corpus.numbers.preferences import NAMES, pair_member
from conformance.corpus.numbers.rewards import group
from conformance.corpus.numbers.tolerances import FLOAT32_LOSS, FLOAT32_QUOTIENT, FLOAT32_SUM, FLOAT64_MEAN
from conformance.corpus.numbers.trajectories import MASKED, TO_DATA, turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

Dice = random.Random


def questions() -> Iterator[Question]:
    """In the order of the catalogues beside this one. What is drawn twice is asked once."""
    asked = set()
    for question in _all():
        what = question.operation, json.dumps(question.params)
        if what not in asked:
            asked.add(what)
            yield question


def _all() -> Iterator[Question]:
    yield from _datums(Dice(1))
    yield from _losses(Dice(2))
    yield from _batches(Dice(3))
    yield from _preferences(Dice(4))
    yield from _rewards(Dice(5))
    yield from _walks(Dice(6))
    yield from _moves(Dice(7))


def _logprobs(dice: Dice, length: int) -> list[float]:
    return [-dice.randrange(0, 640) / 64 for _ in range(length)]


# Datums.


def _chunks(dice: Dice) -> list[Json]:
    """Text and images, at least two positions before the last, which is text."""
    made = [text(*(dice.randrange(1, 250) for _ in range(dice.randrange(2, 7))))]
    for _ in range(dice.randrange(0, 4)):
        tokens = [dice.randrange(1, 250) for _ in range(dice.randrange(0, 6))]
        made.append(image(dice.randrange(0, 4)) if dice.random() < 0.25 else text(*tokens))
    return [*made, text(*(dice.randrange(1, 250) for _ in range(dice.randrange(1, 5))))]


def _datums(dice: Dice) -> Iterator[Question]:
    for number in range(130):
        chunks = _chunks(dice)
        length = sum(len(chunk["tokens"]) if "tokens" in chunk else chunk["expected_tokens"] for chunk in chunks)
        weights = [float(dice.random() < 0.5) if number % 2 else dice.randrange(0, 5) / 4 for _ in range(length)]
        params: Json = {"model_input": model_input(*chunks), "weights": tensor(weights, "float32", [length])}
        flags: tuple[str, ...] = ("shift", "images") if any("data" in chunk for chunk in chunks) else ("shift",)
        if number % 3:
            # The first chunk is never cut below two tokens, which would leave nothing to predict.
            params["max_length"] = dice.randrange(2, length + 3)
            flags = (*flags, "truncation")
        if number % 4 == 1:
            params["reduction"] = "mean"
            flags = (*flags, "reduction")
        about: Json = {"traps": ("T255", "T256"), "tolerance": FLOAT32_QUOTIENT if "reduction" in params else None}
        yield ask("datum.datum_from_model_input_weights", f"drawn/{number}", params, flags, **about)
        if number % 2:
            yield ask("datum.chunks", f"drawn/{number}", params, (*flags, "chunk_boundaries"), traps=("T261",))


# Losses.


def _losses(dice: Dice) -> Iterator[Question]:
    for number in range(50):
        lengths = [dice.randrange(0, 9) for _ in range(1 + number % 5)]
        logprobs = [_logprobs(dice, length) for length in lengths]
        weights = [[dice.choice((0.0, 0.0, 1.0, 1.0, 0.5, 0.25)) for _ in range(length)] for length in lengths]
        if not any(lengths):
            continue  # Batches without a number are asked for beside this.
        params = {"logprobs": [floats(one) for one in logprobs], "weights": [floats(one) for one in weights]}
        flags = ("weighted_mean",) if any(map(any, weights)) else ("no_weight",)
        yield ask("supervised.compute_mean_nll", f"drawn/{number}", params, flags, tolerance=FLOAT32_SUM)


# The order of data.


def _batches(dice: Dice) -> Iterator[Question]:
    for number in range(50):
        size = dice.randrange(1, 9)
        batches = dice.randrange(1, 6)
        length = size * batches + dice.randrange(0, size)
        params: Json = {"length": length, "batch_size": size, "index": dice.randrange(0, batches)}
        if number % 4:
            params["seeds"] = [dice.randrange(0, 1000) for _ in range(number % 4)]
        yield ask("data.get_batch", f"drawn/{number}", params, ("epochs", "batches"), traps=("T282",))
    for number in range(20):
        length = dice.randrange(1, 40)
        seed = None if number % 5 == 4 else dice.randrange(0, 2**31)
        params = {"length": length, "test_size": dice.randrange(0, length + 2), "shuffle_seed": seed}
        yield ask("data.split", f"drawn/{number}", params, ("split",), traps=("T281",))


# Preferences.


def _preferences(dice: Dice) -> Iterator[Question]:
    for number in range(50):
        pairs = 1 + number % 6
        params: Json = {name: _logprobs(dice, pairs) for name in NAMES}
        params["dpo_beta"] = dice.choice((0.0625, 0.125, 0.5, 1.0))
        traps = ("T341", "T343")
        loss = "preference.compute_dpo_loss"
        yield ask(loss, f"drawn-dyadic/{number}", params, ("dpo",), traps=traps, tolerance=FLOAT32_LOSS)
    for number in range(40):
        count = 2 * dice.randrange(1, 4)
        weights = [[dice.choice((0.0, 1.0, 1.0)) for _ in range(dice.randrange(1, 6))] for _ in range(count)]
        step: Json = {
            "data": [pair_member(len(one), one, last=50 + at) for at, one in enumerate(weights)],
            "logprobs": [_logprobs(dice, len(one)) for one in weights],
            "ref_logprobs": [[None, *_logprobs(dice, len(one))] for one in weights],
            "dpo_beta": dice.choice((0.125, 0.25, 0.5)),
        }
        flags = ("dpo", "pairs", "gradient")
        yield ask("preference.dpo_step", f"drawn/{number}", step, flags, traps=("T345",), tolerance=FLOAT32_LOSS)


# Rewards.


def _rewards(dice: Dice) -> Iterator[Question]:
    for number in range(60):
        # Groups of powers of two: the mean is exact.
        sizes = [dice.choice((1, 2, 4, 8, 16)) for _ in range(1 + number % 4)]
        groups = [group(*(dice.randrange(-128, 129) / 64 for _ in range(size))) for size in sizes]
        yield ask("rl.compute_advantages", f"drawn-dyadic/{number}", {"groups": groups}, ("advantages",))
    for number in range(40):
        rewards = [[float(dice.randrange(0, 2)) for _ in range(dice.randrange(1, 4))] for _ in range(1 + number % 5)]
        groups = [group(*one) for one in rewards]
        operation = "rl.remove_constant_reward_groups"
        yield ask(operation, f"drawn/{number}", {"groups": groups}, ("constant_group",), traps=("T384",))


# Trajectories.


def _walk(dice: Dice) -> Json:
    """Turns of which most extend what came before; the others begin anew."""
    seen: list[int] = []
    turns = []
    for number in range(dice.randrange(1, 5)):
        anew = not seen or dice.random() < 0.25
        # Another first token, so that nothing merges by chance.
        before = [1 + number] if anew else seen
        shown = before + [dice.randrange(10, 250) for _ in range(dice.randrange(0, 4))]
        done = [dice.randrange(10, 250) for _ in range(dice.randrange(1, 4))]
        more: Json = {"reward": dice.randrange(0, 9) / 8}
        if dice.random() < 0.15:
            more["metrics"] = MASKED
        turns.append(turn(shown, done, logprobs=_logprobs(dice, len(done)), **more))
        seen = shown + done
    return {"transitions": turns}


def _walks(dice: Dice) -> Iterator[Question]:
    flags: tuple[str, ...]
    for number in range(130):
        params = {"trajectory": _walk(dice), "advantage": dice.randrange(-128, 129) / 64}
        flags = ("merging", "split_datum")
        yield ask(TO_DATA, f"drawn/{number}", params, flags, traps=("T373", "T374", "T376"))
    for number in range(50):
        groups, advantages = _groups(dice, 1 + number % 3)
        params = {"groups": groups, "advantages": advantages}
        yield ask("rl.assemble_training_data", f"drawn/{number}", params, ("origin", "merging"), traps=("T383",))
    for number in range(50):
        groups, _ = _groups(dice, 1 + number % 4)
        tags = [[tag for tag in ("math", "code", "long") if dice.random() < 0.4] for _ in groups]
        params = {"groups": groups, "taglist": tags}
        operation, flags = "rl.compute_trajectory_metrics", ("sections", "group_fractions")
        yield ask(operation, f"drawn/{number}", params, flags, tolerance=FLOAT64_MEAN)


def _groups(dice: Dice, count: int) -> tuple[list[Json], list[list[float]]]:
    """Groups, and an advantage for each of their trajectories."""
    sizes = [dice.randrange(1, 4) for _ in range(count)]
    groups = [
        {
            "trajectories": [_walk(dice) for _ in range(size)],
            "final_rewards": [dice.randrange(0, 5) / 4 for _ in range(size)],
        }
        for size in sizes
    ]
    return groups, [[dice.randrange(-64, 65) / 64 for _ in range(size)] for size in sizes]


# How far a model has moved.


def _moves(dice: Dice) -> Iterator[Question]:
    for number in range(40):
        lengths = [dice.randrange(1, 7) for _ in range(1 + number % 3)]
        # The first position always counts, so that there is something to compare.
        masks = [[1.0, *(float(dice.random() < 0.6) for _ in range(length - 1))] for length in lengths]
        data = [
            sampled(_logprobs(dice, length), mask, first=1 + 10 * at)
            for at, (length, mask) in enumerate(zip(lengths, masks, strict=True))
        ]
        other = [_logprobs(dice, length) for length in lengths]
        traps = ("T386", "T389")
        params: Json = {"data": data, "training_logprobs": other}
        slug = f"drawn/{number}"
        yield ask("rl.compute_kl_sample_train", slug, params, ("kl",), traps=traps, tolerance=FLOAT32_SUM)
        params = {"data": data, "logprobs": [[None, *one] for one in other]}
        yield ask("rl.compute_post_kl", slug, params, ("kl",), traps=traps, tolerance=FLOAT32_SUM)
        discount = dice.choice((0.0, 0.0, 0.5, 1.0))
        params = {**params, "kl_penalty_coef": dice.choice((0.25, 0.5, 1.0)), "kl_discount_factor": discount}
        flags = ("kl_penalty", "discount") if discount else ("kl_penalty",)
        yield ask("rl.incorporate_kl_penalty", slug, params, flags, traps=traps, tolerance=FLOAT32_SUM)
