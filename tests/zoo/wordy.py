"""Legal: answers every question with more than a pipe holds."""

from honest import is_question, reply, requests

for request in requests():
    if is_question(request):
        reply(request, result={"text": "x" * 1_000_000})
    else:
        reply(request)
