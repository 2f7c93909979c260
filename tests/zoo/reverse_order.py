"""Legal: answers in reverse order, as far as questions have come."""

import json
import os

from honest import reply

data = b""
while chunk := os.read(0, 65536):
    data += chunk
    *lines, data = data.split(b"\n")
    for text in reversed(lines):
        reply(json.loads(text))
