"""Dies of the bad question, saying why on stderr."""

import sys

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        print("panic: no such vocabulary", file=sys.stderr)
        sys.exit(3)
    reply(request)
