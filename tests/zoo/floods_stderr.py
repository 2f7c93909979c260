"""Legal: writes 1 MB to stderr before each answer."""

import sys

from honest import reply, requests

for request in requests():
    for number in range(10_000):
        print(f"debug: {number:090}", file=sys.stderr)
    reply(request)
