"""An adapter that does nothing wrong: the tokens of a text are its UTF-8 bytes. The others here build on it.

`requests()` gives what the runner asks, `reply(request)` answers as one should. The question that an adapter does
something wrong with is the one whose text is "bad".
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

Request = dict[str, Any]


def requests() -> Iterator[Request]:
    """What the runner asks, until it shuts down or closes stdin."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        yield request
        if request["method"] == "shutdown":
            return


def is_question(request: Request) -> bool:
    return request["method"] not in ("initialize", "shutdown")


def is_bad(request: Request) -> bool:
    return request["params"].get("text") == "bad"


def result(request: Request, **declared: Any) -> Any:
    """The true result. What is declared in the handshake can be changed."""
    method, params = request["method"], request["params"]
    if method == "initialize":
        usual = {
            "protocol": 1,
            "implementation": {"name": "zoo", "version": "1", "language": "python"},
            "operations": ["tokenizer.encode", "tokenizer.decode"],
            "tokenizers": list(params["tokenizers"]),
        }
        return {**usual, **declared}
    if method == "tokenizer.encode":
        return {"tokens": list(params["text"].encode())}
    if method == "tokenizer.decode":
        return {"text": bytes(params["tokens"]).decode(errors="replace")}
    return {}


def line(request: Request, **members: Any) -> str:
    """The line of a reply, by default the true one."""
    members = members or {"result": result(request)}
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], **members})


def say(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def reply(request: Request, **members: Any) -> None:
    """Answer a request, by default truly."""
    say(line(request, **members))


if __name__ == "__main__":
    for request in requests():
        reply(request)
