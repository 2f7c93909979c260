from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import zstandard

from conformance.service import limits
from conformance.service.protobuf_wire import descriptors

from .running import KEY, Served, adam, supervised, text

STEP = {"model_id": "nobody", "adam_params": adam()}


@pytest.mark.parametrize(
    ("status", "method", "path", "body", "detail"),
    [
        (404, "GET", "/", None, "no such path"),
        (404, "GET", "/api/v1/", None, "no such path"),
        (404, "GET", "/api/v1/../../etc/passwd", None, "no such path"),
        (404, "GET", "/api/v1/training_runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", None, "no such path"),
        (404, "GET", "/api/v1/training_runs/..", None, "no such training run"),
        (404, "GET", "/api/v1/samplers/%00", None, "no such sampling session"),
        (404, "GET", "/api/v1/samplers/%ff%fe", None, "no such sampling session"),
        (404, "DELETE", "/api/v1/training_runs/a/checkpoints/weights/b", None, "no such checkpoint"),
        (422, "DELETE", "/api/v1/training_runs/a/checkpoints/b/c", None, "a path is"),
        (405, "GET", "/api/v1/optim_step", None, "no such method"),
        (405, "TRACE", "/api/v1/healthz", None, "no such method"),
        (400, "POST", "/api/v1/optim_step", b"", "not JSON"),
        (400, "POST", "/api/v1/optim_step", b'{"model_id": "\xff"}', "not JSON"),
        (400, "POST", "/api/v1/optim_step", b'{"model_id": "\\ud800"}', "not JSON"),
        (422, "POST", "/api/v1/optim_step", b"[]", "Expected `object`"),
        (422, "POST", "/api/v1/optim_step", b'{"model_id": "a", "adam_params": {"learning_rat": 1}}', "learning_rat"),
        (422, "POST", "/api/v1/optim_step", b'{"model_id": "a", "adam_params": {"beta1": null}}', "beta1"),
        (404, "POST", "/api/v1/optim_step", json.dumps(STEP).encode(), "no such model_id"),
        (404, "POST", "/api/v1/retrieve_future", b'{"request_id": "future-99999"}', "no such request_id"),
        (422, "GET", "/api/v1/checkpoints?limit=-1", None, "limit"),
        (422, "POST", "/conformance/fault", b'{"on": "asample", "do": "explode"}', "explode"),
    ],
)
def test_what_cannot_be_served_is_refused(
    served: Served, status: int, method: str, path: str, body: bytes | None, detail: str
) -> None:
    answer = served.call(method, path, raw=body)
    assert (answer.status, list(answer.json)) == (status, ["detail"])
    assert detail in answer.json["detail"]


def test_deep_json_is_refused(served: Served) -> None:
    for body in (b"[" * 1_000_000, b'{"tags":' + b"[" * 100_000, b'{"x":' + b'{"x":' * 100_000):
        assert served.call("POST", "/api/v1/create_session", raw=body).status in (400, 422)


def test_a_key_is_needed_and_may_be_any(served: Served) -> None:
    assert served.call("POST", "/api/v1/client/config", {}, headers={}).status == 401
    assert served.call("GET", "/api/v1/healthz", headers={}).json == {"status": "ok"}
    assert served.call("POST", "/api/v1/client/config", {}, headers={"Authorization": "Bearer x"}).status == 200


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com:80", "", "[::2]:80", "localhost:80:80"])
def test_a_name_that_is_not_this_machines_is_refused(served: Served, host: str) -> None:
    assert served.call("GET", "/conformance/stream", headers={"Host": host}).status == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "localhost"])
def test_names_of_this_machine_are_served(served: Served, host: str) -> None:
    assert served.call("GET", "/conformance/report", headers={"Host": host}).status == 200


def test_a_page_in_a_browser_is_refused(served: Served) -> None:
    assert served.call("GET", "/conformance/stream", headers={"Origin": "http://localhost"}).status == 403


