"""golden/schema/ is what the types say, in JSON Schema that others can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from conformance import schemas
from conformance.golden_path import golden_dir
from conformance.operations import OPERATIONS
from conformance.protocol import FileTokenizer, InitializeParams, ascii_json, reply_line, request_line
from conformance.traces.scenario import scenario_names, scenarios_dir

if TYPE_CHECKING:
    from pathlib import Path

ALL = schemas.schemas()


def valid(name: str, value: Any) -> bool:
    return Draft202012Validator(ALL[name]).is_valid(value)


def test_golden_holds_the_schemas_of_today() -> None:
    assert schemas.check(golden_dir() / "schema") == []


@pytest.mark.parametrize("name", ALL)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(ALL[name])
    assert ALL[name]["$id"] == name
    assert ALL[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert ALL[name]["description"]
    assert "discriminator" not in json.dumps(ALL[name])


@pytest.mark.parametrize("name", scenario_names())
def test_scenarios_fit_their_schemas(name: str) -> None:
    scenario = json.loads((scenarios_dir() / f"{name}.json").read_bytes())
    Draft202012Validator(ALL["scenario.json"]).validate(scenario)
    Draft202012Validator(ALL["stream.json"]).validate(scenario["expect"]["stream"])
    Draft202012Validator(ALL[f"{scenario['operation']}.params.json"]).validate(scenario["params"])


@pytest.mark.parametrize("broken", [{"op": "x"}, {"op": "optim_step", "model": "m0", "adam": {"lr": 1}}, {}, 3])
def test_what_is_no_stream_does_not_fit(broken: object) -> None:
    assert not Draft202012Validator(ALL["stream.json"]).is_valid([broken])


def test_every_operation_has_both_schemas() -> None:
    operations = {f"{name}.{part}.json" for name in OPERATIONS for part in ("params", "result")}
    handshake = {"initialize.params.json", "initialize.result.json", "request.json", "reply.json"}
    assert ALL.keys() == operations | handshake | {"scenario.json", "stream.json"}


def test_what_is_written_is_found_in_order(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "schema"
    schemas.write(directory)
    assert schemas.check(directory) == []
    written = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert all(content.isascii() and content.endswith(b"}\n") for content in written.values())
    schemas.write(directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == written


def test_what_is_not_in_order_is_named_and_put_right(tmp_path: Path) -> None:
    schemas.write(tmp_path)
    (tmp_path / "reply.json").unlink()
    (tmp_path / "renderer.guess.result.json").write_text("{}")
    (tmp_path / "request.json").write_text("{}")
    assert sorted(schemas.check(tmp_path)) == [
        "renderer.guess.result.json belongs to no operation",
        "reply.json is missing",
        "request.json differs from the types",
    ]
    schemas.write(tmp_path)
    assert schemas.check(tmp_path) == []


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(schemas, "golden_dir", lambda: tmp_path)
    assert schemas.main(["--check"]) == 1
    assert "golden/schema/reply.json is missing; run python -m conformance.schemas" in capsys.readouterr().err
    assert schemas.main([]) == 0
    assert schemas.main(["--check"]) == 0
    assert schemas.main(["--chek"]) == 2


def test_what_the_runner_sends_fits() -> None:
    hello = InitializeParams(
        suite="2026.11",
        tokenizers={"t": FileTokenizer(path="/t.json", sha256="0" * 64, bos_token=None, eos_token="<e>")},
    )
    params = json.loads(ascii_json(hello))
    assert valid("initialize.params.json", params)
    del params["environment"]
    assert not valid("initialize.params.json", params)
    assert valid("request.json", json.loads(request_line(0, "initialize", ascii_json(hello))))
    assert valid("request.json", json.loads(request_line("q", "tokenizer.encode", b"{}")))
    assert valid("request.json", json.loads(request_line(1, "shutdown", b"{}")))
    assert not valid("request.json", json.loads(request_line("q", "renderer.guess", b"{}")))
    assert valid("reply.json", json.loads(reply_line(1, result={"tokens": []})))


@pytest.mark.parametrize(
    ("members", "fits"),
    [
        ({"result": None}, True),
        ({"error": {"code": -32000, "message": "no", "data": {"kind": "x"}}}, True),
        ({}, False),
        ({"result": 1, "error": {"code": 1, "message": "no"}}, False),
        ({"result": 1, "id": None}, False),
        ({"result": 1, "jsonrpc": "1.0"}, False),
        ({"error": {"code": "1", "message": "no"}}, False),
        ({"error": {"code": 1}}, False),
    ],
)
def test_a_reply_says_one_thing(members: dict[str, Any], fits: bool) -> None:
    assert valid("reply.json", {"jsonrpc": "2.0", "id": "q", **members}) == fits


def test_a_declaration() -> None:
    declared: dict[str, Any] = {
        "protocol": 1,
        "implementation": {"name": "n", "version": "1", "language": "l"},
        "operations": [],
    }
    assert valid("initialize.result.json", declared)
    assert valid("initialize.result.json", {**declared, "options": {"tokenizer": "callback"}})
    assert not valid("initialize.result.json", {**declared, "options": {"tokenizer": "borrowed"}})
    assert not valid("initialize.result.json", {**declared, "operation": []})
    assert valid("initialize.result.json", {**declared, "engine": {"name": "tokenizers", "version": "0.23.3"}})
    assert not valid("initialize.result.json", {**declared, "engine": {"name": "tokenizers"}})
    assert not valid("initialize.result.json", {**declared, "engine": "tokenizers"})
