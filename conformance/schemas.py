"""JSON Schema (2020-12) of everything on the wire, written from the types of `conformance.operations` and `protocol`.

    python -m conformance.schemas           write golden/schema/
    python -m conformance.schemas --check   say what there differs from the types

Two things the schemas cannot say, and the runner holds to: an integer is written without a point or an exponent, and a
number does not exceed what a double can hold.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.golden_path import golden_dir
from conformance.operations import NUMBER_TEXT, OPERATIONS
from conformance.protocol import ErrorObject, InitializeParams, InitializeResult
from conformance.traces import stream
from conformance.traces.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"

NUMBERS = [{"type": "number"}, {"type": "string", "pattern": NUMBER_TEXT}]
NESTED = {
    "Nested": {
        "description": "A number, or nested arrays of numbers.",
        "anyOf": [*NUMBERS, {"type": "array", "items": {"$ref": "#/$defs/Nested"}}],
    },
    "Elements": {
        "description": "A number, in a tensor of booleans true or false, or nested arrays of them.",
        "anyOf": [{"type": "boolean"}, *NUMBERS, {"type": "array", "items": {"$ref": "#/$defs/Elements"}}],
    },
}
"""Stand here because msgspec has no arrays that hold themselves."""


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    found = {
        "initialize.params.json": _complete(_of(InitializeParams, "What the runner offers in the handshake.")),
        "initialize.result.json": _of(InitializeResult, "What the adapter declares in the handshake."),
        "request.json": _request(),
        "reply.json": _reply(),
    }
    for operation in OPERATIONS.values():
        found[f"{operation.name}.params.json"] = _of(operation.params, f"Asks for: {operation.summary}")
        found[f"{operation.name}.result.json"] = _of(operation.result, operation.summary)
    found["scenario.json"] = _of(Scenario, "A file of golden/traces: a loop's config and data, and what is expected.")
    found["stream.json"] = _of(list[stream.Operation], "What a training loop asks of the API.")
    return {name: {"$schema": DIALECT, "$id": name, **found[name]} for name in sorted(found)}


def write(directory: Path) -> None:
    """Make `directory` hold the schemas and no other `*.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = _texts()
    for path in directory.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text, encoding="ascii", newline="\n")


def check(directory: Path) -> list[str]:
    """What in `directory` is not as `write` would make it, one line each."""
    wanted = _texts()
    there = {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.json")}
    return [
        *(f"{name} is missing" for name in wanted.keys() - there.keys()),
        *(f"{name} belongs to no operation" for name in there.keys() - wanted.keys()),
        *(f"{name} differs from the types" for name in wanted.keys() & there.keys() if wanted[name] != there[name]),
    ]


def _texts() -> dict[str, str]:
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas().items()}


def _of(form: Any, description: str) -> dict[str, Any]:
    schema = {"description": description, **_plain(msgspec.json.schema(form))}
    for name, nested in NESTED.items():
        if f'"#/$defs/{name}"' in json.dumps(schema):
            schema["$defs"][name] = nested
    return schema


def _plain(schema: Any) -> Any:
    """Without `discriminator`, which is not of JSON Schema but of a dialect beside it; descriptions on one line."""
    if isinstance(schema, dict):
        plain = {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
        if isinstance(description := plain.get("description"), str):
            plain["description"] = " ".join(description.split())
        return plain
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    return schema


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    """The runner always sends every member, also those that its types have a default for."""
    for definition in schema["$defs"].values():
        definition["required"] = list(definition["properties"])
        for member in definition["properties"].values():
            member.pop("default", None)
    return schema


def _request() -> dict[str, Any]:
    return {
        "description": "A line from the runner; with a callback tokenizer, also one from the adapter.",
        "type": "object",
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "id": {"type": ["string", "integer"]},
            "method": {"anyOf": [{"enum": ["initialize", "shutdown"]}, {"enum": list(OPERATIONS)}]},
            "params": {"type": "object"},
        },
        "required": ["jsonrpc", "id", "method", "params"],
        "additionalProperties": False,
    }


def _reply() -> dict[str, Any]:
    error = _plain(msgspec.json.schema(ErrorObject))
    return {
        "description": "A line that answers a request. It echoes the id and has exactly one of result and error.",
        "type": "object",
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "id": {"type": ["string", "integer"]},
            "result": {},
            "error": {"$ref": error["$ref"]},
        },
        "required": ["jsonrpc", "id"],
        "oneOf": [{"required": ["result"]}, {"required": ["error"]}],
        "$defs": error["$defs"],
    }


def main(arguments: list[str]) -> int:
    """Write the schemas, or compare (`--check`): 0 when all is well, 1 when something differs, 2 for wrong usage."""
    directory = golden_dir() / "schema"
    if not arguments:
        write(directory)
        return 0
    if arguments != ["--check"]:
        print("usage: python -m conformance.schemas [--check]", file=sys.stderr)
        return 2
    problems = check(directory)
    for problem in sorted(problems):
        print(f"golden/schema/{problem}; run python -m conformance.schemas", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
