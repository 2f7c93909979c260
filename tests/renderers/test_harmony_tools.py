"""Facts of upstream's TypeScript declarations for gpt-oss (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest

from cookbook.errors import InvalidMessageError
from cookbook.renderers.harmony_tools import tools_namespace


def declared(parameters, description="") -> str:
    text = tools_namespace([{"name": "f", "description": description, "parameters": parameters}])
    return text.removeprefix("# Tools\n\n## functions\n\nnamespace functions {\n\n").removesuffix(
        "\n\n} // namespace functions"
    )


def written(schema) -> str:
    """The type of a property with this schema."""
    text = declared({"type": "object", "properties": {"n": schema}})
    return text.removeprefix("type f = (_:\n{\nn?: ").removesuffix(",\n}) => any;")


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "null"}, "any"),
        ({}, "any"),
        ({"type": "string", "enum": ["a", 'b"', "é"]}, '"a" | "b\\"" | "\\u00e9"'),
        ({"type": "integer", "enum": [1, 2]}, "number"),
        ({"type": "string", "nullable": True}, "string | null"),
        ({"type": "string", "enum": ["a"], "nullable": True}, '"a"'),
        ({"type": ["string", "null"]}, "string | any"),
        ({"type": "array", "items": {"type": "integer"}}, "number[]"),
        ({"type": "array"}, "any[]"),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, "string | any[]"),
        ({"anyOf": [{"type": "number"}], "type": "string"}, "number"),
        ({"type": "object"}, "{  }"),
        (
            {"type": "object", "properties": {"a": {}, "b": {"type": "string"}}, "required": ["b"]},
            "{ a?: any, b: string }",
        ),
    ],
)
def test_types(schema, type_) -> None:
    assert written(schema) == type_


@pytest.mark.parametrize(
    "parameters", [{}, {"type": "object"}, {"type": "object", "properties": {}}, {"properties": {}}]
)
def test_a_tool_without_properties_takes_nothing(parameters) -> None:
    assert declared(parameters, "does é") == "// does é\ntype f = () => any;"


def test_the_layout_of_comments_and_defaults() -> None:
    parameters = {
        "type": "object",
        "description": "all of it",
        "properties": {
            "city": {"type": "string", "title": "City", "description": "where", "examples": ["Bonn", "é"]},
            "n": {"type": "integer", "default": None},
        },
        "required": ["city"],
    }
    assert declared(parameters) == (
        "type f = (_: // all of it\n{\n"
        '// City\n// \n// where\n// Examples:\n// - "Bonn"\n// - "\\u00e9"\n'
        "city: string,\n"
        "n?: number, // default: null\n"
        "}) => any;"
    )


def test_a_property_without_a_schema_object_is_named() -> None:
    with pytest.raises(InvalidMessageError, match="'n' is True"):
        written(True)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        "x",
        [1],
        {"properties": [1]},
        {"properties": {"a": {}}, "required": 5},
        {"properties": {"a": {"type": "string", "enum": 5}}},
        {"properties": {"a": {"oneOf": 5}}},
        {"properties": {"a": {"anyOf": [5]}}},
        {"properties": {"a": {"type": "array", "items": 5}}},
        {"properties": {"a": {"type": "object", "properties": None}}},
        {"properties": {"a": {"type": {}}}},
        {"properties": {"a": {"examples": 5}}},
    ],
)
def test_what_is_no_schema_is_refused(schema) -> None:
    if isinstance(schema, dict):
        schema = {"type": "object", **schema}
    with pytest.raises(InvalidMessageError, match="'look' are no JSON Schema"):
        tools_namespace([{"name": "look", "description": "", "parameters": schema}])
