"""Starts a child that holds its stdout open and ignores SIGTERM, and dies of the bad question itself."""

import os
import signal
import time

from honest import is_bad, reply, requests

if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(600)
for request in requests():
    if is_bad(request):
        os._exit(3)
    reply(request)
