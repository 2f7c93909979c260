"""Legal: reports that it broke over the bad question, with a trace."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, error={"code": -32603, "message": "index out of\nrange", "data": {"trace": "at line 7"}})
    else:
        reply(request)
