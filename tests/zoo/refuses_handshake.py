"""Answers the handshake with an error."""

from honest import reply, requests

for request in requests():
    reply(request, error={"code": -32000, "message": "this port needs a licence"})
