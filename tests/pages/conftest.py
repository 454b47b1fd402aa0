"""The addresses beside the pages, asked as a server would ask them, and the pages as Streamlit runs them."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from geo import usecases
from pages.parts.routes import MIDDLEWARE, ROUTES

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
APP = Starlette(routes=ROUTES, middleware=MIDDLEWARE)


@pytest.fixture(scope="module")
def module_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One store for the tests of a module that only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'atlas.db'}"
    yield url
    usecases.open_atlas(url, "yueqing").store.close()


@pytest.fixture
def shared(module_url: str, monkeypatch: pytest.MonkeyPatch) -> usecases.Atlas:
    """The module's atlas, as the one that pages and addresses open."""
    monkeypatch.setenv("ATLAS_DATABASE_URL", module_url)
    monkeypatch.setenv("ATLAS_PACK", "yueqing")
    return usecases.open_atlas()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[usecases.Atlas]:
    """A new store for one test that writes."""
    monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / 'atlas.db'}")
    monkeypatch.setenv("ATLAS_PACK", "yueqing")
    opened = usecases.open_atlas()
    yield opened
    opened.store.close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """GET an address from the routes, headers in the order name, value."""

    def get(address: str, method: str = "GET", **headers: str) -> Answer:
        # In a thread of its own: where the browser tests ran before, this one has an event loop already.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, _call(address, method, headers)).result()

    return get


async def _call(address: str, method: str, headers: dict[str, str]) -> Answer:
    path, query = ([*address.split("?", 1), ""])[:2]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []

    questions = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        """The question once; after that nothing comes until the answer is out, as from a reader who waits."""
        for question in questions:
            return question
        return await asyncio.Future()

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await APP(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(event.get("body", b"") for event in sent[1:]))


class Page:
    """One page as a person sees it: figures, words, buttons, and the state of its map."""

    def __init__(self, locale: str | None = None) -> None:
        self.at = AppTest.from_file(FRAME, default_timeout=60)
        self.at.context["locale"] = locale

    def open(self, name: str = "") -> Page:
        self.run()
        if name:
            self.at.switch_page(f"{name}.py")
            self.run()
        return self

    def run(self) -> Page:
        self.at.run()
        assert [fault.stack_trace or fault.message for fault in self.at.exception] == []
        return self

    def set(self, kind: str, key: str, value: Any) -> Page:
        getattr(self.at, kind)(key=key).set_value(value)
        return self.run()

    def click(self, key: str) -> Page:
        self.at.button(key=key).click()
        return self.run()

    def hold(self, **values: Any) -> Page:
        for key, value in values.items():
            self.at.session_state[key] = value
        return self.run()

    @property
    def html(self) -> str:
        return "\n".join(part.value for part in self.at.html if not part.value.startswith("<style>"))

    @property
    def figures(self) -> dict[str, str]:
        """Label -> value of the strips."""
        return dict(re.findall(r"<div[^>]*><span>([^<]*)</span><b>([^<]*)</b>", self.html))

    @property
    def map(self) -> dict[str, Any]:
        """The state that the map was sent."""
        (component,) = list(self.at.get("component_instance"))
        sent = json.loads(component.proto.json_args)
        (text,) = re.findall(r"Atlas\.update\(map_div, '([^']*)'\)", sent["feature_group"])
        state: dict[str, Any] = json.loads(base64.b64decode(text))
        return state

    def drawn(self, layer: str) -> int:
        """How many rows of ``layer`` the map shows."""
        return sum(byte.bit_count() for byte in base64.b64decode(self.map[layer]))


@pytest.fixture
def page() -> Callable[..., Page]:
    return Page
