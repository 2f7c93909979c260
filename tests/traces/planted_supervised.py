"""Faults of supervised training."""

from __future__ import annotations

from traces.planted_loops import Edit, Planted

SL = "supervised/train.py"
CHECKPOINTS = "checkpoints.py"
STARTING = "starting.py"
ADAM = "learning_rate=learning_rate, beta1=config.adam_beta1, beta2=config.adam_beta2, eps=config.adam_eps"
MULTIPLIER = "compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)"
PROGRESS = "with progress_bar(self.total_steps,"
EVALS = """            if evaluators and every > 0 and step % every == 0:
                eval_metrics |= await run_evals(evaluators, self.training_client)
        # Neither is waited for: both then run in one cycle of the service.
        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")
        optim_step = await self.training_client.optim_step_async(adam_params)
"""
EVALS_AFTER = """            pass
        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")
        optim_step = await self.training_client.optim_step_async(adam_params)
        if self.evaluators and config.eval_every > 0 and step % config.eval_every == 0:
            eval_metrics |= await run_evals(self.evaluators, self.training_client)
"""
FINAL = 'await save_checkpoint_async(self._training_client, "final", self._log_path, loop_state, "both", None)'

FAULTS = (
    Planted(
        "betas dropped",
        "sl",
        (Edit(SL, ADAM, "learning_rate=learning_rate"),),
        "every step: optim_step has eps 1e-12, upstream 1e-08: left at the API's default",
        "adam default",
    ),
    Planted(
        "betas of PyTorch",
        "sl",
        (Edit(SL, "beta2=config.adam_beta2", "beta2=0.999"),),
        "every step: optim_step has beta2 0.999, upstream 0.95: PyTorch's default",
        "adam default",
    ),
    Planted(
        "schedule off by one",
        "sl",
        (Edit(SL, MULTIPLIER, MULTIPLIER.replace("step,", "step + 1,")),),
        "every step: learning rate 0.0006666666666666668, upstream 0.001: the learning rate is that of step 1: "
        "the schedule is off by one",
        "schedule off by one",
    ),
    Planted(
        "no schedule",
        "sl",
        (Edit(SL, "learning_rate = config.learning_rate * multiplier", "learning_rate = config.learning_rate"),),
        "steps 1 and 2: learning rate 0.001, upstream 0.0006666666666666668: it stays the same",
        "no schedule",
    ),
    Planted(
        "schedule of one epoch",
        "sl-two-epochs",
        (Edit(SL, MULTIPLIER, "compute_schedule_lr_multiplier(config.lr_schedule, batch, len(self.dataset))"),),
        "steps 1 to 5: learning rate 0.0006666666666666668, upstream 0.0008333333333333334: "
        "it starts anew every 3 steps",
        "schedule of one epoch",
    ),
    Planted(
        "schedule not capped",
        "sl-cosine-max-steps",
        (
            Edit(
                SL,
                "return n_batches * num_epochs if max_steps is None else min(n_batches * num_epochs, max_steps)",
                "return n_batches * num_epochs",
            ),
        ),
        "steps 1 to 3: learning rate 0.0009330127018922195, upstream 0.0008535533905932737: "
        "it falls as over 6 steps, upstream's as over 4",
        "schedule of another length",
    ),
    Planted(
        "schedule begins anew",
        "sl-resume",
        (
            Edit(SL, PROGRESS, f"self.begun = start_epoch * n_batches + start_batch\n        {PROGRESS}"),
            Edit(SL, MULTIPLIER, MULTIPLIER.replace("step,", "step - self.begun,")),
        ),
        "every step: learning rate 0.001, upstream 0.0006666666666666668: "
        "it begins anew where the run was resumed: upstream's goes on",
        "schedule begins anew",
    ),
    Planted(
        "evaluation after the step",
        "sl",
        (Edit(SL, EVALS, EVALS_AFTER),),
        "evaluations of step 0 read the weights after the step, upstream's those before it",
        "read after the step",
    ),
    Planted(
        "evaluation without the last target",
        "sl",
        (
            Edit(
                "supervised/nll_evaluator.py",
                'datum.model_input.append_int(int(datum.tensor("target_tokens").data[-1]))',
                "datum.model_input",
            ),
            Edit("supervised/nll_evaluator.py", "np.array(logprobs[1:]", "np.array([0.0, *logprobs[1:]]"),
        ),
        "evaluations read prompts without their last token",
        "last target missing",
    ),
    Planted(
        "no final save",
        "sl",
        (Edit(CHECKPOINTS, FINAL, "{}"),),
        "no final save: upstream saves 'final' at the end",
        "no final save",
    ),
    Planted(
        "final save expires",
        "sl",
        (Edit(CHECKPOINTS, FINAL, FINAL.replace("None)", "self._ttl_seconds)")),),
        "checkpoint 'final' expires after 604800 s, upstream's is kept for ever",
        "checkpoint kept otherwise",
    ),
    Planted(
        "saves a step late",
        "sl-submit-ahead-1",
        (
            Edit(
                SL,
                "await self.checkpoints.maybe_save_async(\n            submitted.step,",
                "await self.checkpoints.maybe_save_async(\n            submitted.step + 1,",
            ),
        ),
        "checkpoint '000001' holds 2 steps, upstream's 3 steps",
        "checkpoint holds other steps",
    ),
    Planted(
        "submits no batch ahead",
        "sl-submit-ahead-2",
        (Edit(SL, "if len(self.pending) > self.config.submit_ahead:", "if self.pending:"),),
        "checkpoint '000001' holds 2 steps, upstream's 3 steps",
        "checkpoint holds other steps",
    ),
    Planted(
        "rolling checkpoint kept",
        "sl-rolling",
        (
            Edit(
                CHECKPOINTS,
                "        await self._drop_rolling()\n        self._rolling_path",
                "        self._rolling_path",
            ),
        ),
        "'weights/000001', 'weights/000003' is not deleted",
        "checkpoint not deleted",
    ),
    Planted(
        "rolling checkpoint beside a periodic one",
        "sl-rolling",
        (Edit(CHECKPOINTS, " and not _due(step, self._save_every)\n", "\n"),),
        "a checkpoint '000002' of the training state that upstream does not save",
        "checkpoint too many",
    ),
    Planted(
        "rolling checkpoint for a week",
        "sl-rolling",
        (Edit(CHECKPOINTS, "self._rolling_ttl_seconds,\n        )", "self._ttl_seconds,\n        )"),),
        "checkpoint '000001' expires after 604800 s, upstream's expires after 7200 s",
        "checkpoint kept otherwise",
    ),
    Planted(
        "resume without optimizer",
        "sl-resume",
        (
            Edit(
                STARTING,
                "create_training_client_from_state_with_optimizer_async(path",
                "create_training_client_from_state_async(path",
            ),
        ),
        "resumed without the optimizer's state: load_weights has optimizer false, upstream true",
        "resume without optimizer",
    ),
    Planted(
        "resume from the base model",
        "sl-resume",
        (Edit(STARTING, "path = resumed.state_path if resumed is not None else", "path ="),),
        "the loop begins with a new model, upstream loads 'tinker://earlier/weights/000002'",
        "checkpoint not loaded",
    ),
    Planted(
        "resume without replay",
        "sl-resume",
        (Edit(SL, "await run.train(start_epoch, start_batch)", "await run.train(start_epoch, start_batch + 1)"),),
        "the step of the checkpoint is not replayed: 3 steps, upstream 4",
        "no replay",
    ),
    Planted(
        "optimizer loaded with weights",
        "sl-load-weights",
        (
            Edit(
                STARTING,
                "return await service_client.create_training_client_from_state_async(",
                "return await service_client.create_training_client_from_state_with_optimizer_async(",
            ),
        ),
        "the optimizer's state of an earlier run is loaded, upstream loads the weights alone",
        "optimizer loaded",
    ),
    Planted(
        "same order each epoch",
        "sl-two-epochs",
        (Edit(SL, "self.dataset.set_epoch(seed=epoch)", "self.dataset.set_epoch(seed=0)"),),
        "steps 3 to 5: the data are those of upstream's step 0 once more: the order of the first epoch is repeated",
        "data order",
    ),
    Planted(
        "datums in reverse",
        "sl",
        (Edit(SL, "data = self.dataset.get_batch(batch)", "data = self.dataset.get_batch(batch)[::-1]"),),
        "every step: datum order 1, 0, upstream 0 to 1",
        "datum order",
    ),
    Planted(
        "weights not reduced",
        "sl",
        (
            Edit("supervised/common.py", 'if reduction == "mean":', 'if reduction == "never":'),
            Edit("supervised/common.py", 'elif reduction != "none":', 'elif reduction == "":'),
        ),
        "every step: weights are 0/1, upstream divides by the count",
        "weights not reduced",
    ),
    Planted(
        "rank not passed on",
        "sl",
        (Edit(STARTING, "config.model_name, config.lora_rank, user", "config.model_name, user"),),
        "the model is made with rank 32, upstream 8",
        "",
    ),
)
