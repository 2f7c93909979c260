"""What makes a question about numbers worth asking: one note a flag, as in `conformance.corpus.flags`."""

from __future__ import annotations

from types import MappingProxyType

_TENSORS = {
    "dtype_bounds": "The largest and smallest value of a type, and what lies just beyond them.",
    "rounding": "Nearest, and half-way to the even neighbour: truncating or rounding away from zero shows here.",
    "subnormal": "Values too small for a full mantissa: kept with fewer bits, not flushed to zero.",
    "overflow": "A float beyond the largest becomes an infinity; an integer beyond its type is refused, never wrapped.",
    "fraction": "A float that becomes an integer loses its fraction towards zero.",
    "boolean": "True and false are written as such and count as 1 and 0; anything but zero is true.",
    "four_bits": "Integers of four bits, which most array libraries lack.",
    "layout": "Elements with gaps, backwards, transposed or repeated are read in row-major order.",
    "byte_order": "Bytes of an element from the highest to the lowest, or from the lowest to the highest.",
    "ragged": "Lists that are not rectangular are an error, not flattened or padded.",
    "not_a_number": "Text, null and objects among numbers are refused.",
    "cast": "One type into another: each value rounded once, by the type that it gets.",
}

_WIRE = {
    "wire_dtype": "The live API knows float32 and int64: other types are widened to these, or refused.",
    "unsigned": "Unsigned integers and booleans have no type on the wire, though their values would fit.",
    "coercion": "A list gets its type from the name of the input, an array keeps its own.",
    "lenient": "What the client accepts without a word: fractions dropped, text read, null made NaN.",
    "sparse": "A matrix of weights or targets is sent as compressed rows where that is shorter.",
    "pad_value": "The value that compressed rows leave out, which need not be zero.",
    "bytes_on_the_wire": "Little-endian bytes: every bit of a NaN and the sign of zero arrive.",
    "token_range": "A token has 32 bits in a request.",
}

_DATUMS = {
    "shift": "Inputs lose the last token, targets and weights the first.",
    "truncation": "Cut off from the right, text token by token and images whole.",
    "reduction": "The mean divides by the sum of the weights that are left after cutting and shifting.",
    "all_zero": "A datum without any weight is still a datum, and no division by zero.",
    "images": "An image takes positions whose target is 0; at the end it is dropped, as nothing follows.",
    "empty_chunk": "A chunk without tokens disappears.",
    "chunk_boundaries": "Where chunks end is kept as it was, and compared here alone.",
    "too_short": "Fewer than two tokens cannot be split into inputs and targets.",
    "conversation": "A whole conversation as one datum: the renderer's tokens and weights, cut and reduced.",
}

_LOSSES = {
    "weighted_mean": "Minus the weighted sum of logprobs over the sum of weights, over the whole batch at once.",
    "no_weight": "Without weight there is no loss: NaN, not zero and not an error.",
    "nan_in_data": "NaN and infinities among the numbers are carried along.",
    "mismatch": "Vectors or lists of different lengths are an error, not cut to the shorter one.",
    "bits_per_byte": "Weights only choose tokens; special ones count on neither side; bytes are those of UTF-8.",
}

_SCHEDULES = {
    "schedule": "Linear from 1 to 0, a half cosine, or constant, by the step counted from 0.",
    "past_the_end": "Nothing is clamped: linear goes below zero, the cosine rises again.",
    "no_steps": "A run without steps has no schedule.",
}

_MODELS = {
    "model_table": "What is known of a model is looked up by its full name, without a network.",
    "model_variant": "What follows a colon in a model's name is ignored.",
    "unknown_model": "A model that is not known is an error, and which one depends on what is unknown.",
    "learning_rate": "Ten times as high for LoRA, and lower for wider models by the family's power.",
    "not_calibrated": "A model that is known may still have no learning rate.",
    "lora_params": "Parameters of an adapter by rank and by the parts of the model that are trained.",
}

