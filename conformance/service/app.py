"""The service as an ASGI application."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from conformance.service import bodies
from conformance.service.errors import Dropped, Refused
from conformance.service.misfortune import befall
from conformance.service.protobuf_wire import MEDIA_TYPE
from conformance.service.retrieving import Bytes
from conformance.service.routes import API, OPEN, OWN
from conformance.service.service import Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from conformance.service.routes import Handler
    from conformance.service.service import Service

    Cut = Callable[[Request], None]

NAMES = frozenset(("127.0.0.1", "localhost", "[::1]"))
"""What a client of this machine calls it. A page in a browser that was led here by its own name is refused."""

_json = msgspec.json.Encoder()


def build(service: Service, cut: Cut) -> Starlette:
    """The application.

    Args:
        service: what answers.
        cut: ends the connection of a request without an answer.
    """
    routes = [
        Route(prefix + path, _endpoint(service, cut, path, handler, needs_key=needs_key), methods=[method])
        for prefix, table, needs_key in (("/api/v1/", API, True), ("/conformance/", OWN, False))
        for (method, path), handler in table.items()
    ]
    application = Starlette(routes=routes, exception_handlers={HTTPException: _not_routed})
    application.router.redirect_slashes = False
    return application


def _endpoint(
    service: Service, cut: Cut, path: str, handler: Handler, *, needs_key: bool
) -> Callable[[Request], Awaitable[Response]]:
    name = path.rsplit("/", 1)[-1] if "{" not in path.rsplit("/", 1)[-1] else path.split("/", 1)[0]

    async def answer(request: Request) -> Response:
        try:
            _check(request, needs_key=needs_key and path not in OPEN)
            service.counts[name] = service.counts.get(name, 0) + 1
            misfortune = await befall(service.faults.draw(name) if needs_key else ())
            call = Call(
                endpoint=name,
                body=await bodies.read(request),
                content_type=request.headers.get("content-type", "").split(";")[0].strip().lower(),
                accepts_protobuf=MEDIA_TYPE in request.headers.get("accept", ""),
                path=dict(request.path_params),
                query=dict(request.query_params),
                withhold=misfortune.withhold,
            )
            given = handler(service, call)
            result = await given if inspect.isawaitable(given) else given
            service.withholding.arrive(name)
            if misfortune.drop_reply:
                raise Dropped
            return _response(result)
        except Refused as refused:
            service.refused[str(refused.status)] = service.refused.get(str(refused.status), 0) + 1
            return _refusal(refused)
        except (Dropped, ClientDisconnect):
            cut(request)
            return Response(status_code=499)  # nobody reads it

    return answer


def _check(request: Request, *, needs_key: bool) -> None:
    host = request.headers.get("host", "127.0.0.1")
    if host.rsplit(":", 1)[0] not in NAMES and host not in NAMES:
        raise Refused(421, "this service answers to 127.0.0.1 and localhost alone")
    if "origin" in request.headers:
        raise Refused(403, "this service is not for browsers")
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise Refused(400, "Content-Length and Transfer-Encoding contradict each other")
    if needs_key and not (request.headers.get("x-api-key") or request.headers.get("authorization")):
        raise Refused(401, "no API key: send X-API-Key (any will do here)")


def _response(result: dict[str, Any] | Bytes | None) -> Response:
    if result is None:
        return Response(status_code=204)
    if isinstance(result, Bytes):
        return Response(result.content, media_type=result.media_type)
    return Response(_json.encode(result), media_type="application/json")


def _refusal(refused: Refused) -> Response:
    # The shape of the API's own refusals: an object with `detail`.
    body = _json.encode({"detail": refused.detail})
    return Response(body, refused.status, headers=refused.headers, media_type="application/json")


async def _not_routed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    detail = "no such method here" if status == 405 else "no such path"
    return _refusal(Refused(status, detail, dict(getattr(error, "headers", None) or {})))
