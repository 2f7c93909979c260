"""Answers the bad question with both a result and an error."""

from honest import is_bad, reply, requests, result

for request in requests():
    if is_bad(request):
        reply(request, result=result(request), error={"code": -32603, "message": "oops"})
    else:
        reply(request)
