"""Cuts a character in two in its answer to the bad question."""

import sys

from honest import is_bad, line, reply, requests

for request in requests():
    if is_bad(request):
        head, tail = line(request, result={"tokens": [], "text": "HERE"}).encode().split(b"HERE")
        sys.stdout.buffer.write(head + "é".encode()[:1] + tail + b"\n")
        sys.stdout.buffer.flush()
    else:
        reply(request)
