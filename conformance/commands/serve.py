"""`conformance serve`: the service that a training loop is pointed at."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from conformance.atomic import WholeFile, write_whole
from conformance.exits import Exit, UsageError

if TYPE_CHECKING:
    import argparse

    from conformance.service.service import Service

REMEDY = "pip install 'cookbook-conformance[service]'"


def main(arguments: argparse.Namespace) -> int:
    """The exit code. Ends at SIGINT or SIGTERM, which is how it is meant to end."""
    if arguments.host not in ("127.0.0.1", "localhost"):
        raise UsageError(f"--host {arguments.host}: the service listens on 127.0.0.1 and nowhere else")
    try:
        import asyncio

        from conformance.service.server import listen, serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("starlette", "uvicorn", "anyio", "h11", "click"):
            raise
        raise UsageError(f"{error.name} is not installed: {REMEDY}") from error
    from conformance.service import faults, protobuf_wire
    from conformance.service.service import Service

    script = faults.read(arguments.script) if arguments.script is not None else None
    with contextlib.ExitStack() as ending:
        listener = ending.enter_context(listen(arguments.port))
        # Opened now, so that a place where nothing can be written is told now.
        record = WholeFile(arguments.record) if arguments.record is not None else None
        if record is not None:
            ending.callback(record.discard)
        service = Service(
            script=script,
            protobuf=protobuf_wire.load(),
            tokenizer=arguments.tokenizer,
            gap_seconds=arguments.gap_seconds,
        )
        ending.callback(service.recorder.close)
        port = listener.getsockname()[1]

        def started() -> None:
            if arguments.port_file is not None:
                write_whole(arguments.port_file, f"{port}\n".encode())
            print(json.dumps(_greeting(port, service)), flush=True)

        asyncio.run(serve(service, listener, started=started, with_parent=arguments.with_parent))
        if record is not None:
            for line in service.recorder.lines():
                record.write(line + b"\n")
            record.commit()
    return Exit.CONFORMS


def _greeting(port: int, service: Service) -> dict[str, Any]:
    from conformance.service import protobuf_wire

    served = f"tinker {protobuf_wire.version()}" if service.protobuf is not None else None
    greeting = {"base_url": f"http://127.0.0.1:{port}", "wires": service.wires(), "protobuf": served}
    if served is None:
        greeting["note"] = f"SDKs from 0.25 on cannot be served: {protobuf_wire.REMEDY}"
    return greeting
