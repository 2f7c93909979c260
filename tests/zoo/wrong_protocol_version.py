"""Speaks a protocol of the future."""

from honest import reply, requests, result

for request in requests():
    reply(request, result=result(request, protocol=2, novelty=True))
