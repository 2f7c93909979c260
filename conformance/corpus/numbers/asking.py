"""How a question about numbers is written: its id, and the values that its params are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.question import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.cases import Tolerance
    from conformance.corpus.question import Level

Json = dict[str, Any]


def ask(
    operation: str,
    slug: str,
    params: Json,
    flags: tuple[str, ...],
    *,
    notes: str = "",
    traps: tuple[str, ...] = (),
    level: Level = "must",
    tier: str = "bytes",
    tolerance: Tolerance | None = None,
    signed_zero: bool = False,
) -> Question:
    """The question `<area>/<operation>/<slug>@<tier>`."""
    area, _, function = operation.partition(".")
    return Question(
        id=f"{area}/{function.replace('.', '_')}/{slug}@{tier}",
        operation=operation,
        params=params,
        flags=tuple(dict.fromkeys(flags)),
        notes=notes,
        traps=traps,
        level=level,
        tolerance=tolerance,
        signed_zero=signed_zero,
    )


def tensor(data: Any, dtype: str = "float32", shape: Sequence[int] | None = None) -> Json:
    """A tensor; without a shape a vector."""
    made = {"data": data, "dtype": dtype}
    return made if shape is None else {**made, "shape": list(shape)}


def floats(data: Sequence[Any]) -> Json:
    """A vector of float32."""
    return tensor(list(data), "float32", [len(data)])


def ints(data: Sequence[int]) -> Json:
    """A vector of int64."""
    return tensor(list(data), "int64", [len(data)])


def text(*tokens: int) -> Json:
    """A chunk of text."""
    return {"type": "encoded_text", "tokens": list(tokens)}


def image(expected_tokens: int | None = 3, data: str = "aW1n", format: str = "png") -> Json:  # noqa: A002
    """A chunk that is an image."""
    made: Json = {"type": "image", "data": data, "format": format}
    return made if expected_tokens is None else {**made, "expected_tokens": expected_tokens}


def pointer(expected_tokens: int = 2) -> Json:
    """A chunk that points to an image."""
    return {
        "type": "image_asset_pointer",
        "location": "s3://bucket/picture",
        "format": "jpeg",
        "expected_tokens": expected_tokens,
    }


def model_input(*chunks: Json) -> Json:
    """A model input of these chunks."""
    return {"chunks": list(chunks)}


def datum(tokens: Sequence[int], **inputs: Json) -> Json:
    """A datum of one chunk of text."""
    return {"model_input": model_input(text(*tokens)), "loss_fn_inputs": inputs}
