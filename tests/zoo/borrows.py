"""Legal: has no tokenizer, and asks the runner to encode and decode while it answers."""

import json
import sys

from honest import reply, requests, result, say


def borrow(method: str, **params: object) -> object:
    say(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    return json.loads(sys.stdin.buffer.readline())


for request in requests():
    if request["method"] == "initialize":
        reply(request, result=result(request, options={"tokenizer": "callback"}))
    elif request["method"] in ("tokenizer.encode", "tokenizer.decode"):
        lent = borrow(request["method"], **request["params"])
        assert isinstance(lent, dict)
        reply(request, **{key: lent[key] for key in lent.keys() - {"jsonrpc", "id"}})
    else:
        reply(request)
