"""Asks to be lent the tokens of the bad question again and again, and never gets round to an answer."""

import json
import sys

from honest import is_bad, reply, requests, result, say

for request in requests():
    while is_bad(request):
        say(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tokenizer.encode", "params": request["params"]}))
        sys.stdin.buffer.readline()
    if request["method"] == "initialize":
        reply(request, result=result(request, options={"tokenizer": "callback"}))
    else:
        reply(request)
