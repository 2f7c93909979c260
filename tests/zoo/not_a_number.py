"""Writes NaN, which is no JSON, in its answer to the bad question."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, result={"weights": [float("nan")]})
    else:
        reply(request)
