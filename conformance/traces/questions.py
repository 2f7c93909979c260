"""The scenarios as people write them: configs and data. What is expected of them comes from upstream's loops."""

from __future__ import annotations

from typing import Any

import msgspec

from conformance.traces.scenario import Scenario, rules_for

MODEL = "Qwen/Qwen3-8B"
BASE = {"base_model": MODEL, "tokenizer": "bytes-qwen3", "renderer": "qwen3"}
EARLIER = "tinker://earlier/weights/000002"
EARLIER_SAMPLER = "tinker://earlier/sampler_weights/000002"
HELD = [{"path": EARLIER, "version": 3}, {"path": EARLIER_SAMPLER, "version": 3}]


def _talk(*turns: str) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[place % 2], "content": text} for place, text in enumerate(turns)]}


ROWS = [
    _talk("Hi", "Hello"),
    _talk("2+2?", "4"),
    _talk("Name a colour", "Blue"),
    _talk("Say no", "No", "Again", "No!"),
    _talk("Où?", "Là-bas"),
    _talk("One word", "Yes"),
    _talk("Held out", "Kept"),
]
IN_ORDER = [[0, 1], [2, 3], [4, 5]]
SHUFFLED = [[5, 2], [0, 4], [3, 1]]

SINGLES = [[place % 6] for place in range(10)]
COUPLES = [[place % 4 * 2, place % 4 * 2 + 1] for place in range(10)]

PAIRS = [
    _talk("Hi", "Hello there"),
    _talk("Hi", "What"),
    _talk("2+2?", "4"),
    _talk("2+2?", "Five"),
    _talk("Sea?", "Blue"),
    _talk("Sea?", "Dry"),
    _talk("Up?", "Yes"),
    _talk("Up?", "No way"),
]


def _group(text: str, size: int = 4) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "group_size": size}


GROUPS = [_group("Count"), _group("Spell"), _group("Add 1"), _group("Rhyme"), _group("Test", 1)]


def _record(name: str, batch: int, epoch: int | None = None) -> dict[str, Any]:
    """A line of checkpoints.jsonl that an earlier run has left."""
    place = {"batch": batch} if epoch is None else {"batch": batch, "epoch": epoch}
    return {"name": name, **place, "state_path": EARLIER, "sampler_path": EARLIER_SAMPLER}


def _supervised(name: str, summary: str, config: dict[str, Any], **more: Any) -> Scenario:
    params = {
        **BASE,
        "config": {"learning_rate": 1e-3, "save_every": 0, "eval_every": 0, "lora_rank": 8, **config},
        "train_on_what": "last_assistant_message",
        "rows": ROWS,
        "epochs": [IN_ORDER],
        **more,
    }
    return _scenario(name, "trace.supervised", summary, params)


def _preference(name: str, summary: str, config: dict[str, Any], **more: Any) -> Scenario:
    params = {
        **BASE,
        "config": {"learning_rate": 1e-4, "save_every": 0, "eval_every": 0, "lora_rank": 8, **config},
        "rows": PAIRS,
        "epochs": [[[0, 1, 2, 3], [4, 5, 6, 7]]],
        **more,
    }
    return _scenario(name, "trace.preference", summary, params)


def _rl(name: str, summary: str, config: dict[str, Any], **more: Any) -> Scenario:
    params = {
        **BASE,
        "config": {
            "learning_rate": 1e-5,
            "max_tokens": 6,
            "save_every": 0,
            "eval_every": 0,
            "lora_rank": 8,
            **config,
        },
        "groups": GROUPS,
        "batches": [[0, 1], [2, 3]],
        **more,
    }
    return _scenario(name, "trace.rl", summary, params)


def _scenario(name: str, operation: Any, summary: str, params: dict[str, Any]) -> Scenario:
    raw = msgspec.Raw(msgspec.json.encode(params))
    scenario = Scenario(name=name, operation=operation, summary=summary, params=raw)
    return msgspec.structs.replace(scenario, rules=rules_for(scenario.decoded()))


