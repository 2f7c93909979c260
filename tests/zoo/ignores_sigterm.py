"""Ignores SIGTERM, shutdown and the end of stdin."""

import signal
import time

from honest import reply, requests

signal.signal(signal.SIGTERM, signal.SIG_IGN)
for request in requests():
    reply(request)
while True:
    time.sleep(600)
