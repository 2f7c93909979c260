"""Prints what it did to stdout, a moment after it has answered the bad question."""

import time

from honest import is_bad, reply, requests, say

for request in requests():
    reply(request)
    if is_bad(request):
        time.sleep(0.5)
        say("Freed the vocabulary.")
