"""Dies when it is asked to use the tokenizer "bytes-liar"."""

import sys

from honest import is_question, reply, requests

for request in requests():
    if is_question(request) and request["params"]["tokenizer"] == "bytes-liar":
        sys.exit("cannot load it")
    reply(request)
