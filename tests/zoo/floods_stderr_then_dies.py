"""Writes to stderr without end of line or of time, and answers nothing after the handshake."""

import sys

from honest import is_question, reply, requests

for request in requests():
    while is_question(request):
        sys.stderr.write("x" * 65536)
    reply(request)
