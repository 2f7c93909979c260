"""The traps: ways in which ports go wrong, each with a fault that stands for it and the cases that show it.

`catalogue/*.toml` is data. `python -m conformance.traps` plants every fault in the reference and writes docs/traps.md.
"""
