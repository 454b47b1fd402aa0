"""The real app as a process of its own, and a visitor's browser that may not leave this machine."""

from __future__ import annotations

import multiprocessing
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Protocol

from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Frame,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    Route,
)

from tests.browser.chromium import installed

ROOT = Path(__file__).parents[2]
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
DESK, PHONE = (1366, 768), (390, 844)
# Both languages and both screens; all four pairs under `make soak`.
SCREENS = [("zh", DESK), ("en", PHONE), *([("en", DESK), ("zh", PHONE)] if os.environ.get("ATLAS_SOAK") else [])]
START_S = 120.0
PORTS_TRIED = 5
DRAWN_MS = 60_000  # seconds at most; a machine that does much else may need them
# Streamlit's page asks below each page's own address before it asks at the root.
_PROBE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")


class Process(Protocol):
    """An app's, whichever way it was started."""

    def poll(self) -> int | None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Started:
    """By the command that ``make run`` gives."""

    process: subprocess.Popen[bytes]

    @classmethod
    def at(cls, port: int, env: Mapping[str, str], log: Path) -> Started:
        command = [sys.executable, "-m", "streamlit", *_arguments(port)]
        with log.open("wb") as written:
            return cls(subprocess.Popen(command, cwd=ROOT, env=env, stdout=written, stderr=subprocess.STDOUT))

    def poll(self) -> int | None:
        return self.process.poll()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@dataclass(frozen=True)
class Forked:
    """From a process that has the libraries already: they are half of what a start takes."""

    process: ForkServerProcess

    @classmethod
    def at(cls, port: int, env: Mapping[str, str], log: Path) -> Forked:
        process = _FORKS.Process(target=_serve, args=(_arguments(port), dict(env), str(log)), daemon=True)
        process.start()
        return cls(process)

    def poll(self) -> int | None:
        return self.process.exitcode

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(timeout=20)


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["streamlit.web.cli", "pages.parts.routes", "pages.parts.navigation", __name__])


def _arguments(port: int) -> list[str]:
    return ["run", "app.py", "--server.port", str(port)]


def _serve(arguments: list[str], env: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(written, stream)
    sys.argv = ["streamlit", *arguments]
    from streamlit.web.cli import main

    main(arguments, prog_name="streamlit")


@contextmanager
def running(database: Path, start: type[Started] | type[Forked] = Forked, **environment: str) -> Iterator[str]:
    """The app on a free port with its own database; gives its address."""
    env = {**os.environ, "ATLAS_DATABASE_URL": f"sqlite:///{database}", **environment}
    address, process = _started(start, database.with_suffix(".log"), env)
    try:
        yield address
    finally:
        process.stop()


def _started(start: type[Started] | type[Forked], log: Path, env: Mapping[str, str]) -> tuple[str, Process]:
    """The app's address and process. Between finding a port and taking it another process may have it: then the next."""
    for _ in range(PORTS_TRIED):
        port = _free_port()
        process = start.at(port, env, log)
        address = f"http://127.0.0.1:{port}"
        if _is_up(address, process):
            return address, process
        if f"Port {port} is not available".encode() not in log.read_bytes():
            raise RuntimeError(f"the app stopped while it started: {log.read_text(errors='replace')[-2000:]}")
    raise RuntimeError("no port could be had")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_up(address: str, process: Process) -> bool:
    """True once the app answers, False where its process has ended."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return True
    process.stop()
    raise RuntimeError("the app did not start in time")


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(
        executable_path=installed(),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    )


@dataclass
class Visitor:
    """One person at one screen. ``faults`` fills with whatever a page should never do."""

    address: str
    lang: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def go(self, path: str = "") -> None:
        self.page.goto(f"{self.address}/{path}")

    def wait_for_map(self) -> Frame:
        """The map's frame, once it has drawn a state."""
        self.page.frame_locator("iframe").locator("body[data-atlas]").wait_for(state="attached", timeout=DRAWN_MS)
        return self.map_frame()

    def map_frame(self) -> Frame:
        handle = self.page.locator('iframe[title^="streamlit_folium"]').element_handle()
        frame = handle.content_frame() if handle else None
        if frame is None:
            raise RuntimeError("there is no map on the page")
        return frame

    def wait_for_redraw(self, before: str) -> None:
        """Until the map has drawn another state than the one stamped ``before``."""
        self.map_frame().wait_for_function(
            "before => document.body.dataset.atlas && document.body.dataset.atlas !== before",
            arg=before,
            timeout=DRAWN_MS,
        )

    def stamp(self) -> str:
        return str(self.map_frame().evaluate("document.body.dataset.atlas"))

    def choose(self, file: FilePayload) -> None:
        """Gives the page a file, and waits until it shows that it has it."""
        self.settle()
        self.page.locator('input[type="file"]').set_input_files(files=[file])
        self.page.get_by_test_id("stFileChip").filter(has_text=file["name"]).wait_for()

    def settle(self) -> None:
        """Until Streamlit has nothing under way."""
        self.page.wait_for_function(
            "() => document.querySelector('[data-testid=\"stApp\"]').dataset.testScriptState === 'notRunning'",
            timeout=DRAWN_MS,
        )

    def open_sidebar(self) -> None:
        """On a phone the filters and the pages are behind a button."""
        button = self.page.get_by_test_id("stExpandSidebarButton")
        if button.is_visible():
            button.click()

    def close_sidebar(self) -> None:
        button = self.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button")
        if self.page.viewport_size and self.page.viewport_size["width"] < 700 and button.count():
            button.first.click(force=True)

    def text(self) -> str:
        return self.page.locator('[data-testid="stApp"]').inner_text()

    def figure(self, label: str) -> Locator:
        """The big figure of that label in the strip."""
        return self.page.locator(".strip div", has=self.page.get_by_text(label, exact=True)).locator("b").first


@contextmanager
def visiting(browser: Browser, address: str, lang: str, size: tuple[int, int]) -> Iterator[Visitor]:
    """A visitor with a clean browser. Requests to any other machine are refused and kept as faults."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=LOCALES[lang], has_touch=size == PHONE
    )
    context.set_default_timeout(DRAWN_MS)
    visitor = Visitor(address, lang, context, context.new_page())

    def guard(route: Route, request: Request) -> None:
        if request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            visitor.faults.append(f"asked for {request.url}")
            route.abort()

    def note_answer(answer: Response) -> None:
        if answer.status >= 400 and not _PROBE.search(answer.url):
            visitor.faults.append(f"{answer.status} {answer.url}")

    context.route("**/*", guard)
    visitor.page.on("response", note_answer)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(f"script error: {error}"))
    visitor.page.on("dialog", lambda dialog: visitor.faults.append(f"dialog: {dialog.message}"))
    try:
        yield visitor
    finally:
        context.close()
