"""The shipped pack on a new store, and files as staff upload them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from geo import i18n, usecases
from geo.model import Layer, feature_frame
from geo.packs.build import build
from geo.store import Draft, Revision
from tests import counties
from tests.browser.app import launch
from tests.calling import Geo, invoke

PACK = "yueqing"
Feature = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session", autouse=True)
def plain_punctuation() -> Iterator[None]:
    """Tests say what they expect with the punctuation of a keyboard; typesetting has tests of its own, and processes do it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "typeset", lambda text: text)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of the run: Playwright's loop runs in this thread, and a second would not start beside it."""
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture
def atlas(tmp_path: Path) -> Iterator[usecases.Atlas]:
    opened = usecases.open_atlas(f"sqlite:///{tmp_path / 'atlas.db'}", PACK)
    yield opened
    opened.store.close()


@pytest.fixture(scope="session")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county's pack as it is built, with nothing filled in: to read, not to change."""
    return build(counties.ADCODE, counties.NAME, "2025-2027", tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def pingyang(skeleton: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same county's pack with another plan, as its officer would fill it in."""
    folder = Path(shutil.copytree(skeleton, tmp_path_factory.mktemp("filled") / counties.NAME))
    counties.fill_in(folder)
    return folder


@pytest.fixture(scope="session")
def put() -> Callable[..., Revision]:
    """Stores rows with their shapes as one revision, past every check."""

    def store(atlas: usecases.Atlas, layer: Layer, rows: list[dict[str, Any]], shapes: list[Any]) -> Revision:
        draft = Draft("import", "林工", upserts={layer: feature_frame(layer, rows, shapes)})
        return atlas.store.commit(atlas.pack.id, draft)

    return store


@pytest.fixture(scope="session")
def feature() -> Feature:
    """A GeoJSON point feature, in the county's economic zone unless it says where."""

    def make(lon: float = 120.96, lat: float = 28.03, **properties: Any) -> dict[str, Any]:
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}

    return make


@pytest.fixture(scope="session")
def as_file() -> Callable[..., bytes]:
    def encode(*features: dict[str, Any]) -> bytes:
        return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()

    return encode


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One store for the tests that only read."""
    return f"sqlite:///{tmp_path_factory.mktemp('cli') / 'atlas.db'}"


@pytest.fixture
def geo(shared_url: str) -> Geo:
    return lambda *args, **more: invoke(shared_url, *args, **more)


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'own.db'}"


@pytest.fixture
def own(own_url: str) -> Geo:
    """The command line on a new store, for a test that writes."""
    return lambda *args, **more: invoke(own_url, *args, **more)
