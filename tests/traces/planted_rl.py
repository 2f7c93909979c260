"""Faults of reinforcement learning."""

from __future__ import annotations

from traces.planted_loops import Edit, Planted

TRAINED = "logprobs, optim_metrics = await train_step("
STEP = "optim_step = await self.training_client.optim_step_async(adam(self.loss.learning_rate))\n"

FAULTS = (
    Planted(
        "mask left in",
        "rl",
        (Edit("rl/substeps.py", ' if key != "mask"}', "}"),),
        "every step: mask left in the inputs",
        "mask left in",
    ),
    Planted(
        "advantages over std",
        "rl",
        (
            Edit(
                "rl/data_processing.py",
                "return values - (values.mean() if values.size else np.float32(0))",
                "return (values - values.mean()) / (values.std() + np.float32(1e-8))",
            ),
        ),
        "every step: advantages are divided by the standard deviation, upstream only subtracts the mean",
        "divided by std",
    ),
    Planted(
        "mean not subtracted",
        "rl",
        (
            Edit(
                "rl/data_processing.py",
                "return values - (values.mean() if values.size else np.float32(0))",
                "return values",
            ),
        ),
        "every step: advantages are the rewards themselves, upstream subtracts the mean of the group",
        "mean not subtracted",
    ),
    Planted(
        "sampler never refreshed",
        "rl",
        (Edit("rl/train.py", "sampling_client, moved = await self.finished", "_, moved = await self.finished"),),
        "rollouts always read the weights before the first step: the sampler is never refreshed",
        "sampler never refreshed",
    ),
    Planted(
        "sampler taken before the update",
        "rl",
        (
            Edit(
                "rl/train.py",
                TRAINED,
                f"stale = await self.training_client.save_weights_and_get_sampling_client_async()\n        {TRAINED}",
            ),
            Edit("rl/train.py", "return sampling_client, metrics | moved", "return stale, metrics | moved"),
        ),
        "rollouts read weights that are 1 step older than upstream's: the sampler is taken before the update",
        "sampler before the update",
    ),
    Planted(
        "checkpoints numbered from 0",
        "rl",
        (
            Edit(
                "rl/training.py",
                'await checkpoints.save_periodic_async(done, {"batch": done})',
                'await checkpoints.save_periodic_async(done - 1, {"batch": done - 1})',
            ),
        ),
        "no checkpoint '000002'",
        "checkpoint missing",
    ),
    Planted(
        "loss not passed on",
        "rl-substeps",
        (Edit("rl/training.py", "self.loss_fn, self.loss_fn_config\n", '"importance_sampling"\n'),),
        "every step: forward_backward has loss_fn 'importance_sampling', upstream 'ppo'",
        "another loss",
    ),
    Planted(
        "substeps ignored",
        "rl-substeps",
        (Edit("rl/training.py", "split_list(data, min(num_substeps, len(data)))", "split_list(data, 1)"),),
        "steps 0 and 1: 8 datums, those of 2 of upstream's steps: the batch is not split into substeps",
        "substeps ignored",
    ),
    Planted(
        "temperature not passed on",
        "rl-kl",
        (Edit("rl/train.py", "self.config.max_tokens, self.config.temperature)", "self.config.max_tokens)"),),
        "rollouts ask with temperature 1.0, upstream 0.5",
        "asked otherwise",
    ),
    Planted(
        "reference of the penalty is the policy",
        "rl-kl",
        (
            Edit(
                "rl/train.py",
                "    client = await service_client.create_sampling_client_async(\n"
                "        base_model=reference.base_model, model_path=reference.load_checkpoint_path\n    )\n",
                "    client = await training_client.save_weights_and_get_sampling_client_async()\n",
            ),
            Edit(
                "rl/train.py",
                "async def _penalty(config: Config, ",
                "async def _penalty(training_client, config: Config, ",
            ),
            Edit("rl/train.py", "await _penalty(config, ", "await _penalty(training_client, config, "),
        ),
        "requests for logprobs read the model that is trained, upstream's read the base model Qwen/Qwen3-8B",
        "reference is the policy",
    ),
    Planted(
        "no penalty",
        "rl-kl",
        (Edit("rl/training.py", "if penalty is not None:", "if False:"),),
        "no requests for logprobs read the base model Qwen/Qwen3-8B",
        "nothing read",
    ),
    Planted(
        "a step for each minibatch",
        "rl-streamed",
        (
            Edit(
                "rl/streaming.py",
                "                data += minibatch\n",
                f"                data += minibatch\n                {STEP}",
            ),
            Edit(
                "rl/streaming.py",
                f"            {STEP}            for future",
                "            for future",
            ),
        ),
        "every step: 1 pass before the optim_step, upstream 2",
        "passes missing",
    ),
    Planted(
        "stop sequences not passed on",
        "rl",
        (Edit("completers.py", "SamplingParams(stop=stop, ", "SamplingParams("),),
        "rollouts ask with stop None, upstream (258,)",
        "asked otherwise",
    ),
)
