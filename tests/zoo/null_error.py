"""Adds "error": null to its answer to the bad question, as JSON-RPC 1.0 did."""

from honest import is_bad, reply, requests, result

for request in requests():
    if is_bad(request):
        reply(request, result=result(request), error=None)
    else:
        reply(request)
