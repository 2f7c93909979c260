"""Answers the bad question with a line of 50 MB."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, result={"text": "x" * 50_000_000})
    else:
        reply(request)
