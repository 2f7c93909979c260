"""The port needs neither torch nor transformers, nor anything of conformance/: seen after importing and using it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging, pkgutil, sys
import cookbook

logging.disable(logging.WARNING)
for module in pkgutil.walk_packages(cookbook.__path__, "cookbook."):
    __import__(module.name)

import numpy as np
from cookbook import patterns, tensor_json, wire
from cookbook.datum import ModelInput
from cookbook.hyperparameters import get_lr
from cookbook.preference.dpo import compute_dpo_loss
from cookbook.renderers import get_renderer
from cookbook.rl.data_processing import assemble_training_data, compute_advantages
from cookbook.rl.types import TokensWithLogprobs, Trajectory, TrajectoryGroup, Transition
from cookbook.schedules import compute_schedule_lr_multiplier
from cookbook.shuffle import permutation
from cookbook.sparse import compressed
from cookbook.supervised.common import compute_mean_nll
from cookbook.supervised.data import conversation_to_datum
from cookbook.tensors import TensorData
from cookbook.tokenizer import AddedToken, ByteTokenizer

names = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")
added = [AddedToken(content, 256 + at, True) for at, content in enumerate(names)]
tokenizer = ByteTokenizer(added=added, eos_token="<|im_end|>")
conversation = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
datum = conversation_to_datum(conversation, get_renderer("qwen3", tokenizer), 100)
compute_mean_nll([datum.tensor("weights")], [datum.tensor("weights")])
walk = Trajectory([Transition(ModelInput.from_ints([1]), TokensWithLogprobs([2], [-0.5]))])
group = TrajectoryGroup([walk, walk], [0.0, 1.0])
assemble_training_data([group], compute_advantages([group]))
compute_dpo_loss([-1.0], [-2.0], [-1.0], [-1.0], 0.1)
get_lr("Qwen/Qwen3-8B"), compute_schedule_lr_multiplier("cosine", 1, 2), permutation(0, 5)
for dtype in ("bfloat16", "int4", "float32"):
    tensor_json.loads(tensor_json.dumps(TensorData.from_nested([1, 0], dtype)))
compressed(np.eye(9)), wire.loss_fn_input("weights", [1]), patterns.advantages(TensorData.from_nested([1.0], "float32"))

top = {name.partition(".")[0] for name in sys.modules}
print(sorted(top & {"torch", "transformers", "tinker", "tinker_cookbook", "datasets", "conformance", "msgspec"}))
"""


def test_nothing_heavy_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
