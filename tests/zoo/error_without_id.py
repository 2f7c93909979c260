"""Answers the bad question with an error that has no id, as JSON-RPC has it for a request that cannot be read."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        request["id"] = None
        reply(request, error={"code": -32700, "message": "parse error"})
    else:
        reply(request)
