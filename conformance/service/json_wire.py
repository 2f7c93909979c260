"""Results as JSON: all of them up to SDK 0.24, and what is neither a pass nor a sample since."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from conformance.service.results import Failed, Passed, Plain, Sampled

if TYPE_CHECKING:
    from conformance.service.results import Result

OUTPUT_TYPE = "ArrayRecord"


def content(result: Result) -> dict[str, Any]:
    """The JSON object of a result (tinker 0.15, types/*_response.py)."""
    match result:
        case Plain():
            return result.content
        case Failed():
            return {"error": result.error, "category": "user"}
        case Passed():
            return _passed(result)
        case Sampled():
            return _sampled(result)


def _passed(result: Passed) -> dict[str, Any]:
    return {
        "type": "forward_backward",
        "loss_fn_output_type": OUTPUT_TYPE,
        "loss_fn_outputs": [
            {"logprobs": {"data": array.ravel().tolist(), "dtype": "float32", "shape": list(array.shape)}}
            for array in result.logprobs
        ],
        # JSON has no other numbers, and null is refused where a client expects one.
        "metrics": {name: value for name, value in result.metrics.items() if math.isfinite(value)},
    }


def _sampled(result: Sampled) -> dict[str, Any]:
    return {
        "type": "sample",
        "sequences": [
            {"stop_reason": drawn.stop_reason, "tokens": drawn.tokens, "logprobs": drawn.logprobs}
            for drawn in result.sequences
        ],
        "prompt_logprobs": result.prompt_logprobs,
        "topk_prompt_logprobs": result.top_of_prompt,
    }
