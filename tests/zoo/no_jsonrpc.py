"""Leaves "jsonrpc" out of its answer to the bad question."""

import json

from honest import is_bad, reply, requests, result, say

for request in requests():
    if is_bad(request):
        say(json.dumps({"id": request["id"], "result": result(request)}))
    else:
        reply(request)