def test_the_config_says_which_wires_there_are(served: Served) -> None:
    config = served.post("client/config", sdk_version="0.38.0")
    assert config["conformance_wires"] == served.greeting["wires"]
    assert ("conformance_note" in config) == ("note" in served.greeting) == (descriptors() is None)


def test_a_body_that_is_announced_too_large_is_not_read(served: Served) -> None:
    headers = {**KEY, "Content-Length": str(limits.BODY + 1)}
    answer = served.call("POST", "/api/v1/create_session", raw=b"{", headers=headers)
    assert answer.status == 413


def test_a_body_without_length_is_read_up_to_the_limit(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 30) as connection:
        connection.sendall(
            b"POST /api/v1/create_session HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        sent = 0
        try:
            for _ in range(limits.BODY // 2**20 + 4):
                connection.sendall(chunk)
                sent += 1
        except ConnectionError:
            pass
        assert sent >= limits.BODY // 2**20
        assert b" 413 " in connection.recv(100)


def compressed(body: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(body)


def test_zstd_is_taken(served: Served) -> None:
    headers = {**KEY, "Content-Encoding": "zstd"}
    body = compressed(json.dumps({"sdk_version": "0.38.0"}).encode())
    assert served.call("POST", "/api/v1/client/config", raw=body, headers=headers).status == 200


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("zstd", b"not zstd", 400),
        ("zstd", b"", 400),
        ("zstd", compressed(b"{}" * 1000)[:-5], 400),
        ("zstd", compressed(b" " * (limits.BODY + 1)), 413),
        ("zstd", compressed(b" " * (3 * limits.BODY)), 413),
        ("gzip", b"{}", 415),
        ("zstd, zstd", b"{}", 415),
    ],
)
def test_what_does_not_decompress_is_refused(served: Served, encoding: str, body: bytes, status: int) -> None:
    headers = {**KEY, "Content-Encoding": encoding}
    assert served.call("POST", "/api/v1/client/config", raw=body, headers=headers).status == status


def tensor(data: list[Any], dtype: str = "int64", **more: Any) -> dict[str, Any]:
    return {"data": data, "dtype": dtype, **more}


WEIGHTS = tensor([0, 1], "float32")


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"target_tokens": tensor([1, 2])}, "needs weights"),
        ({"weights": tensor([1, 2], "float32")}, "needs target_tokens"),
        ({"target_tokens": tensor([1.5, 2])}, "fraction"),
        ({"target_tokens": tensor([2**63, 1])}, "too large"),
        ({"target_tokens": tensor([True, 1])}, "bool"),
        ({"target_tokens": tensor(["nan", 1])}, "str"),
        ({"target_tokens": tensor([None, 1])}, "null"),
        ({"target_tokens": tensor([1, 2], "int32")}, "int32"),
        ({"target_tokens": tensor([1, 2], "float32"), "weights": WEIGHTS}, "must be int64"),
        ({"target_tokens": tensor([1, 2], shape=[3])}, "does not hold"),
        ({"target_tokens": tensor([1, 2], shape=[2**40, 2**40])}, "does not hold"),
        ({"target_tokens": tensor([1, 2], shape=[-1])}, "shape"),
        ({"target_tokens": tensor([1, 2, 3]), "weights": WEIGHTS}, "for 2 tokens"),
        ({"target_tokens": tensor([1, 2]), "weights": tensor([1], "float32")}, "shape [1]"),
        ({"target_tokens": tensor([1], sparse_crow_indices=[0, 1])}, "compressed rows need"),
        (
            {"target_tokens": tensor([1], shape=[10**6, 10**6], sparse_crow_indices=[0], sparse_col_indices=[0])},
            "more than",
        ),
        (
            {"target_tokens": tensor([1], shape=[1, 2], sparse_crow_indices=[0, 1], sparse_col_indices=[2])},
            "do not fit",
        ),
        (
            {"target_tokens": tensor([1], shape=[1, 2], sparse_crow_indices=[0, 1], sparse_col_indices=[2**70])},
            "",
        ),
        ({"target_tokens": tensor([1], shape=[1, 2], sparse_crow_indices=[], sparse_col_indices=[0])}, "do not fit"),
        (
            {
                "target_tokens": tensor(
                    [1], shape=[3, 2], sparse_crow_indices=[0, 2**63 - 1, -2, 1], sparse_col_indices=[0]
                )
            },
            "do not fit",
        ),
    ],
)
def test_datums_are_looked_at_before_anything_is_done(served: Served, inputs: dict[str, Any], why: str) -> None:
    model = served.model()
    recorded = served.report()["recorded"]
    body = {
        "model_id": model,
        "seq_id": 1,
        "forward_backward_input": {
            "loss_fn": "cross_entropy",
            "data": [{"model_input": text(1, 2), "loss_fn_inputs": inputs}],
        },
    }
    answer = served.call("POST", "/api/v1/forward_backward", body)
    assert answer.status == 422, answer.body
    assert why in answer.json["detail"]
    assert served.report()["recorded"] == recorded


