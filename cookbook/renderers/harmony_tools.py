"""Tools as Harmony declares them: TypeScript types in a namespace, with comments.

Behaviour: tinker-cookbook 0.5.8, `GptOssRenderer.create_conversation_prefix_with_tools`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cookbook.errors import InvalidMessageError
from cookbook.messages import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cookbook.messages import ToolSpec

    Schema = Mapping[str, Any]

_TYPES = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}


def tools_namespace(tools: Sequence[ToolSpec]) -> str:
    """The section of a developer message that declares `tools`.

    Raises InvalidMessageError for a schema that is not made as JSON Schema is.
    """
    declared = "\n\n".join([_declaration(tool) for tool in tools])
    return f"# Tools\n\n## functions\n\nnamespace functions {{\n\n{declared}\n\n}} // namespace functions"


def _declaration(tool: ToolSpec) -> str:
    description = tool.get("description")
    comment = f"// {description}\n" if description else ""
    schema: Any = tool.get("parameters") or {}
    try:
        return f"{comment}type {tool['name']} = {_parameters(schema)} => any;"
    except (AttributeError, TypeError) as error:  # something in it, at any depth, is of another type
        raise InvalidMessageError(f"the parameters of {tool['name']!r} are no JSON Schema: {shown(schema)}") from error


def _parameters(schema: Schema) -> str:
    """The argument of a tool, one property a line below its comments; `()` if it takes none."""
    if schema.get("type") != "object" or not schema.get("properties"):
        return "()"
    description = schema.get("description")
    lines = [f"(_: // {description}" if description else "(_:", "{"]
    for name, optional, value in _properties(schema):
        lines += [f"// {comment}" for comment in _comments(value)]
        default = f" // default: {json.dumps(value['default'])}" if "default" in value else ""
        lines.append(f"{name}{optional}: {_type(value)},{default}")
    return "\n".join([*lines, "})"])


def _properties(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Name, `?` if it may be left out, and schema of each property."""
    required = schema.get("required", ())
    for name, value in schema.get("properties", {}).items():
        if not isinstance(value, dict):
            raise InvalidMessageError(
                f"the schema of property {name!r} is {shown(value)}: it must be an object, {{}} for any"
            )
        yield name, "" if name in required else "?", value


def _comments(schema: Schema) -> list[str]:
    comments = [str(schema["title"]), ""] if schema.get("title") else []
    if schema.get("description"):
        comments.append(str(schema["description"]))
    if schema.get("examples"):
        comments += ["Examples:", *[f"- {json.dumps(example)}" for example in schema["examples"]]]
    return comments


def _type(schema: Schema) -> str:
    """A schema as a type. Choices are joined by `|`; an enum counts for strings only, and then hides `nullable`."""
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return " | ".join([_type(option) for option in schema[choice]])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join([_type({"type": option}) for option in kind])
    if kind == "string" and "enum" in schema:
        return " | ".join([json.dumps(value) for value in schema["enum"]])
    match kind:
        case "array":
            written = f"{_type(schema.get('items', {}))}[]"
        case "object":
            members = [f"{name}{optional}: {_type(value)}" for name, optional, value in _properties(schema)]
            written = f"{{ {', '.join(members)} }}"
        case _:
            written = _TYPES.get(kind, "any")
    return f"{written} | null" if schema.get("nullable") else written
