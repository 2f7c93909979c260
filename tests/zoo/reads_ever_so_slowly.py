"""Legal: takes its time to read, so that a long question is on its way for longer than it may take to answer."""

import json
import os
import time

from honest import reply

data = b""
while chunk := os.read(0, 4096):
    data += chunk
    *lines, data = data.split(b"\n")
    for text in lines:
        reply(json.loads(text))
    time.sleep(0.02)
