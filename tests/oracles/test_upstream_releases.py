"""conformance/oracles/upstream_releases.py: what older releases lack, and the forms of their messages."""

from __future__ import annotations

import enum
import sys
from types import ModuleType
from typing import Any

import pytest

from conformance.adapters.serve import NotSupported, Rejected
from conformance.oracles import upstream_releases as releases

PARTS = [{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


class Release01:
    """The renderers of a release like 0.1."""

    class Renderer:
        def build_generation_prompt(self) -> None: ...

    class Message:
        __annotations__ = {"content": str, "thinking": str}

    class TrainOnWhat(enum.StrEnum):
        LAST_ASSISTANT_MESSAGE = "last_assistant_message"


class Release05(Release01):
    class Message:
        __annotations__ = {"content": "str | list"}

    @staticmethod
    def get_text_content() -> None: ...


@pytest.fixture(params=[Release01, Release05])
def release(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    package = ModuleType("tinker_cookbook")
    package.renderers = request.param  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tinker_cookbook", package)
    monkeypatch.setitem(sys.modules, "tinker_cookbook.renderers", request.param)
    return request.param


def test_operations_are_declared_if_their_function_is_there(release: Any) -> None:
    asked = ["tensor.from_nested", "renderer.build_generation_prompt", "renderer.get_text_content", "renderer.other"]
    assert releases.declared_operations(asked) == asked[: 3 if release is Release05 else 2]


def test_parts_are_known_by_the_form_of_messages(release: Any) -> None:
    assert releases.has_parts() is (release is Release05)


def test_a_mode_of_other_releases_is_not_supported_and_an_unknown_one_is_asked(release: Any) -> None:
    for given in ({}, {"train_on_what": "last_assistant_message"}, {"train_on_what": "nonsense"}):
        assert releases.train_on_what(given) == given
    with pytest.raises(NotSupported, match="last_assistant_turn"):
        releases.train_on_what({"train_on_what": "last_assistant_turn"})


def test_renderers_are_declared_if_they_can_be_made() -> None:
    def make(name: str) -> str:
        if name == "new":
            raise ValueError("Unknown renderer: new")
        return name

    assert releases.declared_renderers(["old", "new", "older"], make) == ["old", "older"]


class Renderer:
    def __init__(self, tokenizer: str, system_role_as_user: bool = False) -> None:
        self.made_with = (tokenizer, system_role_as_user)


def test_options_are_given_to_the_renderers_class() -> None:
    made = releases.with_options(Renderer("t"), "deepseekv3", "t", {"system_role_as_user": True})
    assert made.made_with == ("t", True)


def test_an_option_of_other_releases_is_not_supported_and_an_unknown_one_is_asked() -> None:
    with pytest.raises(NotSupported, match="strip_thinking_from_history"):
        releases.with_options(Renderer("t"), "qwen3", "t", {"strip_thinking_from_history": False})
    for name, option in (("llama3", "strip_thinking_from_history"), ("qwen3", "nonsense")):
        with pytest.raises(TypeError, match=option):
            releases.with_options(Renderer("t"), name, "t", {option: False})


def test_parts_become_a_string_and_a_field() -> None:
    flat = releases.flat({"role": "assistant", "content": PARTS, "tool_calls": []})
    assert flat == {"role": "assistant", "content": "ab", "thinking": "r", "tool_calls": []}
    assert releases.flat({"role": "user", "content": PARTS[1:]}) == {"role": "user", "content": "ab"}
    assert releases.flat({"role": "user", "content": None}) == {"role": "user", "content": None}


@pytest.mark.parametrize(
    "message",
    [
        {"content": PARTS[::-1]},
        {"content": [*PARTS, {"type": "image", "image": "i"}]},
        {"content": ["text"]},
        {"content": "a", "unparsed_tool_calls": []},
    ],
)
def test_what_a_string_and_a_field_cannot_say_is_not_supported(message: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        releases.flat(message)


def test_a_field_becomes_a_part() -> None:
    assert releases.parted({"content": "a", "thinking": "r"}) == {"content": PARTS[:2]}
    assert releases.parted({"content": PARTS}) == {"content": PARTS}


class ModelInput:
    def to_ints(self) -> list[int]:
        return [1, 2]


class Tensor:
    def tolist(self) -> list[int]:
        return [1, 2]


@pytest.mark.parametrize("sequence", [ModelInput(), Tensor()])
def test_tokens_are_read_from_either_form(sequence: Any) -> None:
    assert releases.token_ids(sequence) == [1, 2]


class RendererError(ValueError):
    pass


class Unforeseen(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RendererError("no"), "renderer_error"),
        (NotImplementedError(), "not_implemented"),
        (AssertionError(), "invalid_message"),
        (KeyError("role"), "invalid_message"),
        (OverflowError(), "invalid_message"),
    ],
)
def test_an_exception_of_the_original_is_a_rejection(
    error: Exception, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exceptions = ModuleType("tinker_cookbook.exceptions")
    vars(exceptions).update(RendererError=RendererError, DataValidationError=Unforeseen, ConfigurationError=Unforeseen)
    package = ModuleType("tinker_cookbook")
    package.exceptions = exceptions  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tinker_cookbook", package)
    found = releases.rejection(error)
    assert isinstance(found, Rejected)
    assert found.kind == kind
    assert str(found), "an error without a text is named after its type"


def test_a_release_without_exceptions_refuses_by_other_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tinker_cookbook", ModuleType("tinker_cookbook"))
    found = releases.rejection(ValueError("no"))
    assert isinstance(found, Rejected)
    assert isinstance(releases.rejection(ModuleNotFoundError("no module")), NotSupported)
    unforeseen = Unforeseen()
    assert releases.rejection(unforeseen) is unforeseen, "the oracle broke, and says so"
