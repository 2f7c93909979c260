"""Questions for trajectories as data: what is merged, what is split, what is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import Json, ask, datum, floats, image, ints, model_input, pointer, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.corpus.question import Question

Turn = dict[str, Any]

TO_DATA = "rl.trajectory_to_data"
MASKED = {"parse_error_masked": 1.0}


def turn(shown: Sequence[int] | Json, done: Sequence[int], *, logprobs: Any = "dyadic", **more: Any) -> Turn:
    """A transition: what was shown, tokens or a whole model input, and what was done."""
    seen = shown if isinstance(shown, dict) else model_input(text(*shown)) if shown else model_input()
    if logprobs == "dyadic":
        logprobs = [-(at % 7 + 1) / 8 for at, _ in enumerate(done)]
    return {"ob": seen, "ac": {"tokens": list(done), "logprobs": logprobs}, **more}


# slug, turns, flags, traps
WALKS: tuple[tuple[str, Sequence[Turn], tuple[str, ...], tuple[str, ...]], ...] = (
    ("one-turn", [turn([1, 2], [3, 4])], ("merging",), ()),
    ("merged", [turn([1, 2], [3, 4]), turn([1, 2, 3, 4, 5], [6])], ("merging",), ("T373",)),
    ("three-merged", [turn([1], [2]), turn([1, 2, 3], [4]), turn([1, 2, 3, 4, 5, 6], [7, 8])], ("merging",), ("T373",)),
    ("nothing-new-shown", [turn([1, 2], [3]), turn([1, 2, 3], [4])], ("merging",), ("T375",)),
    ("split", [turn([1, 2], [3, 4]), turn([1, 9], [5])], ("split_datum",), ("T374",)),
    ("shorter-observation", [turn([1, 2, 3], [4]), turn([1, 2], [5])], ("split_datum",), ("T374",)),
    ("action-changed", [turn([1, 2], [3, 4]), turn([1, 2, 3, 5, 6], [7])], ("split_datum",), ("T374",)),
    ("split-then-merged", [turn([1], [2]), turn([7, 8], [9]), turn([7, 8, 9, 1], [2])], ("split_datum", "merging"), ()),
    ("merged-then-split", [turn([1], [2]), turn([1, 2, 3], [4]), turn([5, 6], [7])], ("split_datum", "merging"), ()),
    ("same-again", [turn([1, 2], [3]), turn([1, 2], [4])], ("split_datum",), ("T374",)),
    ("nothing-shown", [turn([], [3, 4])], ("no_action", "shift"), ("T377",)),
    ("nothing-shown-then-more", [turn([], [3]), turn([3, 4], [5])], ("no_action", "merging"), ("T377",)),
    ("nothing-done", [turn([1, 2, 3], [])], ("no_action",), ("T379",)),
    ("nothing-done-then-done", [turn([1, 2], []), turn([1, 2, 3], [4])], ("no_action", "merging"), ()),
    ("done-then-nothing", [turn([1, 2], [3]), turn([1, 2, 3, 4], [])], ("no_action", "merging"), ()),
    ("first-token-is-all-that-was-done", [turn([], [3]), turn([3, 4], [])], ("no_action",), ("T379",)),
    ("nothing-at-all", [turn([], [])], ("no_action",), ("T378",)),
    ("no-turn", [], ("no_action",), ("T378",)),
    ("nothing-then-something", [turn([], []), turn([1], [2])], ("no_action",), ()),
    ("long-action", [turn([1], list(range(2, 40)))], ("merging",), ("T376",)),
    ("masked", [turn([1, 2], [3, 4], metrics=MASKED)], ("masked_turn",), ("T380",)),
    (
        "masked-between",
        [turn([1], [2]), turn([1, 2, 3], [4], metrics=MASKED), turn([1, 2, 3, 4, 5], [6])],
        ("masked_turn", "merging"),
        ("T380",),
    ),
    ("not-quite-masked", [turn([1, 2], [3], metrics={"parse_error_masked": 0.5})], ("masked_turn",), ("T380",)),
    ("more-than-masked", [turn([1, 2], [3], metrics={"parse_error_masked": 2.0})], ("masked_turn",), ("T380",)),
    ("other-metrics", [turn([1, 2], [3], metrics={"parse_error": 1.0})], ("masked_turn",), ()),
)

PIECES = model_input(text(1, 2), text(3), text(4))
"""An observation in several chunks."""
PICTURED = model_input(text(1), image(3), text(2))
PICTURED_ON = model_input(text(1), image(3), text(2, 9, 5))
OTHER_PICTURE = model_input(text(1), image(3, data="b3RoZXI="), text(2, 9, 5))

SHAPES: tuple[tuple[str, Sequence[Turn], tuple[str, ...]], ...] = (
    ("pieces", [turn(PIECES, [5])], ("chunk_boundaries",)),
    ("pieces-merged", [turn([1, 2], [3]), turn(PIECES, [5])], ("merging", "chunk_boundaries")),
    ("image", [turn(PICTURED, [9])], ("images",)),
    ("image-merged", [turn(PICTURED, [9]), turn(PICTURED_ON, [6])], ("images", "merging")),
    ("other-image", [turn(PICTURED, [9]), turn(OTHER_PICTURE, [6])], ("images", "split_datum")),
    ("image-first", [turn(model_input(image(2)), [3, 4])], ("images",)),
    ("pointer", [turn(model_input(text(1), pointer(2)), [3])], ("images",)),
    (
        "image-in-second-observation",
        [turn([1], [2]), turn(model_input(text(1, 2), image(2), text(3)), [4])],
        ("images", "merging"),
    ),
    ("empty-chunks", [turn(model_input(text(), text(1), text()), [2])], ("empty_chunk",)),
)

REFUSED: tuple[tuple[str, Sequence[Turn], tuple[str, ...]], ...] = (
    ("one-token", [turn([1], [])], ("too_short", "malformed")),
    ("one-action-token", [turn([], [1])], ("too_short", "malformed")),
    ("one-token-before-a-split", [turn([1], []), turn([5, 6], [7])], ("too_short", "malformed")),
    ("too-few-logprobs", [turn([1], [2, 3], logprobs=[-0.5])], ("mismatch", "malformed")),
    ("too-many-logprobs", [turn([1], [2], logprobs=[-0.5, -0.5])], ("mismatch", "malformed")),
    ("no-logprobs", [turn([1], [2], logprobs=None)], ("mismatch", "malformed")),
    ("ends-with-image", [turn(model_input(text(1, 2), image(2)), [])], ("images", "malformed")),
)


def questions() -> Iterator[Question]:
    """One trajectory, then many."""
    for slug, turns, flags, traps in WALKS:
        for name, advantage in (("up", 0.5), ("down", -1.25)):
            params = {"trajectory": {"transitions": list(turns)}, "advantage": advantage}
            accident = "T379" in traps
            note = "With no number that is a fraction among them, the original's advantages become integers."
            yield ask(
                TO_DATA,
                f"{slug}/{name}",
                params,
                flags,
                traps=("T376", *traps),
                level="should" if accident else "must",
                notes=note if accident else "",
            )
    for slug, turns, flags in SHAPES:
        params = {"trajectory": {"transitions": list(turns)}, "advantage": 2.0}
        yield ask(TO_DATA, f"shapes/{slug}", params, flags, traps=("T382",))
    for slug, turns, flags in REFUSED:
        params = {"trajectory": {"transitions": list(turns)}, "advantage": 1.0}
        yield ask(TO_DATA, f"refused/{slug}", params, flags, traps=("T378", "T381"))
    values: list[tuple[str, list[Any], Any]] = [
        ("tenths", [-0.1, -0.2], 0.1),
        ("not-finite", ["-Infinity", "NaN"], 1.0),
        ("zero-advantage", [-0.5, -0.25], 0.0),
        ("nan-advantage", [-0.5, -0.25], "NaN"),
        ("beyond-float32", [-1e39, -0.5], 1e39),
    ]
    for slug, logprobs, given in values:
        params = {"trajectory": {"transitions": [turn([1], [2, 3], logprobs=logprobs)]}, "advantage": given}
        flags = ("float32", "nan_in_data") if slug in ("not-finite", "nan-advantage") else ("float32",)
        yield ask(TO_DATA, f"values/{slug}", params, flags)
    yield from _assembled()
    yield from _sent()


def _walk(*turns: Turn) -> Json:
    return {"transitions": list(turns)}


def _assembled() -> Iterator[Question]:
    merged = _walk(turn([1, 2], [3]), turn([1, 2, 3, 4], [5]))
    split = _walk(turn([1, 2], [3]), turn([7, 8], [9]))
    nothing = _walk(turn([], []))
    operation = "rl.assemble_training_data"

    def group(*walks: Json) -> Json:
        return {"trajectories": list(walks), "final_rewards": [0.0] * len(walks)}

    for slug, groups, advantages, flags in (
        ("one", [group(merged)], [[0.5]], ("origin",)),
        ("two-trajectories", [group(merged, split)], [[0.5, -0.5]], ("origin", "split_datum")),
        ("two-groups", [group(merged, merged), group(split)], [[0.5, -0.5], [0.0]], ("origin", "split_datum")),
        ("without-data", [group(nothing, merged)], [[1.0, -1.0]], ("origin", "no_action")),
        ("nothing", [], [], ("origin", "nothing_to_count")),
        ("empty-group", [group(), group(merged)], [[], [1.0]], ("origin", "nothing_to_count")),
        ("rounded-advantage", [group(merged)], [[0.1]], ("origin", "float32")),
        ("too-few-groups", [group(merged), group(split)], [[0.5]], ("origin", "mismatch", "malformed")),
        ("too-few-advantages", [group(merged, split)], [[0.5]], ("origin", "mismatch", "malformed")),
    ):
        params = {"groups": groups, "advantages": advantages}
        yield ask(operation, slug, params, flags, traps=("T383",))


def _sent() -> Iterator[Question]:
    inputs = {
        "target_tokens": ints([2, 3]),
        "logprobs": floats([0.0, -0.5]),
        "advantages": floats([0.0, 1.0]),
        "mask": floats([0.0, 1.0]),
    }
    whole = {"datum": datum([1, 2], **inputs)}
    yield ask("rl.remove_mask", "with-mask", whole, ("kl",), traps=("T412",))
    without = {"datum": datum([1, 2], target_tokens=inputs["target_tokens"], weights=floats([1.0, 1.0]))}
    yield ask("rl.remove_mask", "without-mask", without, ("kl",), traps=("T412",))
