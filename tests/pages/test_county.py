"""Another county with another plan: every page works on it, empty as built and filled in, and shows nothing of a pack
that ships."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from geo import usecases
from tests.counties import BASES, FACILITIES, shipped_names, traces

PAGES = ("", "coverage", "buffer", "upload")
PLAN_PAGES = ("chain", "demonstration", "targets", "tasks")
NAMES = shipped_names()


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], usecases.Atlas]]:
    """Opens a pack on a new store, as the one that pages and addresses open."""
    opened = []

    def opener(folder: Path) -> usecases.Atlas:
        monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / 'atlas.db'}")
        monkeypatch.setenv("ATLAS_PACK", str(folder))
        opened.append(usecases.open_atlas())
        return opened[-1]

    yield opener
    for atlas in opened:
        atlas.store.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_county_as_built_says_on_every_page_what_to_do_next(county, page, skeleton, locale):
    county(skeleton)
    look = page(locale).open()
    told = {
        "zh-CN": ("还没有基地", "到“上传基地”传入", "选“配套设施”传入", "写进规划包的 plan.toml", "去上传"),
        "en-GB": (
            "No bases yet",
            "upload a table or GIS file",
            "choose “Facilities”",
            "the pack's plan.toml",
            "Upload",
        ),
    }[locale]
    for name in PAGES[:3]:
        look = look.go(name or "overview")
        said = "\n".join(look.words)
        assert all(words in said for words in told[:-1]), name
        assert [(link.label, link.proto.page) for link in look.at.get("page_link")] == [(told[-1], "upload")]
        assert look.drawn("bases") == look.drawn("facilities") == 0
        assert look.legend("clusters") == look.legend("stages") == []
    for name in PLAN_PAGES:
        assert told[-2] in "\n".join(look.go(name).words), name
    look = look.go("upload")
    assert look.at.selectbox(key="upload_layer").value == "bases"
    assert look.said == []


def test_a_first_base_is_stored_and_everything_is_there(county, page, skeleton, feature, as_file):
    county(skeleton)
    look = page().open("upload")
    look.upload(as_file(feature(120.56, 27.66, name="第一个", stage="孵化器", demo_year=2026)))
    look.click("store")
    look.go("overview")
    assert look.figures["基地与平台"] == "1"
    assert look.figures["列入示范名单"] == "1"
    assert "还没有基地" not in look.html
    assert "全域没有一处" in look.html


def test_the_filters_are_those_of_its_plan(county, page, pingyang):
    county(pingyang)
    look = page().open()
    assert look.at.pills(key="years").options == ["2025", "2026", "2027"]
    assert look.at.pills(key="stages").options == ["苗圃", "中试基地", "产业谷"]
    assert look.at.selectbox(key="cluster").options == ["全部集群", "宠物用品", "印刷包装"]
    assert look.at.selectbox(key="district").options == ["全部片区", "平阳县"]
    assert look.figures["基地与平台"] == str(len(BASES))
    assert look.figures["配套设施"] == str(len(FACILITIES))
    assert look.legend("clusters") == ["宠物用品", "印刷包装"]
    look.set("pills", "stages", ["nursery"])
    assert look.figures["基地与平台"] == "1"
    look.set("pills", "stages", []).set("pills", "years", [2026])
    assert look.figures["列入示范名单"] == look.figures["基地与平台"] == "1"


@pytest.mark.parametrize(("locale", "lang"), [("zh-CN", "zh"), ("en-GB", "en")])
def test_no_page_file_or_address_carries_anything_of_a_pack_that_ships(
    county, page, pingyang, downloads, ask, locale, lang
):
    atlas = county(pingyang)
    look = page(locale).open().tap(kind="base", id="paw", at=1)
    urls, shown, files = look.map["urls"], list(look.words), []
    for name in (*PAGES[1:], *PLAN_PAGES):
        shown += look.go(name).words
        if name == "coverage":
            files += [downloads(look, f"coverage_{kind}")[1].decode("utf-8-sig") for kind in ("csv", "geojson")]
            files.append(_cells(downloads(look, "coverage_xlsx")[1]))
        if name == "buffer":
            files.append(_cells(downloads(look, "sheet_xlsx")[1]))
    assert sum("平阳" in word or "Pingyang" in word for word in shown) >= 8
    answers = [ask(urls[name]) for name in ("bases", "facilities")]
    answers.append(ask(f"/atlas/sheet?base=paw&radius=500&lang={lang}"))
    assert {answer.status for answer in answers} == {200}
    geography = json.loads(ask(urls["geography"]).text)
    around = {one["properties"]["name"] for one in geography.pop("neighbours")["features"]}
    files += [*(answer.text for answer in answers), json.dumps(geography, ensure_ascii=False)]
    assert len(files) == 8
    assert all(len(text) > 60 for text in files)
    assert set(traces("\n".join([*shown, *files]), NAMES)) == set()
    assert "乐清市" in around, "a neighbour by its own name, as every county within the map's surroundings"
    assert atlas.pack.id == "pingyang"


def _cells(workbook: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)
