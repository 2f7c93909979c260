"""conformance/adapters/serve.py: the loop of an adapter in Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

ADAPTER = """
import sys
from conformance.adapters.serve import InvalidParams, NotSupported, Rejected, serve

print("printed before the start")

def answer(method, params):
    print("printed while answering")
    match method:
        case "reject": raise Rejected("config", "no \\ud800 such thing")
        case "decline": raise NotSupported("no vision")
        case "misunderstand": raise InvalidParams("params.x: expected number")
        case "break": return 1 / 0
        case "surrogate": return {"text": "\\ud800"}
        case "unspeakable": return {1, 2}
        case "infinite": return {"x": float("inf")}
        case "exit": sys.exit("gone")
    return {"method": method, **params}

def initialize(params):
    if params.get("broken"):
        raise ValueError("broken handshake")
    return {"hello": params}

def dumps(value):
    import json
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()

serve(initialize=initialize, answer=answer, **({"dumps": dumps} if sys.argv[1:] else {}))
"""


def talk(*requests: Any, strict: bool = False) -> tuple[list[Any], subprocess.CompletedProcess[bytes]]:
    """The replies to requests; text is sent as it is, pairs of method and params as requests."""
    lines = [
        one if isinstance(one, str) else json.dumps({"jsonrpc": "2.0", "id": at, "method": one[0], "params": one[1]})
        for at, one in enumerate(requests)
    ]
    ended = subprocess.run(
        [sys.executable, "-c", ADAPTER, *(["strict"] if strict else [])],
        input="".join(f"{line}\n" for line in lines).encode(),
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    return [json.loads(line) for line in ended.stdout.splitlines()], ended


def test_requests_are_answered_in_order_until_the_end_of_stdin() -> None:
    replies, ended = talk(("initialize", {"a": 1}), ("x", {"b": 2}), "", "  ", ("y", {}))
    assert ended.returncode == 0
    assert replies == [
        {"jsonrpc": "2.0", "id": 0, "result": {"hello": {"a": 1}}},
        {"jsonrpc": "2.0", "id": 1, "result": {"method": "x", "b": 2}},
        {"jsonrpc": "2.0", "id": 4, "result": {"method": "y"}},
    ]


def test_shutdown_is_answered_and_is_the_last() -> None:
    replies, ended = talk(("x", {}), ("shutdown", {}), ("y", {}))
    assert ended.returncode == 0
    assert [reply["id"] for reply in replies] == [0, 1]
    assert replies[1]["result"] == {}


def test_what_is_printed_goes_to_stderr() -> None:
    replies, ended = talk(("x", {}))
    assert [reply["id"] for reply in replies] == [0]
    assert ended.stderr.splitlines() == [b"printed before the start", b"printed while answering"]


def test_the_four_answers() -> None:
    replies, ended = talk(("reject", {}), ("decline", {}), ("break", {}), ("x", {}), ("misunderstand", {}))
    assert ended.returncode == 0
    errors = [reply.get("error") for reply in replies]
    assert errors[0] == {"code": -32000, "message": "no \\ud800 such thing", "data": {"kind": "config"}}
    assert errors[1] == {"code": -32601, "message": "no vision", "data": {"reason": "no vision"}}
    assert errors[2]["code"] == -32603
    assert errors[2]["message"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in errors[2]["data"]["trace"]
    assert errors[3] is None
    assert errors[4] == {"code": -32602, "message": "invalid params: params.x: expected number", "data": {}}


def test_a_broken_handshake_is_reported() -> None:
    replies, _ = talk(("initialize", {"broken": True}))
    assert replies[0]["error"]["message"] == "ValueError: broken handshake"


def test_a_result_that_json_cannot_hold_breaks_one_question_alone() -> None:
    requests = [("surrogate", {}), ("unspeakable", {}), ("infinite", {}), ("x", {})]
    replies, ended = talk(*requests, strict=True)
    assert ended.returncode == 0
    assert [reply.get("error", {}).get("code") for reply in replies] == [-32603, -32603, -32603, None]
    assert replies[3]["result"] == {"method": "x"}


def test_replies_are_ascii() -> None:
    _, ended = talk(("x", {"text": "é👋"}))
    assert ended.stdout.isascii()


def test_it_needs_the_standard_library_alone() -> None:
    code = "import sys; sys.path.insert(0, '.'); import conformance.adapters.serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"msgspec", "numpy", "cookbook", "tokenizers"} & set(loaded.stdout.split())
