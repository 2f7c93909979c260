"""Reads, and says nothing at all."""

from honest import requests

for _ in requests():
    pass
