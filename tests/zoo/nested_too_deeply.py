"""Nests its answer to the bad question deeper than anybody reads."""

from honest import is_bad, line, reply, requests, say

for request in requests():
    if is_bad(request):
        say(line(request, result="DEEP").replace('"DEEP"', "[" * 100_000 + "]" * 100_000))
    else:
        reply(request)
