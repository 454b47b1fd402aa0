"""What a person waits for and what crosses the wire, in a real Chromium against real servers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.county import Size
from benchmarks.measure import EMPTY, OURS, Figure, figures, in_turns
from geo import usecases
from tests.browser.chromium import installed

FIRST_MAP = "打开页面到地图画好,浏览器"
FIRST_BYTES = "打开页面收到的字节,浏览器"
CHANGE = "点阶段筛选到地图重画,浏览器"
CHANGE_BYTES = "点阶段筛选收到的字节,浏览器"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_VIEWPORT = {"width": 1366, "height": 768}
_WATCH = Path(__file__).with_name("watch.js")
_WAIT_MS = 120_000
_QUIET_MS = 300  # nothing more comes once it has been quiet for so long


@dataclass
class Wire:
    """What the browser received: web-socket payloads and HTTP responses as they came, still compressed; caches count 0."""

    received_bytes: float = 0.0
    events: int = 0

    def listen(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameReceived", self._received)
        session.on("Network.loadingFinished", self._loaded)
        session.send("Network.enable")

    def reset(self) -> None:
        self.received_bytes = 0.0

    def settle(self, page: Page) -> None:
        """Waits until nothing more comes."""
        before = -1
        while self.events != before:
            before = self.events
            page.wait_for_timeout(_QUIET_MS)

    def _received(self, event: dict[str, Any]) -> None:
        self.events += 1
        payload = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        self.received_bytes += len(base64.b64decode(payload)) if binary else len(payload.encode())

    def _loaded(self, event: dict[str, Any]) -> None:
        self.events += 1
        self.received_bytes += event["encodedDataLength"]


@dataclass(frozen=True)
class Opening:
    ms: float
    kilobytes: float


@dataclass(frozen=True)
class Change:
    ms: float
    kilobytes: float
    remounted: bool
    view_kept: bool


@dataclass(frozen=True)
class Steadiness:
    """Whether a candidate's map outlived every filter change."""

    candidate: str
    remounted: bool
    view_kept: bool


@dataclass(frozen=True)
class Seen:
    figures: list[Figure]
    steadiness: list[Steadiness]


def measure(addresses: dict[str, str], size: Size) -> Seen:
    """Opens and filters each candidate that has a map in turns, over addresses that serve already."""
    addresses = {name: url for name, url in addresses.items() if name != EMPTY}
    with _chromium() as browser:
        openings = in_turns(
            size.openings - 1, {name: lambda _n, url=url: _open_cold(browser, url) for name, url in addresses.items()}
        )
        pages = {name: _Filtered(browser, url, name == OURS) for name, url in addresses.items()}
        for name, page in pages.items():  # the last ones stay open
            openings[name].append(page.opening)
        changes = in_turns(size.rounds, {name: page.change for name, page in pages.items()})
    return Seen(_opening_figures(openings) + _change_figures(changes), [_steady(*item) for item in changes.items()])


def _opening_figures(openings: dict[str, list[Opening]]) -> list[Figure]:
    return [
        *figures(FIRST_MAP, "ms", {name: [one.ms for one in all] for name, all in openings.items()}),
        *figures(FIRST_BYTES, "kB", {name: [one.kilobytes for one in all] for name, all in openings.items()}),
    ]


def _change_figures(changes: dict[str, list[Change]]) -> list[Figure]:
    return [
        *figures(CHANGE, "ms", {name: [one.ms for one in all] for name, all in changes.items()}),
        *figures(CHANGE_BYTES, "kB", {name: [one.kilobytes for one in all] for name, all in changes.items()}),
    ]


def _steady(name: str, changes: list[Change]) -> Steadiness:
    return Steadiness(name, any(one.remounted for one in changes), all(one.view_kept for one in changes))


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _open(browser: Browser, url: str) -> tuple[Page, Wire, Opening]:
    """A page in a context without any cache; its map is drawn, so many milliseconds after the navigation began, and
    nothing more comes."""
    page = browser.new_context(viewport=_VIEWPORT, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(_WAIT_MS)
    page.add_init_script(path=_WATCH)
    wire = Wire()
    wire.listen(page)
    page.goto(url, wait_until="commit")
    first = page.evaluate("() => window.bench.first")
    wire.settle(page)
    return page, wire, Opening(first["at"], wire.received_bytes / 1e3)


def _open_cold(browser: Browser, url: str) -> Opening:
    page, _, opening = _open(browser, url)
    page.context.close()
    return opening


class _Filtered:
    """A page that stays open while its stages are clicked one after another: each click adds or takes away one."""

    def __init__(self, browser: Browser, url: str, ours: bool) -> None:
        atlas = usecases.open_atlas()
        self._snap = usecases.snapshot(atlas)
        self._stages = atlas.pack.plan.stages
        self._chosen: set[str] = set()
        self._ours = ours
        self._page, self._wire, self.opening = _open(browser, url)

    def change(self, number: int) -> Change:
        stage = self._stages[number % len(self._stages)]
        self._chosen ^= {stage.id}
        pill = self._page.get_by_test_id("stSidebar").get_by_text(stage.label.zh, exact=True)
        self._page.evaluate("() => window.bench.arm()")
        self._wire.reset()
        pill.click()
        seen = self._page.evaluate("() => window.bench.change")
        self._wire.settle(self._page)
        self._check(seen["drawn"])
        return Change(seen["ms"], self._wire.received_bytes / 1e3, seen["remounted"], seen["viewKept"])

    def _check(self, drawn: str) -> None:
        """A plain map must hold every row that the filter lets through: less would be faster for nothing."""
        bases = int(usecases.base_mask(self._snap, usecases.Filter(stages=tuple(self._chosen))).sum())
        expected = str(bases + len(self._snap.facilities))
        if not self._ours and drawn != expected:
            raise RuntimeError(f"{drawn} circles are drawn instead of {expected}")
