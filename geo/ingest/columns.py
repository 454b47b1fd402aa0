"""What the columns of a file mean: told by their names in both languages, else by what stands in them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from geo.ingest.choices import Choices
from geo.ingest.column import Column
from geo.ingest.readers import degrees
from geo.ingest.rows import ABSENT, Decoded
from geo.ingest.text import shown
from geo.ingest.words import Words
from geo.model import COLUMNS, Layer, Pack

How = Literal["name", "content", "chosen", "none"]
POSITION_FIELDS = ("lon", "lat", "lonlat")
ORIGIN_HEADER = "atlas_quarantine"  # upload:row of a row that comes back mended from the quarantine
ORIGIN = "origin"
_SAMPLE = 400  # values that are looked at to tell a column by its content
_EXAMPLE = 40  # characters of a value that are shown beside the header
_MOST_OF = 0.8  # the share of them that must fit
_NEAR_DEG = 0.6  # how far beyond the county a number may lie and still be its longitude or latitude

# Field -> names that files use for it, as `bare` makes them. Earlier fields go first where two claim one header.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "编码", "代码", "标识", "code", "objectcode", "uid", "poiid"),
    "name": (
        *("名称", "名字", "全称", "基地名称", "基地", "设施名称", "单位名称", "项目名称", "园区名称", "机构名称", "企业名称"),
        *("点位名称", "载体名称", "平台名称", "路名", "道路名称", "片区名称", "乡镇名称", "镇街名称", "title", "fullname"),
    ),
    "name_en": ("英文名称", "英文名", "英文", "nameen", "englishname", "enname"),
    "stage": ("孵化阶段", "阶段", "载体类型", "基地类型", "载体类别", "发展阶段"),
    "category": ("配套类别", "设施类别", "设施类型", "类别", "分类", "类型", "大类", "type", "kind", "poitype", "class", "facilitycategory"),
    "cluster": ("产业集群", "所属集群", "集群", "孵化集群", "产业孵化集群", "所属产业集群", "industrycluster"),
    "district": ("片区", "所属片区", "所在片区", "功能区"),
    "town": ("乡镇", "街道", "镇街", "乡镇街道", "所在乡镇", "所属乡镇", "所在镇街", "township", "town"),
    "demo_year": ("示范年份", "示范年度", "培育年份", "示范基地年份", "年份", "年度", "demoyear", "demonstrationyear", "year"),
    "floor_area": (
        *("建筑面积", "总建筑面积", "场地面积", "孵化面积", "孵化场地面积", "孵化场地", "面积", "floorarea", "gfa", "grossfloorarea", "area"),
    ),
    "built_year": (
        *("建成年份", "建成投用年份", "投用年份", "启用年份", "开园年份", "竣工年份", "建成时间", "投用时间", "builtyear", "yearbuilt", "openingyear"),
    ),
    "level": ("级别", "等级", "认定级别", "孵化器级别", "基地级别", "rank", "grade"),
    "level_year": ("级别年份", "级别认定年份", "认定年份", "获批年份", "获评年份", "levelyear", "yearofthelevel"),
    "people": ("人口", "人口数", "常住人口", "总人口", "人数", "population", "pop", "popcount"),
    "capacity": (
        *("容量", "规模", "床位", "床位数", "学位", "学位数", "套数", "房间数", "车位", "车位数", "泊位", "泊位数", "座位数", "桩数"),
        *("beds", "places", "flats", "seats", "spaces", "rooms"),
    ),
    "kind": ("道路等级", "道路类型", "道路类别", "等级", "fclass", "highway", "roadclass", "roadtype"),
    "barred": ("禁止步行", "不可步行", "不能步行", "nowalk", "nofoot", "nowalking"),
    "at_nodes": ("只在节点相接", "节点相接", "atnodes", "joinsonlyatnodes"),
    "certainty": ("位置可信度", "可信度", "坐标精度", "certaintyofposition"),
    "source": ("来源", "数据来源", "资料来源", "datasource"),
    "source_en": ("英文来源", "englishsource"),
    "note": ("备注", "说明", "描述", "简介", "remark", "remarks", "description", "comment", "notes"),
    "note_en": ("英文备注", "englishnote"),
    "sample": ("示例", "样例", "示例数据", "sampledata"),
    ORIGIN: ("atlasquarantine",),
    "lon": ("经度", "东经", "lng", "long", "longitude", "x", "x坐标", "坐标x", "横坐标", "gcjlng", "bdlng", "wgslng", "pointx", "lon84"),
    "lat": ("纬度", "北纬", "latitude", "y", "y坐标", "坐标y", "纵坐标", "gcjlat", "bdlat", "wgslat", "pointy", "lat84"),
    "lonlat": ("坐标", "经纬度", "经纬度坐标", "地理坐标", "位置坐标", "定位", "location", "lonlat", "lnglat", "coordinate", "coordinates", "wkt"),
}  # fmt: skip
_BRACKETED = re.compile(r"[((\[【].*?[))\]】]")


@dataclass(frozen=True)
class Match:
    """One header and the field that it is taken for, "" for none."""

    header: str
    field: str
    how: How
    example: str


def shape_of(headers: Iterable[str]) -> str:
    """A digest of a file's headers: files of one shape share what was decided about their columns."""
    return hashlib.sha256("\x1f".join(sorted(headers)).encode("utf-8", "replace")).hexdigest()


