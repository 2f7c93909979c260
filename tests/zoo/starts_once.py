"""Dies of the bad question, and does not start again. Its first argument is a file that says that it ran before."""

import sys
from pathlib import Path

from honest import is_bad, reply, requests

mark = Path(sys.argv[1])
if mark.exists():
    print("the port is taken", file=sys.stderr)
    sys.exit(1)
mark.touch()
for request in requests():
    if is_bad(request):
        sys.exit(3)
    reply(request)
