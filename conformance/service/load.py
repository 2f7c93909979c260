"""Many clients that train at once, each of which knows what it has to be answered."""

from __future__ import annotations

import contextlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from conformance.service import model as formula

TIMEOUT = 60.0
AGAIN = 7
"""Every so many requests one is sent twice, as a client does that lost an answer."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was sent, how many steps of the optimizer were asked for, and what was answered wrongly."""

    requests: int
    steps: int
    complaints: list[str]


def load(port: int, *, clients: int, requests: int) -> Loaded:
    """Send so many requests in all, from so many clients at once, to a service on this machine."""
    each = -(-requests // clients)
    with ThreadPoolExecutor(clients) as threads:
        done = list(threads.map(lambda number: _Client(port, number).train(each), range(clients)))
    return Loaded(
        requests=sum(one.requests for one in done),
        steps=sum(one.steps for one in done),
        complaints=[complaint for one in done for complaint in one.complaints],
    )


class _Client:
    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._number = number
        self._sent = 0
        self._complaints: list[str] = []

    def train(self, requests: int) -> Loaded:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)) as connection:
            steps = self._train(connection, requests)
        return Loaded(requests=self._sent, steps=steps, complaints=self._complaints)

    def _train(self, connection: http.client.HTTPConnection, requests: int) -> int:
        session = self._post(connection, "create_session", tags=[], user_metadata=None, sdk_version="0")["session_id"]
        made = self._post(
            connection,
            "create_model",
            session_id=session,
            model_seq_id=0,
            base_model="formula",
            lora_config={"rank": 1},
        )
        id = self._result(connection, made)["model_id"]
        steps = 0
        while self._sent < requests:
            passed = self._post(
                connection,
                "forward_backward",
                model_id=id,
                seq_id=2 * steps + 1,
                forward_backward_input=self._pass(steps),
            )
            stepped = self._post(
                connection, "optim_step", model_id=id, seq_id=2 * steps + 2, adam_params={"learning_rate": 1e-3}
            )
            outputs = self._result(connection, passed)["loss_fn_outputs"]
            expected = formula.logprob(self._number, steps, 1, steps)
            self._expect("log-probabilities", [output["logprobs"]["data"] for output in outputs], [[expected]])
            steps += 1
            self._expect("steps", self._result(connection, stepped)["metrics"], {"optimizer_steps": float(steps)})
        return steps

    def _pass(self, step: int) -> dict[str, Any]:
        datum = {
            "model_input": {"chunks": [{"type": "encoded_text", "tokens": [self._number]}]},
            "loss_fn_inputs": {
                "target_tokens": {"data": [step], "dtype": "int64", "shape": [1]},
                "weights": {"data": [1.0], "dtype": "float32", "shape": [1]},
            },
        }
        return {"data": [datum], "loss_fn": "cross_entropy"}

    def _result(self, connection: http.client.HTTPConnection, submitted: dict[str, Any]) -> dict[str, Any]:
        while True:
            answer = self._post(connection, "retrieve_future", request_id=submitted["request_id"])
            if answer.get("type") != "try_again":
                return answer

    def _post(self, connection: http.client.HTTPConnection, endpoint: str, **body: Any) -> dict[str, Any]:
        answer = self._once(connection, endpoint, body)
        if self._sent % AGAIN == 0 and endpoint in ("forward_backward", "optim_step"):
            self._expect("an answer to the same request", self._once(connection, endpoint, body), answer)
        return answer

    def _once(self, connection: http.client.HTTPConnection, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-API-Key": "tml-load", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/{endpoint}", json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        self._sent += 1
        self._expect("status", response.status, 200)
        answer: dict[str, Any] = json.loads(content)
        return answer

    def _expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self._complaints.append(f"client {self._number}: {what}: {found}, expected {expected}")
