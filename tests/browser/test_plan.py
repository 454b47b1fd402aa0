"""The plan in a real browser: targets typed in, a base's standard marked, a gap in a chain closed and opened again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from geo import usecases
from geo.i18n import typeset
from geo.store import SEED
from geo.usecases import Author
from tests.browser.app import DESK, DRAWN_MS, Visitor, running

WORDS = {
    "zh": {
        "county": "填目标和实际", "save": "保存为一次修订", "by": "填报人", "saved": re.compile(typeset(r"已存为第 \d+ 号修订,各页已是新数据。")),
        "known": "已有目标数", "read": "进度", "hidden": "原文已隐去", "undo": re.compile(r"撤销第 \d+ 号修订"), "undone": re.compile(typeset(r"已撤销:记为第 \d+ 号修订。")),
        "done": "已完成", "missing": "缺", "store": re.compile("存入 1 行"), "stored": re.compile(r"已存为第 \d+ 号修订"),
        "fill": "填报", "list": "清单", "attach": "附一个依据文件", "download": re.compile("下载依据文件"),
        "chain": "集群链条", "upload": "上传基地", "missed": "到期未认定", "year": "规划逐年", "planned": re.compile("规划中.* 19"),
    },
    "en": {
        "county": "Enter figures", "save": "Save as one revision", "by": "Entered by",
        "saved": re.compile(r"Stored as revision \d+; all pages show it\."), "known": "Targets known", "read": "Progress",
        "hidden": "Blanked in the plan", "undo": re.compile(r"Undo revision \d+"), "undone": re.compile(r"Undone: recorded as revision \d+\."),
        "done": "Done", "missing": "Missing", "store": re.compile("Store 1 row"), "stored": re.compile(r"Stored as revision \d+"),
        "fill": "Entry", "list": "List", "attach": "Attach a file as evidence",
        "download": re.compile("Download the evidence"), "chain": "Chains", "upload": "Upload", "missed": "Missed", "year": "Year of the plan",
        "planned": re.compile("Planned.* 19"),
    },
}  # fmt: skip
MICRO = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "micro", "name": "柳市小微园", "stage": "小微园", "cluster": "数字经济"},
            "geometry": {"type": "Point", "coordinates": [120.91, 28.06]},
        }
    ],
}
PDF = b"%PDF-1.7 \xe6\x89\xb9\xe6\x96\x87"
LANGS = pytest.mark.parametrize("lang", ["zh", "en"])


@pytest.fixture(scope="module")
def app_and_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, usecases.Atlas]]:
    database = tmp_path_factory.mktemp("plan") / "atlas.db"
    with running(database) as address:
        atlas = usecases.open_atlas(f"sqlite:///{database}")
        yield address, atlas
        atlas.store.close()


@pytest.fixture
def staff_app(app_and_store: tuple[str, usecases.Atlas]) -> Iterator[str]:
    """An app in which each test finds the data as it ships: what the one before stored is undone behind its back."""
    address, atlas = app_and_store
    yield address
    for revision in usecases.history(atlas):
        if revision.kind not in (SEED, "undo") and revision.undone_by is None:
            usecases.undo(atlas, revision.number, Author("测试"))


def chosen(staff: Visitor, column: int, row: int) -> Locator:
    """A cell of the first table on the screen, once it is the chosen one.

    The table is drawn as a picture; inside the picture it is told cell by cell for those who cannot see it.
    """
    staff.settle()
    grid = staff.page.get_by_test_id("stDataFrame").filter(visible=True).first
    until = time.monotonic() + DRAWN_MS / 1000
    while not _at_home(staff, grid):  # a table that has only just come on the screen lets the first click pass
        assert time.monotonic() < until, "the table takes no click"
    for key, times in (("ArrowDown", row), ("ArrowRight", column)):
        for _ in range(times):
            staff.page.keyboard.press(key)
    cell = grid.get_by_test_id(f"glide-cell-{column}-{row}")
    expect(cell).to_have_attribute("aria-selected", "true", timeout=DRAWN_MS)
    return cell


def _at_home(staff: Visitor, grid: Locator) -> bool:
    """Whether a click on the table, and then the keys to its first cell, have chosen that."""
    grid.locator(".dvn-scroller").click(position={"x": 40, "y": 50})
    staff.page.keyboard.press("Control+Home")
    try:
        expect(grid.get_by_test_id("glide-cell-0-0")).to_have_attribute("aria-selected", "true", timeout=1500)
    except AssertionError:
        return False
    return True


def opened(staff: Visitor, text: str) -> Locator:
    """The editor of the chosen cell with ``text`` in it."""
    staff.page.keyboard.press("Enter")
    box = staff.page.locator("#portal").get_by_role("textbox").or_(staff.page.locator("#portal input")).first
    box.fill(text)
    return box


def type_in(staff: Visitor, column: int, row: int, text: str) -> None:
    def type_once() -> Locator:
        cell = chosen(staff, column, row)
        opened(staff, text).press("Enter")
        return cell

    until_it_holds(text, type_once)


def pick(staff: Visitor, column: int, row: int, word: str, state: str) -> None:
    """Picks the state that is shown as ``word`` and sent as ``state``."""

    def pick_once() -> Locator:
        cell = chosen(staff, column, row)
        staff.page.keyboard.press("Enter")
        staff.page.locator("#portal").get_by_text(word, exact=True).click()
        return cell

    until_it_holds(state, pick_once)


def until_it_holds(text: str, act: Callable[[], Locator]) -> None:
    """Repeats ``act`` until the cell that it filled holds ``text``.

    The table is drawn anew when the page answers; what a hand does in that moment the table itself can lose, and a
    person does it again.
    """
    until = time.monotonic() + DRAWN_MS / 1000
    while not _holds(act(), text):
        assert time.monotonic() < until, f"the cell does not take {text!r}"


def _holds(cell: Locator, text: str) -> bool:
    try:
        expect(cell).to_have_text(text, timeout=3000)
    except AssertionError:
        return False
    return True


def save(staff: Visitor, words: dict[str, Any]) -> None:
    staff.page.get_by_role("button", name=words["save"]).click()
    expect(staff.page.get_by_text(words["saved"])).to_be_visible(timeout=DRAWN_MS)


@pytest.mark.browser
@LANGS
def test_the_targets_of_a_year_are_entered_and_taken_back(staff_app, visit, lang):
    words = WORDS[lang]
    staff = visit(staff_app, lang, DESK)
    page = staff.page
    staff.go("targets")
    staff.settle()
    expect(page.locator("table.targets")).to_contain_text(words["hidden"])
    page.get_by_role("tab", name=words["county"]).click()
    for place, figure in enumerate((12.5, 4, 3, 3, 1)):
        type_in(staff, 2, 3 * place, f"{figure:g}")
    chosen(staff, 3, 3)
    opened(staff, "7")  # and left open: what stands in a cell that is still being typed into is stored as well
    save(staff, words)
    expect(staff.figure(words["known"])).to_have_text("5")
    page.get_by_role("tab", name=words["read"]).click()
    shown = page.locator("table.targets tbody tr")
    # The metric stands beside its three years; then come year, target, actual.
    assert [shown.nth(3 * place).locator("td").nth(3).inner_text() for place in range(5)] == [
        "12.5",
        "4",
        "3",
        "3",
        "1",
    ]
    assert shown.nth(3).locator("td").nth(4).inner_text() == "7"
    expect(page.locator("canvas.marks, svg.marks")).to_have_count(1)
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.get_by_text(words["undone"])).to_be_visible()
    expect(staff.figure(words["known"])).to_have_text("0")


@pytest.mark.browser
@LANGS
def test_the_items_of_a_base_are_marked(staff_app, visit, lang):
    words = WORDS[lang]
    staff = visit(staff_app, lang, DESK)
    page = staff.page
    staff.go("demonstration")
    staff.settle()
    expect(staff.figure(words["missed"])).to_have_text("8")
    page.get_by_role("tab", name=words["fill"]).click()
    for row in range(marked := 6 if lang == "zh" else 2):  # each takes a second
        pick(staff, 1, row, words["done"], "done")
    type_in(staff, 2, 0, "批文 3 号")
    page.get_by_text(words["attach"]).click()
    staff.choose({"name": "批文.pdf", "mimeType": "application/pdf", "buffer": PDF})
    save(staff, words)
    expect(page.locator("table.rosters tbody tr").first).to_contain_text(f"{marked} / 6")
    page.get_by_role("tab", name=words["list"]).click()
    expect(page.locator("table.standard tbody tr").nth(1)).to_contain_text("批文 3 号")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=words["download"]).click()
    assert (waiting.value.suggested_filename, waiting.value.path().read_bytes()) == ("批文.pdf", PDF)
    page.reload()
    expect(page.locator("table.rosters tbody tr").first).to_contain_text(f"{marked} / 6")
    expect(staff.figure(words["missed"])).to_have_text("8")


@pytest.mark.browser
@LANGS
def test_a_gap_closes_with_an_upload_and_opens_with_its_undo(staff_app, visit, lang):
    words = WORDS[lang]
    staff = visit(staff_app, lang, DESK)
    page = staff.page
    staff.go("chain")
    frame = staff.wait_for_map()
    expect(staff.figure(words["missing"])).to_have_text("3")
    expect(page.locator("table.gaps tbody tr")).to_have_count(3)
    hatched = "document.querySelectorAll('path[fill*=\"atlas-hatch\"]').length"
    frame.wait_for_function(f"{hatched} === 3")
    page.get_by_role("link", name=words["upload"], exact=True).click()
    body = json.dumps(MICRO, ensure_ascii=False).encode()
    staff.choose({"name": "micro.geojson", "mimeType": "application/geo+json", "buffer": body})
    page.get_by_role("button", name=words["store"]).click()
    expect(page.get_by_text(words["stored"])).to_be_visible()
    page.get_by_role("link", name=words["chain"], exact=True).click()
    expect(staff.figure(words["missing"])).to_have_text("2")
    frame = staff.wait_for_map()
    frame.wait_for_function(f"{hatched} === 2")
    page.get_by_role("link", name=words["upload"], exact=True).click()
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.get_by_text(words["undone"])).to_be_visible()
    page.get_by_role("link", name=words["chain"], exact=True).click()
    expect(staff.figure(words["missing"])).to_have_text("3")


@pytest.mark.browser
@LANGS
def test_a_year_of_the_plan_is_marked_on_the_map(shared_app, visit, lang):
    words = WORDS[lang]
    planner = visit(shared_app, lang, DESK)
    planner.go()
    frame = planner.wait_for_map()
    planner.page.get_by_role("slider", name=words["year"]).press("ArrowRight")
    expect(frame.get_by_text(words["planned"])).to_be_visible()
    planner.go("tasks")
    expect(planner.page.locator("table.tasks tbody tr")).to_have_count(32)
