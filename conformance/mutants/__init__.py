"""What golden catches, measured: the reference is changed in thousands of small ways, and golden alone judges each.

A mutant is the library with one operator, constant, condition, slice, call or piece of format changed. It is killed
when a golden case no longer passes. A mutant that survives is either a gap of golden, which a new case has to close, or
changes nothing that can be seen: then `equivalent.toml` says why.
"""