SCENARIOS: tuple[Scenario, ...] = (
    _supervised(
        "sl",
        "Supervised training: evaluations before steps 0 and 2, a checkpoint at step 2, the final one.",
        {"eval_every": 2, "save_every": 2},
        test=[[6]],
    ),
    _supervised(
        "sl-two-epochs",
        "Two epochs in two orders; the schedule runs over both.",
        {"num_epochs": 2},
        epochs=[IN_ORDER, SHUFFLED],
    ),
    _supervised(
        "sl-cosine-max-steps",
        "The schedule ends where max_steps ends training; betas and epsilon that are not the defaults.",
        {
            "lr_schedule": "cosine",
            "num_epochs": 2,
            "max_steps": 4,
            "adam_beta1": 0.8,
            "adam_beta2": 0.99,
            "adam_eps": 1e-10,
        },
        epochs=[IN_ORDER, SHUFFLED],
    ),
    *(
        _supervised(
            f"sl-submit-ahead-{ahead}",
            f"submit_ahead {ahead}: a checkpoint also holds the steps that are submitted before it is saved.",
            {"submit_ahead": ahead, "save_every": 1, "lr_schedule": "constant"},
        )
        for ahead in (0, 1, 2)
    ),
    _supervised(
        "sl-rolling",
        "Rolling checkpoints are state alone, live two hours, and the one before is deleted.",
        {"rolling_save_every": 1, "save_every": 2, "num_epochs": 2},
        epochs=[IN_ORDER, SHUFFLED],
    ),
    _supervised(
        "sl-resume",
        "Resumed from step 2 of 6 with the optimizer's state: step 2 is replayed, the schedule goes on.",
        {"num_epochs": 2},
        epochs=[IN_ORDER, SHUFFLED],
        checkpoints=[{**_record("000002", 2, 0), "elapsed_tokens": 100}],
        held=HELD,
    ),
    _supervised(
        "sl-load-weights",
        "Begun from the weights of a checkpoint, without its optimizer's state, at step 0; evaluated at every step.",
        {"load_checkpoint_path": EARLIER, "eval_every": 1},
        test=[[6]],
        held=HELD,
    ),
    _scenario(
        "sl-cut-short",
        "trace.supervised",
        "Resumed at step 19, ended by max_steps within the third epoch; saves and evaluates as often as by default.",
        {
            **BASE,
            "config": {
                "learning_rate": 1e-3,
                "num_epochs": 3,
                "max_steps": 23,
                "lr_schedule": "cosine",
                "rolling_save_every": 7,
                "rolling_ttl_seconds": 3600,
                "ttl_seconds": None,
            },
            "rows": ROWS,
            "epochs": [SINGLES, SINGLES[::-1], SINGLES],
            "test": [[6], [0, 3]],
            "checkpoints": [_record("000019", 9, 1)],
            "held": HELD,
        },
    ),
    _supervised(
        "sl-not-evaluated",
        "eval_every is 0: the test set is never asked of.",
        {"eval_every": 0},
        epochs=[[[0]]],
        test=[[6]],
    ),
    _supervised(
        "sl-complete",
        "Resumed where max_steps ends it: nothing is trained, and no final checkpoint is saved again.",
        {"num_epochs": 2, "max_steps": 5},
        epochs=[IN_ORDER, SHUFFLED],
        checkpoints=[_record("000005", 2, 1)],
        held=HELD,
    ),
    _supervised(
        "sl-epochs-complete",
        "Resumed from the final checkpoint: nothing is trained, and none is saved again.",
        {},
        checkpoints=[{**_record("final", 0, 1), "elapsed_tokens": 100}],
        held=HELD,
    ),
    _scenario(
        "sl-no-steps",
        "trace.supervised",
        "max_steps is 0: an adapter of the default rank is made, and that is all.",
        {**BASE, "config": {"learning_rate": 1e-3, "max_steps": 0}, "rows": ROWS, "epochs": [IN_ORDER]},
    ),
    _preference(
        "dpo",
        "DPO: the reference is the model as it was, a step is a pass forward and one backward, nothing is pipelined.",
        {"save_every": 1},
    ),
    _preference(
        "dpo-odd-batch",
        "A batch of three rows: the one without a partner is dropped; evaluated at every step.",
        {"dpo_beta": 0.25, "eval_every": 1},
        epochs=[[[0, 1, 2], [4, 5, 6, 7]]],
        test=[[4, 5]],
    ),
    _preference(
        "dpo-evaluations",
        "Evaluations before the steps that are due and before the last one.",
        {"eval_every": 2, "num_epochs": 2},
        epochs=[[[0, 1], [2, 3]], [[2, 3], [0, 1]]],
        test=[[4, 5]],
    ),
    _preference(
        "dpo-resume",
        "Resumed at step 1 of 2: the reference is the resumed model, and the checkpoint is saved once more.",
        {"save_every": 1},
        checkpoints=[_record("000001", 1, 0)],
        held=HELD,
    ),
    _scenario(
        "dpo-cut-short",
        "trace.preference",
        "Resumed at step 19, ended by max_steps, evaluated before its last step; saves as often as by default.",
        {
            **BASE,
            "config": {
                "learning_rate": 1e-4,
                "num_epochs": 3,
                "max_steps": 22,
                "lr_schedule": "cosine",
                "rolling_save_every": 1,
                "rolling_ttl_seconds": 3600,
                "ttl_seconds": None,
                "adam_beta1": 0.8,
                "adam_beta2": 0.99,
                "adam_eps": 1e-10,
            },
            "rows": PAIRS,
            "epochs": [COUPLES, COUPLES[::-1], [*COUPLES[1:], COUPLES[0]]],
            "test": [[4, 5], [6]],
            "checkpoints": [_record("000019", 9, 1)],
            "held": HELD,
        },
    ),
    _preference(
        "dpo-complete",
        "Resumed where max_steps ends it: the reference's sampler is made, nothing is trained or saved.",
        {"num_epochs": 2, "max_steps": 3},
        epochs=[[[0, 1], [2, 3]], [[2, 3], [0, 1]]],
        checkpoints=[_record("000003", 1, 1)],
        held=HELD,
    ),
    _scenario(
        "dpo-no-steps",
        "trace.preference",
        "max_steps is 0: an adapter of the default rank and the reference's sampler are made, and that is all.",
        {**BASE, "config": {"learning_rate": 1e-4, "max_steps": 0}, "rows": PAIRS, "epochs": [[[0, 1]]]},
    ),
    _rl(
        "rl",
        "Reinforcement learning on policy: a new sampler a batch; the one of a saved batch comes from its path.",
        {"save_every": 2, "eval_every": 2},
        batches=[[0, 1], [2, 3], [1, 2]],
        test=[[4]],
    ),
    _rl(
        "rl-substeps",
        "A batch in two steps of the optimizer; PPO with its config; logprobs after the update.",
        {
            "num_substeps": 2,
            "compute_post_kl": True,
            "loss_fn": "ppo",
            "loss_fn_config": {"clip_low_threshold": 0.75, "clip_high_threshold": 1.25},
        },
    ),
    _rl(
        "rl-uneven-substeps",
        "Three steps a batch: of two datums it is two steps, five are cut 1, 2, 2; the last checkpoint is saved again.",
        {"num_substeps": 3, "save_every": 1, "eval_every": 1, "kl_reference_base_model": MODEL},
        groups=[_group(text, 1) for text in ("Count", "Spell", "Add 1", "Rhyme", "Test")],
        batches=[[0, 1], [0, 1, 2, 3, 4]],
        test=[[2]],
    ),
    _rl(
        "rl-resume",
        "Resumed after batch 1 of 3: nothing is replayed.",
        {},
        batches=[[0, 1], [2, 3], [1, 2]],
        checkpoints=[_record("000001", 1)],
        held=HELD,
    ),
    _rl(
        "rl-kl",
        "A penalty for leaving the base model.",
        {
            "kl_penalty_coef": 0.5,
            "kl_reference_base_model": MODEL,
            "temperature": 0.5,
        },
    ),
    _rl(
        "rl-streamed",
        "Minibatches are trained as their groups arrive, with one step at the end; groups of one reward are kept.",
        {"eval_every": 1, "stream_minibatch": {"groups_per_batch": 2, "num_minibatches": 2}},
        batches=[[0, 1], [4, 2], [2, 3]],
        test=[[4]],
    ),
    _scenario(
        "rl-cut-short",
        "trace.rl",
        "Resumed before batch 19, ended by max_steps; groups of one reward are dropped; saves as often as by default.",
        {
            **BASE,
            "config": {
                "learning_rate": 1e-5,
                "max_tokens": 6,
                "max_steps": 22,
                "rolling_save_every": 7,
                "rolling_ttl_seconds": 3600,
                "temperature": 0.5,
                "remove_constant_reward_groups": True,
                "kl_penalty_coef": 0.5,
                "kl_discount_factor": 0.5,
                "kl_reference_base_model": MODEL,
            },
            "groups": GROUPS,
            "batches": [*([[0, 1]] * 19), [0, 4], [4], [4, 2], [3, 1]],
            "test": [[4], [0]],
            "checkpoints": [_record("000019", 19)],
            "held": HELD,
        },
    ),
    _scenario(
        "rl-streamed-filtered",
        "trace.rl",
        "Groups of one reward are dropped from minibatches; the last batch is evaluated though evaluations are off.",
        {
            **BASE,
            "config": {
                "learning_rate": 1e-5,
                "max_tokens": 6,
                "eval_every": 0,
                "save_every": 3,
                "rolling_save_every": 1,
                "max_steps": 3,
                "ttl_seconds": None,
                "remove_constant_reward_groups": True,
                "compute_post_kl": True,
                "kl_penalty_coef": 0.5,
                "kl_discount_factor": 0.5,
                "kl_reference_base_model": MODEL,
                "stream_minibatch": {"groups_per_batch": 2, "num_minibatches": 1},
            },
            "groups": GROUPS,
            "batches": [[0, 4], [4, 1], [4, 2], [2, 3]],
            "test": [[2]],
        },
    ),
    _rl(
        "rl-streamed-emptied",
        "A minibatch whose groups are all dropped is passed over, first or last; the other one is trained on.",
        {
            "remove_constant_reward_groups": True,
            "stream_minibatch": {"groups_per_batch": 2, "num_minibatches": 2},
        },
        batches=[[4, 1], [0, 4]],
    ),
    _rl(
        "rl-complete",
        "Resumed after its last batch: a sampler is made, nothing is sampled, trained or saved.",
        {"save_every": 2},
        checkpoints=[_record("000002", 2)],
        held=HELD,
    ),
)
