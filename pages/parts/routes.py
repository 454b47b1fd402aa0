"""Addresses beside the pages: the map's layers and the printable sheet. Everything here only reads."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from shapely import Point
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo import usecases
from geo.errors import AtlasError, NotFoundError
from geo.i18n import N_, Lang, lang_of, translate
from geo.maps.columns import DRAWN
from geo.model import Layer

STATIC = Path(__file__).parents[2] / "static"
# The sheet is made of names that anybody may have uploaded: even if one slipped through as markup, nothing would run.
_SHEET_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-hashes' "
    "'sha256-Ul1RMxNBbPGH9E+ofhdT7m0RVSwiCXU33cMrTtNPpo8='; base-uri 'none'; form-action 'none'",
}
IMMUTABLE = "public, max-age=31536000, immutable"  # the address changes with the revision, the areas or the pack


def layer_url(layer: Layer, snap: usecases.Snapshot, pack_digest: str) -> str:
    return f"/atlas/layers/{layer}/{snap.revision}?at={snap.stamp}&pack={pack_digest[:12]}"


def geography_url(areas_digest: str, pack_digest: str) -> str:
    return f"/atlas/geography/{areas_digest}?pack={pack_digest[:12]}"


def preview_url(token: str) -> str:
    return f"/atlas/preview/{token}"


def sheet_url(
    place: str | tuple[float, float], radii_m: Sequence[float], settings: usecases.Settings, revision: int, lang: str
) -> str:
    """Where the printable sheet of ``place`` (a base's id, or longitude and latitude) is."""
    at = [("base", place)] if isinstance(place, str) else [("lon", place[0]), ("lat", place[1])]
    rings = [("radius", f"{radius:g}") for radius in radii_m]
    judged = [("profile", settings.profile)] if settings.profile else []
    judged += [("foot", "1")] if settings.on_foot else []
    return f"/atlas/sheet?{urlencode([*at, *rings, *judged, ('revision', revision), ('lang', lang)])}"


async def _preview(request: Request) -> Response:
    token = request.path_params["token"]
    return await _json(lambda: usecases.map_preview(usecases.open_atlas(), token), request)


async def _layer(request: Request) -> Response:
    name, revision = request.path_params["layer"], request.path_params["revision"]
    if name not in DRAWN:
        return PlainTextResponse("unknown layer", status_code=404)
    return await _json(lambda: usecases.map_layer(usecases.open_atlas(), Layer(name), revision), request)


async def _geography(request: Request) -> Response:
    digest = request.path_params["areas"]
    return await _json(lambda: usecases.map_geography(usecases.open_atlas(), digest), request)


async def _sheet(request: Request) -> Response:
    """The printable sheet: ``base`` or ``lon`` and ``lat``, ``radius`` once per ring, ``profile``, ``foot`` 1 for walks
    beside, ``revision``, ``lang``."""
    asked = request.query_params
    lang = lang_of(asked.get("lang"))
    try:
        page = await asyncio.to_thread(_sheet_page, asked, lang)
    except ValueError:
        return PlainTextResponse(translate(lang, N_("地址里的数不对:请回到缓冲区核查页重新打开。")), status_code=400)
    except AtlasError as fault:
        return PlainTextResponse(fault.text(lang), status_code=404 if isinstance(fault, NotFoundError) else 400)
    return HTMLResponse(page, headers=_SHEET_HEADERS)


def _sheet_page(asked: QueryParams, lang: Lang) -> str:
    atlas = usecases.open_atlas()
    snap = usecases.snapshot(atlas, int(asked["revision"]) if "revision" in asked else None)
    place = asked["base"] if "base" in asked else _point(asked)
    settings = usecases.Settings(profile=asked.get("profile"), on_foot=asked.get("foot") == "1")
    radii = [float(radius) for radius in asked.getlist("radius")]
    check = usecases.check_buffer(atlas, snap, place, radii, settings)
    return usecases.sheet_html(atlas, snap, place, check, settings, lang)


def _point(asked: QueryParams) -> Point:
    lon, lat = (float(asked.get(name, "nan")) for name in ("lon", "lat"))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError(asked)
    return Point(lon, lat)


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


class Assets(StaticFiles):
    """The map's scripts and styles. Their addresses carry a version, so a browser need never ask twice."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = IMMUTABLE
        return answer


ROUTES = [
    Mount("/atlas/static", Assets(directory=STATIC)),
    Route("/atlas/layers/{layer}/{revision:int}", _layer),
    Route("/atlas/preview/{token}", _preview),
    Route("/atlas/geography/{areas}", _geography),
    Route("/atlas/sheet", _sheet),
]
MIDDLEWARE = [Middleware(SecurityHeaders)]
