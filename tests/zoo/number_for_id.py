"""Answers the bad question under a number where the id was a string."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        request["id"] = 7
    reply(request)
