"""Faults of direct preference optimization."""

from __future__ import annotations

from traces.planted_loops import Edit, Planted

DPO = "preference/train_dpo.py"
DPO_STEP = """        ref_logprobs = await asyncio.gather(
            *(self.reference_client.compute_logprobs_async(full_sequence(datum)) for datum in data)
        )
        dpo_metrics = await forward_backward_dpo(self.training_client, data, ref_logprobs, config.dpo_beta)
"""
SFT_STEP = """        await (await self.training_client.forward_backward_async(data, "cross_entropy")).result_async()
        dpo_metrics = {"dpo_loss": 0.0, "accuracy": 0.0}
"""
OPTIMIZER = "        await (await self.training_client.optim_step_async(adam_params)).result_async()\n"
LOSS = "        dpo_metrics = await forward_backward_dpo("
KEPT = "(lambda every: [one.tensor('weights').to_numpy() for one in every[len(dpo.weights) :]])"

FAULTS = (
    Planted(
        "DPO is SFT twice",
        "dpo",
        (Edit(DPO, DPO_STEP, SFT_STEP),),
        "every step: DPO trains on both chosen and rejected with cross_entropy, as supervised training does: "
        "no forward pass for the loss, no logprobs of a reference",
        "dpo is supervised training",
    ),
    Planted(
        "reference refreshed each step",
        "dpo",
        (
            Edit(
                DPO,
                "        ref_logprobs = await asyncio.gather(\n            *(self.reference_client.compute",
                "        reference = await self.training_client.save_weights_and_get_sampling_client_async()\n"
                "        ref_logprobs = await asyncio.gather(\n            *(reference.compute",
            ),
        ),
        "the reference is refreshed: it reads the weights after steps 0, 1, upstream's stays the model after 0",
        "reference refreshed",
    ),
    Planted(
        "odd datum kept",
        "dpo-odd-batch",
        (
            Edit("preference/dpo.py", "return list(data[: len(data) // 2 * 2])", "return list(data)"),
            Edit(
                DPO,
                "dpo = dpo_loss_of_batch(data, logprobs,",
                "dpo = dpo_loss_of_batch(data[: len(data) // 2 * 2], logprobs[: len(data) // 2 * 2],",
            ),
            Edit(
                DPO,
                "ref_logprobs, dpo_beta)\n    weighted",
                "ref_logprobs[: len(data) // 2 * 2], dpo_beta)\n    weighted",
            ),
            Edit(
                DPO,
                "zip(data, dpo.weights, strict=True)",
                "zip(data, [*dpo.weights, *KEPT(data)], strict=True)".replace("KEPT", KEPT),
            ),
        ),
        "step 0: 3 datums, upstream 2: the odd one has no partner and is dropped",
        "odd datum",
    ),
    Planted(
        "gradient of DPO with the wrong sign",
        "dpo",
        (Edit(DPO, "TensorData.from_numpy(weights)", "TensorData.from_numpy(-weights)"),),
        "every step: weights have the opposite sign of upstream's",
        "weights negated",
    ),
    Planted(
        "no gradient of DPO",
        "dpo",
        (Edit(DPO, "TensorData.from_numpy(weights)", 'datum.tensor("weights")'),),
        "every step: weights are 0/1, upstream sends the gradient of the loss of DPO",
        "no gradient of dpo",
    ),
    Planted(
        "optimizer as in supervised training",
        "dpo",
        (Edit(DPO, OPTIMIZER, ""), Edit(DPO, LOSS, f"{OPTIMIZER}{LOSS}")),
        "every step: optim_step is submitted before the passes of its step",
        "optimizer before the pass",
    ),
    Planted(
        "reference asked without the last target",
        "dpo",
        (
            Edit(
                "preference/dpo.py",
                "return datum.model_input.append_int(int(targets[-1])) if targets.size else datum.model_input",
                "return datum.model_input",
            ),
            Edit(
                DPO,
                "dpo = dpo_loss_of_batch(data, logprobs, ref_logprobs,",
                "dpo = dpo_loss_of_batch(data, logprobs, [[*one, -1.0] for one in ref_logprobs],",
            ),
        ),
        "reference logprobs read prompts without their last token",
        "last target missing",
    ),
)
