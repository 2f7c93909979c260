"""Legal: ends its lines with a carriage return too, which is white space in JSON."""

from honest import line, requests, say

for request in requests():
    say(line(request) + "\r")
