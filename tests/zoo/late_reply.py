"""Answers the bad question when it is too late, and the next ones straight after."""

import time

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        time.sleep(2.5)
    reply(request)
