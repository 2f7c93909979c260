"""Closes its stdout at the bad question, and stays."""

import os
import time

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        os.close(1)
        time.sleep(600)
    reply(request)
