"""Writes half of its answer to the bad question, and falls silent."""

import sys
import time

from honest import is_bad, line, reply, requests

for request in requests():
    if is_bad(request):
        sys.stdout.write(line(request)[:30])
        sys.stdout.flush()
        time.sleep(600)
    reply(request)
