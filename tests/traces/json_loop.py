"""A loop of supervised training over the JSON wire, with nothing but the standard library between it and the service.

Stands for a port: `conformance trace sl -- python tests/traces/json_loop.py [FAULT]`. It writes no metrics. FAULT is
one of `sequential` (awaits each result at once), `hangs`, `crashes`, `silent` (asks nothing) and `orphan` (leaves a
child).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from cookbook.messages import message_from_json
from cookbook.renderers import get_renderer
from cookbook.schedules import compute_schedule_lr_multiplier
from cookbook.supervised.data import conversation_to_datum
from cookbook.tokenizer import ByteTokenizer

BASE = os.environ["TINKER_BASE_URL"]
KEY = os.environ["TINKER_API_KEY"]
FAULT = sys.argv[1] if len(sys.argv) > 1 else ""


def post(endpoint: str, **body: Any) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{BASE}/api/v1/{endpoint}",
        data=json.dumps(body).encode(),
        headers={"X-API-Key": KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def result(future: dict[str, Any]) -> dict[str, Any]:
    while True:
        found = post("retrieve_future", request_id=future["request_id"])
        if found.get("type") != "try_again":
            return found


class Training:
    def __init__(self, params: dict[str, Any]) -> None:
        self.session = post("create_session", sdk_version="0.15.0", tags=[])["session_id"]
        made = post(
            "create_model",
            session_id=self.session,
            model_seq_id=0,
            base_model=params["base_model"],
            lora_config={"rank": params["config"]["lora_rank"]},
        )
        self.model = result(made)["model_id"]
        self.seq = self.samplers = 0

    def submit(self, endpoint: str, **body: Any) -> dict[str, Any]:
        self.seq += 1
        future = post(endpoint, model_id=self.model, seq_id=self.seq, **body)
        if FAULT == "sequential":
            result(future)
        return future

    def logprobs(self, prompt: list[int]) -> None:
        self.samplers += 1
        sampler = result(self.submit("save_weights_for_sampler", sampling_session_seq_id=self.samplers))
        asked = post(
            "asample",
            sampling_session_id=sampler["sampling_session_id"],
            seq_id=0,
            prompt={"chunks": [{"type": "encoded_text", "tokens": prompt}]},
            sampling_params={"max_tokens": 1},
            prompt_logprobs=True,
        )
        result(asked)


def wire(datum: Any) -> dict[str, Any]:
    inputs = {
        name: {"data": datum.tensor(name).data.tolist(), "dtype": str(datum.tensor(name).dtype)}
        for name in datum.loss_fn_inputs
    }
    chunks = [{"type": "encoded_text", "tokens": datum.model_input.to_ints()}]
    return {"model_input": {"chunks": chunks}, "loss_fn_inputs": inputs}


def train(params: dict[str, Any]) -> None:
    config = params["config"]
    described = Path(os.environ["CONFORMANCE_GOLDEN"], "tokenizers", f"{params['tokenizer']}.json").read_bytes()
    renderer = get_renderer(params["renderer"], ByteTokenizer.from_json(json.loads(described)))
    data = [
        conversation_to_datum(
            [message_from_json(message) for message in row["messages"]], renderer, None, params["train_on_what"], "mean"
        )
        for row in params["rows"]
    ]
    client = Training(params)
    batches = [(epoch, batch) for epoch in params["epochs"] for batch in epoch]
    pending: list[tuple[int, list[dict[str, Any]]]] = []

    def finish() -> None:
        step, futures = pending.pop(0)
        if config["save_every"] and step and step % config["save_every"] == 0:
            for endpoint in ("save_weights", "save_weights_for_sampler"):
                client.submit(endpoint, path=f"{step:06d}", ttl_seconds=604800)
        for future in futures:
            result(future)

    for step, (_, batch) in enumerate(batches):
        if config["eval_every"] and step % config["eval_every"] == 0:
            for row in [row for rows in params.get("test", []) for row in rows]:
                targets = data[row].tensor("target_tokens").data
                client.logprobs([*data[row].model_input.to_ints(), int(targets[-1])])
        sent = {"loss_fn": "cross_entropy", "data": [wire(data[row]) for row in batch]}
        rate = config["learning_rate"] * compute_schedule_lr_multiplier(
            config.get("lr_schedule", "linear"), step, len(batches)
        )
        futures = [
            client.submit("forward_backward", forward_backward_input=sent),
            client.submit("optim_step", adam_params={"learning_rate": rate, "eps": 1e-8}),
        ]
        pending.append((step, futures))
        if len(pending) > config.get("submit_ahead", 1):
            finish()
        if FAULT == "crashes":
            raise SystemExit("the port has a fault: \x1b[31mred")
        if FAULT == "hangs":
            time.sleep(600)
    while pending:
        finish()
    for endpoint in ("save_weights", "save_weights_for_sampler"):
        result(client.submit(endpoint, path="final"))


if FAULT == "orphan":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["CONFORMANCE_LOG_DIR"], "child").write_text(str(child.pid))
if FAULT != "silent":
    train(json.loads(Path(os.environ["CONFORMANCE_SCENARIO"]).read_bytes())["params"])
