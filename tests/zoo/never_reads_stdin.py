"""Shakes hands, then reads no more."""

import time

from honest import reply, requests

for request in requests():
    reply(request)
    time.sleep(600)
