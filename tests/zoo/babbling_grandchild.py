"""Dies of the bad question; a child that it leaves behind goes on printing to stdout."""

import os
import time

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        if os.fork():
            os._exit(3)
        while True:
            os.write(1, b"still here\n")
            time.sleep(0.01)
    reply(request)
