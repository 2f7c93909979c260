"""Well-formed, and wrong: its last token is one too high. Telling so is for the comparison, not for the protocol."""

from honest import is_question, reply, requests, result

for request in requests():
    answer = result(request)
    if is_question(request):
        answer["tokens"][-1] += 1
    reply(request, result=answer)
