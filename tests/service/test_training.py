"""A loop's conversation with the service, on the wire of SDK 0.15: JSON both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.service import model as formula
from conformance.traces import stream

from .running import KEY, Served, adam, supervised, text

BASE = "Qwen/Qwen3-8B"


def passed(service: Served, model: str, seq_id: int | None, *datums: Any, endpoint: str = "forward_backward") -> Any:
    key = f"{endpoint}_input"
    body = {"model_id": model, "seq_id": seq_id, key: {"data": list(datums), "loss_fn": "cross_entropy"}}
    return service.post(endpoint, **body)


DATUM = supervised([5, 6, 7], [6, 7, 8], [0.0, 0.5, 0.25])


def test_a_short_training_is_answered_and_recorded(own: Served) -> None:
    session = own.session()
    model = own.model(session)
    assert model == f"{session}:train:0"
    before = own.result(passed(own, model, 1, DATUM))
    expected = [formula.logprob(one, other, place, 0) for one, other, place in ((5, 6, 1), (6, 7, 2), (7, 8, 3))]
    assert before["loss_fn_outputs"] == [{"logprobs": {"data": expected, "dtype": "float32", "shape": [3]}}]
    assert before["metrics"] == {"loss:sum": -(0.5 * expected[1] + 0.25 * expected[2])}
    step = own.post("optim_step", model_id=model, seq_id=2, adam_params=adam())
    saved = own.post("save_weights", model_id=model, seq_id=3, path="000001", ttl_seconds=604800)
    for_sampler = own.post("save_weights_for_sampler", model_id=model, seq_id=4, path="000001")
    ephemeral = own.post("save_weights_for_sampler", model_id=model, seq_id=5, sampling_session_seq_id=0)
    only = own.result(passed(own, model, 6, DATUM, endpoint="forward"))
    assert own.result(step)["metrics"] == {"optimizer_steps": 1.0}
    assert only["loss_fn_outputs"][0]["logprobs"]["data"][0] == formula.logprob(5, 6, 1, 1)
    path = own.result(saved)["path"]
    assert path == f"tinker://{model}/weights/000001"
    sampler_path = own.result(for_sampler)["path"]
    assert sampler_path == f"tinker://{model}/sampler_weights/000001"
    sampler = own.result(ephemeral)["sampling_session_id"]
    sampled = own.post(
        "asample",
        sampling_session_id=sampler,
        seq_id=0,
        prompt=text(5, 6, 7),
        num_samples=2,
        sampling_params={"max_tokens": 20, "stop": [99_999]},
        prompt_logprobs=False,
    )
    assert len(sampled["sample_sequence_ids"]) == 2
    drawn = [formula.draw([5, 6, 7], ordinal=k, version=1, max_tokens=20, stop=[99_999]) for k in (0, 1)]
    assert [(one["tokens"], one["logprobs"], one["stop_reason"]) for one in own.result(sampled)["sequences"]] == [
        (list(one.tokens), list(one.logprobs), one.stop_reason) for one in drawn
    ]
    loaded = own.post("load_weights", session_id=session, model_seq_id=1, path=path, optimizer=True)
    own.result(loaded)
    again = passed(own, f"{session}:train:1", 1, DATUM)
    assert own.result(again)["loss_fn_outputs"] == only["loss_fn_outputs"]
    assert own.call("DELETE", f"/api/v1/training_runs/{model}/checkpoints/weights/000001").status == 204
    datum = stream.Datum(
        tokens=(5, 6, 7),
        inputs={
            "target_tokens": stream.Tensor(dtype="int64", shape=(3,), data=(6, 7, 8)),
            "weights": stream.Tensor(dtype="float32", shape=(3,), data=(0.0, 0.5, 0.25)),
        },
    )
    assert own.stream() == (
        stream.CreateSession(),
        stream.CreateModel(model="m0", base_model=BASE, lora=stream.Lora(rank=8)),
        stream.ForwardBackward(model="m0", loss_fn="cross_entropy", datums=(datum,)),
        stream.OptimStep(model="m0", adam=stream.Adam(learning_rate=1e-3, eps=1e-8)),
        stream.SaveWeights(model="m0", name="000001", ttl_seconds=604800),
        stream.SaveWeightsForSampler(model="m0", version=1, name="000001"),
        stream.SaveWeightsForSampler(model="m0", version=1),
        stream.Sample(
            sampler=stream.Sampler(model="m0", version=1),
            prompt=(5, 6, 7),
            num_samples=2,
            params=stream.SamplingParams(max_tokens=20, stop=(99_999,)),
        ),
        stream.ForwardBackward(model="m0", loss_fn="cross_entropy", datums=(datum,), forward_only=True),
        stream.LoadWeights(model="m1", path="tinker://m0/weights/000001", optimizer=True),
        stream.ForwardBackward(model="m1", loss_fn="cross_entropy", datums=(datum,)),
        stream.DeleteCheckpoint(path="tinker://m0/weights/000001"),
    )


def test_operations_are_done_by_seq_id(served: Served) -> None:
    model = served.model()
    late = served.post("optim_step", model_id=model, seq_id=2, adam_params=adam())
    early = served.post("optim_step", model_id=model, seq_id=1, adam_params=adam())
    assert served.result(late)["metrics"] == {"optimizer_steps": 2.0}
    assert served.result(early)["metrics"] == {"optimizer_steps": 1.0}


def test_a_seq_id_that_never_comes_is_reported(own: Served) -> None:
    model = own.model()
    step = own.post("optim_step", model_id=model, seq_id=3, adam_params=adam())
    assert own.result(step)["metrics"] == {"optimizer_steps": 1.0}
    assert own.report()["gaps"] == [{"model": "m0", "first_seq_id": 1, "last_seq_id": 2}]


def test_sparse_and_dense_are_recorded_alike(own: Served) -> None:
    model = own.model()
    dense = supervised([5, 6], [6, 7], [0.0, 1.0])
    dense["loss_fn_inputs"] = {
        "target_tokens": {"data": [1, 0, 0, 2, 0, 0], "dtype": "int64", "shape": [2, 3]},
        "weights": {"data": [0, 0.5, 0, 0, 0, 0], "dtype": "float32", "shape": [2, 3]},
    }
    sparse = dict(dense)
    sparse["loss_fn_inputs"] = {
        "target_tokens": {
            "data": [1, 2], "dtype": "int64", "shape": [2, 3],
            "sparse_crow_indices": [0, 1, 2], "sparse_col_indices": [0, 0],
        },
        "weights": {
            "data": [0.5], "dtype": "float32", "shape": [2, 3],
            "sparse_crow_indices": [0, 1, 1], "sparse_col_indices": [1],
        },
    }  # fmt: skip
    one, other = own.result(passed(own, model, 1, dense)), own.result(passed(own, model, 2, sparse))
    assert one == other
    assert one["loss_fn_outputs"][0]["logprobs"]["shape"] == [2, 3]
    first, second = own.stream()[2:]
    assert first == second


def test_chunks_are_joined_and_images_are_hashed(own: Served) -> None:
    model = own.model()
    datum = supervised([], [6, 7, 8, 9], [1.0] * 4)
    datum["model_input"] = {
        "chunks": [
            {"tokens": [5]},
            {"type": "image", "data": "YWI=", "format": "png", "expected_tokens": 2},
            {"type": "encoded_text", "tokens": [6]},
        ]
    }
    result = own.result(passed(own, model, None, datum))
    found = result["loss_fn_outputs"][0]["logprobs"]["data"]
    assert found == formula.target_logprobs([5, 0, 0, 6], np.array([6, 7, 8, 9]), 0).tolist()
    digest = "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"
    (recorded,) = own.stream()[2:]
    assert isinstance(recorded, stream.ForwardBackward)
    assert recorded.datums[0].tokens == (5, stream.Image(image=digest), 6)


def test_the_old_way_to_load_is_recorded_as_the_new_one(own: Served) -> None:
    session = own.session()
    first, second = own.model(session), own.model(session, number=1)
    saved = own.result(own.post("save_weights", model_id=first, seq_id=1, path="a"))["path"]
    own.result(own.post("load_weights", model_id=second, seq_id=1, path=saved, optimizer=False))
    assert own.stream()[1:] == (
        stream.CreateModel(model="m0", base_model=BASE, lora=stream.Lora(rank=8)),
        stream.SaveWeights(model="m0", name="a"),
        stream.LoadWeights(model="m1", path="tinker://m0/weights/a", optimizer=False),
    )


def test_a_checkpoint_that_is_not_there_fails_as_the_users_error(served: Served) -> None:
    session = served.session()
    path = "tinker://session-1:train:9/weights/none"
    submitted = served.post("load_weights", session_id=session, model_seq_id=0, path=path, optimizer=True)
    assert served.result(submitted) == {"error": "no such checkpoint", "category": "user"}
    model = served.model(session, number=1)
    submitted = served.post("load_weights", model_id=model, seq_id=1, path=path, optimizer=True)
    assert served.result(submitted) == {"error": "no such checkpoint", "category": "user"}


def test_a_finished_session_is_gone(served: Served) -> None:
    session = served.session()
    model = served.model(session)
    assert served.post("session_heartbeat", session_id=session)["type"] == "session_heartbeat"
    served.post(f"sessions/{session}/finish", reason={"type": "success"})
    assert served.call("POST", "/api/v1/session_heartbeat", {"session_id": session}).status == 410
    step = {"model_id": model, "seq_id": 1, "adam_params": adam()}
    assert served.call("POST", "/api/v1/optim_step", step).status == 410


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"max_tokens": 4, "stop": ["a", 1]}, "not both"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 100_000, "stop": []}, ""),
        ({"top_p": 2}, "top_p"),
        ({"temperature": -0.5}, "temperature"),
        ({"stop": [-1]}, "out of range"),
    ],
)
def test_sampling_parameters_are_looked_at(served: Served, body: dict[str, Any], why: str) -> None:
    asked = {"base_model": BASE, "prompt": text(1), "num_samples": 2, "sampling_params": body}
    answer = served.call("POST", "/api/v1/asample", asked)
    assert answer.status == 422
    assert why in answer.json["detail"]


def test_prompts_get_their_logprobs(served: Served) -> None:
    asked = {"base_model": BASE, "prompt": text(5, 6, 7), "sampling_params": {"max_tokens": 1}}
    more = {"prompt_logprobs": True, "topk_prompt_logprobs": 2}
    result = served.result(served.post("asample", **asked, **more))
    assert result["prompt_logprobs"] == formula.prompt_logprobs([5, 6, 7], 0)
    assert result["topk_prompt_logprobs"] == [
        None,
        *([list(cell) for cell in formula.top_logprobs(token, place, 0, 2)] for token, place in ((5, 1), (6, 2))),
    ]
    last = served.result(served.post("asample", **asked, **more, prompt_logprobs_last_n=1))
    assert last["prompt_logprobs"] == [None, None, formula.logprob(6, 7, 2, 0)]


def test_samples_count_up_and_prompt_logprobs_do_not(served: Served) -> None:
    asked = {"base_model": "counted", "prompt": text(5, 6, 7), "sampling_params": {"max_tokens": 20}}
    counted = [served.result(served.post("asample", **asked))["sequences"][0]["tokens"]]
    served.post("asample", **asked, prompt_logprobs=True)
    counted.append(served.result(served.post("asample", **asked))["sequences"][0]["tokens"])
    assert counted == [
        list(formula.draw([5, 6, 7], ordinal=k, version=0, max_tokens=20, stop=None).tokens) for k in (0, 1)
    ]


def test_a_sample_that_is_sent_again_is_drawn_once(served: Served) -> None:
    session = served.session()
    sampler = served.post("create_sampling_session", session_id=session, sampling_session_seq_id=0, base_model="again")[
        "sampling_session_id"
    ]
    asked = {"sampling_session_id": sampler, "seq_id": 0, "prompt": text(1), "sampling_params": {}}
    assert served.post("asample", **asked) == served.post("asample", **asked)
    other = {**asked, "prompt": text(2)}
    assert served.call("POST", "/api/v1/asample", other).status == 400
    finished = served.post("retrieve_futures", target={"sampling_session_id": sampler}, prev_cursor=0)
    assert [one["state"] for one in finished["completions"]] == ["finished"]
    assert finished["cursor"] == 1
    none = served.post("retrieve_futures", target={"sampling_session_id": sampler}, prev_cursor=1, timeout=0)
    assert none == {"completions": [], "cursor": 1}


def test_what_is_asked_about_models_and_checkpoints(own: Served) -> None:
    session = own.session()
    model = own.model(session)
    path = own.result(own.post("save_weights", model_id=model, seq_id=1, path="a", ttl_seconds=3600))["path"]
    info = own.post("get_info", model_id=model)
    assert (info["model_data"]["tokenizer_id"], info["lora_rank"]) == (BASE, 8)
    assert own.post("weights_info", tinker_path=path)["base_model"] == BASE
    run = own.call("GET", f"/api/v1/training_runs/{model}").json
    assert run["last_checkpoint"]["tinker_path"] == path
    listed = own.call("GET", f"/api/v1/training_runs/{model}/checkpoints").json["checkpoints"]
    assert [one["checkpoint_id"] for one in listed] == ["weights/a"]
    page = own.call("GET", "/api/v1/checkpoints?limit=1&offset=1").json
    assert (page["checkpoints"], page["cursor"]["total_count"]) == ([], 1)
    assert own.call("GET", f"/api/v1/sessions/{session}").json["training_run_ids"] == [model]
    assert own.call("GET", "/api/v1/sessions").json["sessions"] == [session]
    ttl = f"/api/v1/training_runs/{model}/checkpoints/weights/a/ttl"
    assert own.call("PUT", ttl, {"ttl_seconds": None}).status == 204
    assert own.call("GET", "/api/v1/checkpoints").json["checkpoints"][0]["expires_at"] is None
    assert own.call("GET", "/api/v1/get_server_capabilities", headers=KEY).json["supported_models"]
