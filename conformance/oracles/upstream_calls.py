"""How the numbers of the original are reached, in whatever release is installed.

A release without a module, a function or a parameter has nothing that could answer: "not supported", not a refusal.
"""

from __future__ import annotations

import importlib
import inspect
import os
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

# Older releases look models up on a network. An oracle must not depend on one.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def found(module: str, name: str) -> Any:
    """What `tinker_cookbook.<module>` has under `name`."""
    try:
        return getattr(importlib.import_module(f"tinker_cookbook.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise NotSupported(f"this release has no {module}.{name}") from error


def called(module: str, name: str, *given: Any, **named: Any) -> Any:
    """What that function answers."""
    function: Callable[..., Any] = found(module, name)
    unknown = set(named) - set(inspect.signature(function).parameters)
    if unknown:
        raise NotSupported(f"{module}.{name} of this release has no {', '.join(sorted(unknown))}")
    return function(*given, **named)


def without_network(module: str, name: str, **named: Any) -> Any:
    """The same for a function that a release may have to ask a network for."""
    try:
        return called(module, name, **named)
    except OSError as error:
        raise NotSupported("this release looks that up on a network") from error


def messages(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages from the form they have on the wire to the original's."""
    from tinker_cookbook.renderers import ToolCall

    made = []
    for message in given:
        if "unparsed_tool_calls" in message:
            raise NotSupported("these questions have no calls that could not be read")
        calls = [ToolCall(**call) for call in message.get("tool_calls", [])]
        made.append({**message, "tool_calls": calls} if "tool_calls" in message else dict(message))
    return made


def renderer(upstream: Any, name: str, tokenizer: str, options: dict[str, Any] | None) -> Any:
    """The renderer of a session."""
    import json

    return upstream.renderer(name, tokenizer, json.dumps(options or {}, sort_keys=True))
