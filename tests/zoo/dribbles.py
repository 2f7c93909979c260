"""Legal: writes its answers one byte at a time."""

import os

from honest import line, requests

for request in requests():
    for byte in line(request).encode() + b"\n":
        os.write(1, bytes([byte]))
