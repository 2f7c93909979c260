"""What a release of tinker-cookbook has of the newest one's, found by looking at it, and the forms of its messages.

Older releases run on the newest one's dependencies. A release without a function, renderer, mode or option has nothing
that could answer: what can be declared is not declared, the rest is "not supported". In release 0.1 content is a string
and reasoning a field of its own. Releases before 0.4 say of a response only whether it ended well: a bool.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MODES = (
    "last_assistant_message",
    "last_assistant_turn",
    "all_assistant_messages",
    "all_messages",
    "all_tokens",
    "all_user_and_system_messages",
    "customized",
)
"""The values of `TrainOnWhat` in the newest release."""

OPTIONS = {
    "strip_thinking_from_history": ("qwen3", "deepseekv3"),
    "system_role_as_user": ("deepseekv3",),
}
"""The options in the newest release, and the renderers that have them, by the beginning of their names."""

Json = dict[str, Any]


def declared_operations(operations: Iterable[str]) -> list[str]:
    """Those of `operations` that the release has: an operation is named after a function or method of renderers."""
    from tinker_cookbook import renderers

    def has(operation: str) -> bool:
        area, _, function = operation.partition(".")
        return area != "renderer" or hasattr(renderers.Renderer, function) or hasattr(renderers, function)

    return [operation for operation in operations if has(operation)]


def declared_renderers(names: Iterable[str], make: Callable[[str], Any]) -> list[str]:
    """Those of `names` that the release can make."""
    declared = []
    for name in names:
        try:
            make(name)
        except Exception:
            continue  # a release says in its own way that it knows no such renderer
        declared.append(name)
    return declared


def with_options(plain: Any, name: str, tokenizer: Any, options: Json) -> Any:
    """The renderer `plain` made anew with `options`. Raises NotSupported for one that only other releases have."""
    known = inspect.signature(type(plain)).parameters
    for option in options:
        if option not in known and name.startswith(OPTIONS.get(option, ("-",))):
            raise NotSupported(f"this release has no option {option}")
    return type(plain)(tokenizer, **options)


def train_on_what(given: Json) -> Json:
    """`given` as it is. Raises NotSupported for a mode that only other releases have."""
    from tinker_cookbook.renderers import TrainOnWhat

    mode = given.get("train_on_what")
    if mode in MODES and mode not in [value.value for value in TrainOnWhat]:
        raise NotSupported(f"this release has no mode {mode}")
    return given


def rejection(error: Exception) -> Exception:
    """The answer that an exception of the original stands for; the exception itself where it is none.

    What cannot be imported is what an older release does not have. The original refuses input by its own exceptions,
    and just as often by an assertion or a failed look-up.
    """
    text = str(error) or type(error).__name__
    if isinstance(error, ImportError):
        return NotSupported(f"this release does not have it: {text}")
    kinds: _Kinds = (
        *_own_exceptions(),
        ("not_implemented", (NotImplementedError,)),
        # torch says RuntimeError where a number does not fit.
        ("invalid_message", (AssertionError, LookupError, TypeError, ValueError, AttributeError)),
        ("invalid_message", (ArithmeticError, RuntimeError)),
    )
    for kind, types in kinds:
        if isinstance(error, types):
            return Rejected(kind, text)
    return error


_Kinds = tuple[tuple[str, tuple[type[Exception], ...]], ...]


def _own_exceptions() -> _Kinds:
    """The release's exceptions, by the kind of rejection that they stand for. Release 0.1 has none of its own."""
    try:
        from tinker_cookbook import exceptions
    except ImportError:
        return ()
    return (
        ("renderer_error", (exceptions.RendererError,)),
        ("data_validation", (exceptions.DataValidationError,)),
        ("config", (exceptions.ConfigurationError,)),
    )


def has_parts() -> bool:
    """Whether content may be a list of parts, as it may since release 0.2."""
    from tinker_cookbook.renderers import Message

    return "thinking" not in Message.__annotations__


def flat(message: Json) -> Json:
    """A message in the form of release 0.1. Raises NotSupported where that form cannot say it."""
    content = message.get("content")
    if "unparsed_tool_calls" in message:
        raise NotSupported("this release keeps no calls that could not be read")
    if not isinstance(content, list):
        return message
    kinds = [str(part.get("type")) if isinstance(part, dict) else "" for part in content]
    if not set(kinds) <= {"text", "thinking"} or kinds != sorted(kinds, reverse=True):  # "thinking" before "text"
        raise NotSupported("in this release content is one string, and reasoning stands before it")
    made = {**message, "content": "".join(part["text"] for part in content if part["type"] == "text")}
    if "thinking" in kinds:
        made["thinking"] = "".join(part["thinking"] for part in content if part["type"] == "thinking")
    return made


def parted(message: Json) -> Json:
    """A message of release 0.1 in the form on the wire: reasoning becomes a part."""
    made = dict(message)
    thinking = made.pop("thinking", None)
    if thinking is not None:
        made["content"] = [{"type": "thinking", "thinking": thinking}, {"type": "text", "text": made["content"]}]
    return made


def token_ids(sequence: Any) -> list[int]:
    """The ids of a ModelInput, or of the tensor that release 0.1 has in its place."""
    return list(sequence.tolist() if hasattr(sequence, "tolist") else sequence.to_ints())
