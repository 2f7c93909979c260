"""The reference on numbers: the operations of `conformance.number_operations`, for `conformance.adapters.reference`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from conformance.adapters import reference_rl, reference_runs, reference_tensors, reference_training
from conformance.adapters.serve import Rejected
from cookbook import errors

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = (
    (errors.UnknownDtypeError, "unknown_dtype"),
    (errors.RaggedTensorError, "ragged"),
    (errors.TensorShapeError, "shape"),
    (errors.TensorValueError, "value"),
)
"""The kinds of rejection of the tensor bridge. In every other area a malformed tensor is malformed input, like any."""


def _bridge(operation: Callable[[Any, dict[str, Any]], Any]) -> Callable[[Any, dict[str, Any]], Any]:
    @functools.wraps(operation)
    def asked(reference: Any, params: dict[str, Any]) -> Any:
        try:
            return operation(reference, params)
        except errors.InvalidTensorError as error:
            kind = next((name for type_, name in KINDS if isinstance(error, type_)), "invalid_message")
            raise Rejected(kind, str(error)) from error

    return asked


OPERATIONS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    name: _bridge(operation) if name.startswith("tensor.") else operation
    for name, operation in (
        *reference_tensors.OPERATIONS.items(),
        *reference_training.OPERATIONS.items(),
        *reference_rl.OPERATIONS.items(),
        *reference_runs.OPERATIONS.items(),
    )
}
"""By name. `tensor.from_nested` and `tensor.to_nested` take the place of what the adapter's own table says of them."""
