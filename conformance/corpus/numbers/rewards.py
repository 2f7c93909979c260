"""Questions for rewards: totals, advantages, and groups that teach nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from conformance.cases import Tolerance
from conformance.corpus.numbers.asking import Json, ask, model_input
from conformance.corpus.numbers.tolerances import ADVANTAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.corpus.question import Question


def steps(*rewards: Any) -> Json:
    """A trajectory of which only the rewards of its steps matter."""
    return {
        "transitions": [
            {"ob": model_input(), "ac": {"tokens": [], "logprobs": []}, "reward": reward} for reward in rewards
        ]
    }


def group(*finals: Any) -> Json:
    """A group of which only the final rewards matter."""
    return {"trajectories": [steps() for _ in finals], "final_rewards": list(finals)}


def walked(*trajectories: tuple[Sequence[Any], Any]) -> Json:
    """A group of trajectories with the rewards of their steps and a final one."""
    return {
        "trajectories": [steps(*rewards) for rewards, _ in trajectories],
        "final_rewards": [final for _, final in trajectories],
    }


DYADIC: tuple[tuple[str, list[float]], ...] = (
    ("two", [0.0, 1.0]),
    ("four", [0.0, 1.0, 1.0, 0.0]),
    ("four-levels", [0.125, 0.5, 0.75, 1.0]),
    ("eight", [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
    ("negative", [-1.0, -0.5, 0.5, 1.0]),
    ("equal", [1.0, 1.0]),
    ("all-zero", [0.0, 0.0, 0.0, 0.0]),
    ("one", [0.75]),
    ("large", [1024.0, -1024.0]),
    ("sixteen", [float(at % 5) / 8 for at in range(16)]),
    ("sixty-four", [float((at * 7) % 11) / 4 for at in range(64)]),
)
ROUNDED: tuple[tuple[str, list[float]], ...] = (
    ("three", [0.0, 1.0, 1.0]),
    ("five", [0.0, 0.0, 1.0, 0.0, 0.0]),
    ("tenths", [0.1, 0.2, 0.7]),
    ("six", [0.3, 0.9, 0.25, 0.5, 0.125, 1.0]),
    ("seven", [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
    ("thirds", [1 / 3, 2 / 3, 1.0]),
)
NOT_FINITE: tuple[tuple[str, list[Any]], ...] = (
    ("nan", ["NaN", 1.0]),
    ("infinity", ["Infinity", 1.0]),
    ("both-infinities", ["Infinity", "-Infinity", 0.0, 1.0]),
    ("beyond-float32", [1e39, 0.0]),
)

TOTALS: tuple[tuple[str, list[tuple[list[Any], Any]], tuple[str, ...]], ...] = (
    ("final-only", [([], 1.0), ([], 0.5)], ()),
    ("steps-only", [([0.5, 0.25], 0.0), ([1.0], 0.0)], ()),
    ("steps-and-final", [([0.5, 0.25, -1.0], 2.0), ([0.0], 1.0)], ()),
    ("tenths", [([0.1, 0.2], 0.0), ([0.3], 0.0)], ()),
    ("order-of-adding", [([1e16, 1.0, 1.0], 0.0), ([1.0, 1.0], 1e16)], ()),
    ("nobody", [], ("nothing_to_count",)),
    ("nan", [(["NaN"], 1.0)], ("nan_in_data",)),
    ("negative-zero", [([-0.0], -0.0)], ("signed_zero",)),
)

CONSTANT: tuple[tuple[str, list[list[Any]], tuple[str, ...]], ...] = (
    ("mixed", [[0.0, 1.0]], ()),
    ("first-constant", [[1.0, 1.0], [0.0, 1.0]], ()),
    ("last-constant", [[0.0, 1.0], [1.0, 1.0]], ()),
    ("between", [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]], ()),
    ("all-constant", [[1.0, 1.0], [0.0, 0.0], [0.5, 0.5]], ()),
    ("one-constant", [[1.0, 1.0]], ()),
    ("nothing", [], ("nothing_to_count",)),
    ("single-members", [[1.0], [0.0]], ()),
    ("empty-group", [[], [0.0, 1.0]], ("nothing_to_count",)),
    ("only-empty-groups", [[], []], ("nothing_to_count",)),
    ("nearly-equal", [[0.30000000000000004, 0.3], [1.0, 1.0]], ()),
    ("zeros-of-both-signs", [[0.0, -0.0], [0.0, 1.0]], ()),
    ("nan", [["NaN", "NaN"], [1.0, 1.0]], ("nan_in_data",)),
    ("infinities", [["Infinity", "Infinity"], [0.0, 1.0]], ("nan_in_data",)),
    # Where all groups are constant the first is kept, which would hide that a group before is taken for constant.
    ("nearly-equal-behind-constant", [[1.0, 1.0], [0.30000000000000004, 0.3]], ()),
    ("nan-behind-constant", [[1.0, 1.0], ["NaN", "NaN"]], ("nan_in_data",)),
)


def questions() -> Iterator[Question]:
    """Totals, advantages, constant groups."""
    for slug, trajectories, flags in TOTALS:
        params = {"groups": [walked(*trajectories)]}
        signed = "signed_zero" in flags
        yield ask("rl.get_total_rewards", slug, params, ("total_reward", *flags), traps=("T372",), signed_zero=signed)
    yield ask("rl.get_total_rewards", "no-group", {"groups": []}, ("total_reward", "nothing_to_count"))
    uneven = {"groups": [{"trajectories": [steps(1.0)], "final_rewards": []}]}
    flags = ("total_reward", "mismatch", "malformed")
    yield ask("rl.get_total_rewards", "refused/no-final-reward", uneven, flags)
    yield from _advantages()
    for slug, groups, more in CONSTANT:
        params = {"groups": [group(*rewards) for rewards in groups]}
        yield ask("rl.remove_constant_reward_groups", slug, params, ("constant_group", *more), traps=("T384", "T426"))
    apart = {"groups": [walked(([0.1, 0.2], 0.0), ([0.3], 0.0)), group(1.0, 1.0)]}
    flags = ("constant_group", "total_reward")
    yield ask("rl.remove_constant_reward_groups", "sums-differ", apart, flags, traps=("T384",))
    apart = {"groups": apart["groups"][::-1]}
    yield ask("rl.remove_constant_reward_groups", "sums-differ-behind-constant", apart, flags, traps=("T384",))
    same = {"groups": [walked(([0.5, 0.5], 0.0), ([], 1.0)), group(1.0, 0.0)]}
    yield ask("rl.remove_constant_reward_groups", "sums-agree", same, flags, traps=("T384",))


def _advantages() -> Iterator[Question]:
    operation, traps = "rl.compute_advantages", ("T370", "T371")
    for slug, rewards in DYADIC:
        yield ask(operation, f"exact/{slug}", {"groups": [group(*rewards)]}, ("advantages",), traps=traps)
    for slug, rewards in ROUNDED:
        params = {"groups": [group(*rewards)]}
        flags = ("advantages", "float32_arithmetic")
        yield ask(operation, f"rounded/{slug}", params, flags, traps=traps, tolerance=ADVANTAGE)
    for slug, odd in NOT_FINITE:
        yield ask(
            operation, f"not-finite/{slug}", {"groups": [group(*odd)]}, ("advantages", "nan_in_data"), traps=traps
        )
    for slug, groups in (
        ("two-groups", [group(0.0, 1.0), group(2.0, 4.0)]),
        ("sizes", [group(0.0, 1.0), group(0.0, 1.0, 1.0, 2.0), group(5.0)]),
        ("steps", [walked(([0.5, 0.5], 0.0), ([0.25], 0.25))]),
        ("no-group", []),
        ("empty-group", [{"trajectories": [], "final_rewards": []}]),
    ):
        kinds = ("advantages", "nothing_to_count") if slug in ("no-group", "empty-group") else ("advantages",)
        yield ask(operation, f"groups/{slug}", {"groups": groups}, kinds, traps=traps)
    drawn = random.Random(5)
    for number in range(16):
        rewards = [drawn.choice((0.0, 0.1, 0.5, 1.0)) + drawn.random() for _ in range(2 + number)]
        scale = 10.0 ** drawn.randrange(-2, 3)
        params = {"groups": [group(*(reward * scale for reward in rewards))]}
        allowed = Tolerance(why=ADVANTAGE.why, abs=4 * 2.0**-24 * 2 * scale)
        flags = ("advantages", "float32_arithmetic")
        yield ask(operation, f"drawn/{2 + number}", params, flags, traps=traps, tolerance=allowed)
