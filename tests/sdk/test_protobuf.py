"""Bodies of the protobuf wire that no SDK would send."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zstandard

from conformance.service import protobuf_wire
from tests.service.running import KEY, Answer, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADERS = {**KEY, "Content-Type": protobuf_wire.MEDIA_TYPE}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as service:
        yield service


def message(model: str, seq_id: int = 1) -> Any:
    pb: Any = protobuf_wire.descriptors()
    made = pb.ForwardBackwardRequest(model_id=model, seq_id=seq_id, loss_fn="cross_entropy")
    datum = made.data.add()
    datum.model_input.add().encoded_text.tokens = np.array([5, 6], dtype="<i4").tobytes()
    targets = datum.loss_fn_inputs["target_tokens"]
    targets.dtype, targets.dense = pb.DTYPE_INT64, np.array([6, 7], dtype="<i8").tobytes()
    targets.shape.append(2)
    weights = datum.loss_fn_inputs["weights"]
    weights.dtype, weights.dense = pb.DTYPE_FLOAT32, np.array([0.5, 1], dtype="<f4").tobytes()
    weights.shape.append(2)
    return made


def sent(served: Served, body: bytes, **headers: str) -> Answer:
    return served.call("POST", "/api/v1/forward_backward", raw=body, headers={**HEADERS, **headers})


def weights(change: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda made: change(made.data[0].loss_fn_inputs["weights"])


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        (lambda made: made.ClearField("model_id"), 422, "model_id"),
        (lambda made: made.ClearField("seq_id"), 422, "seq_id"),
        (lambda made: setattr(made, "seq_id", -1), 422, "seq_id"),
        (lambda made: setattr(made, "model_id", "nobody"), 404, "model_id"),
        (lambda made: setattr(made, "loss_fn", "nope"), 422, "loss_fn 'nope' is none of"),
        (lambda made: made.ClearField("data"), 422, "data"),
        (lambda made: made.data[0].model_input.add(), 422, "a chunk is empty"),
        (lambda made: setattr(made.data[0].model_input[0].encoded_text, "tokens", b"abc"), 422, "multiple of 4"),
        (lambda made: setattr(made.data[0].model_input.add().image, "expected_tokens", 2**30), 422, "expected_tokens"),
        (weights(lambda tensor: setattr(tensor, "dense", b"abc")), 422, "multiple of 4"),
        (weights(lambda tensor: setattr(tensor, "dtype", 4)), 422, "neither float32 nor int64"),
        (weights(lambda tensor: setattr(tensor, "dtype", 99)), 422, "neither float32 nor int64"),
        (weights(lambda tensor: tensor.shape.append(3)), 422, "does not hold"),
        (weights(lambda tensor: tensor.shape.extend([-1, -1])), 422, "does not hold"),
        (weights(lambda tensor: setattr(tensor.sparse_csr, "values", b"")), 422, "two dimensions"),
        (lambda made: made.data[0].loss_fn_inputs.pop("weights"), 422, "needs weights"),
    ],
)
def test_what_is_wrong_with_a_message_is_told(served: Served, change: Any, status: int, why: str) -> None:
    made = message(served.model())
    change(made)
    answer = sent(served, made.SerializeToString())
    assert (answer.status, list(answer.json)) == (status, ["detail"])
    assert why in answer.json["detail"]


def test_a_small_message_of_a_huge_matrix_is_refused(served: Served) -> None:
    made = message(served.model())
    tensor = made.data[0].loss_fn_inputs["weights"]
    tensor.sparse_csr.crow_indices = np.array([0], dtype="<i8").tobytes()
    del tensor.shape[:]
    tensor.shape.extend([2**40, 2**40])
    answer = sent(served, made.SerializeToString())
    assert answer.status == 422
    assert "more than" in answer.json["detail"]


def test_no_message_and_no_zstd_are_told_apart(served: Served) -> None:
    body = message(served.model()).SerializeToString()
    assert sent(served, body + b"\xff").json["detail"] == "the body is not a ForwardBackwardRequest"
    assert "not zstd" in sent(served, body, **{"Content-Encoding": "zstd"}).json["detail"]
    packed = zstandard.ZstdCompressor().compress(body)
    assert sent(served, packed, **{"Content-Encoding": "zstd"}).status == 200


def test_five_hundred_spoilt_messages(served: Served) -> None:
    chance = random.Random(1)
    model = served.model()
    found: Counter[int] = Counter()
    for number in range(500):
        body = bytearray(message(model, number + 1).SerializeToString())
        for _ in range(chance.randrange(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        del body[chance.choice([len(body), chance.randrange(len(body))]) :]
        with contextlib.suppress(ConnectionError):
            found[sent(served, bytes(body)).status] += 1
    assert not [status for status in found if status >= 500]
    assert found.total() == 500
    assert served.call("GET", "/api/v1/healthz").status == 200
