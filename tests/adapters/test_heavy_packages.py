"""The reference needs neither torch nor transformers: seen after it has answered a question of every operation."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, logging, sys, warnings
from conformance.adapters.reference import OPERATIONS, Reference
from conformance.adapters.serve import Rejected
from conformance.commands.selecting import hello_for
from conformance.suite import load_suite
from conformance.tokenizers import Store
import msgspec

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
first = {}
for one in load_suite():
    if one.tier == "bytes" and one.case.expect.rejection is None:
        first.setdefault(one.case.operation, one)
tokenizers = {one.asks.tokenizer for one in first.values() if one.asks.tokenizer}
reference = Reference()
reference.initialize(msgspec.to_builtins(hello_for(tokenizers, Store())))
for one in first.values():
    reference.answer(one.case.operation, json.loads(bytes(one.case.params)))
print(json.dumps([sorted(first), sorted({name.partition(".")[0] for name in sys.modules})]))
"""
AREAS = {
    *("tokenizer", "renderer", "tensor", "wire", "datum", "supervised", "schedule", "hyperparams", "model", "data"),
    *("preference", "rl", "patterns"),
}


def test_an_answer_of_every_operation_needs_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    answered, imported = json.loads(done.stdout)
    assert {operation.partition(".")[0] for operation in answered} >= AREAS
    assert "numpy" in imported
    assert not {"torch", "transformers", "tinker", "tinker_cookbook", "datasets"} & set(imported)
