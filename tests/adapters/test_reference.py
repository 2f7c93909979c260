"""conformance/adapters/reference.py: the library as an adapter. (What it answers is held against golden elsewhere.)"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from byte_files import ADDED, tokenizer_json
from judging import reference
from private_cases import HI, HI_TOKENS

from conformance import SUITE
from conformance.adapters import reference as module
from conformance.adapters.reference import KINDS, OPERATIONS, Reference
from conformance.adapters.serve import NotSupported, Rejected
from conformance.operations import OPERATIONS as ALL_OPERATIONS
from conformance.operations import invalid_params, invalid_result
from conformance.protocol import InitializeResult, ascii_json
from cookbook import errors
from cookbook.renderers.registry import get_built_in_renderer_names

if TYPE_CHECKING:
    from pathlib import Path

QWEN = {"renderer": "qwen3", "tokenizer": "bytes-qwen3"}


@pytest.fixture
def qwen() -> Reference:
    return reference({"bytes-qwen3", "bytes-gpt_oss"})


def test_it_declares_all_that_there_is() -> None:
    offered = {"bytes-qwen3": {"kind": "bytes", "bos_token": None, "eos_token": None, "added": []}}
    params = {"tokenizers": offered, "environment": {"current_date": "2025-06-28", "timezone": "UTC"}}
    hello = msgspec.convert(Reference().initialize(params), InitializeResult)
    assert hello.implementation.version == SUITE
    assert set(hello.operations) == set(ALL_OPERATIONS) == set(OPERATIONS)
    assert set(hello.renderers) == set(get_built_in_renderer_names())
    assert hello.tokenizers == ("bytes-qwen3",)


def hello(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The handshake with the adapter as it is started with these arguments."""
    params = {"tokenizers": {}, "environment": {"current_date": "2025-06-28"}}
    return subprocess.run(
        [sys.executable, "-m", module.__name__, *arguments],
        input=json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "engine"),
    [((), "tokenizers"), (("--engine", "tokenizers"), "tokenizers"), (("--engine", "fastokens"), "fastokens")],
)
def test_it_states_the_engine_that_it_was_started_with(arguments: tuple[str, ...], engine: str) -> None:
    result = json.loads(hello(*arguments).stdout)["result"]
    assert result["engine"] == {"name": engine, "version": importlib.metadata.version(engine)}


@pytest.mark.parametrize("engine", ["tokenizers", "fastokens"])
def test_it_encodes_with_the_engine_that_it_states(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(tokenizer_json(ADDED))
    offer = {"kind": "file", "path": str(path), "sha256": "", "bos_token": None, "eos_token": "<s>"}
    made = Reference(engine)
    stated = made.initialize({"tokenizers": {"t": offer}, "environment": {"current_date": "2025-06-28"}})["engine"]
    loaded: Any = made.tokenizer("t")
    assert {"name": loaded.engine.name, "version": loaded.engine.version} == stated
    assert stated["name"] == engine


def test_an_engine_that_there_is_not_is_a_line_on_stderr() -> None:
    ended = hello("--engine", "swift")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1].endswith(
        "argument --engine: invalid choice: 'swift' (choose from 'tokenizers', 'fastokens')"
    )


QUESTIONS: list[tuple[str, dict[str, Any], Any]] = [
    ("tokenizer.encode", {"tokenizer": "bytes-qwen3", "text": "a<|im_end|>"}, {"tokens": [97, 258]}),
    (
        "tokenizer.encode",
        {"tokenizer": "bytes-qwen3", "text": "<|im_end|>", "split_special_tokens": True},
        {"tokens": [*b"<|im_end|>"]},
    ),
    ("tokenizer.decode", {"tokenizer": "bytes-qwen3", "tokens": [97, 258, 0xC3]}, {"text": "a<|im_end|>\ufffd"}),
    ("renderer.build_generation_prompt", {**QWEN, "messages": HI}, {"tokens": HI_TOKENS}),
    ("renderer.get_stop_sequences", QWEN, {"stop": [258]}),
    ("renderer.has_extension_property", QWEN, {"has_extension_property": False}),
    (
        "renderer.has_extension_property",
        {**QWEN, "options": {"strip_thinking_from_history": False}},
        {"has_extension_property": True},
    ),
    (
        "renderer.parse_response",
        {**QWEN, "tokens": [*b"Hi", 258]},
        {"message": {"role": "assistant", "content": "Hi"}, "termination": "stop_sequence"},
    ),
    ("tensor.from_nested", {"data": [[1, 2]], "dtype": "int64"}, {"data": [1, 2], "dtype": "int64", "shape": [1, 2]}),
    ("tensor.to_nested", {"data": ["NaN", 1.5], "dtype": "float32", "shape": [2]}, {"data": ["NaN", 1.5]}),
    ("tensor.to_nested", {"data": [str(2**60)], "dtype": "int64", "shape": []}, {"data": 2**60}),
]


