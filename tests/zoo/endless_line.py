"""Begins to answer the bad question, and never comes to the end of the line."""

import sys

from honest import is_bad, reply, requests

for request in requests():
    while is_bad(request):
        sys.stdout.write("[" * 65536)
    reply(request)
