"""Reads a pack folder into a :class:`geo.model.Pack`, and says every fault with file, line and mend where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import shapely

from geo.areas import dissolve, under
from geo.crs import metric_epsg
from geo.errors import PackError
from geo.i18n import N_, Label, Listed, message
from geo.model import Category, District, Family, Layer, Pack, Town, feature_frame
from geo.packs import files
from geo.packs.checks import check
from geo.packs.collections import Collection
from geo.packs.faults import Fault, Faults, PackFaultsError
from geo.packs.plan import inferences, plan_of
from geo.packs.sources import DATA_DIR, Sources, read_sources, standard_folders
from geo.packs.standards import label
from geo.packs.toml import read_toml

_T = TypeVar("_T")


@dataclass(frozen=True)
class PackSummary:
    """A pack as a list shows it."""

    id: str
    path: Path
    label: Label
    plan_title: Label
    years: tuple[int, ...]


def list_packs(root: Path = DATA_DIR) -> tuple[PackSummary, ...]:
    """The packs below ``root``: folders that hold a pack.toml, by name.

    Raises:
        PackFaultsError: with file, line and mend.
    """
    faults = Faults()
    found = []
    for folder in _folders(root):
        head = read_toml(folder / "pack.toml", files.PackFile, faults)
        plan = read_toml(folder / "plan.toml", files.PlanFile, faults)
        if head and plan:
            names = (label(head.value.label), label(plan.value.title))
            found.append(PackSummary(head.value.id, folder, *names, tuple(plan.value.years)))
    faults.stop()
    return tuple(found)


def _folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("*/pack.toml"))


def pack_names(root: Path = DATA_DIR) -> tuple[str, ...]:
    """The names of the packs below ``root``, whether they can be read or not."""
    return tuple(folder.name for folder in _folders(root))


def find_pack(name_or_path: str | None = None, root: Path = DATA_DIR) -> Path:
    """The folder of a pack given by name or path; the first one in ``root`` where none is given.

    Raises:
        PackError: there is no such pack.
    """
    if name_or_path is None:
        folders = _folders(root)
        if not folders:
            raise PackError(N_("data/ 里没有规划包:请放入一个含 pack.toml 的文件夹。"))
        return folders[0]
    for folder in (root / name_or_path, Path(name_or_path)):
        if (folder / "pack.toml").is_file():
            return folder
    known = Listed(pack_names(root))
    raise PackError(
        message(N_("没有规划包 {name}:请用 {known} 之一,或给出含 pack.toml 的文件夹。"), name=name_or_path, known=known)
    )


def load_pack(folder: Path) -> Pack:
    """The pack in ``folder``, checked as a whole.

    Raises:
        PackFaultsError: with every fault's file, line and mend.
    """
    faults = Faults()
    sources = read_sources(folder, faults)
    check(sources)
    faults.stop()
    return _pack(sources)


def pack_faults(folder: Path) -> tuple[Fault, ...]:
    """Everything that is wrong with the pack in ``folder``, () where it can be used."""
    try:
        load_pack(folder)
    except PackFaultsError as fault:
        return fault.faults
    return ()


def _pack(sources: Sources) -> Pack:
    """The pack of files without faults: all of them are there."""
    head, plan_file = _there(sources.head).value, _there(sources.plan).value
    districts = _districts(_there(sources.districts).value)
    areas = _there(sources.areas).frame(files.TownAreaRow)
    categories = _there(sources.categories).value
    boundary = _there(sources.boundary).frame(files.BoundaryRow)
    district_areas = dissolve(areas, districts)
    return Pack(
        id=head.id,
        path=sources.folder,
        label=label(head.label),
        adcode=head.adcode,
        boundary_note=label(head.boundary_note),
        review_number=head.review_number,
        boundary=boundary,
        neighbours=_there(sources.neighbours).frame(files.NeighbourRow),
        town_areas=areas,
        district_areas=district_areas,
        towns=_towns(_there(sources.towns).value, districts, set(areas["name"])),
        districts=districts,
        families=tuple(Family(f.id, label(f.label), f.colour) for f in categories.family),
        categories=_categories(categories),
        plan=plan_of(plan_file, head.standard),
        standards=sources.standards,
        bases=_bases(_there(sources.bases)),
        sample_facilities=_sample(sources.sample, district_areas),
        metric_epsg=metric_epsg(*boundary.total_bounds.reshape(2, 2).mean(axis=0).tolist()),
        digest=files.digest(sources.folder, *standard_folders(sources.folder)),
    )


def _there(file: _T | None) -> _T:
    assert file is not None
    return file


def _districts(file: files.DistrictsFile) -> tuple[District, ...]:
    return tuple(
        District(e.id, label(e.label), tuple(e.towns), e.profile, e.colour, inferences(e.inferred))
        for e in file.district
    )


def _towns(file: files.TownsFile, districts: tuple[District, ...], located: set[str]) -> tuple[Town, ...]:
    of = {town: district.id for district in districts for town in district.towns}
    return tuple(
        Town(e.name, e.name_en, of[e.name], e.name in located, "GeoNames" if e.geonames else "") for e in file.town
    )


def _categories(file: files.CategoriesFile) -> tuple[Category, ...]:
    return tuple(
        Category(e.id, label(e.label), e.family, e.where, e.glyph, label(e.clause), tuple(e.aliases))
        for e in file.category
    )


def _bases(found: Collection) -> gpd.GeoDataFrame:
    return feature_frame(Layer.BASES, found.rows, list(found.shapes))


def _sample(found: Collection | None, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if found is None:
        return feature_frame(Layer.FACILITIES, [], [])
    within = under(found.shapes, areas)
    rows = [row | {"district": district} for row, district in zip(found.rows, within, strict=True)]
    return feature_frame(Layer.FACILITIES, rows, list(shapely.force_2d(found.shapes)))
