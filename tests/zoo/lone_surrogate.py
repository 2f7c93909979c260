"""Escapes half of a surrogate pair in its answer to the bad question."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, result={"text": "\ud83d"})
    else:
        reply(request)
