"""The order of data in the original: the shuffle of Hugging Face datasets, batches and splits.

Functions for `conformance.oracles.upstream_numbers`.
"""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Any
from unittest import mock

from conformance.adapters.serve import Rejected
from conformance.oracles.upstream_calls import found

if TYPE_CHECKING:
    from collections.abc import Callable


def _seed_state(_: Any, *, seed: int | str) -> Any:
    import numpy as np

    sequence = np.random.SeedSequence(int(seed))
    state = np.random.default_rng(int(seed)).bit_generator.state["state"]
    return {
        "pool": sequence.pool.tolist(),
        "words": [str(word) for word in sequence.generate_state(4, np.uint64).tolist()],
        "state": str(state["state"]),
        "inc": str(state["inc"]),
    }


def _raw(_: Any, *, seed: int | str, count: int) -> Any:
    import numpy as np

    return {"raw": [str(word) for word in np.random.default_rng(int(seed)).bit_generator.random_raw(count).tolist()]}


def _order(seed: int | str, length: int) -> list[int]:
    """The rows of a dataset as the datasets library shuffles them."""
    import datasets  # type: ignore[import-not-found, unused-ignore]

    if length < 0:
        raise Rejected("invalid_message", "no dataset has a negative length")
    shuffled = datasets.Dataset.from_dict({"row": list(range(length))}).shuffle(seed=int(seed))
    return list(shuffled["row"])


def _permutation(_: Any, *, seed: int | str, length: int) -> Any:
    return {"permutation": _order(seed, length)}


def _draws(_: Any, *, seed: int | str, length: int) -> Any:
    """What was drawn shows in the order: each place, from the last on, got its element by one swap."""
    order = _order(seed, length)
    places = list(range(length))
    draws = []
    for place in range(length - 1, 0, -1):
        drawn = places.index(order[place])
        places[place], places[drawn] = places[drawn], places[place]
        draws.append(drawn)
    return {"draws": draws}


def _dataset(length: int, batch_size: int, **functions: Any) -> Any:
    import datasets  # type: ignore[import-not-found, unused-ignore]

    rows = datasets.Dataset.from_dict({"row": list(range(length))})
    return found("supervised.data", "SupervisedDatasetFromHFDataset")(rows, batch_size, **functions)


def _batch(made: Any, index: int, seeds: list[int]) -> Any:
    for seed in seeds:
        made.set_epoch(seed)
    return {"rows": made.get_batch(index)}


def _get_batch(_: Any, *, length: int, batch_size: int, index: int, seeds: tuple[int, ...] = ()) -> Any:
    return _batch(_dataset(length, batch_size, map_fn=lambda row: row["row"]), index, list(seeds))


def _get_batch_of_datums(
    _: Any, *, length: int, batch_size: int, index: int, datums: list[int], seeds: tuple[int, ...] = ()
) -> Any:
    made = _dataset(length, batch_size, flatmap_fn=lambda row: [row["row"]] * datums[row["row"]])
    return _batch(made, index, list(seeds))


def _number_of_batches(_: Any, *, length: int, batch_size: int) -> Any:
    return {"batches": len(_dataset(length, batch_size, map_fn=lambda row: row["row"]))}


def _split(_: Any, *, length: int, test_size: int, shuffle_seed: int | None = 0) -> Any:
    """A file of numbered conversations is split, and the numbers are read where a conversation would be rendered."""
    import importlib

    data: Any = importlib.import_module("tinker_cookbook.supervised.data")
    config = found("supervised.types", "ChatDatasetBuilderCommonConfig")(
        model_name_for_tokenizer="", renderer_name="", max_length=None, batch_size=1, train_on_what=None
    )
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({"messages": [{"role": str(row), "content": ""}]}) + "\n" for row in range(length))
        file.flush()
        builder = found("supervised.data", "FromConversationFileBuilder")(
            common_config=config, file_path=file.name, test_size=test_size, shuffle_seed=shuffle_seed
        )
        renderer = mock.PropertyMock(return_value=None)
        row_of = mock.patch.object(data, "conversation_to_datum", lambda messages, *_: int(messages[0]["role"]))
        with row_of, mock.patch.object(type(builder), "renderer", renderer):
            train, test = builder()
            rows = [row for index in range(len(train)) for row in train.get_batch(index)]
            return {"train": rows, "test": None if test is None else test.get_batch(0)}


OPERATIONS: dict[str, Callable[..., Any]] = {
    "data.shuffle.seed_state": _seed_state,
    "data.shuffle.raw": _raw,
    "data.shuffle.draws": _draws,
    "data.shuffle.permutation": _permutation,
    "data.get_batch": _get_batch,
    "data.get_batch_of_datums": _get_batch_of_datums,
    "data.number_of_batches": _number_of_batches,
    "data.split": _split,
}
