"""The service on a socket: 127.0.0.1 and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.exits import UsageError
from conformance.service import limits
from conformance.service.app import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

    from conformance.service.service import Service

LOOPBACK = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket on the loopback interface; port 0 is any that is free.

    Raises:
        UsageError: the port is taken, or not ours to take.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot listen on {LOOPBACK}:{port}: {reason}; leave --port out for a free one") from error
    return listener


class Running(uvicorn.Server):
    """A server that leaves signals to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    service: Service, listener: socket.socket, *, started: Callable[[], None], with_parent: bool = False
) -> None:
    """Serve until a signal to stop comes, or with `with_parent` the process that started this one is gone."""
    loop = asyncio.get_running_loop()
    connections: dict[Any, asyncio.Transport] = {}

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connections[self.client] = transport
            loop.call_later(limits.HEAD_SECONDS, self.end_if_silent)

        def end_if_silent(self) -> None:
            if self.cycle is None and not self.transport.is_closing():
                self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self.client, None)
            super().connection_lost(exc)

    def cut(request: Request) -> None:
        transport = connections.get(request.scope["client"])
        if transport is not None:
            transport.abort()

    server = Running(
        uvicorn.Config(
            build(service, cut),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )

    def stop() -> None:
        service.close()
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    watch = asyncio.create_task(_watch_parent(stop)) if with_parent else None
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        started()
    await serving
    if watch is not None:
        watch.cancel()


async def _watch_parent(stop: Callable[[], None]) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.25)
    stop()
