"""Starts at the third attempt only. Its first argument is a file in which it counts them."""

import sys
from pathlib import Path

from honest import reply, requests

counter = Path(sys.argv[1])
count = len(counter.read_text()) if counter.exists() else 0
counter.write_text("x" * (count + 1))
if count < 2:
    sys.exit(1)
for request in requests():
    reply(request)
