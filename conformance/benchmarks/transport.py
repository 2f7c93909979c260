"""How fast questions go to an adapter and back, beside a bare loop over the same pipes.

    python -m conformance.benchmarks.transport [--questions 30000] [--rounds 5]

The adapter answers every question with the same 64 tokens. It is as fast as one can be: compiled from C when there is
a C compiler (`cc`), else a short Python loop. The bare loop writes the same lines and reads the same lines, in blocks,
with nothing decoded: what it takes is the price of the pipes. Rounds alternate; the median and the range are printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from conformance.asking import Asker, Question
from conformance.protocol import InitializeParams, Result, ascii_json, request_line

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKENS = list(range(100_000, 100_064))
BLOCK = 64
"""Questions that the bare loop writes before it reads their replies: they fit in a pipe."""

HANDSHAKE = {
    "protocol": 1,
    "implementation": {"name": "echo", "version": "1", "language": "c"},
    "operations": ["tokenizer.encode"],
}

# The id is the first string after `"id":`; ids here hold no quotes. The first line is the handshake, with id 0.
C_SOURCE = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char in[1 << 16], out[1 << 20];

int main(void) {
    static char line[1 << 16];
    size_t have = 0, used;
    ssize_t got;
    while ((got = read(0, in + have, sizeof in - have)) > 0) {
        char *start = in, *end;
        have += got;
        used = 0;
        while ((end = memchr(start, '\n', in + have - start))) {
            size_t length = end - start;
            memcpy(line, start, length);
            line[length] = 0;
            start = end + 1;
            char *id = strstr(line, "\"id\":") + 5, *stop = strchr(id, ',');
            *stop = 0;
            used += sprintf(out + used, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", id,
                            strcmp(id, "0") ? TOKENS : HANDSHAKE);
            if (strcmp(id, "1") == 0) {
                fwrite(out, 1, used, stdout);
                return 0;
            }
        }
        have = in + have - start;
        memmove(in, start, have);
        fwrite(out, 1, used, stdout);
        fflush(stdout);
    }
    return 0;
}
"""

PYTHON_SOURCE = """
import os
data = b""
while chunk := os.read(0, 65536):
    *lines, data = (data + chunk).split(b"\\n")
    out = []
    for line in lines:
        id = line[line.index(b'"id":') + 5 : line.index(b',"method"')]
        out.append(b'{"jsonrpc":"2.0","id":%b,"result":%b}\\n' % (id, HANDSHAKE if id == b"0" else TOKENS))
    os.write(1, b"".join(out))
    if lines and id == b"1":
        break
"""


def adapter(directory: Path) -> tuple[list[str], str]:
    """The command of the fastest echo adapter that this machine can have, and its language."""
    tokens = json.dumps({"tokens": TOKENS}, separators=(",", ":"))
    handshake = json.dumps(HANDSHAKE)
    compiler = shutil.which("cc")
    if compiler is None:
        source = directory / "echo.py"
        source.write_text(f"TOKENS = {tokens.encode()!r}\nHANDSHAKE = {handshake.encode()!r}\n{PYTHON_SOURCE}")
        return [sys.executable, "-S", str(source)], "Python"
    source, program = directory / "echo.c", directory / "echo"
    source.write_text(f"#define TOKENS {json.dumps(tokens)}\n#define HANDSHAKE {json.dumps(handshake)}\n{C_SOURCE}")
    subprocess.run([compiler, "-O2", "-o", str(program), str(source)], check=True)
    return [str(program)], "C"


def questions(count: int) -> list[Question]:
    """Questions of about the size of a short renderer case."""
    params = ascii_json({"renderer": "qwen3", "messages": [{"role": "user", "content": "Hi"}], "tokenizer": "bytes"})
    return [Question(f"renderer/qwen3/case-{at}/prompt@bytes", "tokenizer.encode", params) for at in range(count)]


def ask(command: Sequence[str], asked: Sequence[Question]) -> float:
    """Questions a second through an Asker."""
    with Asker(command, InitializeParams(suite="benchmark")) as asker:
        asker.start()
        begun = time.perf_counter()
        answered = sum(isinstance(reply.answer, Result) for reply in asker.ask(asked))
        seconds = time.perf_counter() - begun
    assert answered == len(asked), f"{answered} of {len(asked)} questions were answered"
    return len(asked) / seconds


def ask_one_at_a_time(command: Sequence[str], asked: Sequence[Question]) -> float:
    """Questions a second through an Asker when each waits for the reply before, as in shrinking."""
    with Asker(command, InitializeParams(suite="benchmark")) as asker:
        asker.start()
        begun = time.perf_counter()
        answered = sum(isinstance(reply.answer, Result) for question in asked for reply in asker.ask([question]))
        seconds = time.perf_counter() - begun
    assert answered == len(asked), f"{answered} of {len(asked)} questions were answered"
    return len(asked) / seconds


def loop(command: Sequence[str], asked: Sequence[Question]) -> float:
    """Questions a second through a bare loop: a block of lines written, as many lines read."""
    lines = [request_line(question.id, question.method, question.params) for question in asked]
    blocks = [b"".join(lines[at : at + BLOCK]) for at in range(0, len(lines), BLOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        begun = time.perf_counter()
        for block in blocks:
            _exchange(process.stdin, process.stdout, block)
        seconds = time.perf_counter() - begun
        process.stdin.close()
    return len(asked) / seconds


def _exchange(stdin: IO[bytes], stdout: IO[bytes], block: bytes) -> None:
    stdin.write(block)
    stdin.flush()
    for _ in range(block.count(b"\n")):
        stdout.readline()


def _spread(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):>9,.0f} questions/s  [{min(rates):,.0f} - {max(rates):,.0f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.transport", description=__doc__)
    parser.add_argument("--questions", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    asked = questions(options.questions)
    with tempfile.TemporaryDirectory() as directory:
        command, language = adapter(Path(directory))
        ask(command, asked[:BLOCK])
        asker, single, bare = [], [], []
        for _ in range(options.rounds):
            asker.append(ask(command, asked))
            single.append(ask_one_at_a_time(command, asked[: len(asked) // 10]))
            bare.append(loop(command, asked))
    print(
        f"echo adapter in {language}, {len(TOKENS)} tokens an answer, {len(asked):,} questions, {options.rounds} rounds"
    )
    print(f"Asker                 {_spread(asker)}")
    print(f"Asker, one at a time  {_spread(single)}")
    print(f"bare loop             {_spread(bare)}")
    print(f"ratio                 {statistics.median(asker) / statistics.median(bare):>9.2f}  (Asker to bare loop)")


if __name__ == "__main__":
    main()
