"""What a service knows: sessions, models, samplers and checkpoints."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from conformance.service import limits
from conformance.service.errors import Refused
from conformance.service.recorder import FRONT
from conformance.traces import stream

if TYPE_CHECKING:
    from conformance.service.faults import Known
    from conformance.service.turns import Turns

PATH = re.compile(r"tinker://([^/]+)/(weights|sampler_weights)/([^/]+)")
KINDS = {"weights": "training", "sampler_weights": "sampler"}


@dataclass(frozen=True)
class Weights:
    """What the formula depends on: whose weights, and after how many steps. The base model has taken none."""

    owner: str
    version: int


@dataclass
class Session:
    """One client's session."""

    id: str
    user_metadata: dict[str, str] | None
    display_name: str | None
    finished: bool = False
    models: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    """By model_seq_id: the digest of the request, and its future's id."""
    samplers: dict[int, str] = field(default_factory=dict)
    """By sampling_session_seq_id."""


@dataclass
class Model:
    """A model under training. `name` is what the record calls it."""

    id: str
    name: str
    session: str
    base_model: str
    lora: stream.Lora
    turns: Turns
    user_metadata: dict[str, str] | None
    version: int = 0
    created_at: int | None = None
    """The place of its create_model in the record, as long as nothing else was done to it."""
    last_request: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def weights(self) -> Weights:
        return Weights(self.name, self.version)


@dataclass
class Sampler:
    """A sampling session. `behind` is the place in the record of the save that its weights come from."""

    id: str
    weights: Weights
    base_model: str
    model_path: str | None
    recorded: stream.Sampler
    behind: int = FRONT
    seen: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    """By seq_id: the digest of the request, and its future's id."""
    completed: list[tuple[int, str]] = field(default_factory=list)
    """The seq_ids and futures that have a result, in the order of completion; retrieve_futures counts along them."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    clients: int = 0


@dataclass
class Checkpoint:
    """Saved weights. `recorded` is the path as the record has it: with the model's name in it."""

    path: str
    recorded: str
    run: str
    id: str
    kind: Literal["training", "sampler"]
    weights: Weights
    base_model: str
    lora: stream.Lora
    behind: int
    expires: datetime | None
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    def told(self) -> dict[str, Any]:
        """As the API tells of it (tinker 0.38, types/checkpoint.py)."""
        return {
            "checkpoint_id": self.id,
            "checkpoint_type": self.kind,
            "time": self.made.isoformat(),
            "tinker_path": self.path,
            "size_bytes": 0,
            "public": False,
            "user_metadata": None,
            "expires_at": self.expires and self.expires.isoformat(),
        }


class State:
    """Everything by its id."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.models: dict[str, Model] = {}
        self.samplers: dict[str, Sampler] = {}
        self.checkpoints: dict[str, Checkpoint] = {}
        self.ordinals: dict[tuple[Weights, bytes], int] = {}

    def session(self, id: str) -> Session:
        """A session that goes on.

        Raises:
            Refused: 404 there is none, 410 it is finished.
        """
        found = self.sessions.get(id)
        if found is None:
            raise Refused(404, "no such session_id")
        if found.finished:
            raise Refused(410, f"session {id} is finished")
        return found

    def model(self, id: str) -> Model:
        """A model whose session goes on."""
        found = self.models.get(id)
        if found is None:
            raise Refused(404, "no such model_id")
        self.session(found.session)
        found.last_request = datetime.now(UTC)
        return found

    def sampler(self, id: str) -> Sampler:
        found = self.samplers.get(id)
        if found is None:
            raise Refused(404, "no such sampling session")
        return found

    def checkpoint(self, path: str) -> Checkpoint:
        """A checkpoint by its path.

        Raises:
            Refused: 422 this is no path, 404 there is nothing.
        """
        if PATH.fullmatch(path) is None:
            raise Refused(422, "a path is tinker://RUN/weights/NAME or tinker://RUN/sampler_weights/NAME")
        found = self.checkpoints.get(path)
        if found is None:
            raise Refused(404, "no such checkpoint")
        return found

    def save(
        self, model: Model, kind: Literal["training", "sampler"], name: str, *, ttl: int | None, behind: int
    ) -> Checkpoint:
        """Keep a model's weights under a name. What had the name is replaced."""
        folder = "weights" if kind == "training" else "sampler_weights"
        checkpoint = Checkpoint(
            path=f"tinker://{model.id}/{folder}/{name}",
            recorded=f"tinker://{model.name}/{folder}/{name}",
            run=model.id,
            id=f"{folder}/{name}",
            kind=kind,
            weights=model.weights,
            base_model=model.base_model,
            lora=model.lora,
            behind=behind,
            expires=None if ttl is None else datetime.now(UTC) + timedelta(seconds=ttl),
        )
        self.checkpoints[checkpoint.path] = checkpoint
        return checkpoint

    def know(self, known: Known) -> None:
        """Have a checkpoint from the start."""
        match = PATH.fullmatch(known.path)
        assert match is not None
        run, folder, name = match.groups()
        self.checkpoints[known.path] = Checkpoint(
            path=known.path,
            recorded=known.path,
            run=run,
            id=f"{folder}/{name}",
            kind="training" if folder == "weights" else "sampler",
            weights=Weights(run, known.version),
            base_model=known.base_model,
            lora=stream.Lora(rank=known.rank),
            behind=FRONT,
            expires=None,
        )

    def ordinal(self, weights: Weights, prompt: bytes, count: int) -> int:
        """How many sequences a prompt was continued with by these weights, before `count` more."""
        before = self.ordinals.get((weights, prompt), 0)
        self.ordinals[weights, prompt] = before + count
        return before

    def recorded_path(self, path: str) -> str:
        """A path as the record has it."""
        match = PATH.fullmatch(path)
        model = self.models.get(match[1]) if match is not None else None
        return path if match is None or model is None else f"tinker://{model.name}/{match[2]}/{match[3]}"


def checked_name(name: str) -> str:
    """The name of a checkpoint.

    Raises:
        Refused: 422 it would not be one part of a path.
    """
    if not name.isprintable() or "/" in name or name in (".", "..") or len(name) > limits.NAME:
        raise Refused(422, "the name of a checkpoint is one part of a path, printable")
    return name
