"""Answers the bad question with a JSON-RPC batch."""

from honest import is_bad, line, reply, requests, say

for request in requests():
    if is_bad(request):
        say(f"[{line(request)}]")
    else:
        reply(request)
