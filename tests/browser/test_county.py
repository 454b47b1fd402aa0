"""Another county with another plan in a real browser: four pages, their maps and files, and nothing of a pack that ships."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Response, expect

from tests.browser.app import DESK, DRAWN_MS, running
from tests.counties import BASES, FACILITIES, shipped_names, traces

NAMES = shipped_names()
WORDS = {
    "zh": {"bases": "基地与平台", "base": "爪印苗圃", "cluster": "宠物用品", "county": "平阳县",
           "begin": "还没有基地", "upload": "去上传"},
    "en": {"bases": "Bases and platforms", "base": "Paw Nursery", "cluster": "Pet supplies", "county": "Pingyang"},
}  # fmt: skip


@pytest.fixture(scope="module")
def filled_app(pingyang: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("filled") / "atlas.db", ATLAS_PACK=str(pingyang)) as address:
        yield address


@pytest.fixture(scope="module")
def built_app(skeleton: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("built") / "atlas.db", ATLAS_PACK=str(skeleton)) as address:
        yield address


def map_words(frame: Frame) -> str:
    """Everything written on the map, hints included; not the names of the counties around, one of which has a pack."""
    words: str = frame.evaluate(
        """() => {
             const copy = document.body.cloneNode(true);
             for (const part of copy.querySelectorAll('.atlas-neighbour, script, style')) part.remove();
             const hints = [...copy.querySelectorAll('[title], [aria-label]')];
             return [copy.textContent, ...hints.flatMap((one) => [one.title, one.ariaLabel])].join('\\n');
           }"""
    )
    return words


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"] if os.environ.get("ATLAS_SOAK") else ["zh"])
def test_four_pages_show_the_county_and_nothing_of_another(filled_app, visit, lang):
    words = WORDS[lang]
    planner = visit(filled_app, lang, DESK)
    page = planner.page
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/atlas/" in answer.url else None)
    seen = []
    planner.go()
    frame = planner.wait_for_map()
    expect(planner.figure(words["bases"])).to_have_text(str(len(BASES)))
    expect(frame.locator(".atlas-base")).to_have_count(len(BASES))
    frame.locator(f'.atlas-base[aria-label*="{words["base"]}"]').dispatch_event("click")
    expect(page.locator(".paper h3").filter(has_text=words["base"])).to_be_visible()
    seen += [planner.text(), map_words(planner.map_frame())]
    assert words["cluster"] in seen[-1]
    for name in ("buffer", "upload", "coverage"):  # what the last one was answered can still be read in the end
        planner.go(name)
        if name != "upload":
            seen.append(map_words(planner.wait_for_map()))
        expect(page.get_by_test_id("stSidebar").get_by_text(words["county"])).to_be_visible(timeout=DRAWN_MS)
        planner.settle()
        seen.append(planner.text())
        assert words["county"] in seen[-1]
        for kind in ("CSV", "GeoJSON") if name == "coverage" else ():
            with page.expect_download() as waiting:
                page.get_by_role("button", name=re.compile(kind)).click()
            seen.append(waiting.value.path().read_text(encoding="utf-8-sig"))
    layers = {
        answer.url.split("?")[0].rsplit("/atlas/", 1)[1]: answer for answer in answers if "/static/" not in answer.url
    }
    kinds = {name.split("/")[-2]: json.loads(answer.body()) for name, answer in layers.items()}
    assert set(kinds) == {"bases", "facilities", "geography"}
    assert (len(kinds["bases"]["id"]), len(kinds["facilities"]["name"])) == (len(BASES), len(FACILITIES))
    kinds["geography"].pop("neighbours")  # the surroundings, by their names
    seen.append(json.dumps(kinds, ensure_ascii=False))
    assert set(traces("\n".join(seen), NAMES)) == set()


@pytest.mark.browser
def test_a_county_as_built_opens_and_leads_to_the_upload(built_app, visit):
    words = WORDS["zh"]
    planner = visit(built_app, "zh", DESK)
    planner.go()
    planner.wait_for_map()
    expect(planner.figure(words["bases"])).to_have_text("0")
    expect(planner.page.locator(".paper h3").filter(has_text=words["begin"])).to_be_visible()
    planner.page.get_by_test_id("stPageLink").get_by_text(words["upload"], exact=True).click()
    planner.page.locator('input[type="file"]').wait_for(state="attached")
    assert planner.page.url.rstrip("/").endswith("/upload")
