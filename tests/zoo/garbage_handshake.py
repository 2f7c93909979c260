"""Greets with a banner where the handshake should be."""

from honest import reply, requests, say

say("Tokenizer server 2.0 ready")
for request in requests():
    reply(request)
