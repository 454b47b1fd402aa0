"""Reads a pack folder into a :class:`geo.model.Pack`, and says file, place and mend where it cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.areas import dissolve, under
from geo.crs import metric_epsg
from geo.errors import PackError
from geo.i18n import N_, Label, Listed, message
from geo.model import (
    Category,
    Certainty,
    Cluster,
    District,
    Family,
    Inference,
    Layer,
    Pack,
    Plan,
    Stage,
    Standard,
    Target,
    Town,
    feature_frame,
)
from geo.packs import files
from geo.packs.geography import read_collection
from geo.packs.standards import read_standards

DATA_DIR = Path(__file__).resolve().parents[2] / "data"
SYMBOLS = ("triangle", "square", "diamond", "hexagon", "circle", "pentagon")


@dataclass(frozen=True)
class PackSummary:
    """A pack as a list shows it."""

    id: str
    path: Path
    label: Label
    plan_title: Label
    years: tuple[int, ...]


def list_packs(root: Path = DATA_DIR) -> tuple[PackSummary, ...]:
    """The packs below ``root``: folders that hold a pack.toml, by name."""
    found = []
    for folder in sorted(path.parent for path in root.glob("*/pack.toml")):
        head = files.read_toml(folder / "pack.toml", files.PackFile)
        plan = files.read_toml(folder / "plan.toml", files.PlanFile)
        found.append(PackSummary(head.id, folder, _label(head.label), _label(plan.title), tuple(plan.years)))
    return tuple(found)


def find_pack(name_or_path: str | None = None, root: Path = DATA_DIR) -> Path:
    """The folder of a pack given by name or path; the first one in ``root`` where none is given.

    Raises:
        PackError: there is no such pack.
    """
    if name_or_path is None:
        folders = sorted(path.parent for path in root.glob("*/pack.toml"))
        if not folders:
            raise PackError(N_("data/ 里没有规划包:请放入一个含 pack.toml 的文件夹。"))
        return folders[0]
    for folder in (root / name_or_path, Path(name_or_path)):
        if (folder / "pack.toml").is_file():
            return folder
    known = Listed(tuple(sorted(path.parent.name for path in root.glob("*/pack.toml"))))
    raise PackError(
        message(N_("没有规划包 {name}:请用 {known} 之一,或给出含 pack.toml 的文件夹。"), name=name_or_path, known=known)
    )


def load_pack(folder: Path) -> Pack:
    """The pack in ``folder``, checked as a whole.

    Raises:
        PackError: with file, place and mend.
    """
    head = files.read_toml(folder / "pack.toml", files.PackFile)
    districts = _districts(folder)
    towns_file = files.read_toml(folder / "towns.toml", files.TownsFile)
    categories_file = files.read_toml(folder / "categories.toml", files.CategoriesFile)
    categories = _categories(folder, categories_file)
    standards = read_standards(folder.parent / "standards", {category.id for category in categories})
    plan = _plan(folder, head.standard, {district.id for district in districts})
    boundary = read_collection(folder / "boundary.geojson", ("name",))
    areas = read_collection(folder / "town_areas.geojson", ("name", "name_en", "district", "source"))
    _check_profiles(folder, districts, standards, head.standard)
    _check_references(folder / "town_areas.geojson", areas["district"], {d.id for d in districts}, N_("片区"))
    district_areas = dissolve(areas, districts)
    return Pack(
        id=head.id,
        path=folder,
        label=_label(head.label),
        adcode=head.adcode,
        boundary_note=_label(head.boundary_note),
        review_number=head.review_number,
        boundary=boundary,
        neighbours=read_collection(folder / "neighbours.geojson", ("name", "name_en")),
        town_areas=areas,
        district_areas=district_areas,
        towns=_towns(folder, towns_file, districts, set(areas["name"])),
        districts=districts,
        families=tuple(Family(f.id, _label(f.label), f.colour) for f in categories_file.family),
        categories=categories,
        plan=plan,
        standards=standards,
        bases=_bases(folder, plan, {d.id for d in districts}),
        sample_facilities=_sample(folder, district_areas, {category.id for category in categories}),
        metric_epsg=metric_epsg(float(np.mean(boundary.total_bounds[[0, 2]]))),
        digest=files.digest(folder, folder.parent / "standards"),
    )


def _label(words: files.Words) -> Label:
    return Label(words.zh, words.en)


def _inferences(entries: list[files.InferredEntry]) -> tuple[Inference, ...]:
    return tuple(Inference(entry.field, _label(entry.reason)) for entry in entries)


def _unique(path: Path, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise PackError(message(N_("{file}:编号 {id} 出现了两次,请改掉其中一个。"), file=files.shown(path), id=id))
        seen.add(id)


def _check_references(path: Path, values: Iterable[str], known: set[str], what: str) -> None:
    for value in values:
        if value not in known:
            raise PackError(
                message(
                    N_("{file}:没有{what} {id},请用 {known} 之一。"),
                    file=files.shown(path),
                    what=message(what),
                    id=value or "“”",
                    known=Listed(tuple(sorted(known))),
                )
            )


def _districts(folder: Path) -> tuple[District, ...]:
    path = folder / "districts.toml"
    entries = files.read_toml(path, files.DistrictsFile).district
    _unique(path, (entry.id for entry in entries))
    _unique(path, (town for entry in entries for town in entry.towns))
    return tuple(
        District(e.id, _label(e.label), tuple(e.towns), e.profile, e.colour, _inferences(e.inferred)) for e in entries
    )


def _towns(folder: Path, file: files.TownsFile, districts: tuple[District, ...], located: set[str]) -> tuple[Town, ...]:
    path = folder / "towns.toml"
    _unique(path, (entry.name for entry in file.town))
    names = {entry.name for entry in file.town}
    _check_references(folder / "districts.toml", (t for d in districts for t in d.towns), names, N_("乡镇"))
    of = {town: district.id for district in districts for town in district.towns}
    _check_references(path, names, set(of), N_("所属片区的乡镇"))
    return tuple(
        Town(e.name, e.name_en, of[e.name], e.name in located, "GeoNames" if e.geonames else "") for e in file.town
    )


def _categories(folder: Path, file: files.CategoriesFile) -> tuple[Category, ...]:
    path = folder / "categories.toml"
    _unique(path, (entry.id for entry in file.category))
    _check_references(path, (e.family for e in file.category), {f.id for f in file.family}, N_("类别族"))
    _check_references(path, (e.where for e in file.category), {"around", "inside"}, N_("位置词"))
    return tuple(
        Category(e.id, _label(e.label), e.family, e.where, e.glyph, _label(e.clause), tuple(e.aliases))
        for e in file.category
    )


def _check_profiles(folder: Path, districts: tuple[District, ...], standards: tuple[Standard, ...], id: str) -> None:
    path = folder / "pack.toml"
    by_id = {standard.id: standard for standard in standards}
    _check_references(path, [id], set(by_id), N_("标准"))
    profiles = {profile.id for profile in by_id[id].profiles}
    _check_references(folder / "districts.toml", (d.profile for d in districts), profiles, N_("标准情形"))


def _plan(folder: Path, standard: str, districts: set[str]) -> Plan:
    path = folder / "plan.toml"
    file = files.read_toml(path, files.PlanFile)
    for things in (file.stage, file.cluster):
        _unique(path, (thing.id for thing in things))
    _unique(path, (target.metric for target in file.target))
    stages = {stage.id for stage in file.stage}
    _check_references(path, (s.symbol for s in file.stage), set(SYMBOLS), N_("符号"))
    _check_references(path, (s for c in file.cluster for s in c.chain), stages, N_("孵化阶段"))
    _check_references(path, (c.district for c in file.cluster if c.district), districts, N_("片区"))
    years = {str(year) for year in file.years}
    stated = [str(year) for target in file.target for year in (*target.blank, *target.values)]
    _check_references(path, stated, years, N_("规划年份"))
    return Plan(
        title=_label(file.title),
        document=file.document,
        years=tuple(file.years),
        stages=tuple(Stage(s.id, _label(s.label), s.symbol, s.in_chain, tuple(s.aliases)) for s in file.stage),
        clusters=tuple(_cluster(entry) for entry in file.cluster),
        targets=tuple(_target(entry) for entry in file.target),
        seven_ones=tuple(_label(one.label) if one.label and one.legible else None for one in file.seven_ones),
        standard=standard,
    )


def _cluster(e: files.ClusterEntry) -> Cluster:
    return Cluster(
        id=e.id,
        label=_label(e.label),
        district=e.district,
        industry=_label(e.industry),
        chain=tuple(e.chain),
        chain_text=_label(e.chain_text),
        platforms=tuple(_label(words) for words in e.platforms),
        firms=tuple(_label(words) for words in e.firms),
        colour=e.colour,
        clause=_label(e.clause),
        developing=e.developing,
        inferred=_inferences(e.inferred),
    )


def _target(e: files.TargetEntry) -> Target:
    values: dict[int, float | None] = dict.fromkeys(e.blank)
    values |= {int(year): value for year, value in e.values.items()}
    return Target(e.metric, _label(e.label), _label(e.unit), dict(sorted(values.items())))


def _bases(folder: Path, plan: Plan, districts: set[str]) -> gpd.GeoDataFrame:
    path = folder / "bases.geojson"
    raw = read_collection(path, ("id", "name", "stage", "cluster", "district", "demo_year", "certainty"))
    _unique(path, raw["id"])
    _check_references(path, raw["stage"], {stage.id for stage in plan.stages}, N_("孵化阶段"))
    _check_references(path, raw["cluster"], {"", *(cluster.id for cluster in plan.clusters)}, N_("产业集群"))
    _check_references(path, raw["district"], {"", *districts}, N_("片区"))
    _check_references(path, raw["certainty"], set(Certainty), N_("位置可信度"))
    years = {str(year) for year in plan.years}
    _check_references(path, (f"{year:.0f}" for year in raw["demo_year"].dropna()), years, N_("规划年份"))
    rows = raw.drop(columns="geometry").astype(object).where(raw.drop(columns="geometry").notna(), None)
    return feature_frame(Layer.BASES, rows.to_dict("records"), list(raw.geometry))


def _sample(folder: Path, areas: gpd.GeoDataFrame, categories: set[str]) -> gpd.GeoDataFrame:
    path = folder / "sample" / "facilities.geojson"
    if not path.exists():
        return feature_frame(Layer.FACILITIES, [], [])
    raw = read_collection(path, ("id", "name", "category", "sample", "certainty"))
    _unique(path, raw["id"])
    _check_references(path, raw["category"], categories, N_("配套类别"))
    _check_references(path, raw["certainty"], set(Certainty), N_("位置可信度"))
    rows = raw.drop(columns="geometry").to_dict("records")
    for row, district in zip(rows, under(np.asarray(raw.geometry.array, dtype=object), areas), strict=True):
        row["district"] = district
    return feature_frame(Layer.FACILITIES, rows, list(shapely.force_2d(raw.geometry.array)))
