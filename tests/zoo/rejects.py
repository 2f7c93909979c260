"""Legal: its library refuses the bad question."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, error={"code": -32000, "message": "no such role", "data": {"kind": "invalid_message"}})
    else:
        reply(request)
