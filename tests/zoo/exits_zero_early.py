"""Leaves at the bad question as if all were done."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        break
    reply(request)
