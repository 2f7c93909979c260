"""The service that a training loop talks to in place of the real one: the Tinker HTTP API on this machine alone.

Its model is a formula, so that a loop's whole conversation with it can be foretold. What it was asked is recorded in
the canonical form of conformance.traces.stream.
"""
