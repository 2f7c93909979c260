"""Answers every question twice."""

from honest import is_question, reply, requests

for request in requests():
    reply(request)
    if is_question(request):
        reply(request)
