"""Begins its stdout with a byte order mark, as some runtimes do unless they are told not to."""

import sys

from honest import reply, requests

sys.stdout.write("\ufeff")
for request in requests():
    reply(request)
