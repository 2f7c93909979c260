"""golden/operations.md: every operation with its params and result, for people. The schemas are for machines."""

from __future__ import annotations

from itertools import groupby

import msgspec

from conformance.operations import OPERATIONS

HEAD = """\
# Operations

Written by `conformance generate` from the types that the runner validates with; `schema/` says the same as JSON Schema.
A param with a `?` may be absent: the default of the upstream function of that name holds then.
"""


def operations_page() -> bytes:
    """The page as it is stored."""
    lines = [HEAD]
    for area, group in groupby(OPERATIONS.values(), key=lambda operation: operation.area):
        lines += [f"## {area}", "", "| operation | params | result |  |", "|---|---|---|---|"]
        for operation in group:
            cells = (f"`{operation.name}`", _members(operation.params), _members(operation.result), operation.summary)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return ("\n".join(lines)).encode("ascii")


def _members(form: type[msgspec.Struct]) -> str:
    return ", ".join(f"`{field.encode_name}`{'' if field.required else '?'}" for field in msgspec.structs.fields(form))
