"""Pictures of each page for the README: ``python -m tests.browser.screenshots FOLDER``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.app import DESK, PHONE, Visitor, launch, running, visiting
from tests.browser.test_staff import ROWS, collection

SIZES = {"": DESK, "-phone": PHONE}
BASE = "iot-park"


def overview(visitor: Visitor) -> None:
    visitor.go()
    visitor.wait_for_map()


def coverage(visitor: Visitor) -> None:
    visitor.go("coverage")
    visitor.wait_for_map()


def buffer(visitor: Visitor) -> None:
    visitor.go("buffer")
    before = visitor.wait_for_map().evaluate("document.body.dataset.atlas")
    visitor.map_frame().evaluate(f"Atlas.view.tell({{kind: 'base', id: '{BASE}'}})")
    visitor.wait_for_redraw(before)
    visitor.page.locator(".paper table").wait_for()


def upload(visitor: Visitor) -> None:
    visitor.go("upload")
    visitor.choose(collection(ROWS))
    visitor.wait_for_map()
    visitor.page.locator("table.faults").wait_for()


PAGES = (overview, coverage, buffer, upload)


def take(folder: Path) -> list[Path]:
    """Every page in both languages at a desk and on a phone; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(Path(scratch) / "atlas.db") as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for lang in ("zh", "en"):
            for suffix, size in SIZES.items():
                for page in PAGES:
                    with visiting(browser, address, lang, size) as visitor:
                        page(visitor)
                        visitor.settle()
                        visitor.page.wait_for_timeout(1200)  # the flight to the chosen place
                        path = folder / f"{page.__name__}-{lang}{suffix}.png"
                        visitor.page.screenshot(path=path)
                        taken.append(path)
                    if visitor.faults:
                        raise SystemExit(f"{path.name}: {visitor.faults}")
        browser.close()
    return taken


if __name__ == "__main__":
    for path in take(Path(sys.argv[1])):
        print(path)
