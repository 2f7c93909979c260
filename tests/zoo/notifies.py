"""Sends a notification, which this protocol does not have, before it answers the bad question."""

from honest import is_bad, reply, requests, say

for request in requests():
    if is_bad(request):
        say('{"jsonrpc":"2.0","method":"log","params":{"message":"hello"}}')
    reply(request)
