"""Legal: reads its stdin a few bytes at a time."""

import json
import os

from honest import reply

data = b""
while chunk := os.read(0, 977):
    data += chunk
    *lines, data = data.split(b"\n")
    for text in lines:
        reply(json.loads(text))
