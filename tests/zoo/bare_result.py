"""Answers the bad question with the bare result, without JSON-RPC around it."""

import json

from honest import is_bad, reply, requests, result, say

for request in requests():
    if is_bad(request):
        say(json.dumps(result(request)))
    else:
        reply(request)
