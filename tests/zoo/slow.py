"""Legal: takes its time with every question, together more than the limit of one."""

import time

from honest import is_question, reply, requests

for request in requests():
    if is_question(request):
        time.sleep(0.15)
    reply(request)
