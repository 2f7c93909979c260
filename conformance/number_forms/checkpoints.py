"""Areas `checkpoint` and `metrics`: what a run writes down, and where it goes on.

Lines of a file travel as text, as they stand in the file.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from conformance.number_forms.shared import Answer, Asked, Operation

Record = dict[str, Any]


class Line(Asked, frozen=True, kw_only=True):
    """A line of checkpoints.jsonl."""

    line: str


class Written(Answer, frozen=True, kw_only=True):
    """What is written: the members, and their names in the order of the line. Floats that JSON lacks are in words."""

    record: Record
    keys: list[str]


class Having(Line, frozen=True, kw_only=True):
    key: str


class Has(Answer, frozen=True, kw_only=True):
    has: bool


class Saving(Asked, frozen=True, kw_only=True):
    """Weights are saved under tinker://run/weights/<name>, and to sample under tinker://run/sampler_weights/<name>."""

    name: str
    loop_state: Record
    kind: Literal["state", "sampler", "both"] | UnsetType = UNSET
    ttl_seconds: int | UnsetType | None = UNSET


class Request(Answer, frozen=True, kw_only=True):
    kind: Literal["state", "sampler"]
    name: str
    ttl_seconds: int | None


class Saved(Written, frozen=True, kw_only=True):
    """The requests in their order, and the record."""

    requests: list[Request]


class File(Asked, frozen=True, kw_only=True):
    """The text of checkpoints.jsonl; null if there is no such file."""

    text: str | None


class Records(Answer, frozen=True, kw_only=True):
    records: list[Record]


class WithKey(File, frozen=True, kw_only=True):
    required_key: str | UnsetType = UNSET


class Last(Answer, frozen=True, kw_only=True):
    """Null if no record has the key."""

    record: Record | None


class Periodic(Asked, frozen=True, kw_only=True):
    """`saved_tokens` are those of the last checkpoint."""

    step: int
    save_every: int | UnsetType = UNSET
    save_every_tokens: int | UnsetType = UNSET
    elapsed_tokens: int | UnsetType = UNSET
    saved_tokens: int | UnsetType = UNSET


class Rolling(Asked, frozen=True, kw_only=True):
    step: int
    save_every: int | UnsetType = UNSET
    rolling_save_every: int | UnsetType = UNSET


class Due(Answer, frozen=True, kw_only=True):
    due: bool


class Resuming(File, frozen=True, kw_only=True):
    """A loop is started on a file that a run left behind, and has so many batches in an epoch."""

    loop: Literal["supervised", "rl"]
    n_batches: int
    num_epochs: int | UnsetType = UNSET
    max_steps: int | UnsetType = UNSET


class ResumePoint(Answer, frozen=True, kw_only=True):
    """The weights that are loaded with their optimizer, null for none; the first batch that is trained on and its epoch
    (always 0 in reinforcement learning), null if nothing is left to train; whether a final checkpoint is saved."""

    state_path: str | None
    epoch: int | None
    batch: int | None
    saves_final: bool


class Metrics(Asked, frozen=True, kw_only=True):
    """`step` null: none is given."""

    step: int | None
    metrics: Record


OPERATIONS = (
    Operation(
        name="checkpoint.to_dict",
        params=Line,
        result=Written,
        summary="A line of checkpoints.jsonl read and written again: null is left out, what is not known is kept.",
    ),
    Operation(
        name="checkpoint.has",
        params=Having,
        result=Has,
        summary="Whether a line has a member: not null if it is a known one, there at all if it is not.",
    ),
    Operation(
        name="checkpoint.save_checkpoint",
        params=Saving,
        result=Saved,
        summary="What is requested to save a checkpoint, and the line that is written of it.",
    ),
    Operation(
        name="checkpoint.load_checkpoints_file",
        params=File,
        result=Records,
        summary="All records of checkpoints.jsonl.",
    ),
    Operation(
        name="checkpoint.get_last_checkpoint",
        params=WithKey,
        result=Last,
        summary="The last line that has a member, by default `state_path`.",
    ),
    Operation(
        name="checkpoint.should_save_periodic",
        params=Periodic,
        result=Due,
        summary="Whether a checkpoint is due after a step.",
    ),
    Operation(
        name="checkpoint.should_save_rolling",
        params=Rolling,
        result=Due,
        summary="Whether a rolling checkpoint is due after a step.",
    ),
    Operation(
        name="checkpoint.resume_point",
        params=Resuming,
        result=ResumePoint,
        summary="Where a loop goes on that finds checkpoints.jsonl.",
    ),
    Operation(
        name="metrics.write_metrics",
        params=Metrics,
        result=Written,
        summary="The line of metrics.jsonl: the step first.",
    ),
)
