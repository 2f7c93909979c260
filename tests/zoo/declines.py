"""Legal: does not support what the bad question asks."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, error={"code": -32601, "message": "method not found", "data": {"reason": "no vision"}})
    else:
        reply(request)
