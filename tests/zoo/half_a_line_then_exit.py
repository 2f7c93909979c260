"""Writes half of its answer to the bad question, and ends."""

import sys

from honest import is_bad, line, reply, requests

for request in requests():
    if is_bad(request):
        sys.stdout.write(line(request)[:30])
        sys.stdout.flush()
        sys.exit(0)
    reply(request)
