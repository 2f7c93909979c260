"""At least one wrong answer for every cause that a failure can have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from private_cases import EXAMPLE, EXAMPLES, EXTENSION, NESTED, PARSE, STOP, planned

from conformance.commands.selecting import lexicons
from conformance.protocol import Answer, NotSupported, Rejection, Result
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.cases import Planned
    from conformance.token_causes import Lexicon

STORE = Store()
LLAMA = STORE.load("bytes-llama3")
QWEN = STORE.load("bytes-qwen3")
GPT_OSS = STORE.load("bytes-gpt_oss")


class PlantedAnswer(NamedTuple):
    """A case, and an answer to it that is wrong for this cause."""

    cause: str
    case: Planned
    answer: Answer


class Pieces:
    """A lexicon whose tokens are pieces of several characters: 0 to 9 are no markers, the others are."""

    bos = None
    texts = ("a", "b", "ab", "\ufffd", "\ufffd", "\ufffd\ufffd", "<think>", "c", "ca", "bc", "<|start|>", "<|end|>")

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(map(self.piece, tokens))

    def piece(self, token: int) -> str:
        return self.texts[token] if token < len(self.texts) else f"<?{token}>"

    def is_marker(self, token: int) -> bool:
        return token >= 10


_byte_lexicon = lexicons(STORE)


def lexicon(tokenizer: str) -> Lexicon | None:
    """For a judge: byte tokenizers, and `pieces`."""
    return Pieces() if tokenizer == "pieces" else _byte_lexicon(tokenizer)


def answer(value: Any) -> Result:
    return Result(json.dumps(value).encode())


def tokens(cause: str, expected: str, got: str) -> PlantedAnswer:
    """Two prompts of qwen3."""
    return ids(cause, QWEN.encode(expected), QWEN.encode(got))


def ids(cause: str, expected: list[int], got: list[int], *, tokenizer: str = "bytes-qwen3") -> PlantedAnswer:
    params = {"renderer": "qwen3", "tokenizer": tokenizer, "messages": []}
    return PlantedAnswer(
        cause, planned(params=params, expect={"result": {"tokens": expected}}), answer({"tokens": got})
    )


def llama(cause: str, expected: str, got: str) -> PlantedAnswer:
    return ids(cause, LLAMA.encode(expected), LLAMA.encode(got), tokenizer="bytes-llama3")


def harmony(cause: str, expected: str, got: str) -> PlantedAnswer:
    return ids(cause, GPT_OSS.encode(expected), GPT_OSS.encode(got), tokenizer="bytes-gpt_oss")


DIALOGUE = "<|begin_of_text|><|start_header_id|>u<|end_header_id|>\n\nHi<|eot_id|>A<|eot_id|>"
ROW = LLAMA.encode(DIALOGUE)  # 11 tokens: bos, header 1 to 5, Hi and its end 6 to 8, the answer and its end
TRAINED = [0] * 9 + [1, 1]


def weights(cause: str, got: list[Any], expected: list[Any] = TRAINED, **fields: Any) -> PlantedAnswer:
    params = {"renderer": "llama3", "tokenizer": "bytes-llama3", "messages": []}
    expect = {"result": {"tokens": ROW, "weights": expected}}
    case = planned("a", EXAMPLE, params=params, expect=expect, **fields)
    return PlantedAnswer(cause, case, answer({"tokens": ROW, "weights": got}))


def parsed(cause: str, expected: dict[str, Any], got: dict[str, Any], *, ending: str = "eos") -> PlantedAnswer:
    """Two parsed messages; only the members beside the role are given."""
    sides = [{"message": {"role": "assistant", **side}, "termination": "eos"} for side in (expected, got)]
    sides[1]["termination"] = ending
    return PlantedAnswer(cause, planned("a", PARSE, expect={"result": sides[0]}), answer(sides[1]))


def call(name: str, arguments: str = "{}") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def unparsed(raw: str, error: str) -> dict[str, Any]:
    return {"content": "", "unparsed_tool_calls": [{"raw_text": raw, "error": error}]}


MESSAGE = {"role": "assistant", "content": "A"}


def streamed(cause: str, expected: dict[str, Any], got: dict[str, Any]) -> PlantedAnswer:
    """Two streams of one piece each."""
    sides = (
        {"header": {"role": "assistant"}, "deltas": [{"type": "text", **side}], "message": MESSAGE}
        for side in (expected, got)
    )
    return numbers(cause, "renderer.parse_response_streaming", *sides)


def other(cause: str, operation: str, expected: Any, got: Any) -> PlantedAnswer:
    return PlantedAnswer(cause, planned("a", operation, expect={"result": expected}), answer(got))


def numbers(cause: str, operation: str, expected: Any, got: Any, **fields: Any) -> PlantedAnswer:
    """Two answers to a question about numbers; what was asked does not matter."""
    case = planned("a", operation, params={}, expect={"result": expected}, **fields)
    return PlantedAnswer(cause, case, answer(got))


def tensor(data: list[Any], *shape: int, dtype: str = "float32") -> dict[str, Any]:
    return {"data": data, "dtype": dtype, "shape": list(shape) or [len(data)]}


def inputs(**tensors: dict[str, Any]) -> dict[str, Any]:
    """A datum of three tokens."""
    return {"loss_fn_inputs": tensors, "tokens": [1, 2, 3]}


def chunks(*rows: list[int]) -> dict[str, Any]:
    return {"chunks": [{"type": "encoded_text", "tokens": row} for row in rows]}


def resumed(path: str) -> dict[str, Any]:
    return {"state_path": path, "epoch": 0, "batch": 2, "saves_final": True}


def trace(cause: str, expected: list[Any], got: list[Any]) -> PlantedAnswer:
    """Two streams of the loop of supervised training."""
    params = {
        "base_model": "m",
        "tokenizer": "bytes-qwen3",
        "renderer": "qwen3",
        "config": {"learning_rate": 1.0},
        "rows": [],
        "epochs": [[]],
    }
    case = planned("a", "trace.supervised", params=params, expect={"result": {"stream": expected}})
    return PlantedAnswer(cause, case, answer({"stream": got}))


def step(rate: float) -> dict[str, Any]:
    return {"op": "optim_step", "model": "m0", "adam": {"learning_rate": rate}}


CALL = '<tool_call>\n{"name": "f", "arguments": %s}\n</tool_call>'
ONE = {"tokens": [65], "weights": [1]}
TEXT = {"type": "text", "text": "A"}
THINKING = {"type": "thinking", "thinking": "r"}

BUILD = "datum.datum_from_model_input_weights"
INTS = tensor([2, 3, 4], dtype="int64")
MEAN = "rl.dict_mean"
ADVANTAGES = "rl.compute_advantages"
RECORDS = "checkpoint.load_checkpoints_file"


def advantages(*row: float) -> dict[str, Any]:
    return {"advantages": [tensor(list(row))]}


def metric(name: str, value: float) -> dict[str, Any]:
    return {"metrics": {name: value}}


def record(name: str) -> dict[str, Any]:
    return {"name": name, "batch": 1}


PLANTED_ANSWERS = (
    # Tokens
    llama("bos-missing", DIALOGUE, DIALOGUE.removeprefix("<|begin_of_text|>")),
    llama("bos-extra", DIALOGUE, "<|begin_of_text|>" + DIALOGUE),
    llama("bos-extra", DIALOGUE, DIALOGUE.replace("Hi", "<|begin_of_text|>Hi")),
    tokens("terminator-missing", "A<|im_end|>", "A"),
    tokens("terminator-extra", "A", "A<|im_end|>"),
    tokens("terminator-other", "A<|im_end|>", "A<|endoftext|>"),
    harmony("channel", "<|channel|>commentary<|message|>A", "<|channel|>final<|message|>A"),
    tokens("tail-missing", "A<|im_end|>\n", "A"),
    tokens("tail-extra", "A<|im_end|>", "A<|im_end|>\n"),
    tokens("tail-extra", "", "A"),
    ids("special-as-text", QWEN.encode("A<|im_end|>B"), [*b"A<|im_end|>B"]),
    ids("text-as-special", [*b"A<|im_end|>B"], QWEN.encode("A<|im_end|>B")),
    ids("segmentation", [0, 1], [2], tokenizer="pieces"),
    ids("segmentation", [0, 1, 7], [0, 9], tokenizer="pieces"),
    ids("text-other", [3, 0], [4, 0], tokenizer="pieces"),
    ids("text-other", [0xC3, 0x28], [0xC4, 0x28]),
    tokens("normalization", "cafe\u0301!", "caf\u00e9!"),
    tokens("newlines", "a\n\nb", "a\nb"),
    tokens("newlines", "a\r\nb", "a\nb"),
    tokens("whitespace", "a  b", "a b"),
    tokens("letter-case", "User: a", "user: a"),
    tokens("think-frame", "<think>\nr\n</think>\n\na", "r</think>a"),
    tokens("think-frame", "<think>\nr\n</think>\n\na", "<think>\nr\n</think>\n\n<think></think>a"),
    tokens("think-block", "a<think>\nr\n</think>\n\nb", "ab"),
    tokens("think-block", "<think>\nr\n</think>\n\nb", "<think>\n\n</think>\n\nb"),
    tokens("json-key-order", CALL % '{"b": 1, "a": 2}', CALL % '{"a": 2, "b": 1}'),
    tokens("json-spacing", CALL % '{"b": 1, "a": 2}', CALL % '{"b":1,"a":2}'),
    tokens("json-escapes", CALL % '{"b": "\\u00e9"}', CALL % '{"b": "\u00e9"}'),
    tokens("json-escapes", CALL % '{"b": "/"}', CALL % '{"b": "\\/"}'),
    tokens("json-numbers", CALL % '{"b": 1.0}', CALL % '{"b": 1}'),
    tokens("json-numbers", CALL % '{"b": 1e-07}', CALL % '{"b": 1E-7}'),
    tokens("json-text", CALL % '{"b": 1.0, "a": "/"}', CALL % '{"a":"\\/","b":1}'),
    tokens("json-keys", CALL % '{"b": 1}', CALL.replace("arguments", "args") % '{"b": 1}'),
    tokens("characters", "tea \U0001f375", "tea \ufffd\ufffd"),
    tokens("role-header", "<|im_start|>user\nHi", "<|im_start|>tool\nHi"),
    tokens("text-order", "Hi you there", "there Hi you"),
    tokens("text-missing", "Hi you there", "Hi there"),
    tokens("text-extra", "Hi there", "Hi you there"),
    tokens("text-other", "Hi there", "Ho there"),
    # Weights
    weights("weights-length", [1]),
    weights("weights-shifted", [0] * 8 + [1, 1, 0]),
    weights("weights-shifted", [0] * 7 + [1, 1, 0, 0], [0] * 6 + [1, 1, 0, 0, 0]),
    weights("weights-start", [0] * 10 + [1]),
    weights("weights-scaled", [0] * 9 + [0.5, 0.5]),
    weights("weights-none", [0] * 11),
    weights("weights-bos", [1] * 11, [0] + [1] * 10),
    weights("weights-prefix", [0] * 7 + [1] * 4),
    weights("weights-start", [0] * 9 + [1] * 2, [0] * 7 + [1] * 4),
    weights("weights-start", [0] * 7 + [1, 0, 1, 1], [0] * 6 + [1, 1, 0, 1, 1]),
    weights("weights-end", [0] * 3 + [1] + [0] * 7, [0] * 3 + [1] * 3 + [0] * 5),
    weights("weights-end", [0] * 3 + [1] * 3 + [0] * 5, [0] * 3 + [1] + [0] * 7),
    weights("weights-terminator", [0] * 9 + [1, 0]),
    weights("weights-messages", [0] * 10 + [1], [0] * 11),
    weights("weights-messages", [0] * 6 + [1] * 2 + [0] + [1] * 2),
    weights("weights-messages", [0] * 9 + [1, 1], [0] * 6 + [1] * 2 + [0] + [1] * 2),
    weights("weights-other", [0] * 6 + [1] * 2 + [0] * 2 + [1]),
    weights("weights-other", [-0.0] + [0] * 8 + [1, 1], signed_zero=True),
    weights("weights-other", [0] * 9 + ["NaN", 1]),
    # Parsed messages and other values
    other("examples-count", EXAMPLES, {"examples": [ONE, ONE]}, {"examples": [ONE]}),
    other("examples-count", EXAMPLES, {"examples": []}, {"examples": [ONE]}),
    other(
        "examples-count", EXAMPLES, {"examples": [ONE, ONE]}, {"examples": [{"tokens": [65, 66], "weights": [0, 1]}]}
    ),
    parsed("termination", {"content": "A"}, {"content": "A"}, ending="malformed"),
    parsed("termination", {"content": "A"}, {"content": "A<|im_end|>"}, ending="malformed"),
    parsed("content-shape", {"content": [TEXT]}, {"content": "A"}),
    parsed("content-shape", {"content": "A"}, {"content": [TEXT]}),
    parsed("content-whitespace", {"content": " A "}, {"content": "A"}),
    parsed("content-whitespace", {"content": [{"type": "text", "text": "A\n"}]}, {"content": [TEXT]}),
    parsed("think-frame", {"content": "<think>r</think>A"}, {"content": "r</think>A"}),
    parsed("think-block", {"content": "A"}, {"content": "<think>r</think>A"}),
    parsed("content", {"content": "A"}, {"content": "B"}),
    parsed("content", {"content": [TEXT]}, {"content": [TEXT, TEXT]}),
    parsed("thinking", {"content": [THINKING]}, {"content": [{"type": "thinking", "thinking": "\nr\n"}]}),
    parsed("tool-calls", {"content": "", "tool_calls": [call("f")]}, {"content": "", "tool_calls": [call("g")]}),
    parsed("tool-calls", {"content": "", "tool_calls": [call("f")]}, {"content": ""}),
    parsed("unparsed-tool-calls", unparsed("{", "Invalid JSON: x"), unparsed("{", "No JSON: x")),
    parsed("absent-or-null", {"content": ""}, {"content": []}),
    parsed("absent-or-null", {"content": "A"}, {"content": "A", "tool_calls": []}),
    other("stop-sequences", STOP, {"stop": [258]}, {"stop": ["<|im_end|>"]}),
    other("stop-sequences", STOP, {"stop": [258]}, {"stop": [258, 256]}),
    streamed("stream-index", {"text": "A", "content_index": 0}, {"text": "A", "content_index": 1}),
    streamed("stream-pieces", {"text": "A", "content_index": 0}, {"text": "AB", "content_index": 0}),
    other("value", NESTED, {"data": [1, 2]}, {"data": [1, 3]}),
    other("extension-property", EXTENSION, {"has_extension_property": True}, {"has_extension_property": False}),
    # Numbers
    numbers(
        "numbers-shifted", BUILD, inputs(target_tokens=INTS), inputs(target_tokens=tensor([1, 2, 3], dtype="int64"))
    ),
    numbers("numbers-order", "data.shuffle.permutation", {"permutation": [2, 0, 3, 1]}, {"permutation": [0, 1, 2, 3]}),
    numbers("numbers-order", "tensor.from_nested", tensor([1, 2, 3, 4, 5, 6], 2, 3), tensor([1, 4, 2, 5, 3, 6], 2, 3)),
    numbers("numbers-sign", MEAN, metric("kl_policy_base", 0.25), metric("kl_policy_base", -0.25)),
    numbers("numbers-scaled", BUILD, inputs(weights=tensor([0, 0.5, 0.5])), inputs(weights=tensor([0, 1, 1]))),
    numbers("numbers-offset", ADVANTAGES, advantages(-0.5, 0.25, 0.25), advantages(0.0, 0.75, 0.75)),
    numbers("numbers-precision", "hyperparams.get_lr", {"lr": 0.0002856415043086949}, {"lr": 0.00028564150864258409}),
    numbers("numbers-length", "data.get_batch", {"rows": [4, 0, 1]}, {"rows": [4, 0]}),
    numbers("numbers-count-off-by-one", "data.number_of_batches", {"batches": 2}, {"batches": 3}),
    numbers("numbers-zeros", ADVANTAGES, advantages(0.0, 0.5, -0.5), advantages(0.0, 0.0, -0.5)),
    numbers("not-finite", "supervised.compute_mean_nll", {"mean_nll": "NaN"}, {"mean_nll": 0.0}),
    numbers("dtype", "wire.from_numpy", tensor([1, 2], dtype="int64"), tensor([1, 2])),
    numbers("shape", "wire.from_numpy", tensor([1, 2], 2, 1), tensor([1, 2])),
    numbers("chunks", "datum.append_int", chunks([1, 2], [9]), chunks([1, 2, 9])),
    numbers("keys", MEAN, metric("accuracy", 0.25), metric("test/accuracy", 0.25)),
    numbers("items-order", RECORDS, {"records": [record("a"), record("b")]}, {"records": [record("b"), record("a")]}),
    numbers("items-count", RECORDS, {"records": [record("a"), record("b")]}, {"records": [record("b")]}),
    # What a result is about
    numbers("metric", MEAN, metric("accuracy", 0.25), metric("accuracy", 0.75)),
    numbers("decision", "checkpoint.should_save_periodic", {"due": True}, {"due": False}),
    numbers("resume-point", "checkpoint.resume_point", resumed("a/000002"), resumed("a/000001")),
    numbers("hyperparameter", "hyperparams.get_lr", {"lr": 0.0002}, {"lr": 0.0005}),
    numbers("model-table", "model.get_recommended_renderer_name", {"renderer": "qwen3"}, {"renderer": "llama3"}),
    numbers("rows", "data.split", {"train": [4, 0, 1], "test": None}, {"train": [4, 7, 9], "test": None}),
    numbers("bytes", "wire.token_bytes", {"memory": "AQAAAA=="}, {"memory": "AQAAAAAAAAA="}),
    # Loops
    trace("training-loop", [step(0.1)], [step(0.2)]),
    trace("training-loop", [step(0.1)], []),
    # Answers of the wrong kind
    PlantedAnswer("accepted", planned(expect={"rejection": {}}), answer({"tokens": []})),
    PlantedAnswer("rejected", planned(), Rejection("invalid_message", "no such role")),
    PlantedAnswer(
        "rejection-kind", planned(expect={"rejection": {"kind": "config"}}), Rejection("renderer_error", "no")
    ),
    PlantedAnswer("declined", planned(), NotSupported("no tools")),
    PlantedAnswer("malformed-result", planned(), answer({"tokens": ["A"]})),
    PlantedAnswer("malformed-result", planned("a", NESTED), Result(b'{"data":' + b"[" * 600 + b"]" * 600 + b"}")),
)
