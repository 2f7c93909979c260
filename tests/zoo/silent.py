"""Never answers the bad question, and goes on with the next."""

from honest import is_bad, reply, requests

for request in requests():
    if not is_bad(request):
        reply(request)
