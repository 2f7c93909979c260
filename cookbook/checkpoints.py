"""What a run has saved: the records in `checkpoints.jsonl`, from which it is resumed, and when to save.

Behaviour: tinker-cookbook 0.5.8, `checkpoint_utils`. Three kinds of checkpoints: *periodic* ones (state and sampler
weights, kept for a week), *rolling* ones (state alone, each in place of the one before) and the *final* one (kept for
ever).
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from cookbook.errors import InvalidInputError
from cookbook.json_lines import JsonLines, read_json_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from cookbook.client import RestClient, ServiceClient, TrainingClient

CHECKPOINTS_BASE_NAME = "checkpoints.jsonl"
RENDERER_NAME_METADATA_KEY = "renderer_name"
WEEK, TWO_HOURS = 604800, 7200

Kind: TypeAlias = Literal["state", "sampler", "both"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """A line of `checkpoints.jsonl`. Members that are None are not written; `extra` holds what has no member."""

    name: str
    batch: int | None = None
    epoch: int | None = None
    final: bool | None = None
    state_path: str | None = None
    sampler_path: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        doubled = MEMBERS.intersection(self.extra)
        if doubled:
            logger.warning("the extra members %s of a checkpoint are its own: they are dropped", sorted(doubled))
            object.__setattr__(self, "extra", {key: self.extra[key] for key in self.extra if key not in doubled})

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> Self:
        """Read a line. Raises InvalidInputError if it has no name."""
        if "name" not in obj:
            raise InvalidInputError(f"a checkpoint has no name: {dict(obj)!r}")
        own = {key: value for key, value in obj.items() if key in MEMBERS}
        return cls(**own, extra={key: value for key, value in obj.items() if key not in MEMBERS})

    def to_dict(self) -> dict[str, Any]:
        """The line: the name, the other members that are not None, then the extra ones, None or not."""
        own = {key: getattr(self, key) for key in ORDER}
        return {"name": self.name, **{key: value for key, value in own.items() if value is not None}, **self.extra}

    def has(self, key: str) -> bool:
        """Whether a member is not None. An extra one counts by being there."""
        return getattr(self, key) is not None if key in MEMBERS else key in self.extra

    def get(self, key: str, default: Any = None) -> Any:
        """A member, be it None; an extra one, or else `default`."""
        return getattr(self, key) if key in MEMBERS else self.extra.get(key, default)


ORDER = tuple(member.name for member in dataclasses.fields(CheckpointRecord) if member.name not in ("name", "extra"))
MEMBERS = frozenset(("name", *ORDER))


def load_checkpoints_file(log_dir: str | PathLike[str]) -> list[CheckpointRecord]:
    """All records in the order in which they were written; none if there is no file.

    Raises InvalidInputError for a line that is no record; only half a line at the end is passed over.
    """
    return [CheckpointRecord.from_dict(obj) for obj in read_json_lines(Path(log_dir) / CHECKPOINTS_BASE_NAME)]


def get_last_checkpoint(log_dir: str | PathLike[str], required_key: str = "state_path") -> CheckpointRecord | None:
    """The last record that has `required_key`: the last in the file, whatever batch it says. None if there is none.

    Raises as `load_checkpoints_file`.
    """
    return last_with_key(load_checkpoints_file(log_dir), required_key)


def last_with_key(records: list[CheckpointRecord], required_key: str) -> CheckpointRecord | None:
    """The last of the records that has `required_key`, or None."""
    return next((record for record in reversed(records) if record.has(required_key)), None)


def resume_point(record: CheckpointRecord | None) -> tuple[int, int]:
    """The epoch and the batch that come first: (0, 0) without a record, and an epoch that is not known is 0.

    Raises InvalidInputError for a record that does not say its batch.
    """
    if record is None:
        return 0, 0
    if record.batch is None:
        raise InvalidInputError(
            f"checkpoint {record.name!r} does not say its batch, so the run cannot go on from it: add it to "
            f"{CHECKPOINTS_BASE_NAME}, or start in another log_path with load_checkpoint_path={record.state_path}"
        )
    return record.epoch or 0, record.batch


async def save_checkpoint_async(
    training_client: TrainingClient,
    name: str,
    log_path: str | PathLike[str],
    loop_state: Mapping[str, Any],
    kind: Kind = "state",
    ttl_seconds: int | None = None,
) -> dict[str, str]:
    """Save what `kind` says, wait for it, and write the record. The paths are `state_path` and `sampler_path`.

    State and sampler weights are submitted before either is waited for. Raises what the client raises, and
    RunDirectoryError if the record cannot be written.
    """
    futures = {}
    if kind in ("state", "both"):
        futures["state_path"] = await training_client.save_state_async(name, ttl_seconds=ttl_seconds)
    if kind in ("sampler", "both"):
        futures["sampler_path"] = await training_client.save_weights_for_sampler_async(name, ttl_seconds=ttl_seconds)
    paths = {key: (await future.result_async()).path for key, future in futures.items()}
    record = CheckpointRecord.from_dict({"name": name, **loop_state, **paths})
    with JsonLines(Path(log_path) / CHECKPOINTS_BASE_NAME) as file:
        file.append(record.to_dict(), durable=True)
    return paths


class CheckpointManager:
    """When to save, and what to do with what was saved before."""

    def __init__(
        self,
        training_client: TrainingClient,
        service_client: ServiceClient,
        log_path: str | PathLike[str],
        *,
        save_every: int = 0,
        save_every_tokens: int = 0,
        save_every_seconds: float = 0.0,
        ttl_seconds: int | None = WEEK,
        rolling_save_every: int = 0,
        rolling_ttl_seconds: int = TWO_HOURS,
        async_periodic_saves: bool = False,
        elapsed_tokens: int = 0,
    ) -> None:
        """A cadence of 0 is none. `elapsed_tokens` are those of the checkpoint that the run was resumed from."""
        self._training_client = training_client
        self._service_client = service_client
        self._log_path = log_path
        self._save_every = save_every
        self._save_every_tokens = save_every_tokens
        self._save_every_seconds = save_every_seconds
        self._ttl_seconds = ttl_seconds
        self._rolling_save_every = rolling_save_every
        self._rolling_ttl_seconds = rolling_ttl_seconds
        self._async_periodic_saves = async_periodic_saves
        self._saved_tokens = elapsed_tokens
        self._saved_at = monotonic()
        self._periodic: asyncio.Task[dict[str, str]] | None = None
        self._rolling: asyncio.Task[None] | None = None
        self._rolling_path: str | None = None

    def should_save_periodic(self, step: int, *, elapsed_tokens: int = 0) -> bool:
        """Whether a periodic checkpoint is due after this step, by any of the cadences; never at step 0."""
        if step <= 0:
            return False
        return (
            _due(step, self._save_every)
            or 0 < self._save_every_tokens <= elapsed_tokens - self._saved_tokens
            or self._is_late()
        )

    def _is_late(self) -> bool:
        return 0 < self._save_every_seconds <= monotonic() - self._saved_at

    async def save_periodic_async(self, step: int, loop_state: Mapping[str, Any]) -> dict[str, str]:
        """Save state and sampler weights under the number of the step."""
        return await save_checkpoint_async(
            self._training_client, f"{step:06d}", self._log_path, loop_state, "both", self._ttl_seconds
        )

    async def maybe_save_async(
        self, step: int, loop_state: Mapping[str, Any], *, elapsed_tokens: int = 0
    ) -> dict[str, str] | None:
        """Save a periodic checkpoint if one is due, then begin a rolling one if one is.

        The paths of a periodic checkpoint that was waited for, else None.
        """
        paths = None
        if self.should_save_periodic(step, elapsed_tokens=elapsed_tokens):
            if self._async_periodic_saves:
                await self._begin_periodic(step, loop_state)
            else:
                paths = await self.save_periodic_async(step, loop_state)
            self._saved_tokens = elapsed_tokens
            self._saved_at = monotonic()
        await self.maybe_save_rolling_async(step, loop_state)
        return paths

    async def _begin_periodic(self, step: int, loop_state: Mapping[str, Any]) -> None:
        await self._periodic_done()
        self._periodic = asyncio.create_task(self.save_periodic_async(step, loop_state))

    def should_save_rolling(self, step: int) -> bool:
        """Whether a rolling checkpoint is due after this step, and by the count of steps no periodic one is."""
        return step > 0 and _due(step, self._rolling_save_every) and not _due(step, self._save_every)

    async def maybe_save_rolling_async(self, step: int, loop_state: Mapping[str, Any]) -> None:
        """Wait for the rolling checkpoint before, then begin one if it is due."""
        await self.rolling_done()
        if self.should_save_rolling(step):
            self._rolling = asyncio.create_task(self._save_rolling(step, loop_state))

    async def save_final_async(self, loop_state: Mapping[str, Any]) -> dict[str, str]:
        """Save state and sampler weights for ever as `final`, then drop the last rolling checkpoint."""
        await self._periodic_done()
        paths = await save_checkpoint_async(self._training_client, "final", self._log_path, loop_state, "both", None)
        await self.finalize_async()
        return paths

    async def finalize_async(self) -> None:
        """Wait for what is being saved, then drop the last rolling checkpoint."""
        await self._periodic_done()
        await self.rolling_done()
        await self._drop_rolling()

    async def rolling_done(self) -> None:
        """Wait for the rolling checkpoint that is being saved. That it failed is a warning: the run goes on."""
        task, self._rolling = self._rolling, None
        if task is not None:
            await _warned(task, "a rolling checkpoint was not saved")

    async def _periodic_done(self) -> None:
        task, self._periodic = self._periodic, None
        if task is not None:
            await _warned(task, "a periodic checkpoint was not saved")

    async def _save_rolling(self, step: int, loop_state: Mapping[str, Any]) -> None:
        paths = await save_checkpoint_async(
            self._training_client,
            f"{step:06d}",
            self._log_path,
            {**loop_state, "rolling": True},
            "state",
            self._rolling_ttl_seconds,
        )
        await self._drop_rolling()
        self._rolling_path = paths["state_path"]

    async def _drop_rolling(self) -> None:
        path, self._rolling_path = self._rolling_path, None
        if path is None:
            return
        try:
            rest_client = self._service_client.create_rest_client()
            await rest_client.delete_checkpoint_from_tinker_path_async(path)
        except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, the checkpoint expires by itself
            logger.warning("the rolling checkpoint %s was not dropped, it will expire: %s", path, error)


async def check_renderer_name_for_checkpoint_async(
    service_client: ServiceClient, checkpoint_path: str, expected_renderer_name: str | None
) -> None:
    """Warn if the run that saved the checkpoint used another renderer. Nothing is asked without a name to expect."""
    if not expected_renderer_name:
        return
    rest_client = service_client.create_rest_client()
    found = await _renderer_name_of(rest_client, checkpoint_path)
    if found is not None and found != expected_renderer_name:
        logger.warning(
            "checkpoint %s was trained with the renderer %s, this run uses %s: the model may see tokens that it does "
            "not know",
            checkpoint_path,
            found,
            expected_renderer_name,
        )


async def _renderer_name_of(rest_client: RestClient, checkpoint_path: str) -> str | None:
    try:
        run = await rest_client.get_training_run_by_tinker_path_async(checkpoint_path)
    except Exception as error:  # noqa: BLE001, RUF100 - the check is a courtesy: no answer must stop a run
        logger.warning("the renderer of checkpoint %s is not known: %s", checkpoint_path, error)
        return None
    return (run.user_metadata or {}).get(RENDERER_NAME_METADATA_KEY)


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


async def _warned(task: asyncio.Task[Any], what: str) -> None:
    try:
        await task
    except Exception as error:  # noqa: BLE001, RUF100 - a checkpoint in the background must not end the run
        logger.warning("%s: %s", what, error)
