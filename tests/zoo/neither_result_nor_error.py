"""Answers the bad question with an id and nothing else."""

from honest import is_bad, reply, requests

for request in requests():
    if is_bad(request):
        reply(request, answer=[])
    else:
        reply(request)
