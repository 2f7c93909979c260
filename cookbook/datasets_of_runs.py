"""Rows of a file as the datasets of the loops.

Behaviour: tinker-cookbook 0.5.8, `supervised.data.FromConversationFileBuilder`,
`preference.dpo_datasets.DPODatasetBuilderFromComparisons` and `rl.problem_env`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cookbook.errors import DataValidationError
from cookbook.messages import message_from_json
from cookbook.preference.dpo_datasets import comparison_to_datums
from cookbook.preference.types import Comparison, LabeledComparison
from cookbook.rl.problem_env import ProblemDataset, ProblemEnv, ProblemGroupBuilder
from cookbook.supervised.data import SupervisedDatasetFromRows, conversation_to_datum, split_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from cookbook.datum import Datum
    from cookbook.messages import Message
    from cookbook.renderers import Renderer
    from cookbook.run_file import DatasetSource

    Row = Mapping[str, Any]
    Datasets = tuple[SupervisedDatasetFromRows[Any], SupervisedDatasetFromRows[Any] | None]


def conversations(rows: Sequence[Row], source: DatasetSource, renderer: Renderer) -> Callable[[], Datasets]:
    """A datum a row, with the weights of an example adding up to 1. The test set is one batch."""

    def datum(row: list[Message]) -> Datum:
        return conversation_to_datum(row, renderer, source.max_length, source.train_on_what)

    read = [_messages(row, "messages", number) for number, row in enumerate(rows, 1)]

    def build() -> Datasets:
        train, test = split_rows(read, source.test_size, source.shuffle_seed)
        return (
            SupervisedDatasetFromRows(train, source.batch_size, map_fn=datum),
            SupervisedDatasetFromRows(test, len(test), map_fn=datum) if test else None,
        )

    return build


def comparisons(rows: Sequence[Row], source: DatasetSource, renderer: Renderer) -> Callable[[], Datasets]:
    """The datum of the chosen answer, then that of the rejected one. The test set is one batch."""

    def datums(row: LabeledComparison) -> list[Datum]:
        return comparison_to_datums(row, renderer, source.max_length)

    read = [
        LabeledComparison(Comparison(*(_messages(row, key, number) for key in ("prompt", "chosen", "rejected"))), "A")
        for number, row in enumerate(rows, 1)
    ]

    def build() -> Datasets:
        train, test = split_rows(read, source.test_size, source.shuffle_seed)
        return (
            SupervisedDatasetFromRows(train, source.batch_size, flatmap_fn=datums),
            SupervisedDatasetFromRows(test, len(test), flatmap_fn=datums) if test else None,
        )

    return build


def problems(
    rows: Sequence[Row], source: DatasetSource, renderer: Renderer
) -> Callable[[], Awaitable[tuple[ProblemDataset, ProblemDataset | None]]]:
    """A group of tries a row. Test problems are tried once."""
    for number, row in enumerate(rows, 1):
        if not isinstance(row.get("question"), str) or not isinstance(row.get("answer"), str):
            raise DataValidationError(f"row {number} needs a question and an answer, both texts")

    def group(row: Row, tries: int) -> ProblemGroupBuilder:
        def check(text: str) -> bool:
            return str(row["answer"]) in text

        return ProblemGroupBuilder(
            env_thunk=lambda: ProblemEnv(renderer=renderer, question=row["question"], check_answer=check),
            num_envs=tries,
        )

    async def build() -> tuple[ProblemDataset, ProblemDataset | None]:
        train, test = split_rows(rows, source.test_size, source.shuffle_seed)
        return (
            ProblemDataset([group(row, source.group_size) for row in train], source.batch_size),
            ProblemDataset([group(row, 1) for row in test], len(test)) if test else None,
        )

    return build


def _messages(row: Row, key: str, number: int) -> list[Message]:
    messages = row.get(key)
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        raise DataValidationError(f"row {number} has no {key}: it needs a list of messages under that name")
    return [message_from_json(message) for message in messages]
