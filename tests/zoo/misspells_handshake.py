"""Declares "operation" where it should say "operations"."""

from honest import reply, requests, result

for request in requests():
    declared = result(request)
    declared["operation"] = declared.pop("operations")
    reply(request, result=declared)
