"""Questions for datums: shifted, cut off, reduced; images; and the chunks, which are compared apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import Json, ask, image, model_input, pointer, tensor, text
from conformance.corpus.numbers.tolerances import FLOAT32_QUOTIENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.corpus.question import Question

FROM_WEIGHTS = "datum.datum_from_model_input_weights"
SHIFT = "datum.create_rightshifted_model_input_and_leftshifted_targets"

TWO = (text(1, 2), text(3, 4))
PIECES = (text(10, 11, 12), text(13), text(14, 15, 16, 17), text(18, 19))
WITH_IMAGE = (text(1, 2), image(3), text(7, 8))

# slug, chunks, flags
INPUTS: tuple[tuple[str, tuple[Json, ...], tuple[str, ...]], ...] = (
    ("one-chunk", (text(1, 2, 3, 4, 5),), ("shift",)),
    ("two-chunks", TWO, ("shift",)),
    ("pieces", PIECES, ("shift",)),
    ("single-tokens", (text(1), text(2), text(3)), ("shift",)),
    ("last-of-one", (text(1, 2), text(3)), ("shift",)),
    ("two-tokens", (text(8, 9),), ("shift",)),
    ("image", WITH_IMAGE, ("shift", "images")),
    ("image-first", (image(2), text(5, 6)), ("shift", "images")),
    ("images-between", (text(1), image(1), image(2), text(2), pointer(2), text(3, 4)), ("shift", "images")),
    ("image-of-nothing", (text(1), image(0), text(2)), ("shift", "images")),
    ("image-and-one-token", (image(4), text(9)), ("shift", "images")),
)

WEIGHTS: tuple[tuple[str, Sequence[float], tuple[str, ...]], ...] = (
    ("ones", (1.0,), ()),
    ("second-half", (0.0, 1.0), ()),
    ("zeros", (0.0,), ("all_zero",)),
    ("quarters", (0.0, 0.25, 0.5), ()),
)


def _length(chunks: Sequence[Json]) -> int:
    return sum(len(chunk["tokens"]) if "tokens" in chunk else chunk["expected_tokens"] for chunk in chunks)


def _spread(values: Sequence[float], length: int) -> list[float]:
    """The values, each over its share of the positions."""
    return [values[min(at * len(values) // length, len(values) - 1)] for at in range(length)]


def _asked(slug: str, chunks: Sequence[Json], weights: Json, flags: tuple[str, ...], **more: Any) -> Iterator[Question]:
    """The datum, and its chunks."""
    about = {key: more.pop(key) for key in ("traps", "tolerance", "notes", "level") if key in more}
    params = {"model_input": model_input(*chunks), "weights": weights, **more}
    yield ask(FROM_WEIGHTS, slug, params, flags, **about)
    about.pop("tolerance", None)
    yield ask("datum.chunks", slug, params, (*flags, "chunk_boundaries"), **about)


def questions() -> Iterator[Question]:
    """Shifting, then cutting, then reducing, then what is refused, then model input by itself."""
    for slug, chunks, flags in INPUTS:
        length = _length(chunks)
        for name, values, more in WEIGHTS:
            weights = tensor(_spread(values, length), "float32", [length])
            found = _asked(f"{slug}/{name}", chunks, weights, (*flags, *more), traps=("T250", "T257", "T260"))
            yield from found if name == "second-half" else [next(found)]
        yield ask(SHIFT, slug, model_input(*chunks), flags, traps=("T250",))
    yield from _cut()
    yield from _reduced()
    yield from _odd()
    yield from _model_input()


def _cut() -> Iterator[Question]:
    weights = tensor([0.0] * 4 + [1.0] * 6, "float32", [10])
    for most in (*range(2, 12), 100):
        flags: tuple[str, ...] = ("truncation", "all_zero") if most <= 4 else ("truncation",)
        yield from _asked(f"cut/pieces-{most}", PIECES, weights, flags, max_length=most, traps=("T255", "T261"))
    for most in (1, 0, -3):
        flags = ("truncation", "too_short", "malformed")
        slug = f"cut/pieces-{most}".replace("--", "-minus-")
        yield from _asked(slug, PIECES, weights, flags, max_length=most, traps=("T258",))
    seven = tensor([0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0], "float32", [7])
    for most in range(2, 8):
        flags = ("truncation", "images")
        yield from _asked(f"cut/image-{most}", WITH_IMAGE, seven, flags, max_length=most, traps=("T255", "T256"))
    trailing = (text(1, 2, 3), image(2), pointer(2))
    nine = tensor([1.0] * 7, "float32", [7])
    yield from _asked("cut/images-at-the-end", trailing, nine, ("images",), traps=("T256",))
    flags = ("images", "truncation")
    yield from _asked("cut/images-at-the-end-cut", trailing, nine, flags, max_length=6, traps=("T256",))
    unknown = (text(1, 2, 3), text(), image(None), text())
    yield from _asked("cut/unknown-image-at-the-end", unknown, tensor([1.0] * 3), ("images", "empty_chunk"))
    empty = (text(1, 2), text(), text(3, 4), text())
    four = tensor([0.0, 1.0, 1.0, 1.0], "float32", [4])
    yield from _asked("cut/empty-chunks", empty, four, ("empty_chunk",))
    yield from _asked("cut/empty-chunks-cut", empty, four, ("empty_chunk", "truncation"), max_length=3)
    before = (text(1, 2), image(1), text())
    yield from _asked("cut/empty-before-image", before, tensor([1.0] * 3), ("empty_chunk", "images"))


def _reduced() -> Iterator[Question]:
    params: Json
    flags: tuple[str, ...]
    chunks = (text(1, 2, 3), text(4, 5, 6, 7, 8))
    for slug, weights, tolerance, flags in (
        ("two-of-eight", [0.0] * 6 + [1.0, 1.0], None, ()),
        ("four-of-eight", [0.0] * 4 + [1.0] * 4, None, ()),
        ("first-dropped", [1.0] * 4 + [0.0] * 4, FLOAT32_QUOTIENT, ()),
        ("seven", [1.0] * 8, FLOAT32_QUOTIENT, ()),
        ("three", [0.0] * 5 + [1.0] * 3, FLOAT32_QUOTIENT, ()),
        ("dyadic", [0.0, 0.5, 0.25, 0.25, 0.0, 0.5, 0.5, 2.0], None, ()),
        ("tenths", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], FLOAT32_QUOTIENT, ()),
        ("sum-below-one", [0.0, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0], None, ()),
        ("zeros", [0.0] * 8, None, ("all_zero",)),
        ("only-the-first", [1.0] + [0.0] * 7, None, ("all_zero",)),
        ("below-zero", [0.0, -1.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0], None, ("all_zero",)),
        ("cancelling", [0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0], None, ("all_zero",)),
        ("nan", [0.0, "NaN", 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], None, ("nan_in_data",)),
        ("infinity", [0.0, "Infinity", 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], None, ("nan_in_data",)),
        ("large", [0.0] * 4 + [2.0**100] * 4, None, ()),
    ):
        given = tensor(weights, "float32", [8])
        for reduction in ("mean", "none"):
            params = {"model_input": model_input(*chunks), "weights": given, "reduction": reduction}
            yield ask(
                FROM_WEIGHTS,
                f"reduced/{slug}-{reduction}",
                params,
                ("reduction", *flags),
                traps=("T251", "T252", "T253"),
                tolerance=tolerance if reduction == "mean" else None,
            )
    after = {"model_input": model_input(*chunks), "weights": tensor([0.0] * 4 + [1.0] * 4, "float32", [8])}
    for most in (4, 5, 6, 7):
        params = {**after, "reduction": "mean", "max_length": most}
        tolerance = FLOAT32_QUOTIENT if most == 7 else None
        flags = ("reduction", "truncation")
        yield ask(FROM_WEIGHTS, f"reduced/after-cutting-{most}", params, flags, traps=("T259",), tolerance=tolerance)
    for dtype in ("int64", "float64"):
        for reduction in ("mean", "none"):
            given = tensor([0, 1, 1, 0, 0, 0, 1, 1], dtype, [8])
            params = {"model_input": model_input(*chunks), "weights": given, "reduction": reduction}
            yield ask(FROM_WEIGHTS, f"reduced/{dtype}-{reduction}", params, ("reduction", "coercion"), traps=("T262",))
    rounded: tuple[tuple[str, list[Any]], ...] = (
        ("float64", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
        ("int64", [0, 16777217, 1, 0, 0, 0, 0, 0]),
    )
    for dtype, given_weights in rounded:
        given = tensor(given_weights, dtype, [8])
        params = {"model_input": model_input(*chunks), "weights": given, "reduction": "mean"}
        flags = ("reduction", "coercion", "rounding")
        yield ask(FROM_WEIGHTS, f"reduced/{dtype}-rounded", params, flags, traps=("T262",))
    params = {**after, "reduction": "sum"}
    yield ask(FROM_WEIGHTS, "reduced/unknown", params, ("reduction", "unknown_name", "malformed"))


def _odd() -> Iterator[Question]:
    flags: tuple[str, ...]
    one = tensor([1.0], "float32", [1])
    for slug, chunks, flags in (
        ("no-chunk", (), ("too_short", "malformed")),
        ("only-empty-chunks", (text(), text()), ("too_short", "empty_chunk", "malformed")),
        ("one-token", (text(5),), ("too_short", "malformed")),
        ("only-an-image", (image(3),), ("images", "too_short", "malformed")),
        ("image-of-unknown-length", (image(None), text(1, 2)), ("images", "malformed")),
    ):
        params = {"model_input": model_input(*chunks), "weights": one}
        yield ask(FROM_WEIGHTS, f"refused/{slug}", params, flags, traps=("T258",))
    params = {"model_input": model_input(text(1, 2**63)), "weights": tensor([1.0, 1.0], "float32", [2])}
    yield ask(FROM_WEIGHTS, "refused/token-of-65-bits", params, ("token_range", "malformed"))
    for slug, chunks, flags in (
        ("no-chunk", (), ("too_short", "malformed")),
        ("one-token", (text(5),), ("too_short", "malformed")),
        ("ends-with-image", (text(1, 2), image(2)), ("images", "malformed")),
        ("empty-chunk-last", (text(1, 2), text()), ("empty_chunk",)),
        ("empty-chunk-first", (text(), text(1, 2)), ("empty_chunk",)),
    ):
        yield ask(SHIFT, f"odd/{slug}", model_input(*chunks), flags)
    fewer = {"model_input": model_input(text(1, 2, 3, 4)), "weights": tensor([1.0, 1.0], "float32", [2])}
    note = "Nothing checks that there is a weight for each token: the datum's two vectors then differ in length."
    yield ask(FROM_WEIGHTS, "odd/fewer-weights", fewer, ("mismatch",), level="should", notes=note)
    more = {"model_input": model_input(text(1, 2, 3)), "weights": tensor([1.0] * 5, "float32", [5])}
    yield ask(FROM_WEIGHTS, "odd/more-weights", more, ("mismatch",))


def _model_input() -> Iterator[Question]:
    flags: tuple[str, ...]
    chunks: tuple[Json, ...]
    for slug, chunks, flags in (
        ("nothing", (), ("empty_chunk",)),
        ("empty-chunk", (text(),), ("empty_chunk",)),
        ("text", PIECES, ("shift",)),
        ("large-ids", (text(151645, 2147483647, 0),), ("token_range",)),
    ):
        yield ask("datum.length", slug, {"model_input": model_input(*chunks)}, flags)
        yield ask("datum.to_ints", slug, {"model_input": model_input(*chunks)}, flags)
        appended = {"model_input": model_input(*chunks), "token": 9}
        yield ask("datum.append_int", slug, appended, ("chunk_boundaries", *flags), traps=("T269",))
    for slug, chunks, known in (
        ("image", WITH_IMAGE, True),
        ("pointer", (text(1), pointer(5)), True),
        ("unknown-length", (text(1), image(None)), False),
    ):
        flags = ("images",) if known else ("images", "malformed")
        yield ask("datum.length", slug, {"model_input": model_input(*chunks)}, flags)
        yield ask("datum.to_ints", slug, {"model_input": model_input(*chunks)}, ("images", "malformed"))
        appended = {"model_input": model_input(*chunks), "token": 9}
        yield ask("datum.append_int", slug, appended, ("chunk_boundaries", "images"), traps=("T269",))
    for slug, chunk in (
        ("other-type", {"type": "video", "tokens": [1, 2]}),
        ("no-type", {"tokens": [1, 2]}),
        ("other-format", image(format="gif")),
        ("other-format-elsewhere", {**pointer(), "format": "gif"}),
        ("no-base64", image(data="no base64!")),
        ("base64-in-lines", image(data="aW\n1n")),
        ("base64-cut", image(data="aW1nL")),
    ):
        asked = {"model_input": model_input(text(1, 2), chunk)}
        yield ask("datum.length", f"no-chunk/{slug}", asked, ("images", "malformed"))
    elsewhere = {key: value for key, value in pointer().items() if key != "expected_tokens"}
    asked = {"model_input": model_input(text(1), elsewhere)}
    yield ask("datum.length", "unknown-length-elsewhere", asked, ("images", "malformed"))
