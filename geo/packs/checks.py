"""What the files of a pack say of each other: every reference leads somewhere, nothing is there twice, years are the
plan's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely

from geo.crs import CHINA_BOX
from geo.i18n import N_, Listed, message
from geo.model import FLOOR_UNITS, Certainty, Counts
from geo.packs import files
from geo.packs.collections import Collection
from geo.packs.places import Keys
from geo.packs.sources import Sources
from geo.packs.toml import TomlFile, unknown

_CERTAINTIES = tuple(str(level) for level in Certainty)
_Ids = set[str] | None


def check(sources: Sources) -> None:
    """Notes what does not fit together, as far as the files could be read."""
    districts = _ids(sources.districts.value.district if sources.districts else None)
    _check_head(sources)
    _check_districts(sources)
    _check_towns(sources, districts)
    _check_categories(sources)
    _check_boundary(sources.boundary)
    if sources.plan is not None:
        _check_plan(sources.plan, districts, _base_ids(sources.bases))
    _check_bases(sources, districts)
    if sources.sample is not None:
        categories = _ids(sources.categories.value.category if sources.categories else None)
        _check_vouched(sources.sample)
        _refers(sources.sample, "category", categories, N_("配套类别"))


def _ids(things: Iterable[Any] | None) -> _Ids:
    return None if things is None else {thing.id for thing in things}


def _base_ids(bases: Collection | None) -> _Ids:
    return None if bases is None else {id for _, id in bases.values("id")}


def _check_head(sources: Sources) -> None:
    if sources.head is not None and sources.standards:
        known = [standard.id for standard in sources.standards]
        sources.head.refers([(("standard",), sources.head.value.standard)], known, N_("标准"))


def _check_districts(sources: Sources) -> None:
    file = sources.districts
    if file is None:
        return
    entries = list(enumerate(file.value.district))
    file.unique((("district", place, "id"), entry.id) for place, entry in entries)
    towns = [(("district", place, "towns", at), town) for place, e in entries for at, town in enumerate(e.towns)]
    file.unique(towns)
    known = {town.name for town in sources.towns.value.town} if sources.towns else None
    file.refers(towns, known, N_("乡镇"))
    standard = sources.head and sources.head.value.standard
    profiles = next((_ids(one.profiles) for one in sources.standards if one.id == standard), None)
    file.refers(((("district", place, "profile"), entry.profile) for place, entry in entries), profiles, N_("标准情形"))


def _check_towns(sources: Sources, districts: _Ids) -> None:
    file = sources.towns
    if file is not None:
        names: list[tuple[Keys, str]] = [
            (("town", place, "name"), entry.name) for place, entry in enumerate(file.value.town)
        ]
        file.unique(names)
        _check_in_district(sources, file, names)
    if sources.areas is not None:
        _refers(sources.areas, "district", districts, N_("片区"))


def _check_in_district(sources: Sources, file: TomlFile[files.TownsFile], names: list[tuple[Keys, str]]) -> None:
    if sources.districts is None:
        return
    within = {town for entry in sources.districts.value.district for town in entry.towns}
    for keys, name in names:
        if name not in within:
            mend = message(N_("请在 districts.toml 的一个片区的 towns 里写上它"))
            file.fault(keys, message(N_("乡镇 {name} 不属于任何片区"), name=name), mend)


def _check_categories(sources: Sources) -> None:
    file = sources.categories
    if file is None:
        return
    file.unique((("family", place, "id"), entry.id) for place, entry in enumerate(file.value.family))
    entries = list(enumerate(file.value.category))
    file.unique((("category", place, "id"), entry.id) for place, entry in entries)
    families = _ids(file.value.family)
    file.refers(((("category", place, "family"), entry.family) for place, entry in entries), families, N_("类别族"))


def _check_boundary(boundary: Collection | None) -> None:
    if boundary is None:
        return
    if len(boundary.shapes) != 1:
        what = message(N_("有 {n} 个要素"), n=len(boundary.shapes))
        boundary.faults.add(boundary.path, 1, "features", what, message(N_("县界要写成一个要素(可以有几块)")))
    china = shapely.box(*CHINA_BOX)
    for row, shape in enumerate(boundary.shapes):
        turned = shapely.transform(shape, lambda xy: xy[:, ::-1])
        if china.contains(turned) and not china.contains(shape):
            boundary.fault(row, "geometry", message(N_("县界的经纬度写反了")), message(N_("请把经度写在前,纬度写在后")))


def _check_plan(file: TomlFile[files.PlanFile], districts: _Ids, bases: _Ids) -> None:
    plan = file.value
    for name in ("stage", "cluster", "level", "task"):
        file.unique(((name, place, "id"), thing.id) for place, thing in enumerate(getattr(plan, name)))
    file.unique((("years", place), str(year)) for place, year in enumerate(plan.years))
    measures = [
        (("task", at, "measure", place), measure)
        for at, task in enumerate(plan.task)
        for place, measure in enumerate(task.measure)
    ]
    file.unique(((*keys, "id"), measure.id) for keys, measure in measures)
    _check_clusters(file, districts, bases)
    _check_targets(file)
    _check_demonstration(file, bases)
    _check_years(file, [((*keys, "due"), measure.due) for keys, measure in measures if measure.due is not None])


def _check_clusters(file: TomlFile[files.PlanFile], districts: _Ids, bases: _Ids) -> None:
    clusters = list(enumerate(file.value.cluster))
    within = [(("cluster", place, "district"), one.district) for place, one in clusters if one.district]
    file.refers(within, districts, N_("片区"))
    links = [(("cluster", at, "chain", place), link) for at, one in clusters for place, link in enumerate(one.chain)]
    file.refers((((*keys, "stage"), link.stage) for keys, link in links), _ids(file.value.stage), N_("孵化阶段"))
    named: list[tuple[Keys, str]] = [
        ((*keys, "bases", at), id) for keys, link in links for at, id in enumerate(link.bases)
    ]
    for part in ("platforms", "firms"):
        members = [(place, at, member) for place, one in clusters for at, member in enumerate(getattr(one, part))]
        named += [(("cluster", place, part, at, "base"), member.base) for place, at, member in members if member.base]
    file.refers(named, bases, N_("基地"))


def _check_targets(file: TomlFile[files.PlanFile]) -> None:
    targets = list(enumerate(file.value.target))
    file.unique((("target", place, "metric"), target.metric) for place, target in targets)
    years = [
        (("target", at, "years", place, "year"), one.year) for at, t in targets for place, one in enumerate(t.years)
    ]
    _check_years(file, years)
    file.unique((keys, f"{file.value.target[int(keys[1])].metric} {year}") for keys, year in years)
    levels = _ids(file.value.level)
    for place, target in targets:
        keys: Keys = ("target", place, "level")
        if Counts(target.counts) is Counts.LEVEL:
            file.refers([(keys, target.level)], levels, N_("级别"))
        elif target.level:
            what = message(N_("写了级别,却不按级别计数"))
            file.fault(keys, what, message(N_('请写 counts = "level",或删去 level')))
        if Counts(target.counts) is Counts.FLOOR_AREA and target.unit.zh not in FLOOR_UNITS:
            what = message(N_("按场地面积计数,单位却是“{unit}”"), unit=target.unit.zh)
            file.fault(
                ("target", place, "unit"), what, message(N_("请用 {known} 之一"), known=Listed(tuple(FLOOR_UNITS)))
            )


def _check_demonstration(file: TomlFile[files.PlanFile], bases: _Ids) -> None:
    plan = file.value
    if plan.demonstration is not None:
        items = list(enumerate(plan.demonstration.item))
        file.unique((("demonstration", "item", place, "id"), item.id) for place, item in items)
        for place, item in items:
            if item.legible != (item.label is not None):
                what = message(N_("读得出的要有名称,读不出的没有"))
                file.fault(
                    ("demonstration", "item", place, "legible"), what, message(N_("请写上 label,或写 legible = false"))
                )
    rosters = list(enumerate(plan.roster))
    years = [(("roster", place, "year"), roster.year) for place, roster in rosters]
    _check_years(file, years)
    file.unique((keys, str(year)) for keys, year in years)
    named = [(("roster", place, "base", at, "base"), one.base) for place, r in rosters for at, one in enumerate(r.base) if one.base]  # fmt: skip
    file.refers(named, bases, N_("基地"))
    file.unique(named)


def _check_years(file: TomlFile[files.PlanFile], years: Iterable[tuple[Keys, int]]) -> None:
    known = [str(year) for year in file.value.years]
    file.refers(((keys, str(year)) for keys, year in years), known, N_("规划年份"))


def _check_bases(sources: Sources, districts: _Ids) -> None:
    bases = sources.bases
    if bases is None:
        return
    _check_vouched(bases)
    _refers(bases, "district", None if districts is None else {"", *districts}, N_("片区"))
    if sources.plan is None:
        return
    plan = sources.plan.value
    _refers(bases, "stage", _ids(plan.stage), N_("孵化阶段"))
    _refers(bases, "cluster", {"", *(cluster.id for cluster in plan.cluster)}, N_("产业集群"))
    _refers(bases, "level", {"", *(level.id for level in plan.level)}, N_("级别"))
    named = {one.base: roster.year for roster in plan.roster for one in roster.base if one.base}
    known = [str(year) for year in plan.years]
    for row, year in bases.values("demo_year"):
        if year is not None and str(year) not in known:
            bases.fault(row, "demo_year", *unknown(str(year), known, N_("规划年份")))
        elif (listed := named.get(bases.rows[row]["id"], year)) != year:
            what = message(N_("示范年份与名单不同:名单写的是 {year}"), year=listed)
            bases.fault(row, "demo_year", what, message(N_("请改成一样")))


def _check_vouched(found: Collection) -> None:
    seen: set[str] = set()
    for row, id in found.values("id"):
        if id in seen:
            found.fault(row, "id", message(N_("编号 {id} 出现了两次"), id=id), message(N_("请改掉其中一个")))
        seen.add(id)
    _refers(found, "certainty", set(_CERTAINTIES), N_("位置可信度"))


def _refers(found: Collection, key: str, known: _Ids, what: str) -> None:
    for row, value in found.values(key):
        if known is not None and value not in known:
            found.fault(row, key, *unknown(value, known, what))
