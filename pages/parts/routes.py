"""Addresses beside the pages: the map's layers and the printable sheet. Everything here only reads."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo import usecases
from geo.errors import AtlasError, NotFoundError
from geo.model import Layer

IMMUTABLE = "public, max-age=31536000, immutable"  # the address changes with the revision or the pack


def layer_url(layer: Layer, revision: int, pack_digest: str) -> str:
    return f"/atlas/layers/{layer}/{revision}?pack={pack_digest[:12]}"


def geography_url(pack_digest: str) -> str:
    return f"/atlas/geography?pack={pack_digest[:12]}"


def preview_url(token: str) -> str:
    return f"/atlas/preview/{token}"


async def _preview(request: Request) -> Response:
    token = request.path_params["token"]
    return await _json(lambda: usecases.map_preview(usecases.open_atlas(), token), request)


async def _layer(request: Request) -> Response:
    name, revision = request.path_params["layer"], request.path_params["revision"]
    if name not in list(Layer):
        return PlainTextResponse("unknown layer", status_code=404)
    return await _json(lambda: usecases.map_layer(usecases.open_atlas(), Layer(name), revision), request)


async def _geography(request: Request) -> Response:
    return await _json(lambda: usecases.map_geography(usecases.open_atlas()), request)


async def _json(make: Callable[[], bytes], request: Request) -> Response:
    try:
        body = await asyncio.to_thread(make)
    except NotFoundError as fault:
        return PlainTextResponse(str(fault), status_code=404)
    except AtlasError as fault:
        return PlainTextResponse(str(fault), status_code=503)
    headers = {"Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = await asyncio.to_thread(gzip.compress, body, 5)
    return Response(body, media_type="application/json", headers=headers)


class SecurityHeaders:
    """Headers that Streamlit leaves out: no sniffing, no framing by others, nothing told to other sites."""

    HEADERS = (
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"referrer-policy", b"same-origin"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(event: Message) -> None:
            if event["type"] == "http.response.start":
                present = {name.lower() for name, _ in event["headers"]}
                event["headers"] = [*event["headers"], *(h for h in self.HEADERS if h[0] not in present)]
            await send(event)

        await self.app(scope, receive, with_headers)


ROUTES = [
    Route("/atlas/layers/{layer}/{revision:int}", _layer),
    Route("/atlas/preview/{token}", _preview),
    Route("/atlas/geography", _geography),
]
MIDDLEWARE = [Middleware(SecurityHeaders)]
