"""Dies of every tenth question, whatever it is."""

import sys

from honest import is_question, reply, requests

count = 0
for request in requests():
    count += is_question(request)
    if count == 10:
        sys.exit(3)
    reply(request)
