"""The lines of protocol 1: what is written is ASCII, what is read is taken strictly, and nothing is lost between."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.protocol import (
    PROTOCOL,
    AdapterOptions,
    AddedToken,
    BytesTokenizer,
    Environment,
    ErrorData,
    ErrorObject,
    Fault,
    FileTokenizer,
    Implementation,
    Incoming,
    InitializeParams,
    InitializeResult,
    NotProtocol,
    NotSupported,
    Rejection,
    Result,
    TokenizerEngine,
    answer_of,
    ascii_json,
    one_line,
    quote,
    read_line,
    reply_line,
    request_line,
)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NAME = TEXT.filter(bool)
TOKEN_ID = st.integers(0, 2**40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=4)

ADDED = st.builds(AddedToken, content=NAME, id=TOKEN_ID, special=st.booleans())
BYTES = st.builds(
    BytesTokenizer,
    bos_token=st.none() | TEXT,
    eos_token=st.none() | TEXT,
    added=st.lists(ADDED, max_size=4).map(tuple),
)
FILE = st.builds(
    FileTokenizer,
    path=NAME,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    bos_token=st.none() | TEXT,
    eos_token=st.none() | TEXT,
)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
ENVIRONMENT = st.builds(Environment, current_date=st.dates().map(lambda date: date.isoformat()), timezone=NAME)
IMPLEMENTATION = st.builds(Implementation, name=NAME, version=TEXT, language=TEXT, upstream=st.none() | TEXT)
ENGINE = st.builds(TokenizerEngine, name=NAME, version=NAME)
OPTIONS = st.builds(AdapterOptions, tokenizer=st.sampled_from(["own", "callback"]))
EVERY_TYPE = st.one_of(
    ADDED,
    BYTES,
    FILE,
    ENVIRONMENT,
    IMPLEMENTATION,
    ENGINE,
    OPTIONS,
    st.builds(InitializeParams, suite=TEXT, environment=ENVIRONMENT, tokenizers=st.dictionaries(TEXT, BYTES | FILE)),
    st.builds(
        InitializeResult,
        protocol=st.just(PROTOCOL),
        implementation=IMPLEMENTATION,
        operations=NAMES,
        renderers=NAMES,
        tokenizers=NAMES,
        engine=st.none() | ENGINE,
        options=OPTIONS,
    ),
    st.builds(ErrorObject, code=st.integers(-(2**31), 2**31), message=TEXT),
    st.builds(ErrorData, kind=st.none() | TEXT, reason=st.none() | TEXT, trace=st.none() | TEXT),
    st.builds(Incoming, jsonrpc=st.just("2.0"), id=st.none() | TEXT | st.integers(-(2**53), 2**53), method=TEXT),
    st.builds(Result, raw=st.binary()),
    st.builds(Rejection, kind=st.none() | TEXT, message=TEXT),
    st.builds(NotSupported, reason=TEXT),
    st.builds(Fault, kind=st.sampled_from(["broke", "crash", "timeout"]), message=TEXT, detail=TEXT),
)


@given(EVERY_TYPE)
def test_every_type_survives_the_wire(value: msgspec.Struct) -> None:
    raw = ascii_json(value)
    assert raw.isascii()
    assert msgspec.json.decode(raw, type=type(value)) == value
    assert msgspec.json.decode(json.dumps(json.loads(raw)), type=type(value)) == value


# Writing.


@given(JSON)
def test_what_is_written_is_ascii_and_means_the_same(value: Any) -> None:
    raw = ascii_json(value)
    assert raw.isascii()
    assert b"\n" not in raw
    assert json.loads(raw) == value


def test_characters_beyond_the_basic_plane_become_pairs() -> None:
    assert ascii_json({"é": "😀\u2028\x7f"}) == b'{"\\u00e9":"\\ud83d\\ude00\\u2028\x7f"}'


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        ascii_json("\ud83d")


@given(TEXT, NAME, OBJECT)
def test_a_request_is_one_line_that_says_it_all(id: str, method: str, params: dict[str, Any]) -> None:
    line = request_line(id, method, ascii_json(params))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert json.loads(line) == {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def test_params_are_spliced_in_as_they_are() -> None:
    line = request_line("q", "tensor.from_nested", b'{ "data": [1.0, 1e3, -0.0] }')
    assert line == b'{"jsonrpc":"2.0","id":"q","method":"tensor.from_nested","params":{ "data": [1.0, 1e3, -0.0] }}\n'


@pytest.mark.parametrize(
    "params",
    ['{"a":"é"}'.encode(), b'{"a":\n1}', b'{"a":\r1}', b"[1]", b"null", b""],
)
def test_params_that_are_not_an_object_in_ascii_on_one_line_are_refused(params: bytes) -> None:
    with pytest.raises(ValueError, match="'q' are not the ASCII text of a JSON object on one line"):
        request_line("q", "m", params)


@pytest.mark.parametrize("params", [rb'{"a":"\ud83d"}', rb'{"a":"\uDE00\uD83D"}', rb'{"\ud83d\ud83d\ude00":1}'])
def test_params_with_half_a_surrogate_pair_are_refused(params: bytes) -> None:
    with pytest.raises(ValueError, match="'q' hold a lone surrogate"):
        request_line("q", "m", params)


@pytest.mark.parametrize("params", [rb'{"a":"\ud83d\ude00"}', rb'{"a":"\\ud83d"}', rb'{"a":"\u00e9\n"}'])
def test_params_with_other_escapes_are_fine(params: bytes) -> None:
    assert params in request_line("q", "m", params)


def test_replies_of_the_runner() -> None:
    assert reply_line(3, result={"text": "é"}) == b'{"jsonrpc":"2.0","id":3,"result":{"text":"\\u00e9"}}\n'
    refusal = reply_line("x", error=ErrorObject(-32601, "no"))
    assert refusal == b'{"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"no"}}\n'


# Reading.


@given(JSON, st.booleans(), st.integers(-(2**53), 2**53) | TEXT)
@example(None, True, 0)
@example([], True, "")
def test_a_result_is_kept_byte_by_byte(value: Any, ascii_only: bool, id: int | str) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    line = b'{"id": %b, "result": %b, "jsonrpc": "2.0"}' % (json.dumps(id).encode(), raw)
    reply = read_line(line)
    assert reply.id == id
    assert answer_of(reply) == Result(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"weights":["NaN","Infinity","-Infinity",-0.0,0.0,1e-45]}',
        b'{"data":[9007199254740993,123456789012345678901234567890,"9007199254740993"]}',
        b'{"tokens":[1.0,1e2]}',
        b"null",
        b'""',
    ],
)
def test_numbers_are_not_touched(raw: bytes) -> None:
    assert answer_of(read_line(b'{"jsonrpc":"2.0","id":1,"result":%b}' % raw)) == Result(raw)


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_read_or_named(line: bytes) -> None:
    try:
        message = read_line(line)
    except NotProtocol as error:
        fault = error
    else:
        assert json.loads(line)["jsonrpc"] == message.jsonrpc
        return
    assert fault.kind in ("garbage", "malformed")
    assert fault.reason
    assert "\n" not in fault.reason


def error(code: int, message: str, data: str | None = None) -> Incoming:
    member = "" if data is None else f',"data":{data}'
    text = f'{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":{json.dumps(message)}{member}}}}}'
    return read_line(text.encode())


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (error(-32000, "no", '{"kind":"renderer_error"}'), Rejection("renderer_error", "no")),
        (error(-32000, "no", '{"kind":"renderer_error","line":7}'), Rejection("renderer_error", "no")),
        (error(-32000, "no"), Rejection(None, "no")),
        (error(-32000, "no", "null"), Rejection(None, "no")),
        (error(-32000, "no", '"text"'), Rejection(None, "no")),
        (error(-32000, "no", '{"kind":7}'), Rejection(None, "no")),
        (error(-32601, "method not found", '{"reason":"no vision"}'), NotSupported("no vision")),
        (error(-32601, "method not found"), NotSupported("method not found")),
        (error(-32603, "oops\nat 7"), Fault("broke", "the adapter broke: oops at 7", "")),
        (error(-32603, "oops", '{"trace":"a\\nb"}'), Fault("broke", "the adapter broke: oops", "a\nb")),
        (error(-32603, "oops", '["a"]'), Fault("broke", "the adapter broke: oops", '["a"]')),
        (error(-32602, "what?"), Fault("broke", "error -32602, which is no answer of protocol 1: what?", "")),
        (error(1, "what?"), Fault("broke", "error 1, which is no answer of protocol 1: what?", "")),
    ],
)
def test_the_four_answers(reply: Incoming, answer: Rejection | NotSupported | Fault) -> None:
    assert answer_of(reply) == answer


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"jsonrpc":"2.0","id":"q"}', "it has neither `result` nor `error`"),
        (
            b'{"jsonrpc":"2.0","id":"q","result":null,"error":{"code":1,"message":""}}',
            "it has both `result` and `error`",
        ),
    ],
)
def test_a_reply_says_one_thing(line: bytes, reason: str) -> None:
    with pytest.raises(NotProtocol) as caught:
        answer_of(read_line(line))
    assert (caught.value.kind, caught.value.reason, caught.value.id) == ("malformed", reason, "q")


def test_an_absent_result_is_not_null() -> None:
    assert answer_of(read_line(b'{"jsonrpc":"2.0","id":1,"result":null}')) == Result(b"null")


# Showing.


def test_a_text_is_brought_onto_one_line() -> None:
    assert one_line("a\n  b\tc ") == "a b c"
    assert one_line("x" * 300) == "x" * 200 + "..."


def test_a_line_is_quoted_as_a_person_reads_it() -> None:
    assert quote("héllo\t".encode()) == "'héllo\\t'"
    assert quote(b"\xff") == "'\\\\xff'"
    assert quote(b"x" * 1000) == f"'{'x' * 200}'... (1,000 bytes)"


def test_the_defaults_of_the_environment_are_those_of_the_suite() -> None:
    assert msgspec.to_builtins(InitializeParams(suite="s")) == {
        "protocol": 1,
        "suite": "s",
        "environment": {"current_date": "2025-06-28", "timezone": "UTC"},
        "tokenizers": {},
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_runner_does_not_write_what_json_lacks(value: float) -> None:
    assert ascii_json([value]) == b"[null]"
