"""Stops for ever at the bad question."""

import time

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        time.sleep(600)
    reply(request)
