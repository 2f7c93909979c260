"""Ask two implementations of the same thing the same questions, and say where and why they differ."""

SUITE = "2026.11"
"""The version of the suite: the questions in golden/ and what is expected of them."""
