"""The protobuf wire of SDK 0.25 and later: requests of passes, results of passes and samples.

The descriptors of the messages are those of the installed tinker package. Only that one module of it is loaded.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.service import datums, limits
from conformance.service.errors import Refused
from conformance.service.json_wire import OUTPUT_TYPE
from conformance.service.results import Passed, Sampled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from numpy.typing import NDArray

MODULE = "tinker.proto.tinker_public_pb2"
MEDIA_TYPE = "application/x-protobuf"
REMEDY = "install tinker 0.25 or later beside the service (pip install 'cookbook-conformance[tinker]')"
EMPTY_CELL = (0, -99999.0)
"""What fills the places of a table of likely tokens that has fewer (tinker 0.38, TopkLogprobs)."""


def descriptors() -> ModuleType | None:
    """The module of message classes, or None where no tinker is installed that has one."""
    if MODULE in sys.modules:
        return sys.modules[MODULE]
    found = importlib.util.find_spec("tinker")
    for directory in (found.submodule_search_locations or ()) if found is not None else ():
        path = Path(directory, "proto", "tinker_public_pb2.py")
        if path.is_file():
            # Not an import of its package: tinker itself takes seconds, and nothing else of it is wanted.
            spec = importlib.util.spec_from_file_location("tinker_public_pb2", path)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                try:
                    spec.loader.exec_module(module)
                except ImportError:  # no protobuf
                    return None
                return module
    return None


def version() -> str | None:
    """Which tinker the descriptors are of."""
    try:
        return importlib.metadata.version("tinker")
    except importlib.metadata.PackageNotFoundError:
        return None


class ProtobufWire:
    """Codec for one set of descriptors."""

    def __init__(self, module: ModuleType) -> None:
        self._pb: Any = module
        self._dtypes: dict[int, Any] = {
            self._pb.DTYPE_FLOAT32: np.dtype("<f4"),
            self._pb.DTYPE_INT64: np.dtype("<i8"),
        }

    def forward_backward(self, body: bytes) -> Any:
        """The message of a pass.

        Raises:
            Refused: 400 the body is none.
        """
        from google.protobuf.message import DecodeError

        message = self._pb.ForwardBackwardRequest()
        try:
            message.ParseFromString(body)
        except (DecodeError, RecursionError) as error:
            raise Refused(400, "the body is not a ForwardBackwardRequest") from error
        if not message.model_id or len(message.model_id) > limits.NAME:
            raise Refused(422, "model_id is missing or too long")
        if message.seq_id < 1:
            raise Refused(422, "seq_id must be 1 or more")
        if not 1 <= len(message.data) <= limits.DATUMS:
            raise Refused(422, f"data must be 1 to {limits.DATUMS} datums")
        return message

    def loss_fn_config(self, message: Any) -> dict[str, float | str] | None:
        """The configuration of the loss: the tagged map where there is one, else the one of numbers alone."""
        if message.loss_fn_config_v2:
            return {
                key: value.text if value.WhichOneof("value") == "text" else value.number
                for key, value in sorted(message.loss_fn_config_v2.items())
            }
        return dict(sorted(message.loss_fn_config.items())) or None

    def decoded(self, message: Any) -> list[datums.Datum]:
        """The datums of a pass.

        Raises:
            Refused: 422 one cannot be used.
        """
        decoded = []
        room = datums.Room()
        for place, datum in enumerate(message.data):
            text = datums.text_of([self._chunk(place, chunk) for chunk in datum.model_input], room)
            inputs = {
                name: self._tensor(f"data[{place}].{name}"[: limits.NAME], tensor, room)
                for name, tensor in datum.loss_fn_inputs.items()
            }
            decoded.append(datums.datum(text, inputs, loss_fn=message.loss_fn, place=place))
        return decoded

    def _chunk(self, place: int, chunk: Any) -> Sequence[int] | datums.Blob:
        # The oneof has had more than one name; that one field of three is set is what counts.
        if chunk.HasField("encoded_text"):
            raw = chunk.encoded_text.tokens
            if len(raw) % 4:
                raise Refused(422, f"data[{place}]: the bytes of the tokens are no multiple of 4")
            tokens: list[int] = np.frombuffer(raw, dtype="<i4").tolist()
            return tokens
        if chunk.HasField("image"):
            expected = chunk.image.expected_tokens
            if not 0 <= expected <= limits.ELEMENTS:
                raise Refused(422, f"data[{place}]: expected_tokens is out of range")
            return datums.Blob(content=chunk.image.data, length=expected)
        if chunk.HasField("dmel"):
            return datums.Blob(content=chunk.dmel.dmel, length=0)
        raise Refused(422, f"data[{place}]: a chunk is empty")

    def _tensor(self, name: str, tensor: Any, room: datums.Room) -> datums.Array:
        dtype = self._dtypes.get(tensor.dtype)
        if dtype is None:
            raise Refused(422, f"{name}: dtype {tensor.dtype} is neither float32 nor int64")
        shape = list(tensor.shape)
        if not tensor.HasField("sparse_csr"):
            return datums.shaped(name, self._numbers(name, tensor.dense, dtype, room), shape)
        csr = tensor.sparse_csr
        indices = np.dtype("<i8")
        return datums.dense(
            name,
            self._numbers(name, csr.values, dtype, room),
            shape,
            self._numbers(name, csr.crow_indices, indices, room),
            self._numbers(name, csr.col_indices, indices, room),
            room,
        )

    @staticmethod
    def _numbers(name: str, raw: bytes, dtype: Any, room: datums.Room) -> NDArray[Any]:
        if len(raw) % dtype.itemsize:
            raise Refused(422, f"{name}: {len(raw)} bytes are no multiple of {dtype.itemsize}")
        room.take(len(raw) // dtype.itemsize)
        return np.frombuffer(raw, dtype=dtype)

    def result(self, result: Passed | Sampled) -> bytes:
        """A result as its message."""
        message = self._passed(result) if isinstance(result, Passed) else self._sampled(result)
        serialized: bytes = message.SerializeToString()
        return serialized

    def _passed(self, result: Passed) -> Any:
        message = self._pb.ForwardBackwardOutput(loss_fn_output_type=OUTPUT_TYPE, metrics=result.metrics)
        # A record is rectangular but for its first dimension, so that datums of another width begin another.
        at = 0
        while at < len(result.logprobs):
            trailing = result.logprobs[at].shape[1:]
            end = at
            while end < len(result.logprobs) and result.logprobs[end].shape[1:] == trailing:
                end += 1
            self._record(message.loss_fn_outputs.add(), result.logprobs[at:end], trailing)
            at = end
        return message

    def _record(self, record: Any, arrays: Sequence[NDArray[np.float32]], trailing: tuple[int, ...]) -> None:
        record.type_tag = OUTPUT_TYPE
        record.num_datums = len(arrays)
        field = record.fields["logprobs"]
        field.dtype = self._pb.DTYPE_FLOAT32
        field.data = b"".join(array.astype("<f4").tobytes() for array in arrays)
        field.offsets = np.cumsum([0, *(array.nbytes for array in arrays)]).astype("<i8").tobytes()
        field.trailing_shape.extend(trailing)

    def _sampled(self, result: Sampled) -> Any:
        message = self._pb.SampleResponse()
        for place, drawn in enumerate(result.sequences):
            sequence = message.sequences.add()
            sequence.stop_reason = (
                self._pb.STOP_REASON_STOP if drawn.stop_reason == "stop" else self._pb.STOP_REASON_LENGTH
            )
            sequence.tokens = np.array(drawn.tokens, dtype="<i4").tobytes()
            sequence.logprobs = np.array(drawn.logprobs, dtype="<f4").tobytes()
            if result.top_of_sequences is not None:
                self._top(sequence.topk_sampled_logprobs, result.top_of_sequences[place])
        if result.prompt_logprobs is not None:
            filled = [math.nan if item is None else item for item in result.prompt_logprobs]
            message.prompt_logprobs = np.array(filled, dtype="<f4").tobytes()
        if result.top_of_prompt is not None:
            self._top(message.topk_prompt_logprobs, result.top_of_prompt)
        return message

    @staticmethod
    def _top(message: Any, rows: Sequence[Sequence[tuple[int, float]] | None]) -> None:
        width = max((len(row) for row in rows if row), default=0)
        cells = [cell for row in rows for cell in (row or [EMPTY_CELL] * width)]
        message.token_ids = np.array([token for token, _ in cells], dtype="<i4").tobytes()
        message.logprobs = np.array([logprob for _, logprob in cells], dtype="<f4").tobytes()
        message.k = width
        message.length = len(rows)


def load() -> ProtobufWire | None:
    """The wire, where its descriptors are installed."""
    module = descriptors()
    return None if module is None else ProtobufWire(module)