_DATA = {
    "seed": "A seed becomes the state of a generator by a mixing of its own: see shuffle.md.",
    "large_seed": "Seeds beyond 32, 64 and 128 bits use more words of the mixing.",
    "raw_numbers": "What the generator gives before anything is made of it.",
    "masked_draws": "A shuffle keeps as many bits as the place has, and draws again what is above it.",
    "permutation": "The order of the rows in an epoch.",
    "epochs": "An epoch shuffles the original order: epochs do not build upon each other.",
    "batches": "Only whole batches count; the rows that are left over are dropped.",
    "out_of_range": "A batch that does not exist is an error, not an empty list.",
    "split": "The first rows after the shuffle are for testing, if any are left to train on.",
}

_PREFERENCES = {
    "dpo": "The mean of -log sigmoid of beta times the margin.",
    "large_margin": "Stable at both ends: no overflow, no infinity, no zero that should be small.",
    "tie": "A pair whose answers are equally good loses log 2, and does not count as won.",
    "odd_batch": "A datum without a partner at the end is dropped.",
    "pairs": "Chosen and rejected in turn, the better one first.",
    "gradient": "What is sent are minus the derivatives of the loss: positive for chosen tokens.",
}

_RL = {
    "advantages": "Rewards less the mean of their group, in float32, divided by nothing.",
    "total_reward": "The rewards of all steps and the final one.",
    "constant_group": "Rewards that are all exactly equal teach nothing; one group stays if there is no other.",
    "merging": "Observations that begin with all that came before are one datum.",
    "split_datum": "An observation that does not extend what came before begins another datum.",
    "masked_turn": "A turn that is marked as unreadable has no mask and no advantage, but keeps its logprobs.",
    "no_action": "A datum without any sampled token, or a turn without tokens.",
    "origin": "Each datum says which group and trajectory it comes from.",
    "kl": "Mean difference and half the mean square of logprobs, over sampled tokens only.",
    "kl_penalty": "Advantages are pulled towards the base model by the difference from the mean difference.",
    "discount": "Each position gets the discounted sum of what follows, not of what came before.",
    "sections": "Metrics by tag appear only if some tag selects fewer groups than there are.",
    "overwriting": "What an environment reports may have the name of a built-in metric.",
    "group_fractions": "Groups that are mixed, all good or all bad, as fractions.",
    "nothing_to_count": "No group, no turn, no reward: zero, not an error.",
    "partial_keys": "A mean over those that have the key, not over all.",
    "substeps": "Parts of a batch end where a rounded fraction says.",
}

_PATTERNS = {
    "pattern": "One of the five things that a training cookbook computes again and again.",
    "broadcasting": "Dimensions of one are repeated; missing ones are added in front.",
    "promotion": "An integer beside a float32 gives float32, not float64; a division always does.",
    "float32_arithmetic": "Every step rounds to float32.",
    "reduction_axis": "Along an axis, counted from the front or the back, or over everything.",
    "empty_reduction": "The sum of nothing is 0, its mean NaN, its largest an error.",
    "elementwise": "A function of each element, stable where its exponent grows.",
    "joining": "Along an axis that is there, or along a new one.",
    "slicing": "Starts and ends as in Python: negative from the end, absent to the end, cut at the end.",
}

_RUNS = {
    "record": "A line of checkpoints.jsonl: name, batch, epoch, final, state_path, sampler_path, then whatever else.",
    "null_member": "Null is not written for a known member, and does not count as one; an unknown one stays as it is.",
    "last_record": "The last line that has the member, whatever batch it says.",
    "saving": "State and sampler weights are requested before either is waited for.",
    "cadence": "Every so many steps or tokens, never at step 0.",
    "resuming": "Supervised training trains the batch of the record again, reinforcement learning the one after it.",
    "complete": "A run that was complete saves nothing more.",
    "metrics_line": "A line of metrics.jsonl: the step first, then the metrics in their order.",
}

FLAGS = MappingProxyType(
    {
        **_TENSORS,
        **_WIRE,
        **_DATUMS,
        **_LOSSES,
        **_SCHEDULES,
        **_MODELS,
        **_DATA,
        **_PREFERENCES,
        **_RL,
        **_PATTERNS,
        **_RUNS,
    }
)
"""Every flag of these areas and its note."""