def bare(header: str) -> str:
    """``header`` as it is compared: width, case, blanks, marks and what stands in brackets do not matter.

    >>> bare("经度(°E)"), bare("Name_EN"), bare("* 基地名称:")
    ('经度', 'nameen', '基地名称')
    """
    text = _BRACKETED.sub("", unicodedata.normalize("NFKC", header)).casefold()
    kept = "".join(letter for letter in text if letter.isalnum())
    return kept or "".join(unicodedata.normalize("NFKC", header).casefold().split())


def fields_of(layer: Layer, placed: bool) -> tuple[str, ...]:
    """The fields that a column of ``layer`` may stand for; positions only where the file has no shapes (``placed``)."""
    own = tuple(COLUMNS[layer])
    extra = () if "town" in own or layer is Layer.TOWNS else ("town",)
    return (*own, *extra, ORIGIN, *(() if placed else POSITION_FIELDS))


def match(
    decoded: Decoded, layer: Layer, pack: Pack, words: Mapping[str, Words], choices: Choices
) -> tuple[Match, ...]:
    """Each header with its field, in the file's order. No field is given twice; what a person chose goes first."""
    fields = fields_of(layer, decoded.shapes is not None)
    chosen = _chosen(decoded, fields, choices)
    taken: dict[str, tuple[str, How]] = {header: (field, "chosen") for header, field in chosen.items()}
    free = [field for field in fields if field not in chosen.values()]
    for header, field in _by_name([h for h in decoded.columns if h not in taken], free):
        taken[header] = (field, "name")
    free = [field for field in free if field not in {field for field, _ in taken.values()}]
    for header, field in _by_content(decoded, taken, free, pack, words):
        taken[header] = (field, "content")
    return tuple(
        Match(header, *taken.get(header, ("", "none")), _example(values)) for header, values in decoded.columns.items()
    )


def _chosen(decoded: Decoded, fields: Sequence[str], choices: Choices) -> dict[str, str]:
    """What a person chose, as far as it fits the file and the layer; of two headers for one field the last."""
    chosen: dict[str, str] = {}
    for header, field in choices.columns:
        if header in decoded.columns and (not field or field in fields):
            chosen = {other: theirs for other, theirs in chosen.items() if not field or theirs != field}
            chosen[header] = field
    return chosen


def _by_name(headers: Sequence[str], fields: Sequence[str]) -> list[tuple[str, str]]:
    """Exact names before synonyms, so that a column called ``name`` is never pushed aside by one called 名称."""
    found: dict[str, str] = {}
    for field in fields:
        names = (field, field.replace("_", ""), *_SYNONYMS.get(field, ()))
        ranked = [(names.index(key), header) for header in headers if (key := _key(header, field)) in names]
        free = [one for one in ranked if one[1] not in found]
        if free:
            found[min(free, key=lambda one: one[0])[1]] = field
    return list(found.items())


def _key(header: str, field: str) -> str:
    return field if header == field else bare(header)


def _by_content(
    decoded: Decoded, taken: Mapping[str, Any], free: Sequence[str], pack: Pack, words: Mapping[str, Words]
) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for header, values in decoded.columns.items():
        if header in taken:
            continue
        sample = _sample(values)
        for field in free:
            if sample and field not in found.values() and _fits(field, sample, pack, words):
                found[header] = field
                break
    return list(found.items())


def _sample(values: Sequence[Any]) -> list[Any]:
    given = (value for value in values if value is not ABSENT and value is not None and value != "")
    return list(islice(given, _SAMPLE))


def _fits(field: str, sample: list[Any], pack: Pack, words: Mapping[str, Words]) -> bool:
    """Whether nearly all of ``sample`` can only be meant as ``field``."""
    if field in ("stage", "category", "cluster", "district"):
        return _share(sample, lambda value: isinstance(value, str) and words[field].id_of(value) is not None)
    if field == "demo_year":
        years = {str(year) for year in pack.plan.years}
        return _share(sample, lambda value: shown(value).strip() in years)
    if field == "town":
        names = {town.name for town in pack.towns}
        return _share(sample, lambda value: isinstance(value, str) and value.strip() in names)
    if field == "lonlat":
        return _share(sample, lambda value: isinstance(value, str) and degrees.pair(value) is not None)
    if field in ("lon", "lat"):
        low, high = _range(pack, field)
        return _share(sample, lambda value: (number := degrees.degrees(value)) is not None and low <= number <= high)
    return False


def _range(pack: Pack, field: str) -> tuple[float, float]:
    west, south, east, north = pack.boundary.total_bounds
    low, high = (west, east) if field == "lon" else (south, north)
    return float(low) - _NEAR_DEG, float(high) + _NEAR_DEG


def _share(sample: list[Any], fits: Any) -> bool:
    return sum(map(bool, map(fits, sample))) >= _MOST_OF * len(sample)


def _example(values: Sequence[Any]) -> str:
    return shown(next(iter(_sample(values)), ""), _EXAMPLE)


def pick(decoded: Decoded, matches: Iterable[Match]) -> dict[str, Column]:
    """Field -> the file's values (n,), for the fields that a header was taken for."""
    return {one.field: Column.of(decoded.columns[one.header]) for one in matches if one.field}
