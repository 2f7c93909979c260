"""Questions for what is logged of trajectories, and for the parts of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import Json, ask, image, model_input, text
from conformance.corpus.numbers.rewards import group
from conformance.corpus.numbers.tolerances import FLOAT64_MEAN
from conformance.corpus.numbers.trajectories import turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.corpus.question import Question


def _walk(*turns: Json) -> Json:
    return {"transitions": list(turns)}


SHORT = _walk(turn([1, 2], [3, 4], reward=0.5))
LONG = _walk(turn([1], [2], reward=0.25), turn([1, 2, 3], [4, 5, 6], reward=0.25))
PICTURED = _walk(turn(model_input(text(1), image(5)), [2]))
REPORTING = _walk(turn([1], [2], metrics={"correct": 1.0, "format": 0.0}), turn([1, 2], [3], metrics={"correct": 0.0}))


def _group(walks: Sequence[Json], finals: Sequence[Any], metrics: Sequence[Json] = ()) -> Json:
    made: Json = {"trajectories": list(walks), "final_rewards": list(finals)}
    return {**made, "metrics": list(metrics)} if metrics else made


GROUPS: tuple[tuple[str, list[Json], list[list[str]], tuple[str, ...]], ...] = (
    ("one", [_group([SHORT, LONG], [0.0, 1.0])], [["math"]], ("sections",)),
    ("two", [_group([SHORT, LONG], [0.0, 1.0]), _group([LONG, LONG], [0.5, 0.5])], [["math"], ["math"]], ("sections",)),
    ("two-tags", [_group([SHORT], [0.0]), _group([LONG], [0.5])], [["math"], ["code"]], ("sections",)),
    (
        "tag-of-all-and-of-one",
        [group(0.0, 1.0), group(1.0, 1.0)],
        [["every", "math"], ["every"]],
        ("sections",),
    ),
    ("tag-named-all", [group(0.0), group(1.0)], [["all"], ["code"]], ("sections", "overwriting")),
    ("same-tag-twice", [group(0.0), group(1.0)], [["math", "math"], ["math"]], ("sections",)),
    ("twice-and-subset", [group(0.0), group(1.0), group(2.0)], [["math", "math"], ["code"], []], ("sections",)),
    ("no-tags", [group(0.0, 1.0)], [[]], ("sections",)),
    ("fewer-tag-lists", [group(0.0), group(1.0)], [["math"]], ("sections",)),
    ("more-tag-lists", [group(0.0)], [["math"], ["code"]], ("sections",)),
    ("nothing", [], [], ("nothing_to_count",)),
    ("no-turns", [group(1.0, 0.0)], [["math"]], ("nothing_to_count",)),
    ("images", [_group([PICTURED, SHORT], [0.0, 1.0])], [["math"]], ("images",)),
    ("reported", [_group([REPORTING, SHORT], [1.0, 0.0])], [["math"]], ("partial_keys",)),
    (
        "reported-by-group",
        [_group([REPORTING, SHORT], [1.0, 0.0], [{"correct": 1.0}, {"length": 3.0}])],
        [["math"]],
        ("partial_keys",),
    ),
    (
        "reported-as-built-in",
        [_group([SHORT], [1.0], [{"total_turns": 99.0, "reward/total": 7.0}])],
        [["math"]],
        ("overwriting",),
    ),
    (
        "reported-as-fraction",
        [_group([SHORT], [1.0], [{"by_group/frac_mixed": 99.0}])],
        [["math"]],
        ("overwriting", "group_fractions"),
    ),
    (
        "fractions",
        [group(0.0, 1.0), group(1.0, 1.0), group(0.0, 0.0), group(0.5, 0.5), group(0.49, 0.49)],
        [["a"]] * 5,
        ("group_fractions",),
    ),
    ("all-mixed", [group(0.0, 1.0), group(1.0, 0.0)], [["a"]] * 2, ("group_fractions",)),
    ("just-good", [group(0.5), group(0.25)], [["a"]] * 2, ("group_fractions",)),
    ("nan-rewards", [group("NaN", "NaN"), group(1.0)], [["a"]] * 2, ("group_fractions", "nan_in_data")),
    ("thirds", [_group([SHORT, LONG, LONG], [0.1, 0.2, 0.3])], [["a"]], ("partial_keys",)),
)


def questions() -> Iterator[Question]:
    """Trajectories, then means, then parts."""
    for slug, groups, tags, flags in GROUPS:
        params = {"groups": groups, "taglist": tags}
        traps = ("T385", "T392", "T394", "T395", "T396", "T397")
        yield ask("rl.compute_trajectory_metrics", slug, params, flags, traps=traps, tolerance=FLOAT64_MEAN)
    params = {"groups": [_group([], [])], "taglist": [["math"]]}
    flags = ("nothing_to_count", "group_fractions", "malformed")
    note = "A group without a trajectory has no first reward, which is what the original looks at."
    yield ask("rl.compute_trajectory_metrics", "empty-group", params, flags, level="should", notes=note)
    for slug, dicts, flags in (
        ("partial", [{"a": 1, "b": 2}, {"a": 3}], ("partial_keys",)),
        ("disjoint", [{"a": 1.5}, {"b": 2.5}], ("partial_keys",)),
        ("same", [{"a": 1.0}, {"a": 2.0}, {"a": 4.0}, {"a": 8.0}], ("partial_keys",)),
        ("nothing", [], ("nothing_to_count",)),
        ("empty", [{}, {}], ("nothing_to_count",)),
        ("one-empty", [{}, {"a": 1.0}], ("partial_keys",)),
        ("nan", [{"a": "NaN"}, {"a": 1.0}], ("nan_in_data",)),
        ("infinities", [{"a": "Infinity"}, {"a": "-Infinity"}], ("nan_in_data",)),
        ("tenths", [{"a": 0.1}, {"a": 0.2}, {"a": 0.3}], ("partial_keys",)),
        ("many", [{"a": at / 7} for at in range(40)], ("partial_keys",)),
    ):
        yield ask("rl.dict_mean", slug, {"dicts": dicts}, flags, traps=("T393",), tolerance=FLOAT64_MEAN)
    for slug, sampled, flags in (
        ("nothing", [], ("nothing_to_count",)),
        ("one", [(3, 1.5)], ("partial_keys",)),
        ("several", [(3, 1.5), (5, 0.5), (4, 2.5)], ("partial_keys",)),
        ("equal", [(7, 1.0)] * 4, ("partial_keys",)),
    ):
        given = [{"sampling_client_step": step, "seconds": seconds} for step, seconds in sampled]
        about: Json = {"traps": ("T398",), "tolerance": FLOAT64_MEAN}
        yield ask("rl.compute_sampling_client_metrics", slug, {"groups": given}, flags, **about)
    yield from _parts()


def _parts() -> Iterator[Question]:
    for length, parts in (
        (1, 1),
        (5, 1),
        (5, 2),
        (5, 3),
        (5, 5),
        (6, 4),
        (7, 3),
        (8, 3),
        (10, 4),
        (10, 7),
        (16, 5),
        (30, 22),
        (31, 7),
        (64, 9),
        (100, 7),
        (100, 49),
        (1000, 13),
    ):
        params = {"length": length, "num_splits": parts}
        yield ask("rl.split_list", f"{length}-in-{parts}", params, ("substeps",), traps=("T391", "T489"))
    for length, parts in ((3, 5), (0, 1), (5, 0), (5, -1), (0, 0)):
        params = {"length": length, "num_splits": parts}
        slug = f"refused/{length}-in-{parts}".replace("--", "-minus-")
        yield ask("rl.split_list", slug, params, ("substeps", "malformed"), traps=("T391", "T428"))
