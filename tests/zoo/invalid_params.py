"""Calls the params of the bad question invalid, which is no answer of this protocol."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, error={"code": -32602, "message": "invalid params"})
    else:
        reply(request)
