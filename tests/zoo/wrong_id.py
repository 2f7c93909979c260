"""Answers the bad question under an id that nobody asked about."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        request["id"] = "somebody-else"
    reply(request)
