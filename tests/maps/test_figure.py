"""The rendered map: nothing from outside, and no name that could be taken for code."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.i18n import Label
from geo.maps.figure import AtlasMap, StateLayer
from geo.maps.state import Focus, LegendItem, LegendSection, MapState, Overlay, RingShape, encode

POINT = '{"type":"Point","coordinates":[121.0,28.0]}'
HOSTILE = (
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "'\"`;alert(1)//",
    "\u2028\u2029</SCRIPT >",
    "${1}\\",
)
CALL = re.compile(r"Atlas\.(\w+)\((\w+), '([^']*)'\);")


def state_with(text: str, **rest) -> MapState:
    item = LegendItem("base", text, colour=text, symbol=text, glyph=text, badge=text)
    return MapState(
        lang="zh",
        urls={"bases": text},
        bases="",
        facilities="",
        texts={"legend": text, text: text},
        stages=({"symbol": text},),
        clusters=({"colour": text},),
        categories=({"label": text, "glyph": text},),
        certainties=(text,),
        legend=(LegendSection(text, text, (item,)),),
        attribution=(text,),
        badges={text: text},
        overlay=(Overlay(POINT, text),),
        rings=(RingShape(POINT, text),),
        picked=text,
        **rest,
    )


def rendered(pack, state: MapState, root: str = "") -> str:
    figure = AtlasMap(pack, root, "v1")
    figure.add_child(StateLayer(figure, state))
    html: str = figure.get_root().render()
    return html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_never_reaches_the_page_raw(pack, decoded, name):
    hostile_pack = replace(pack, id=name, label=Label(name))
    html = rendered(hostile_pack, state_with(name, focus=Focus(at=name)))
    assert name not in html
    assert "alert" not in html
    assert "49" not in re.sub(r"[0-9a-f]{32}|'[^']*'", "", html)
    (mount, _, config), (update, _, text) = CALL.findall(html)
    assert (mount, update) == ("mount", "update")
    assert decoded(config)["pack"] == name
    state = decoded(text)
    assert (state["picked"], state["legend"][0]["title"], state["attribution"]) == (name, name, [name])
    assert (state["focus"]["at"], state["rings"][0]["label"], state["texts"][name]) == (name, name, name)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=80, deadline=None)
def test_a_state_is_base64_of_json_that_comes_back(decoded, text):
    encoded = encode({"name": text, text: [1, None, text]})
    assert re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", encoded)
    back = decoded(encoded)
    assert back["name"] == text
    assert text in back


def test_the_stamp_is_of_the_content(decoded):
    one, two = (decoded(encode({"name": name})) for name in ("甲", "乙"))
    assert one["stamp"] != two["stamp"]
    body = '{"name":"甲"}'.encode()
    assert one["stamp"] == f"{zlib.crc32(body):08x}"
    assert encode({"name": "甲"}) == encode({"name": "甲"})


def test_a_state_says_all_that_the_browser_reads(decoded):
    state = state_with("甲", districts=("bay",), mark=(121.0, 28.0), pick_point=True, facility_focus="gA==")
    back = decoded(state.encoded())
    assert back["mark"] == {"lon": 121.0, "lat": 28.0}
    assert back["overlay"][0]["geometry"] == {"type": "Point", "coordinates": [121.0, 28.0]}
    assert back["rings"][0] == {"geometry": back["overlay"][0]["geometry"], "label": "甲", "dashed": False}
    assert (back["districts"], back["pickPoint"], back["facilityFocus"]) == (["bay"], True, "gA==")
    assert decoded(state_with("甲").encoded())["mark"] is None


def test_scripts_and_styles_come_from_the_app_itself(pack):
    html = rendered(pack, state_with("甲"), root="/maps")
    addresses = re.findall(r"(?:src|href)=[\"']([^\"']+)", html)
    assert len([a for a in addresses if a.endswith(".css?v=v1")]) == 4
    assert all(address.startswith("/maps/atlas/static/") for address in addresses)
    assert "http://" not in html
    assert "https://" not in html


def test_the_map_opens_on_the_county(pack, decoded):
    (_, name, config), *_ = CALL.findall(rendered(pack, state_with("甲"), root="/maps"))
    west, south, east, north = pack.boundary.total_bounds.tolist()
    read = decoded(config)
    assert (read["root"], read["pack"], read["bounds"]) == ("/maps", "yueqing", [[south, west], [north, east]])
    assert name.startswith("map_")


def test_the_map_stops_zooming_where_there_is_nothing_more_to_see(pack):
    html = rendered(pack, state_with("甲"))
    assert '"maxZoom": 18' in html
    assert '"minZoom": 7' in html


def test_a_renamed_map_is_still_the_one_that_is_called(pack):
    figure = AtlasMap(pack, "", "v1")
    figure.add_child(StateLayer(figure, state_with("甲")))
    figure._name, figure._id = "map", "div"
    assert {name for _, name, _ in CALL.findall(figure.get_root().render())} == {"map_div"}


def test_only_text_of_the_alphabet_is_between_the_quotes(pack):
    for _, _, text in CALL.findall(rendered(pack, state_with("甲</script>"))):
        assert base64.b64decode(text, validate=True)
