"""Answers one question and ends: every answer is true, and every process is a new one."""

from honest import is_question, reply, requests

for request in requests():
    reply(request)
    if is_question(request):
        break
