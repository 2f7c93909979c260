"""The original's training loops, run on a scenario against the service that the environment names.

    TINKER_BASE_URL=... TINKER_API_KEY=... CONFORMANCE_SCENARIO=... CONFORMANCE_GOLDEN=... CONFORMANCE_LOG_DIR=... \\
        python -m conformance.oracles.upstream_loops

Lives in an environment that holds tinker-cookbook. It is what `conformance trace` runs to generate what is expected,
and at the same time an example of a command for it: a loop, with its own client, config and data from the scenario.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chz
import tinker
from tinker_cookbook import renderers, tokenizer_utils
from tinker_cookbook.preference import train_dpo
from tinker_cookbook.rl import train as rl_train
from tinker_cookbook.rl.types import Env, EnvGroupBuilder, RLDataset, RLDatasetBuilder, StepResult
from tinker_cookbook.supervised import train as supervised_train
from tinker_cookbook.supervised.data import conversation_to_datum
from tinker_cookbook.supervised.types import ChatDatasetBuilder, ChatDatasetBuilderCommonConfig, SupervisedDataset

if TYPE_CHECKING:
    from collections.abc import Sequence

RECIPE = "conformance"


class Rows(SupervisedDataset):  # type: ignore[misc]
    """Batches of datums, in the order that the scenario gives for each epoch."""

    def __init__(self, params: dict[str, Any], epochs: list[list[list[int]]], renderer: Any) -> None:
        self.params, self.epochs, self.renderer = params, epochs, renderer
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.epochs[0])

    def set_epoch(self, seed: int = 0) -> None:
        self.epoch = seed

    def get_batch(self, index: int) -> list[tinker.Datum]:
        return [self._datum(self.params["rows"][row]["messages"]) for row in self.epochs[self.epoch][index]]

    def _datum(self, messages: list[dict[str, Any]]) -> tinker.Datum:
        return conversation_to_datum(
            messages,
            self.renderer,
            self.params.get("max_length"),
            renderers.TrainOnWhat(self.params["train_on_what"]),
            reduction=self.params["reduction"],
        )


@chz.chz
class RowsBuilder(ChatDatasetBuilder):  # type: ignore[misc]
    params: dict[str, Any]

    def __call__(self) -> tuple[Rows, Rows | None]:
        test = self.params.get("test")
        made = self.renderer
        return Rows(self.params, self.params["epochs"], made), Rows(self.params, [test], made) if test else None


class OneTurn(Env):  # type: ignore[misc]
    """A prompt, a sample, and a reward that is a function of the sampled tokens."""

    def __init__(self, messages: list[dict[str, Any]], renderer: Any) -> None:
        self.messages, self.renderer = messages, renderer

    async def initial_observation(self) -> tuple[tinker.ModelInput, Any]:
        return self.renderer.build_generation_prompt(self.messages), self.renderer.get_stop_sequences()

    async def step(self, action: list[int], *, extra: Any = None) -> StepResult:
        return StepResult(
            reward=(sum(action) % 8) / 8,
            episode_done=True,
            next_observation=tinker.ModelInput.empty(),
            next_stop_condition=[],
        )


class Group(EnvGroupBuilder):  # type: ignore[misc]
    def __init__(self, group: dict[str, Any], renderer: Any) -> None:
        self.group, self.renderer = group, renderer

    async def make_envs(self) -> Sequence[Env]:
        return [OneTurn(self.group["messages"], self.renderer) for _ in range(self.group["group_size"])]


class Groups(RLDataset):  # type: ignore[misc]
    def __init__(self, params: dict[str, Any], batches: list[list[int]], renderer: Any) -> None:
        self.params, self.batches, self.renderer = params, batches, renderer

    def __len__(self) -> int:
        return len(self.batches)

    def get_batch(self, index: int) -> list[Group]:
        return [Group(self.params["groups"][place], self.renderer) for place in self.batches[index]]


@chz.chz
class GroupsBuilder(RLDatasetBuilder):  # type: ignore[misc]
    params: dict[str, Any]
    common_config: ChatDatasetBuilderCommonConfig

    async def __call__(self) -> tuple[Groups, Groups | None]:
        name = self.common_config.model_name_for_tokenizer
        made = renderers.get_renderer(self.common_config.renderer_name, tokenizer_utils.get_tokenizer(name))
        test = self.params.get("test")
        return Groups(self.params, self.params["batches"], made), Groups(self.params, test, made) if test else None


def main() -> int:
    """Run the loop of the scenario that the environment names."""
    scenario = json.loads(Path(os.environ["CONFORMANCE_SCENARIO"]).read_bytes())
    params, log_dir = scenario["params"], Path(os.environ["CONFORMANCE_LOG_DIR"])
    _register_tokenizer(params)
    log_dir.mkdir(parents=True, exist_ok=True)
    if params.get("checkpoints"):
        lines = "".join(json.dumps(record) + "\n" for record in params["checkpoints"])
        (log_dir / "checkpoints.jsonl").write_text(lines)
    common = ChatDatasetBuilderCommonConfig(
        model_name_for_tokenizer=params["base_model"], renderer_name=params["renderer"], max_length=None, batch_size=2
    )
    given = {"log_path": str(log_dir), "model_name": params["base_model"], "recipe_name": RECIPE}
    config = dict(params["config"])
    match scenario["operation"]:
        case "trace.supervised":
            rows = RowsBuilder(common_config=common, params={"train_on_what": ALL, "reduction": "mean", **params})
            asyncio.run(supervised_train.main(supervised_train.Config(dataset_builder=rows, **given, **config)))
        case "trace.preference":
            rows = RowsBuilder(common_config=common, params={"train_on_what": LAST, "reduction": "none", **params})
            train_dpo.main(train_dpo.Config(dataset_builder=rows, **given, **config))
        case "trace.rl":
            groups = GroupsBuilder(common_config=common, params=params)
            asyncio.run(rl_train.main(rl_train.Config(dataset_builder=groups, **given, **_rl_config(config))))
        case other:
            print(f"there is no loop for {other!r}", file=sys.stderr)
            return 2
    return 0


ALL = "all_assistant_messages"
LAST = "last_assistant_message"


def _rl_config(config: dict[str, Any]) -> dict[str, Any]:
    made = dict(config)
    if streamed := made.pop("stream_minibatch", None):
        made["stream_minibatch_config"] = rl_train.StreamMinibatchConfig(**streamed)
    if reference := made.pop("kl_reference_base_model", None):
        made["kl_reference_config"] = rl_train.KLReferenceConfig(base_model=reference)
    return {**made, "num_groups_to_log": 0, "rollout_json_export": False}


def _register_tokenizer(params: dict[str, Any]) -> None:
    from transformers import PreTrainedTokenizerFast

    path = Path(os.environ["CONFORMANCE_GOLDEN"]) / "tokenizers" / params["tokenizer"]
    described = json.loads(path.with_suffix(".json").read_bytes())
    given = {key: described[key] for key in ("bos_token", "eos_token") if described[key] is not None}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(path / "tokenizer.json"), clean_up_tokenization_spaces=False, **given
    )
    tokenizer_utils.register_tokenizer(params["base_model"], lambda: tokenizer)


if __name__ == "__main__":
    sys.exit(main())