@pytest.mark.parametrize(("operation", "params", "expected"), QUESTIONS)
def test_it_answers_in_the_form_of_the_operation(
    qwen: Reference, operation: str, params: dict[str, Any], expected: Any
) -> None:
    assert invalid_params(operation, ascii_json(params)) is None
    result = qwen.answer(operation, params)
    assert result == expected
    assert invalid_result(operation, ascii_json(result)) is None


def test_what_it_does_not_have_is_not_supported(qwen: Reference) -> None:
    with pytest.raises(NotSupported, match=r"renderer\.wibble"):
        qwen.answer("renderer.wibble", {})


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"renderer": "wibble", "messages": HI}, "renderer_error"),
        ({"renderer": "qwen3", "options": {"wibble": 1}, "messages": HI}, "invalid_message"),
        ({"renderer": "qwen3", "messages": [{"role": "user"}]}, "invalid_message"),
        ({"renderer": "qwen3", "messages": [{"content": "x"}]}, "invalid_message"),
    ],
)
def test_what_the_library_refuses_is_a_rejection(qwen: Reference, params: dict[str, Any], kind: str) -> None:
    with pytest.raises(Rejected) as raised:
        qwen.answer("renderer.build_generation_prompt", {"tokenizer": "bytes-qwen3", **params})
    assert raised.value.kind == kind


def test_every_error_of_the_library_has_a_kind() -> None:
    known = tuple(kind for kind, _ in KINDS)
    own = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert [one for one in own if not issubclass(one, known) and one is not errors.CookbookError] == []


def test_an_error_that_is_none_of_the_library_goes_through(qwen: Reference) -> None:
    with pytest.raises(KeyError):
        qwen.answer("renderer.build_generation_prompt", {"renderer": "qwen3", "tokenizer": "wibble", "messages": HI})


def test_a_renderer_is_made_once_for_its_options(qwen: Reference) -> None:
    plain = qwen.renderer(QWEN)
    assert qwen.renderer(dict(QWEN)) is plain
    assert qwen.renderer({**QWEN, "options": {}}) is plain
    kept = qwen.renderer({**QWEN, "options": {"strip_thinking_from_history": False}})
    assert kept is not plain
    assert qwen.renderer({**QWEN, "options": {"strip_thinking_from_history": False}}) is kept


def test_a_question_is_left_as_it_is(qwen: Reference) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "q"}]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "a"}]},
    ]
    params = {**QWEN, "messages": messages}
    before = json.dumps(params)
    for operation in ("build_generation_prompt", "build_supervised_example", "build_supervised_examples"):
        qwen.answer(f"renderer.{operation}", params)
        assert json.dumps(params) == before


def test_the_date_is_the_one_of_the_handshake() -> None:
    made = Reference()
    offer = msgspec.to_builtins(reference({"bytes-gpt_oss"})._offers)
    made.initialize({"tokenizers": offer, "environment": {"current_date": "2031-12-24", "timezone": "UTC"}})
    params = {"renderer": "gpt_oss_low_reasoning", "tokenizer": "bytes-gpt_oss", "messages": HI}
    text = bytes(t for t in made.answer("renderer.build_generation_prompt", params)["tokens"] if t < 256).decode()
    assert "Current date: 2031-12-24\n" in text


@pytest.mark.parametrize("number", ["1e3", "0x10", " 1", "nan", "\u0661", "", "--1"])
def test_strings_that_are_no_numbers_are_refused(qwen: Reference, number: str) -> None:
    with pytest.raises(Rejected):
        qwen.answer("tensor.from_nested", {"data": [number], "dtype": "float32"})


def test_it_speaks_the_protocol() -> None:
    lines = [
        {"id": 0, "method": "initialize", "params": {"tokenizers": {}, "environment": {"current_date": "2025-06-28"}}},
        {"id": "q", "method": "tensor.to_nested", "params": {"data": [1], "dtype": "int64", "shape": [1]}},
        {"id": "s", "method": "shutdown", "params": {}},
    ]
    ended = subprocess.run(
        [sys.executable, "-m", module.__name__],
        input="".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    replies = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [0, "q", "s"]
    assert replies[1]["result"] == {"data": [1]}
