"""The service under load: requests a second, and how much memory it takes as they go on.

    python -m conformance.benchmarks.service [--clients 64] [--requests 10000]

Every client trains a model of its own and knows what it has to be answered, so that a request that is lost or done
twice is told, and ends the run with status 1. Memory is read off /proc after each tenth of the requests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.service.load import load

PARTS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=10_000)
    arguments = parser.parse_args()
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", "serve", "--with-parent"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        base_url = json.loads(process.stdout.readline())["base_url"]
        port = int(base_url.rpartition(":")[2])
        print(f"before: {resident(process.pid):.1f} MiB; load average {os.getloadavg()[0]:.1f}")
        began = time.perf_counter()
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(load, port, clients=arguments.clients, requests=arguments.requests)
            part = 1
            while not running.done():
                time.sleep(0.2)
                served = answered(base_url)
                if served >= arguments.requests * part // PARTS:
                    print(f"{served} requests: {resident(process.pid):.1f} MiB")
                    part = served * PARTS // arguments.requests + 1
            found = running.result()
        seconds = time.perf_counter() - began
        print(f"{found.requests} requests of {arguments.clients} clients: {found.requests / seconds:.0f} a second")
    finally:
        process.terminate()
        process.wait()
    for complaint in found.complaints[:20]:
        print(complaint)
    print(f"lost or done twice: {len(found.complaints)}")
    return 1 if found.complaints else 0


def answered(base_url: str) -> int:
    """How many requests the service says that it had."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{base_url}/conformance/report") as report:
        counts: dict[str, int] = json.load(report)["requests"]
    return sum(counts.values())


def resident(pid: int) -> float:
    """MiB of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
