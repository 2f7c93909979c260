"""The reference's training loops on a scenario: in memory for the operations of the area `trace`, or over HTTP.

    TINKER_BASE_URL=... TINKER_API_KEY=... CONFORMANCE_SCENARIO=... CONFORMANCE_GOLDEN=... CONFORMANCE_LOG_DIR=... \\
        python -m conformance.adapters.reference_loops
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.adapters.scratch import scratch_directory
from cookbook.json_lines import read_json_lines
from cookbook.messages import message_from_json
from cookbook.renderers import get_renderer
from cookbook.supervised.data import conversation_to_datum
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from cookbook.client import ServiceClient
    from cookbook.datum import Datum
    from cookbook.renderers import Renderer

Params = dict[str, Any]


@dataclass
class Rows:
    """Batches of datums, in the order that the scenario gives for each epoch."""

    params: Params
    epochs: list[list[list[int]]]
    renderer: Renderer
    train_on_what: str
    reduction: Any
    epoch: int = 0

    def __len__(self) -> int:
        return len(self.epochs[0])

    def set_epoch(self, seed: int = 0) -> None:
        self.epoch = seed

    def get_batch(self, index: int) -> list[Datum]:
        return [self._datum(self.params["rows"][row]) for row in self.epochs[self.epoch][index]]

    def _datum(self, row: Params) -> Datum:
        return conversation_to_datum(
            [message_from_json(message) for message in row["messages"]],
            self.renderer,
            self.params.get("max_length"),
            self.train_on_what,
            self.reduction,
        )


def run_scenario(operation: str, params: Params, *, service_client: ServiceClient, log_dir: Path) -> None:
    """Run the loop. Lines that checkpoints.jsonl is to hold beforehand are written first."""
    tokenizer = _tokenizer(params["tokenizer"])
    renderer = get_renderer(params["renderer"], tokenizer)
    log_dir.mkdir(parents=True, exist_ok=True)
    if params.get("checkpoints"):
        lines = "".join(json.dumps(record) + "\n" for record in params["checkpoints"])
        (log_dir / "checkpoints.jsonl").write_text(lines)
    given = {"log_path": str(log_dir), "model_name": params["base_model"], **params["config"]}
    clients: dict[str, Any] = {"service_client": service_client, "tokenizer": tokenizer}
    match operation:
        case "trace.supervised":
            from cookbook.supervised import train

            build = _rows(params, renderer, "all_assistant_messages", "mean")
            asyncio.run(train.main(train.Config(dataset_builder=build, **given), **clients))
        case "trace.preference":
            from cookbook.preference import train_dpo

            build = _rows(params, renderer, "last_assistant_message", "none")
            asyncio.run(train_dpo.main(train_dpo.Config(dataset_builder=build, **given), **clients))
        case _:
            from conformance.adapters.reference_rl_loop import run

            asyncio.run(run(params, renderer, given, service_client=service_client, tokenizer=tokenizer))


def answer(operation: str, params: Params) -> Params:
    """What the loop asks of a service in memory, and what it writes."""
    import msgspec

    from conformance.traces.recorder import Recorder

    recorder = Recorder(saved={held["path"]: held["version"] for held in params.get("held", [])})
    with scratch_directory() as directory:
        log_dir = Path(directory)
        run_scenario(operation, params, service_client=recorder, log_dir=log_dir)
        metrics = read_json_lines(log_dir / "metrics.jsonl")
        checkpoints = read_json_lines(log_dir / "checkpoints.jsonl")
    stream = msgspec.to_builtins(recorder.operations)
    return {"stream": stream, "metrics": metrics, "checkpoints": checkpoints}


def main() -> int:
    """Run the loop of the scenario that the environment names, over HTTP."""
    from cookbook.tinker_client import connect

    scenario = json.loads(Path(os.environ["CONFORMANCE_SCENARIO"]).read_bytes())
    client = connect(user_metadata={"recipe_name": "conformance"})
    try:
        run_scenario(
            scenario["operation"],
            scenario["params"],
            service_client=client,
            log_dir=Path(os.environ["CONFORMANCE_LOG_DIR"]),
        )
    finally:
        client.close()
    return 0


def _rows(params: Params, renderer: Renderer, train_on_what: str, reduction: str) -> Any:
    train_on_what, reduction = params.get("train_on_what", train_on_what), params.get("reduction", reduction)

    def build() -> tuple[Rows, Rows | None]:
        test = params.get("test")
        return (
            Rows(params, params["epochs"], renderer, train_on_what, reduction),
            Rows(params, [test], renderer, train_on_what, reduction) if test else None,
        )

    return build


def _tokenizer(name: str) -> ByteTokenizer:
    from conformance.golden_path import golden_dir

    golden = os.environ.get("CONFORMANCE_GOLDEN")
    directory = Path(golden) if golden else golden_dir()
    return ByteTokenizer.from_json(json.loads((directory / "tokenizers" / f"{name}.json").read_bytes()))


if __name__ == "__main__":
    sys.exit(main())
