"""cookbook/tinker_client.py, with a stand-in for the SDK that keeps what it is given.

That the real SDK takes it so is proven by `conformance trace`, where the loops reach the service through it.
"""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cookbook import tinker_client
from cookbook.client import AdamParams, SamplingParams
from cookbook.datum import Datum, EncodedTextChunk, ImageAssetPointerChunk, ImageChunk, ModelInput
from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.sparse import SparseTensorData
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Iterator


class Value(SimpleNamespace):
    """Any of the SDK's values: what it was made with."""


class TinkerError(Exception):
    pass


def answered(value: Any) -> Any:
    async def answer() -> Any:
        return value

    return answer()


class Client:
    """Any of the SDK's clients: keeps its calls, and answers from a table."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **given: Any) -> Any:
            self.calls.append((name, args, given))
            return answered(self.answers.get(name))

        return call


@pytest.fixture(autouse=True)
def fake_sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    kinds = ("AdamParams", "SamplingParams", "Datum", "TensorData", "ModelInput", "EncodedTextChunk", "ServiceClient")
    more = SimpleNamespace(ImageChunk=Value, ImageAssetPointerChunk=Value)
    fake: Any = SimpleNamespace(types=more, TinkerError=TinkerError, **dict.fromkeys(kinds, Value))
    monkeypatch.setitem(sys.modules, "tinker", fake)
    tinker_client.sdk.cache_clear()
    yield fake
    tinker_client.sdk.cache_clear()


def test_a_service_is_connected_to_as_it_is_told() -> None:
    made = tinker_client.connect("http://127.0.0.1:1", user_metadata={"recipe_name": "a"}, display_name="b").client
    assert vars(made) == {"base_url": "http://127.0.0.1:1", "user_metadata": {"recipe_name": "a"}, "display_name": "b"}


def test_a_refusal_of_the_sdk_is_one_line(fake_sdk: Any) -> None:
    def refuse(**_: Any) -> None:
        raise TinkerError("the key must begin with tml-")

    fake_sdk.ServiceClient = refuse
    with pytest.raises(ConfigurationError, match="cannot connect: the key must begin with tml-"):
        tinker_client.connect()


def test_an_sdk_that_is_not_there_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tinker", None)
    tinker_client.sdk.cache_clear()
    with pytest.raises(ConfigurationError, match=r'pip install "cookbook-conformance\[tinker\]"'):
        tinker_client.connect()


def test_a_datum_keeps_its_chunks_and_shares_its_memory() -> None:
    weights = np.array([0.5, 0.25], dtype=np.float32)
    chunks = (
        EncodedTextChunk((1, 2)),
        ImageChunk(b"a", "png", 3),
        ImageAssetPointerChunk("s3://a", "jpeg"),
    )
    sent = tinker_client.sdk_datum(Datum(ModelInput(chunks), {"weights": TensorData.from_numpy(weights)}))
    assert [vars(chunk) for chunk in sent.model_input.chunks] == [
        {"tokens": (1, 2)},
        {"data": b"a", "format": "png", "expected_tokens": 3},
        {"location": "s3://a", "format": "jpeg", "expected_tokens": None},
    ]
    tensor = sent.loss_fn_inputs["weights"]
    assert np.shares_memory(tensor.data, weights)
    assert (tensor.dtype, tensor.shape) == ("float32", [2])


def test_compressed_rows_are_sent_as_such() -> None:
    sent = tinker_client.sdk_tensor(SparseTensorData(np.array([2], dtype=np.int64), "int64", (2, 3), (0, 0, 1), (1,)))
    assert (sent.shape, sent.sparse_crow_indices, sent.sparse_col_indices) == ([2, 3], [0, 0, 1], [1])


def test_a_dtype_that_the_service_lacks_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not of float16: convert it first"):
        tinker_client.sdk_tensor(TensorData.from_numpy(np.zeros(1, dtype=np.float16)))


def test_training_hands_on_every_value() -> None:
    logprobs = SimpleNamespace(to_numpy=lambda: np.array([-1.0], dtype=np.float32))
    output = SimpleNamespace(loss_fn_outputs=[{"logprobs": logprobs}], metrics={"loss:sum": 1.0})
    client = Client(
        forward_backward=output,
        forward=output,
        optim_step=SimpleNamespace(metrics={"a": 1.0}),
        save_state=SimpleNamespace(path="tinker://a/weights/b"),
        save_weights_for_sampler=SimpleNamespace(path="tinker://a/sampler_weights/b"),
        save_weights_and_get_sampling_client="sampler",
        create_sampling_client="other",
    )
    training = tinker_client.TinkerTrainingClient(client)

    async def run() -> list[Any]:
        passed = await (await training.forward_backward_async([], "ppo", {"a": 1.0})).result_async()
        forward = await (await training.forward_async([], "cross_entropy")).result_async()
        stepped = await (await training.optim_step_async(AdamParams(learning_rate=1e-3, eps=1e-8))).result_async()
        state = await (await training.save_state_async("b", 7200)).result_async()
        weights = await (await training.save_weights_for_sampler_async("b")).result_async()
        one = await training.save_weights_and_get_sampling_client_async()
        other = await training.create_sampling_client_async("tinker://a/sampler_weights/b")
        return [passed, forward, stepped, state, weights, one, other]

    passed, forward, stepped, state, weights, one, other = asyncio.run(run())
    assert passed.loss_fn_outputs[0]["logprobs"].data.tolist() == [-1.0]
    assert (passed.metrics, forward.metrics, stepped.metrics) == ({"loss:sum": 1.0}, {"loss:sum": 1.0}, {"a": 1.0})
    assert (state.path, weights.path) == ("tinker://a/weights/b", "tinker://a/sampler_weights/b")
    assert (one.client, other.client) == ("sampler", "other")
    calls = {name: (args, given) for name, args, given in client.calls}
    assert calls["forward_backward"] == (([], "ppo", {"a": 1.0}), {})
    assert calls["save_state"] == (("b",), {"ttl_seconds": 7200})
    assert calls["save_weights_for_sampler"] == (("b",), {"ttl_seconds": None})
    assert vars(calls["optim_step"][0][0]) == {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.95,
        "eps": 1e-8,
        "weight_decay": 0.0,
        "grad_clip_norm": 0.0,
    }


def test_a_service_hands_on_where_weights_come_from() -> None:
    client = Client(create_lora_training_client="made", create_sampling_client="sampler")
    service = tinker_client.TinkerServiceClient(client)

    async def run() -> None:
        assert (await service.create_lora_training_client_async("base", 8, user_metadata={"a": "b"})).client == "made"
        await service.create_training_client_from_state_async("path")
        await service.create_training_client_from_state_with_optimizer_async("path")
        assert (await service.create_sampling_client_async(base_model="base")).client == "sampler"

    asyncio.run(run())
    assert client.calls == [
        ("create_lora_training_client", ("base",), {"rank": 8, "user_metadata": {"a": "b"}}),
        ("create_training_client_from_state", ("path",), {"user_metadata": {}}),
        ("create_training_client_from_state_with_optimizer", ("path",), {"user_metadata": {}}),
        ("create_sampling_client", (), {"model_path": None, "base_model": "base"}),
    ]


def test_sampling_sends_what_is_set_alone() -> None:
    sequence = SimpleNamespace(tokens=[5], logprobs=[-0.5], stop_reason="length")
    client = Client(sample=SimpleNamespace(sequences=[sequence]), compute_logprobs=[None, -1.0])
    sampling = tinker_client.TinkerSamplingClient(client)
    prompt = ModelInput.from_ints([1])
    response = asyncio.run(sampling.sample_async(prompt, 1, SamplingParams(max_tokens=4, stop=[])))
    assert response.sequences[0].tokens == [5]
    assert response.sequences[0].stop_reason == "length"
    assert vars(client.calls[0][1][2]) == {"temperature": 1.0, "top_k": -1, "top_p": 1.0, "max_tokens": 4, "stop": []}
    assert asyncio.run(sampling.compute_logprobs_async(prompt)) == [None, -1.0]


def test_what_was_saved_is_looked_up_and_dropped() -> None:
    client = Client(get_training_run_by_tinker_path=SimpleNamespace(user_metadata={"renderer_name": "qwen3"}))
    rest = tinker_client.TinkerRestClient(client)
    run = asyncio.run(rest.get_training_run_by_tinker_path_async("tinker://a"))
    assert run.user_metadata == {"renderer_name": "qwen3"}
    asyncio.run(rest.delete_checkpoint_from_tinker_path_async("tinker://a"))
    assert client.calls[-1] == ("delete_checkpoint_from_tinker_path", ("tinker://a",), {})
