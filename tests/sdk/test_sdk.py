"""What the SDK of this environment is answered, and what is recorded of it: the same on both wires."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tinker
from tinker import types

from conformance.service import model as formula
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.service.running import Served

    Start = Callable[..., tuple[Served, tinker.ServiceClient]]

BASE = "Qwen/Qwen3-8B"
VERSION = tuple(int(part) for part in importlib.metadata.version("tinker").split(".")[:2])
PROTOBUF = VERSION >= (0, 25)

pytestmark = pytest.mark.filterwarnings("ignore")  # The SDK's own, of what it will no longer do.


def datum(tokens: list[int], weights: list[float]) -> types.Datum:
    return types.Datum(
        model_input=types.ModelInput.from_ints(tokens[:-1]),
        loss_fn_inputs={
            "target_tokens": types.TensorData.from_numpy(np.array(tokens[1:], dtype=np.int64)),
            "weights": types.TensorData.from_numpy(np.array(weights, dtype=np.float32)),
        },
    )


DATUM = datum([5, 6, 7, 8], [0.0, 0.5, 0.25])
RECORDED = stream.Datum(
    tokens=(5, 6, 7),
    inputs={
        "target_tokens": stream.Tensor(dtype="int64", shape=(3,), data=(6, 7, 8)),
        "weights": stream.Tensor(dtype="float32", shape=(3,), data=(0.0, 0.5, 0.25)),
    },
)


def logprobs(tokens: list[int], version: int) -> list[float]:
    return [item for item in formula.prompt_logprobs(tokens, version) if item is not None]


def test_the_environment_is_one_of_the_two_wires(start: Start) -> None:
    service, _ = start()
    assert service.greeting["wires"] == (["json", "protobuf"] if PROTOBUF else ["json"])


@pytest.mark.parametrize("script", ["", "[config]\nproto_compress_fwdbwd = true\nsample_use_retrieve_futures = true\n"])
def test_a_training_run(start: Start, script: str) -> None:
    service, client = start(script)
    training = client.create_lora_training_client(BASE, rank=8)
    passed = training.forward_backward([DATUM, DATUM], "cross_entropy")
    stepped = training.optim_step(types.AdamParams(learning_rate=1e-3, beta1=0.9, beta2=0.95, eps=1e-8))
    output = passed.result()
    assert [item["logprobs"].tolist() for item in output.loss_fn_outputs] == [logprobs([5, 6, 7, 8], 0)] * 2
    expected = logprobs([5, 6, 7, 8], 0)
    assert output.metrics == {"loss:sum": -2 * (0.5 * expected[1] + 0.25 * expected[2])}
    assert stepped.result().metrics == {"optimizer_steps": 1.0}
    only = training.forward([DATUM], "cross_entropy").result()
    assert only.loss_fn_outputs[0]["logprobs"].tolist() == logprobs([5, 6, 7, 8], 1)
    state = training.save_state("000001").result().path
    assert state.endswith("/weights/000001")
    path = training.save_weights_for_sampler("000001").result().path
    sampler = training.save_weights_and_get_sampling_client()
    drawn = sampler.sample(
        types.ModelInput.from_ints([5, 6, 7]),
        num_samples=2,
        sampling_params=types.SamplingParams(max_tokens=20, stop=[99_999]),
    ).result()
    assert [(list(one.tokens), list(one.logprobs or ()), one.stop_reason) for one in drawn.sequences] == [
        (list(one.tokens), list(one.logprobs), one.stop_reason)
        for one in (formula.draw([5, 6, 7], ordinal=k, version=1, max_tokens=20, stop=[99_999]) for k in range(2))
    ]
    assert sampler.compute_logprobs(types.ModelInput.from_ints([5, 6, 7])).result() == [None, *logprobs([5, 6, 7], 1)]
    by_path = client.create_sampling_client(model_path=path)
    top = by_path.sample(
        types.ModelInput.from_ints([5, 6]),
        num_samples=1,
        sampling_params=types.SamplingParams(max_tokens=1),
        include_prompt_logprobs=True,
        topk_prompt_logprobs=3,
    ).result()
    assert top.topk_prompt_logprobs == [None, formula.top_logprobs(5, 1, 1, 3)]
    loaded = client.create_training_client_from_state_with_optimizer(state)
    again = loaded.forward([DATUM], "cross_entropy").result()
    assert again.loss_fn_outputs[0]["logprobs"].tolist() == logprobs([5, 6, 7, 8], 1)
    client.create_rest_client().delete_checkpoint_from_tinker_path(state).result()
    params = stream.SamplingParams(max_tokens=20, stop=(99_999,))
    one = stream.SamplingParams(max_tokens=1)
    session = stream.Sampler(model="m0", version=1)
    forward = {"loss_fn": "cross_entropy", "datums": (RECORDED,), "forward_only": True}
    assert service.stream() == (
        stream.CreateSession(),
        stream.CreateModel(model="m0", base_model=BASE, lora=stream.Lora(rank=8)),
        stream.ForwardBackward(model="m0", loss_fn="cross_entropy", datums=(RECORDED, RECORDED)),
        stream.OptimStep(model="m0", adam=stream.Adam(learning_rate=1e-3, eps=1e-8)),
        stream.ForwardBackward(model="m0", **forward),
        stream.SaveWeights(model="m0", name="000001"),
        stream.SaveWeightsForSampler(model="m0", version=1, name="000001"),
        stream.Sample(
            sampler=stream.Sampler(path="tinker://m0/sampler_weights/000001"),
            prompt=(5, 6),
            params=one,
            prompt_logprobs=True,
        ),
        stream.SaveWeightsForSampler(model="m0", version=1),
        stream.Sample(sampler=session, prompt=(5, 6, 7), num_samples=2, params=params),
        stream.Sample(sampler=session, prompt=(5, 6, 7), params=one, prompt_logprobs=True),
        stream.LoadWeights(model="m1", path="tinker://m0/weights/000001", optimizer=True),
        stream.ForwardBackward(model="m1", **forward),
        stream.DeleteCheckpoint(path="tinker://m0/weights/000001"),
    )
    assert service.report()["refused"] == {}
    assert service.report()["gaps"] == []


def test_chunks_of_a_batch_take_their_turns(start: Start) -> None:
    """More datums than one request takes: the SDK sends several, not in the order of their seq_ids."""
    service, client = start("[config]\nfwdbwd_max_chunk_len = 2\n")
    training = client.create_lora_training_client(BASE, rank=8)
    number = 5 if PROTOBUF else 1025 * 2
    data = [datum([5, 6, place % 100], [0.0, 1.0]) for place in range(number)]
    passed = training.forward_backward(data, "cross_entropy")
    training.optim_step(types.AdamParams(learning_rate=1e-3)).result()
    outputs = passed.result().loss_fn_outputs
    assert [item["logprobs"].tolist()[1] for item in outputs] == [
        formula.logprob(6, place % 100, 2, 0) for place in range(number)
    ]
    operations = service.stream()
    assert isinstance(operations[-1], stream.OptimStep)
    sizes = [len(one.datums) for one in operations if isinstance(one, stream.ForwardBackward)]
    assert sizes == ([2, 2, 1] if PROTOBUF else [1024, 1024, 2])


@pytest.mark.parametrize(
    "fault",
    [
        'on = "forward_backward"\ndo = "status"\nstatus = 500',
        'on = "forward_backward"\ndo = "status"\nstatus = 429\nretry_after = 0.1',
        'on = "forward_backward"\ndo = "status"\nstatus = 408',
        'on = "forward_backward"\ndo = "drop"',
        'on = "forward_backward"\ndo = "drop_reply"',
        'on = "optim_step"\ndo = "drop_reply"',
        'on = "result:forward_backward"\ndo = "try_again"\ntimes = 3',
        'on = "result:forward_backward"\ndo = "metadata_only"',
        'on = "result:optim_step"\ndo = "status"\nstatus = 503\ntimes = 3',
        'on = "retrieve_future"\ndo = "drop"\nnth = 2',
        'on = "forward_backward"\ndo = "withhold"\nuntil = "optim_step"\nseconds = 60',
    ],
)
def test_the_sdk_gets_over_what_goes_wrong(start: Start, fault: str) -> None:
    service, client = start(f"[[fault]]\n{fault}\n")
    training = client.create_lora_training_client(BASE, rank=8)
    passed = training.forward_backward([DATUM], "cross_entropy")
    stepped = training.optim_step(types.AdamParams(learning_rate=1e-3))
    assert passed.result().loss_fn_outputs[0]["logprobs"].tolist() == logprobs([5, 6, 7, 8], 0)
    assert stepped.result().metrics == {"optimizer_steps": 1.0}
    assert [type(one) for one in service.stream()[2:]] == [stream.ForwardBackward, stream.OptimStep]
    assert service.report()["faults"] > 0


def test_what_the_sdk_is_refused_it_tells_its_user(start: Start) -> None:
    _, client = start()
    training = client.create_lora_training_client(BASE, rank=8)
    wrong = datum([5, 6, 7, 8], [0.0, 0.5, 0.25])
    wrong.loss_fn_inputs["target_tokens"] = types.TensorData.from_numpy(np.array([1], dtype=np.int64))
    with pytest.raises(tinker.UnprocessableEntityError, match="for 3 tokens of input"):
        training.forward_backward([wrong], "cross_entropy").result()
    with pytest.raises(Exception, match="no such checkpoint"):
        client.create_training_client_from_state("tinker://session-1:train:0/weights/none").get_info()


def test_numbers_that_are_not_finite_arrive_or_are_never_sent(start: Start) -> None:
    service, client = start()
    training = client.create_lora_training_client(BASE, rank=8)
    data = [datum([5, 6, 7], [float("nan"), float("-inf")])]
    if not PROTOBUF:
        with pytest.raises(ValueError, match="not JSON compliant"):
            training.forward_backward(data, "cross_entropy").result()
        return
    training.forward_backward(data, "cross_entropy").result()
    recorded: Any = service.stream()[-1]
    assert recorded.datums[0].inputs["weights"].data == ("NaN", "-Infinity")
