"""Declares the tokenizers that it was offered, and uses another one for "bytes-liar"."""

from honest import is_question, reply, requests, result

for request in requests():
    answer = result(request)
    if is_question(request) and request["params"]["tokenizer"] == "bytes-liar":
        answer = {"tokens": [len(word) for word in request["params"]["text"].split()]}
    reply(request, result=answer)
