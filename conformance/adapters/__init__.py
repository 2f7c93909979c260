"""Adapters that ship with the suite, and the loop that an adapter written in Python needs."""
