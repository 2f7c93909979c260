"""Prints what it does to stdout, before it answers the bad question."""

from honest import is_bad, reply, requests, say

for request in requests():
    if is_bad(request):
        say("Loading the vocabulary...")
    reply(request)
