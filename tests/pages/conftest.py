"""The addresses beside the pages, asked as a server would ask them, and the pages as Streamlit runs them."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from geo import usecases
from geo.i18n import LANGS, translate
from pages.parts.routes import MIDDLEWARE, ROUTES
from pages.parts.trouble import UNEXPECTED

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


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, what a pointer held over it says, its classes."""

    text: str
    hint: str
    kind: str


class Page:
    """One page as a person sees it: figures, words, buttons, and the state of its map."""

    def __init__(self, locale: str | None = None) -> None:
        self.at = AppTest.from_file(FRAME, default_timeout=60)
        self.at.context["locale"] = locale
        self._event: dict[str, Any] | None = None

    def open(self, name: str = "") -> Page:
        self.run()
        return self.go(name) if name else self

    def go(self, name: str) -> Page:
        """To another page in the same visit. As a browser does, it sends the values of the frame's widgets alone."""
        self.at.switch_page(f"{name}.py")
        return self._run(WidgetStates(widgets=[self.at.segmented_control(key="lang")._widget_state]))

    def run(self) -> Page:
        states = self.at._tree.get_widget_states()
        for component in self.at.get("component_instance") if self._event is not None else ():
            # AppTest sends no component's value; a browser sends it with every rerun.
            states.widgets.add(id=component.proto.id, json_value=json.dumps({"event": self._event}))
        return self._run(states)

    def _run(self, states: WidgetStates) -> Page:
        self.at._run(states)
        assert [fault.stack_trace or fault.message for fault in self.at.exception] == []
        unexpected = {translate(lang, UNEXPECTED) for lang in LANGS}
        assert unexpected.isdisjoint(read(one.value) for one in self.at.error)
        return self

    def tap(self, **event: Any) -> Page:
        """A click that the map sent back."""
        self._event = event
        return self.run()

    def set(self, kind: str, key: str, value: Any) -> Page:
        getattr(self.at, kind)(key=key).set_value(value)
        return self.run()

    def click(self, key: str) -> Page:
        self.at.button(key=key).click()
        return self.run()

    def upload(self, data: bytes, name: str = "up.geojson") -> Page:
        self.at.file_uploader[0].set_value((name, data, "application/geo+json"))
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
    def tables(self) -> list[list[list[Cell]]]:
        """The tables, each a list of rows of cells, the head first."""
        return [
            [[_cell(*found) for found in _CELL.findall(row)] for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)]
            for table in re.findall(r"<table.*?</table>", self.html, re.S)
        ]

    @property
    def said(self) -> list[str]:
        """What the page tells in boxes and in passing."""
        return [read(one.value) for kind in ("error", "success", "toast") for one in getattr(self.at, kind)]

    @property
    def banners(self) -> list[str]:
        return [unescape(text) for text in re.findall(r'<div class="banner[^"]*">([^<]*)</div>', self.html)]

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

    def marked(self, layer: str, ids: Sequence[str]) -> list[str]:
        """Which of a layer's ``ids``, in the store's order, the map has a bit for."""
        flags = [byte >> (7 - place) & 1 for byte in base64.b64decode(self.map[layer]) for place in range(8)]
        assert len(flags) == -(-len(ids) // 8) * 8, "bits are for another number of rows"
        assert not any(flags[len(ids) :])
        return [id for id, flag in zip(ids, flags, strict=False) if flag]

    def legend(self, section: str) -> list[str]:
        """The labels of one section of the map's legend, none where there is no such section."""
        return [item["label"] for part in self.map["legend"] if part["id"] == section for item in part["items"]]

    @property
    def words(self) -> list[str]:
        """Every text of the page: of its HTML and the words it puts in place of Streamlit's, of widgets, boxes, map."""
        texts = [text for part in self.at.html for text in _texts_of(part.value)]
        for node in self.at:
            proto = getattr(node, "proto", None)
            texts += [getattr(proto, name, "") for name in ("label", "help", "placeholder", "caption")]
            texts += [getattr(option, "content", option) for option in getattr(proto, "options", ())]
            texts.append(read(getattr(node, "value", "")) if node.type in _SPOKEN else "")
        texts += [_map_words(self.map)] if self.at.get("component_instance") else []
        return [text for text in _strings(texts) if text.strip()]


def read(markdown: Any) -> str:
    """What a person reads of a text in which all Markdown is escaped."""
    return re.sub(r"\\([\W_])", r"\1", str(markdown))


_CELL = re.compile(r"<t[dh]([^>]*)>(.*?)</t[dh]>", re.S)
_SPOKEN = ("error", "success", "toast", "warning", "info", "markdown", "caption")


def _cell(attributes: str, text: str) -> Cell:
    named = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
    return Cell(unescape(text), unescape(named.get("title", "")), named.get("class", ""))


def _texts_of(html: str) -> list[str]:
    """What a person can read of a piece of HTML: its text, its hints, and what its style sheet writes."""
    if html.startswith("<style>"):
        return [json.loads(text) for text in re.findall(r'content: ("(?:[^"\\]|\\.)*")', html)]
    hints = re.findall(r'title="([^"]*)"', html)
    return [unescape(text) for text in [*re.findall(r">([^<]+)<", html), *hints]]


def _map_words(state: dict[str, Any]) -> list[Any]:
    """What the map writes on itself. The one-character signs of the categories are drawings, the same in any language."""
    legend = [[part["title"], *(item["label"] for item in part["items"])] for part in state["legend"]]
    labels = [one["label"] for name in ("categories", "rings") for one in state[name]]
    return [state["texts"], state["certainties"], state["attribution"], legend, labels]


def _strings(value: Any) -> Iterator[str]:
    """The strings inside lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, Iterable):
        for part in value:
            yield from _strings(part)


@pytest.fixture
def page() -> Callable[..., Page]:
    return Page


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Page, str], tuple[str, bytes]]:
    """The file behind a download button, made as when it is clicked: AppTest drops what the page registered."""
    registered: dict[str, tuple[str, Callable[[], Any]]] = {}
    add = MediaFileManager.add_deferred

    def remember(self: Any, make: Any, mime: Any, coordinates: str, file_name: str, **rest: Any) -> str:
        id = add(self, make, mime, coordinates, file_name, **rest)
        registered[id] = (file_name, make)
        return id

    monkeypatch.setattr(MediaFileManager, "add_deferred", remember)

    def get(page: Page, key: str) -> tuple[str, bytes]:
        name, make = registered[page.at.download_button(key=key).proto.deferred_file_id]
        made = make()
        return name, made.encode() if isinstance(made, str) else made

    return get
