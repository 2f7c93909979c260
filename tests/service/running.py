"""`conformance serve` as a child process, and a client that knows nothing of the SDK."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

KEY = {"X-API-Key": "tml-test"}
SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served:
    """A running service. As a context manager it is stopped, and has to have stopped well."""

    def __init__(self, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "conformance.cli", "serve", "--with-parent", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], SECONDS)[0]:
            self.process.kill()
            raise AssertionError("nothing was heard of the service")
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1].decode())
        self.greeting = json.loads(line)
        self.port = int(self.greeting["base_url"].rpartition(":")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status, complaints = self.stop()
        if kind is None:
            assert (status, complaints) == (0, "")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit status, and what it wrote to stderr."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            complaints = self.process.communicate(timeout=SECONDS)[1].decode()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, complaints

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: Mapping[str, str] = KEY
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            sent = json.dumps(body).encode() if raw is None and body is not None else raw
            kind = {} if sent is None or "Content-Type" in headers else {"Content-Type": "application/json"}
            connection.request(method, path, body=sent, headers={**kind, **headers})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def post(self, endpoint: str, **body: Any) -> Any:
        """What an endpoint of the API answers to a request that it has to take."""
        answer = self.call("POST", f"/api/v1/{endpoint}", body)
        assert answer.status == 200, answer.body
        return answer.json

    def result(self, submitted: Mapping[str, Any]) -> Any:
        """The result of what was submitted, waited for."""
        while True:
            answer = self.post("retrieve_future", request_id=submitted["request_id"])
            if answer.get("type") != "try_again":
                return answer

    def stream(self) -> stream.Stream:
        """What was recorded."""
        lines = self.call("GET", "/conformance/stream").body.splitlines()
        return stream.decode(b"[" + b",".join(lines) + b"]")

    def report(self) -> Any:
        return self.call("GET", "/conformance/report").json

    def session(self) -> str:
        answer: str = self.post("create_session", tags=[], user_metadata=None, sdk_version="0.15.0")["session_id"]
        return answer

    def model(self, session: str | None = None, *, number: int = 0) -> str:
        """A new model's id."""
        submitted = self.post(
            "create_model",
            session_id=session or self.session(),
            model_seq_id=number,
            base_model="Qwen/Qwen3-8B",
            lora_config={"rank": 8},
        )
        made: str = self.result(submitted)["model_id"]
        return made


def text(*tokens: int) -> dict[str, Any]:
    return {"chunks": [{"tokens": list(tokens), "type": "encoded_text"}]}


def supervised(tokens: list[int], targets: list[int], weights: list[float]) -> dict[str, Any]:
    """A datum in JSON."""
    return {
        "model_input": text(*tokens),
        "loss_fn_inputs": {
            "target_tokens": {"data": targets, "dtype": "int64", "shape": [len(targets)]},
            "weights": {"data": weights, "dtype": "float32", "shape": [len(weights)]},
        },
    }


def adam(**given: float) -> dict[str, float]:
    return {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, **given}
