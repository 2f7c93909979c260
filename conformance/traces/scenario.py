"""A scenario: a loop's config and data, and the stream that upstream's loop gives for them.

A file golden/traces/<name>.json holds one. Its params are complete: data in their order, a byte tokenizer, a model that
is a formula. What a port is handed holds no expected answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from conformance.exits import SuiteError, UsageError
from conformance.forms import Message, Operation
from conformance.golden_path import golden_dir
from conformance.traces import stream as streams  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

Batches = list[list[int]]
"""The rows of every batch, by their places in `rows`."""
Record = dict[str, Any]
"""A line of metrics.jsonl or checkpoints.jsonl."""


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the params. An absent member means upstream's default, which stands here."""


class Row(Asked, frozen=True, kw_only=True):
    messages: list[Message]


class Held(Asked, frozen=True, kw_only=True):
    """A checkpoint that the service holds before the loop begins: its path, and how many steps it has behind it."""

    path: streams.Name
    version: int


class Checkpointing(Asked, frozen=True, kw_only=True):
    """When a loop saves. 0 steps: never. `ttl_seconds` null: kept for ever."""

    save_every: int = 20
    eval_every: int = 10
    ttl_seconds: int | None = 604800
    rolling_save_every: int = 0
    rolling_ttl_seconds: int = 7200
    lora_rank: int = 32
    max_steps: int | None = None
    load_checkpoint_path: str | None = None


class Scheduled(Checkpointing, frozen=True, kw_only=True):
    learning_rate: float
    lr_schedule: Literal["linear", "cosine", "constant"] = "linear"
    num_epochs: int = 1
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    adam_eps: float = 1e-8


class SupervisedConfig(Scheduled, frozen=True, kw_only=True):
    submit_ahead: int = 1


class PreferenceConfig(Scheduled, frozen=True, kw_only=True):
    dpo_beta: float = 0.1


class StreamMinibatches(Asked, frozen=True, kw_only=True):
    groups_per_batch: int
    num_minibatches: int


class RlConfig(Checkpointing, frozen=True, kw_only=True):
    learning_rate: float
    max_tokens: int
    eval_every: int = 20
    temperature: float = 1.0
    loss_fn: str = "importance_sampling"
    loss_fn_config: dict[str, float] | None = None
    num_substeps: int = 1
    kl_penalty_coef: float = 0.0
    kl_discount_factor: float = 0.0
    kl_reference_base_model: str | None = None
    compute_post_kl: bool = False
    remove_constant_reward_groups: bool = False
    stream_minibatch: StreamMinibatches | None = None


class TraceParams(Asked, frozen=True, kw_only=True):
    """What every loop is given.

    `checkpoints` are the lines that checkpoints.jsonl holds before the loop begins, `held` what the service has then.
    """

    base_model: str
    tokenizer: str
    renderer: str
    checkpoints: list[Record] = []
    held: list[Held] = []


class SupervisedParams(TraceParams, frozen=True, kw_only=True):
    """`epochs` has the batches of each epoch in their order; `test` those of the test set."""

    config: SupervisedConfig
    rows: list[Row]
    epochs: list[Batches]
    test: Batches | UnsetType = UNSET
    train_on_what: str = "all_assistant_messages"
    max_length: int | None = None
    reduction: Literal["mean", "none"] = "mean"


class PreferenceParams(TraceParams, frozen=True, kw_only=True):
    """Rows are chosen and rejected in turn. A batch may have an odd number of them."""

    config: PreferenceConfig
    rows: list[Row]
    epochs: list[Batches]
    test: Batches | UnsetType = UNSET
    train_on_what: str = "last_assistant_message"
    max_length: int | None = None
    reduction: Literal["mean", "none"] = "none"


class Group(Asked, frozen=True, kw_only=True):
    """A prompt and how often it is sampled. The reward of a sample is (the sum of its tokens mod 8) / 8."""

    messages: list[Message]
    group_size: int


class RlParams(TraceParams, frozen=True, kw_only=True):
    config: RlConfig
    groups: list[Group]
    batches: Batches
    test: Batches | UnsetType = UNSET


class Traced(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a loop asked of the API; and, if it is known, what it wrote to metrics.jsonl and checkpoints.jsonl."""

    stream: list[streams.Operation]
    metrics: list[Record] | UnsetType = UNSET
    checkpoints: list[Record] | UnsetType = UNSET


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What upstream's loop gives. `pipelined`: it submits optim_step before it awaits forward_backward."""

    stream: tuple[streams.Operation, ...]
    metrics: tuple[Record, ...]
    checkpoints: tuple[Record, ...]
    pipelined: bool


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file of golden/traces/. `rules` are those of `rules_for`."""

    name: str
    operation: Literal["trace.supervised", "trace.preference", "trace.rl"]
    summary: str
    params: msgspec.Raw
    rules: tuple[str, ...] = ()
    expect: Expected | UnsetType = UNSET
    witnesses: tuple[str, ...] = ()

    @property
    def loop(self) -> str:
        """`supervised`, `preference` or `rl`."""
        return self.operation.removeprefix("trace.")

    def question(self) -> bytes:
        """The scenario without what is expected, as a file for the port."""
        asked = msgspec.structs.replace(self, expect=UNSET, witnesses=())
        return msgspec.json.format(msgspec.json.encode(asked), indent=1) + b"\n"

    def decoded(self) -> SupervisedParams | PreferenceParams | RlParams:
        """The params, typed. Raises msgspec.ValidationError."""
        return msgspec.json.decode(self.params, type=PARAMS[self.operation])


PARAMS: dict[str, type[SupervisedParams | PreferenceParams | RlParams]] = {
    "trace.supervised": SupervisedParams,
    "trace.preference": PreferenceParams,
    "trace.rl": RlParams,
}

OPERATIONS = (
    Operation(
        name="trace.supervised",
        params=SupervisedParams,
        result=Traced,
        summary="What the loop of supervised training asks of the API.",
    ),
    Operation(
        name="trace.preference",
        params=PreferenceParams,
        result=Traced,
        summary="What the loop of direct preference optimization asks of the API.",
    ),
    Operation(
        name="trace.rl",
        params=RlParams,
        result=Traced,
        summary="What the loop of reinforcement learning asks of the API.",
    ),
)


def rules_for(params: SupervisedParams | PreferenceParams | RlParams) -> tuple[str, ...]:
    """The names of the rules that hold for such a scenario beside those for all."""
    if not isinstance(params, RlParams):
        return ()
    return ("datums_of_a_group_race", *(("minibatches_race",) if params.config.stream_minibatch else ()))


def scenarios_dir() -> Path:
    """The directory of the scenarios."""
    return golden_dir() / "traces"


def scenario_names() -> list[str]:
    """The names of the scenarios, in order."""
    return sorted(path.stem for path in scenarios_dir().glob("*.json") if path.stem != "rules")


def load_scenario(name: str) -> Scenario:
    """The scenario `name`.

    Raises:
        UsageError: there is no such scenario.
        SuiteError: its file is broken.
    """
    names = scenario_names()
    if name not in names:
        known = ", ".join(names) or "none in this suite"
        raise UsageError(f"there is no scenario {name!r}; there are: {known}")
    try:
        scenario = msgspec.json.decode((scenarios_dir() / f"{name}.json").read_bytes(), type=Scenario)
        scenario.decoded()
    except (OSError, ValueError) as error:
        raise SuiteError(f"golden/traces/{name}.json: {error}; install the package again") from error
    if scenario.expect is UNSET:
        raise SuiteError(f"golden/traces/{name}.json: it says nothing of what is expected; install the package again")
    return scenario
