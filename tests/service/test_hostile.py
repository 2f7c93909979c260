"""A thousand requests that mean no good: each is answered with a 4xx or cut off, none hangs, and the service lives."""

from __future__ import annotations

import contextlib
import json
import random
import socket
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from conformance.service.routes import API

from .running import Served, adam, supervised, text

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS = 1000
PER_SECONDS = 10.0
ENDPOINTS = sorted(path for method, path in API if method == "POST" and "{" not in path)
HEADERS = b"Host: localhost\r\nX-API-Key: k\r\n"


def valid(service: Served) -> list[tuple[str, bytes]]:
    """Requests that would be served, to be spoilt."""
    model = service.model()
    bodies = [
        ("create_session", {"tags": [], "user_metadata": None, "sdk_version": "0"}),
        ("optim_step", {"model_id": model, "seq_id": 1, "adam_params": adam()}),
        (
            "forward_backward",
            {
                "model_id": model,
                "seq_id": 2,
                "forward_backward_input": {
                    "data": [supervised([1, 2, 3], [2, 3, 4], [0.5, 0.25, 1.0])],
                    "loss_fn": "cross_entropy",
                },
            },
        ),
        ("save_weights", {"model_id": model, "seq_id": 3, "path": "a", "ttl_seconds": 3600}),
        ("asample", {"base_model": "b", "prompt": text(1, 2), "sampling_params": {"max_tokens": 4, "stop": [7]}}),
        ("retrieve_future", {"request_id": "future-1"}),
    ]
    return [(endpoint, json.dumps(body).encode()) for endpoint, body in bodies]


def message(endpoint: str, body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST /api/v1/" + endpoint.encode() + b" HTTP/1.1\r\n" + HEADERS + length + lines + b"\r\n" + body


WORDS = [b"null", b"true", b"-1", b"1e999", b"[]", b"{}", b'"\\ud800"', b'"x"', b"NaN", b"9" * 400, b"0.1", b'"\xff"']


def spoilt(chance: random.Random, body: bytes) -> bytes:
    """A body with a piece exchanged, cut, doubled or turned round."""
    at = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    piece = body[at[0] : at[1]]
    other = chance.choice([b"", piece * 2, piece[::-1], chance.choice(WORDS), chance.randbytes(3)])
    return body[: at[0]] + other + body[at[1] :]


def hostile(chance: random.Random, good: list[tuple[str, bytes]]) -> Iterator[bytes]:
    """Requests without end."""
    while True:
        endpoint, body = chance.choice(good)
        yield message(endpoint, spoilt(chance, body))
        yield message(chance.choice(ENDPOINTS), chance.choice(WORDS))
        yield message(chance.choice(ENDPOINTS), chance.randbytes(chance.randrange(200)))
        yield message(endpoint, chance.randbytes(50), b"Content-Encoding: zstd")
        magic = b"\x28\xb5\x2f\xfd" + chance.randbytes(40)
        yield message(endpoint, magic, b"Content-Encoding: zstd")
        protobuf = b"Content-Type: application/x-protobuf"
        yield message("forward_backward", chance.randbytes(chance.randrange(200)), protobuf)
        yield message("forward_backward", b"\x0a\x01m\x10\x01" + chance.randbytes(30), protobuf)
        yield message("retrieve_future", b'{"request_id":"future-1"}' * 2, b"Accept: application/x-protobuf")
        tricks = [b"..", b"%2e%2e", b"%00", b"%ff", b"\\..\\", b"//", b"%252e", b"a" * 3000, b"?a=%zz", b"#"]
        path = b"/".join(chance.choice(tricks) for _ in range(chance.randrange(1, 6)))
        method = chance.choice([b"GET", b"DELETE", b"PUT", b"OPTIONS", b"X"])
        yield method + b" /api/v1/training_runs/" + path + b" HTTP/1.1\r\n" + HEADERS + b"\r\n"
        yield b"GET /api/v1/healthz HTTP/" + chance.randbytes(3) + b"\r\n\r\n"
        yield chance.randbytes(100) + b"\r\n\r\n"
        yield b"GET /api/v1/healthz HTTP/1.1\r\n" + HEADERS + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n"
        yield b"GET /api/v1/healthz HTTP/1.1\r\n" + HEADERS + b"X-Many: a\r\n" * 10_000 + b"\r\n"
        yield message(endpoint, body, b"Content-Length: 1")
        yield message(endpoint, body, b"Transfer-Encoding: chunked")
        yield message(endpoint, body, b"Upgrade: h2c", b"Connection: Upgrade")
        yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def status(service: Served, request: bytes) -> int:
    """The status that is answered, 0 for a connection that was cut. A hang is an error."""
    with socket.create_connection(("127.0.0.1", service.port), PER_SECONDS) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        answered = b""
        try:
            while len(answered) < 12 and (more := connection.recv(4096)):
                answered += more
        except ConnectionError:
            return 0
        return int(answered[9:12]) if answered.startswith(b"HTTP/1.1 ") else 0


@pytest.mark.parametrize("seed", [1])
def test_a_thousand_hostile_requests(own: Served, seed: int) -> None:
    chance = random.Random(seed)
    requests = hostile(chance, valid(own))
    found: Counter[int] = Counter()
    for _ in range(REQUESTS):
        request = next(requests)
        answered = status(own, request)
        assert answered < 500, request[:500]
        found[answered] += 1
    assert sum(count for answered, count in found.items() if 400 <= answered < 500) > REQUESTS * 0.8, found
    # It serves on as if nothing had been.
    model = own.model()
    step = own.post("optim_step", model_id=model, seq_id=1, adam_params=adam())
    assert own.result(step)["metrics"] == {"optimizer_steps": 1.0}


def test_who_sends_half_a_request_holds_up_nobody(own: Served) -> None:
    with contextlib.ExitStack() as open_ones:
        for half in (b"POST /api/v1/optim_step HT", message("create_session", b"{}" * 10)[:-5]):
            for _ in range(50):
                connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", own.port), PER_SECONDS))
                connection.sendall(half)
        assert own.model()
    # And stopping waits for none of them: leaving the fixture proves it.
