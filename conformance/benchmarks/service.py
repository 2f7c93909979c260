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
        port = int(json.loads(process.stdout.readline())["base_url"].rpartition(":")[2])
        complaints: list[str] = []
        requests, seconds = 0, 0.0
        print(f"before: {resident(process.pid):.1f} MiB; load average {os.getloadavg()[0]:.1f}")
        for part in range(PARTS):
            began = time.perf_counter()
            found = load(port, clients=arguments.clients, requests=arguments.requests // PARTS)
            seconds += time.perf_counter() - began
            requests += found.requests
            complaints += found.complaints
            print(f"{part + 1}/{PARTS}: {requests} requests, {resident(process.pid):.1f} MiB")
        print(f"{requests} requests of {arguments.clients} clients: {requests / seconds:.0f} a second")
    finally:
        process.terminate()
        process.wait()
    for complaint in complaints[:20]:
        print(complaint)
    print(f"lost or done twice: {len(complaints)}")
    return 1 if complaints else 0


def resident(pid: int) -> float:
    """MiB of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
