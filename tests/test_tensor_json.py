"""cookbook/tensor_json.py: the quick way says what the plain way says."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook import tensor_json
from cookbook.dtypes import DTYPES, wide
from cookbook.errors import InvalidTensorError, TensorShapeError, UnknownDtypeError
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUICK_INTEGERS = ("int16", "int32", "int64", "uint16", "uint32", "uint64")
EDGES = [
    0.0,
    -0.0,
    1.0,
    0.1,
    9.9999999e9,
    999999999.5,
    9.9999995e-05,
    1e-45,
    1.1754942e-38,
    1.1754944e-38,
    3.4028235e38,
    123456789.0,
    1e10,
    2.0**-149,
]


def there_and_back(tensor: TensorData) -> bytes:
    """The text, which every reader of JSON reads as the same tensor."""
    text = tensor_json.dumps(tensor)
    for back in (tensor_json.loads(text), TensorData.from_json(json.loads(text))):
        assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
        assert back.to_memory() == tensor.to_memory()
    return text


@given(patterns=st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_every_float32(patterns: list[int]) -> None:
    values = np.array(patterns, dtype=np.uint32).view(np.float32)
    there_and_back(TensorData.from_numpy(np.where(np.isnan(values), np.float32(np.nan), values)))


def test_many_float32_at_once() -> None:
    drawn = np.random.default_rng(0)
    patterns = drawn.integers(0, 2**32, 200_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    finite = patterns[np.isfinite(patterns)]
    text = there_and_back(TensorData.from_numpy(finite))
    assert text.count(b"e") > finite.size, "written the slow way"


@pytest.mark.parametrize("value", EDGES)
@pytest.mark.parametrize("sign", [1, -1])
def test_edges(value: float, sign: int) -> None:
    there_and_back(TensorData.from_numpy(np.array([value * sign], dtype=np.float32)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_every_value_of_sixteen_bits(dtype: str) -> None:
    values = np.arange(1 << 16, dtype=np.uint16).view(DTYPES[dtype].numpy)
    there_and_back(TensorData.from_numpy(values[np.isfinite(wide(values))]))


@pytest.mark.parametrize("dtype", QUICK_INTEGERS)
@given(values=st.lists(st.integers(0, 9_999_999), min_size=1, max_size=40))
def test_small_integers_are_written_in_columns(dtype: str, values: list[int]) -> None:
    fitting = [value % (DTYPES[dtype].largest + 1) for value in values]
    text = there_and_back(TensorData.from_nested(fitting, dtype))
    body = text[text.index(b"[") + 1 : text.index(b"]")]
    assert len(body) == 8 * len(fitting) - 1
    assert [int(number) for number in body.split(b",")] == fitting


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3)])
def test_every_dtype_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    there_and_back(TensorData.from_nested([at % 2 for at in range(math.prod(shape))], dtype).reshape(shape))


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([-1, 5], "int64"),
        ([10_000_000], "int64"),
        ([2**60], "int64"),
        ([math.nan, 1.0], "float32"),
        ([0.1], "float64"),
        ([0.5], "float8_e5m2"),
    ],
)
def test_others_take_the_plain_way(data: list[Any], dtype: str) -> None:
    tensor = TensorData.from_nested(data, dtype)
    assert json.loads(there_and_back(tensor)) == tensor.to_json()
    assert b" " not in tensor_json.dumps(tensor)


def test_more_than_a_block() -> None:
    count = tensor_json.BLOCK * 2 + 5
    there_and_back(TensorData.from_numpy(np.arange(count)))
    there_and_back(TensorData.from_numpy(np.arange(count, dtype=np.float32) / 7))


@pytest.mark.parametrize(
    "text",
    [
        b'{"data":[1,2,3],"dtype":"int64","shape":[3]}',
        b'{ "shape" : [2], "dtype" : "int64", "data" : [ 1, 2 ] }',
        b'{"data":[1.5,2],"dtype":"float32"}',
        b'{"data":[      1,      2],"dtype":"int64"}',
        b'{"data":[ 1.50000000e+00],"dtype":"float32","shape":[1],"other":[]}',
        b'{"data":[1.50000000e+000],"dtype":"float32","shape":[1]}',
        b'{"data":[ 15.0000000e-01],"dtype":"float32","shape":[1]}',
        b'{"data":[ 1.50000000E+00],"dtype":"float32","shape":[1]}',
        b'{"data":[ 1.50000000e-99],"dtype":"float32","shape":[1]}',
        b'{"data":["NaN",        1],"dtype":"float32","shape":[2]}',
        b'{"data":[        12345678],"dtype":"float32","shape":[1]}',
        b'{"data":[1,     2],"dtype":"int64","shape":[2]}',
        b'{"data":[],"dtype":"int64","shape":[0]}',
    ],
)
def test_what_others_write_is_read_as_it_stands(text: bytes) -> None:
    expected = TensorData.from_json({key: value for key, value in json.loads(text).items() if key != "other"})
    got = tensor_json.loads(text)
    assert (got.dtype, got.shape, got.to_memory()) == (expected.dtype, expected.shape, expected.to_memory())


@given(place=st.integers(0, 30), byte=st.integers(0, 255))
def test_a_changed_byte_is_read_as_json_reads_it(place: int, byte: int) -> None:
    text = bytearray(b'{"data":[ 1.50000000e+00,-2.25000000e-01],"dtype":"float32","shape":[2]}')
    text[9 + place] = byte
    try:
        expected: NDArray[Any] | None = TensorData.from_json(json.loads(bytes(text))).to_numpy()
    except (ValueError, UnicodeDecodeError):
        expected = None
    if expected is None:
        with pytest.raises(InvalidTensorError):
            tensor_json.loads(bytes(text))
    else:
        assert np.array_equal(tensor_json.loads(bytes(text)).to_numpy(), expected, equal_nan=True)


@given(place=st.integers(0, 14), byte=st.integers(0, 255))
def test_a_changed_byte_among_integers(place: int, byte: int) -> None:
    text = bytearray(b'{"data":[     12,1234567],"dtype":"int64","shape":[2]}')
    text[9 + place] = byte
    try:
        expected: list[int] | None = TensorData.from_json(json.loads(bytes(text))).data.tolist()
    except (ValueError, UnicodeDecodeError):
        expected = None
    if expected is None:
        with pytest.raises(InvalidTensorError):
            tensor_json.loads(bytes(text))
    else:
        assert tensor_json.loads(bytes(text)).data.tolist() == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", InvalidTensorError),
        (b"[1]", InvalidTensorError),
        (b'{"data":[1]}', InvalidTensorError),
        (b'{"data":[1],"dtype":"int2","shape":[1]}', UnknownDtypeError),
        (b'{"data":[      1,      2],"dtype":"int64","shape":[3]}', TensorShapeError),
        (b'{"data":[ 1.50000000e+00],"dtype":"int64","shape":[7]}', TensorShapeError),
    ],
)
def test_what_is_no_tensor_is_refused(text: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        tensor_json.loads(text)
