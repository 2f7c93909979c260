"""Writes Latin-1, not UTF-8, and no JSON either, at the bad question."""

import sys

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        sys.stdout.buffer.write("réponse\n".encode("latin-1"))
        sys.stdout.buffer.flush()
    else:
        reply(request)
