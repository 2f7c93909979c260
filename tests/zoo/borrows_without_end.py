"""Asks to be lent tokens again and again at the bad question, and never reads what it gets."""

from honest import is_bad, reply, requests, result, say

for request in requests():
    while is_bad(request):
        params = '{"tokenizer":"bytes-zoo","text":"' + "x" * 10_000 + '"}'
        say('{"jsonrpc":"2.0","id":1,"method":"tokenizer.encode","params":' + params + "}")
    if request["method"] == "initialize":
        reply(request, result=result(request, options={"tokenizer": "callback"}))
    else:
        reply(request)
