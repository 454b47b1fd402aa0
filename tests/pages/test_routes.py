"""The addresses beside the pages: layers, geography, previews, the printable sheet and the map's own files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from geo import usecases
from geo.maps import columns
from geo.model import Layer
from pages.parts import routes
from pages.parts.routes import IMMUTABLE

SHEET = "/atlas/sheet?base=iot-park&radius=300&radius=1000&revision=1"


@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_a_layer_is_sent_packed_and_kept_for_good(shared, ask, layer):
    address = routes.layer_url(layer, usecases.snapshot(shared), shared.pack.digest)
    plain, packed = ask(address), ask(address, accept_encoding="br, gzip")
    assert plain.status == packed.status == 200
    assert json.loads(plain.body) == json.loads(gzip.decompress(packed.body))
    assert plain.body == usecases.map_layer(shared, layer, 1)
    assert len(packed.body) < len(plain.body)
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "application/json"
        assert int(answer.headers["content-length"]) == len(answer.body)


@pytest.mark.parametrize(
    "address",
    [
        "/atlas/layers/towns/1",
        "/atlas/layers/rivers/1",
        "/atlas/geography",
        "/atlas/geography/000000000000",
        "/atlas/layers/bases/99",
        "/atlas/layers/bases/0",
        "/atlas/layers/bases/999999999999999999999999999",
        "/atlas/layers/bases/-1",
        "/atlas/layers/bases/one",
        "/atlas/layers/bases",
        "/atlas/nothing",
    ],
)
def test_a_layer_or_revision_that_is_not_there_is_404_and_not_kept(shared, ask, address):
    answer = ask(address)
    assert answer.status == 404
    assert "cache-control" not in answer.headers
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_layers_address_changes_with_the_revision_its_time_and_the_pack(shared):
    snap = usecases.snapshot(shared)
    digest = shared.pack.digest
    later = replace(snap, at=snap.at + timedelta(seconds=1))  # the same number, after a backup was put back
    addresses = {
        routes.layer_url(Layer.BASES, snap, digest),
        routes.layer_url(Layer.BASES, replace(snap, revision=2), digest),
        routes.layer_url(Layer.BASES, later, digest),
        routes.layer_url(Layer.BASES, snap, "0" * 64),
    }
    assert len(addresses) == 4


def test_the_geography_is_sent(shared, ask):
    areas = usecases.snapshot(shared).areas
    answer = ask(routes.geography_url(areas.digest, shared.pack.digest), accept_encoding="gzip")
    assert gzip.decompress(answer.body) == columns.geography(shared.pack, areas)
    assert answer.headers["cache-control"] == IMMUTABLE


def test_a_preview_is_sent_until_it_is_forgotten(own, ask, feature, as_file):
    report = usecases.check_file(own, as_file(feature(id="n", name="新", stage="maker")), "up.geojson", Layer.BASES)
    address = routes.preview_url(usecases.preview(own, report).token)
    assert "新" in json.loads(ask(address).body)["name"]
    gone = ask(address + "0")
    assert (gone.status, gone.text) == (404, "预览已过期:请重新选择文件。")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_of_a_base(shared, ask, lang):
    answer = ask(f"{SHEET}&lang={lang}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    row = shared.store.frame("yueqing", Layer.BASES).set_index("id").loc["iot-park"]
    assert row["name" if lang == "zh" else "name_en"] in answer.text
    assert f'lang="{lang}' in answer.text


def test_the_sheet_is_the_one_that_the_page_links_to(shared, ask):
    snap = usecases.snapshot(shared)
    for place in ("iot-park", (120.96, 28.03)):
        address = routes.sheet_url(place, [300.0, 1000.0], usecases.Settings(profile="rural"), snap.revision, "zh")
        answer = ask(address)
        assert answer.status == 200
        assert "≤300" in answer.text
        assert "≤1,000" in answer.text
        assert "山区" in answer.text
    assert "120.96000, 28.03000" in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("base=gone&radius=300", 404),
        ("base=&radius=300", 404),
        ("base=iot-park&radius=300&revision=99", 404),
        ("base=iot-park&radius=300&profile=moon", 404),
        ("base=iot-park", 400),
        ("base=iot-park&radius=abc", 400),
        ("base=iot-park&radius=0", 400),
        ("base=iot-park&radius=-300", 400),
        ("base=iot-park&radius=nan", 400),
        ("base=iot-park&radius=inf", 400),
        ("base=iot-park&radius=300&revision=x", 400),
        ("lon=121&radius=300", 400),
        ("lon=x&lat=28&radius=300", 400),
        ("lon=nan&lat=28&radius=300", 400),
        ("lon=181&lat=28&radius=300", 400),
        ("lon=121&lat=-91&radius=300", 400),
        ("lon=inf&lat=28&radius=300", 400),
        ("", 400),
    ],
)
def test_a_sheet_that_cannot_be_made_says_why_in_plain_text(shared, ask, query, status):
    answer = ask(f"/atlas/sheet?{query}")
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert re.search(r"[\u4e00-\u9fff]", answer.text)
    english = ask(f"/atlas/sheet?{query}&lang=en")
    assert english.status == status
    assert not re.search(r"[\u4e00-\u9fff]", english.text)


@pytest.mark.parametrize(
    "query",
    [
        "base=iot-park&radius=1e308",
        "lon=0&lat=0&radius=300",
        "lon=-59&lat=28&radius=300",
        "lon=121&lat=90&radius=300",
        "base=iot-park&radius=" + "&radius=".join(map(str, range(1, 2000))),
    ],
)
def test_wild_numbers_are_answered_and_not_a_crash(shared, ask, query):
    assert ask(f"/atlas/sheet?{query}").status in (200, 400)


HOSTILE = '"><script>alert(1)</script>\u2028{{7*7}}'


@pytest.mark.parametrize("field", ["lang", "profile", "base", "revision", "radius", "lon"])
def test_hostile_values_never_come_back_as_markup(shared, ask, field):
    wanted = {"lon": "121", "lat": "28.1", "radius": "300"} | {field: HOSTILE}
    answer = ask("/atlas/sheet?" + "&".join(f"{name}={quote(value)}" for name, value in wanted.items()))
    if answer.headers["content-type"].startswith("text/html"):
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    else:
        assert answer.status in (400, 404)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_only_the_sheets_own_button_may_run(shared, ask):
    answer = ask(SHEET)
    handlers = re.findall(r'\son\w+="([^"]*)"', answer.text)
    assert handlers == ["print()"]
    digest = base64.b64encode(hashlib.sha256(handlers[0].encode()).digest()).decode()
    policy = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == f"'unsafe-hashes' 'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert "<script" not in answer.text
    assert not re.search(r"(?:src|href)\s*=|@import|url\((?!#)", answer.text)


def test_a_hostile_upload_is_text_on_the_sheet(own, ask, feature, as_file):
    data = as_file(feature(id="x", name=HOSTILE, stage="maker"))
    usecases.store(own, usecases.check_file(own, data, "up.geojson", Layer.BASES), usecases.Author("a"))
    answer = ask("/atlas/sheet?base=x&radius=500")
    assert answer.status == 200
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_maps_own_files_are_served_and_kept(ask):
    answer = ask("/atlas/static/atlas/atlas.js?v=1")
    assert answer.status == 200
    assert answer.body == (routes.STATIC / "atlas/atlas.js").read_bytes()
    assert answer.headers["cache-control"] == IMMUTABLE
    assert "javascript" in answer.headers["content-type"]
    assert ask("/atlas/static/atlas/atlas.css").headers["content-type"].startswith("text/css")


def test_every_script_and_style_of_the_map_is_there(ask):
    from geo.maps import figure

    for _, path in (*figure._SCRIPTS, *figure._STYLES):
        assert ask(f"/atlas/static/{path}").status == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "%2e%2e/app.py",
        "..%2fapp.py",
        "atlas/../../app.py",
        "%2e%2e%2f%2e%2e%2fetc/passwd",
        "//etc/passwd",
        "",
    ],
)
def test_nothing_else_of_the_machine_is_served(ask, path):
    answer = ask(f"/atlas/static/{path}")
    assert answer.status in (404, 405)
    assert b"st.App" not in answer.body


def test_nothing_can_be_written_here(shared, ask):
    for address in (SHEET, "/atlas/geography/0", "/atlas/layers/bases/1", "/atlas/static/atlas/atlas.js"):
        for method in ("POST", "PUT", "DELETE"):
            assert ask(address, method).status == 405
    assert len(usecases.history(shared)) == 1


@pytest.mark.parametrize(
    "address", [SHEET, "/atlas/geography/0", "/atlas/static/atlas/atlas.js", "/atlas/nothing", "/"]
)
def test_every_answer_has_the_headers_of_caution(shared, ask, address):
    headers = ask(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
