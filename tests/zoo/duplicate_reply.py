"""Answers the bad question twice."""

from honest import is_bad, reply, requests

for request in requests():
    reply(request)
    if is_bad(request):
        reply(request)
