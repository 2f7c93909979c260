"""Is killed by a signal at the bad question."""

import os
import signal

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        os.kill(os.getpid(), signal.SIGSEGV)
    reply(request)
