"""Writes an empty line before its answer to the bad question."""

from honest import is_bad, reply, requests, say

for request in requests():
    if is_bad(request):
        say("")
    reply(request)
