"""Asks the runner to encode for it without having declared that, and passes the refusal on."""

import json
import sys

from honest import is_bad, reply, requests, say

for request in requests():
    if is_bad(request):
        say(json.dumps({"jsonrpc": "2.0", "id": "mine", "method": "tokenizer.encode", "params": request["params"]}))
        waiting = []
        while "method" in (message := json.loads(sys.stdin.buffer.readline())):
            waiting.append(message)
        reply(request, error=message["error"])
        for other in waiting:
            reply(other)
    else:
        reply(request)
