"""An adapter with the sickness that its argument names; `well` has none. Its port is the byte tokenizer and tensors."""

import json
import os
import sys
import time
import unicodedata
from typing import Any

SICKNESS = sys.argv[1]


def has(name: str) -> bool:
    return name == SICKNESS


class Refused(Exception):
    pass


class Unknown(Exception):
    pass


def encode(text: str) -> list[int]:
    if has("latin1"):
        return list(text.encode("latin-1", "replace"))
    if has("halves"):
        return [byte for unit in text.encode("utf-16-be").hex(" ", 2).split() for byte in _half(int(unit, 16))]
    if has("normalises"):
        text = unicodedata.normalize("NFC", text)
    if has("splits_lines"):
        text = "\n".join(text.splitlines())
    if has("ends_at_null"):
        text = text.partition("\0")[0]
    if has("mixes_up") and text == "number 7":
        text = "number 8"
    return list(text.encode())


def _half(unit: int) -> bytes:
    return chr(unit).encode("utf-8", "surrogatepass")


def number(value: Any, dtype: str) -> Any:
    if value in ("NaN", "Infinity", "-Infinity") and dtype == "float32":
        return float(value) if has("bare_nan") else value
    if dtype == "int64":
        return int(float(value)) if has("float_integers") else int(value)
    return float(value)


def shape_of(data: Any) -> list[int]:
    if not isinstance(data, list):
        return []
    shapes = [shape_of(one) for one in data]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("ragged")
    return [len(data), *(shapes[0] if shapes else [])]


def flat(data: Any) -> list[Any]:
    return [leaf for one in data for leaf in flat(one)] if isinstance(data, list) else [data]


def from_nested(data: Any, dtype: str) -> Any:
    if dtype not in ("int64", "float32"):
        raise ValueError(dtype)
    return {"data": [number(one, dtype) for one in flat(data)], "dtype": dtype, "shape": shape_of(data)}


def to_nested(data: Any, dtype: str, shape: list[int]) -> Any:
    values = from_nested(data, dtype)["data"]
    for size in shape[:0:-1]:
        values = [values[at : at + size] for at in range(0, len(values), size)]
    return {"data": values}


OPERATIONS = {
    "tokenizer.encode": lambda tokenizer, text: {"token" if has("misshapes") else "tokens": encode(text)},
    "tensor.from_nested": from_nested,
    "tensor.to_nested": to_nested,
}


def initialize(params: Any) -> Any:
    operations = list(OPERATIONS)
    if has("misspells"):
        operations += ["tokenizer.encodes", "my.own"]
    if has("twice"):
        operations *= 2
    if has("declares_nothing"):
        operations = []
    if has("declines"):
        operations = ["tokenizer.decode"]
    declared = {
        "protocol": 2 if has("protocol_2") else 1,
        "implementation": {"name": "sick", "version": "1", "language": SICKNESS},
        "operations": operations,
        "tokenizers": list(params["tokenizers"]),
    }
    if has("names_its_engine"):
        declared["engine"] = {"name": "fast\x1b[2J", "version": "<0.3.5>"}
    if has("misdeclares"):
        declared["operation"] = declared.pop("operations")
    return declared


def answer(method: str, params: Any) -> Any:
    if method == "initialize":
        if has("refuses"):
            raise Refused("not today")
        return initialize(params)
    if method not in OPERATIONS:
        if has("dies_of_the_unknown"):
            os._exit(3)
        if has("answers_the_unknown"):
            return {}
        if has("breaks_at_the_unknown"):
            raise KeyError(method)
        raise Unknown(method)
    try:
        return OPERATIONS[method](**params)
    except (KeyError, TypeError, ValueError) as error:
        if has("breaks_at_refusals"):
            raise
        if has("declines_refusals"):
            raise Unknown(method) from error
        if has("accepts"):
            return {"data": [0], "dtype": "int64", "shape": [1]} if method == "tensor.from_nested" else {"data": [0]}
        raise Refused(str(error)) from error


def say(line: str) -> None:
    print(line, flush=not has("buffered"))


def serve(line: str) -> None:
    request = json.loads(line)
    method, id = request["method"], request["id"]
    if has("narrow_ids") and isinstance(id, str):
        id = id.encode("ascii", "replace").decode()
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": id}
    if method == "shutdown":
        if has("survives_shutdown"):
            time.sleep(60)
        if has("last_words"):
            say("bye")
        reply["result"] = {}
    else:
        if has("chatters") and method != "initialize":
            say("asked " + method)
        try:
            reply["result"] = answer(method, request["params"])
        except Refused as error:
            reply["error"] = {"code": -32000, "message": str(error)}
        except Unknown as error:
            reply["error"] = {"code": -32601, "message": str(error)}
        except Exception as error:
            reply["error"] = {"code": -32603, "message": repr(error)}
    say(json.dumps(reply))
    if method == "shutdown":
        sys.exit()


if has("banner"):
    say("Sick 1.0 is ready")
if has("dies"):
    sys.exit("no vocabulary")
if has("silent"):
    time.sleep(60)
if has("reads_all"):
    for one in sys.stdin.read().splitlines():
        serve(one)
elif has("one_line_a_read"):
    while chunk := os.read(0, 1 << 16):
        while b"\n" not in chunk:
            chunk += os.read(0, 1 << 16)
        serve(chunk.partition(b"\n")[0].decode())
elif has("short_lines"):
    while one := sys.stdin.readline(1 << 16):
        serve(one)
else:
    for one in sys.stdin:
        serve(one)
if has("survives_stdin"):
    time.sleep(60)
