"""conformance/oracles/upstream_calls.py: what a release lacks is not supported, and what it refuses is refused."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from conformance.adapters.serve import NotSupported
from conformance.oracles.upstream_calls import called, found, messages, renderer, without_network


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch) -> None:
    package, numbers, renderers = (ModuleType(f"tinker_cookbook{part}") for part in ("", ".numbers", ".renderers"))
    package.__path__ = []

    def doubled(value: int, *, times: int = 2) -> int:
        if value < 0:
            raise TypeError("not below zero")
        return value * times

    def from_afar(value: int) -> int:
        raise OSError("no network")

    class ToolCall:
        def __init__(self, **fields: Any) -> None:
            self.fields = fields

    for name, value in (("doubled", doubled), ("from_afar", from_afar)):
        setattr(numbers, name, value)
    renderers.ToolCall = ToolCall  # type: ignore[attr-defined]
    for module in (package, numbers, renderers):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def test_what_is_there_is_called() -> None:
    assert called("numbers", "doubled", 3) == 6
    assert called("numbers", "doubled", 3, times=3) == 9
    assert without_network("numbers", "doubled", value=2) == 4


@pytest.mark.parametrize(("module", "name"), [("numbers", "tripled"), ("letters", "doubled"), ("numbers.more", "x")])
def test_what_is_not_there_is_not_supported(module: str, name: str) -> None:
    with pytest.raises(NotSupported, match="this release has no"):
        found(module, name)


def test_an_unknown_parameter_is_not_supported() -> None:
    with pytest.raises(NotSupported, match="doubled of this release has no half"):
        called("numbers", "doubled", 3, half=True)


def test_a_refusal_is_not_mistaken_for_a_lack() -> None:
    with pytest.raises(TypeError, match="not below zero"):
        called("numbers", "doubled", -1)


def test_a_network_is_not_asked() -> None:
    with pytest.raises(NotSupported, match="on a network"):
        without_network("numbers", "from_afar", value=1)


def test_messages_get_their_calls() -> None:
    made = messages(
        [{"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}]
    )
    assert made[0] == {"role": "user", "content": "?"}
    assert made[1]["tool_calls"][0].fields == {"id": "1"}
    with pytest.raises(NotSupported):
        messages([{"role": "assistant", "content": "", "unparsed_tool_calls": []}])


def test_renderers_are_the_sessions() -> None:
    class Session:
        @staticmethod
        def renderer(*given: str) -> tuple[str, ...]:
            return given

    assert renderer(Session(), "qwen3", "bytes-qwen3", {"b": 1, "a": 2}) == ("qwen3", "bytes-qwen3", '{"a": 2, "b": 1}')
    assert renderer(Session(), "qwen3", "bytes-qwen3", None) == ("qwen3", "bytes-qwen3", "{}")
