"""Servers and visitors; a screenshot of the last page of a failed test in var/browser/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.app import DRAWN_MS, ROOT, Started, Visitor, running, visiting

expect.set_options(timeout=DRAWN_MS)

_SHOTS = ROOT / "var/browser"
_VISITORS = pytest.StashKey[list[Visitor]]()

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that tests only read."""
    with running(tmp_path_factory.mktemp("shared") / "atlas.db", Started) as address:
        yield address


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[str]:
    """An app whose data a test may change."""
    with running(tmp_path / "atlas.db") as address:
        yield address


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Opens visitors; at the end none of them may have a fault."""
    visitors = request.node.stash.setdefault(_VISITORS, [])
    with ExitStack() as stack:

        def arrive(address: str, lang: str, size: tuple[int, int]) -> Visitor:
            visitor = stack.enter_context(visiting(browser, address, lang, size))
            visitors.append(visitor)
            return visitor

        yield arrive
        faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        _SHOTS.mkdir(parents=True, exist_ok=True)
        for number, visitor in enumerate(item.stash.get(_VISITORS, [])):
            name = re.sub(r"\W+", "-", item.nodeid).strip("-")
            visitor.page.screenshot(path=_SHOTS / f"{name}-{number}.png")
    return report