def test_a_few_bytes_do_not_grow_without_end(served: Served) -> None:
    """Each datum would do; all of them together would not."""
    model = served.model()
    row = {"shape": [1, 1_000_000], "sparse_crow_indices": [0, 0], "sparse_col_indices": []}
    inputs = {"target_tokens": tensor([], **row), "weights": tensor([], "float32", **row)}
    sparse = {"model_input": text(1), "loss_fn_inputs": inputs}
    images = {"chunks": [{"type": "image", "data": "YQ==", "format": "png", "expected_tokens": 1_000_000}] * 1000}
    shown = {"model_input": images, "loss_fn_inputs": inputs}
    for data in ([sparse] * 100, [shown]):
        body = {"model_id": model, "forward_backward_input": {"loss_fn": "cross_entropy", "data": data}}
        answer = served.call("POST", "/api/v1/forward_backward", body)
        assert answer.status == 422
        assert "in one request" in answer.json["detail"]


def test_an_answer_does_not_grow_without_end(served: Served) -> None:
    recorded = served.report()["recorded"]
    asked = {"base_model": "b", "prompt": text(*range(1000)), "sampling_params": {"max_tokens": 1}}
    answer = served.call("POST", "/api/v1/asample", {**asked, "topk_prompt_logprobs": 257})
    assert answer.status == 422
    assert served.report()["recorded"] == recorded


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\nb", "x" * 300])
def test_a_checkpoints_name_is_one_part_of_a_path(served: Served, name: str) -> None:
    body = {"model_id": served.model(), "seq_id": 1, "path": name}
    assert served.call("POST", "/api/v1/save_weights", body).status == 422


@pytest.mark.parametrize("seconds", [0, 60, -1, 10**12])
def test_how_long_a_checkpoint_is_kept_has_bounds(served: Served, seconds: int) -> None:
    body = {"model_id": served.model(), "seq_id": 1, "path": "a", "ttl_seconds": seconds}
    assert served.call("POST", "/api/v1/save_weights", body).status == 422


@pytest.mark.skipif(descriptors() is not None, reason="protobuf is served here; tests/sdk asks it")
def test_protobuf_without_descriptors_is_refused_with_the_remedy(served: Served) -> None:
    headers = {**KEY, "Content-Type": "application/x-protobuf"}
    answer = served.call("POST", "/api/v1/forward_backward", raw=b"\x0a\x01m", headers=headers)
    assert answer.status == 415
    assert "install tinker" in answer.json["detail"]
    model = served.model()
    datum = supervised([1], [2], [1.0])
    passed = {"data": [datum], "loss_fn": "cross_entropy"}
    submitted = served.post("forward_backward", model_id=model, seq_id=1, forward_backward_input=passed)
    headers = {**KEY, "Accept": "application/x-protobuf"}
    answer = served.call("POST", "/api/v1/retrieve_future", {"request_id": submitted["request_id"]}, headers=headers)
    assert answer.status == 406
    assert "install tinker" in answer.json["detail"]
