"""A pack's files as they are read, before anything of them is put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geo.model import Standard
from geo.packs import files
from geo.packs.collections import AREAS, POINTS_OR_AREAS, Collection, read_collection
from geo.packs.faults import Faults
from geo.packs.standards import read_standards
from geo.packs.toml import TomlFile, read_toml

DATA_DIR = Path(__file__).resolve().parents[2] / "data"


@dataclass(frozen=True)
class Sources:
    """None stands for a file that could not be read: its faults are noted."""

    folder: Path
    head: TomlFile[files.PackFile] | None
    districts: TomlFile[files.DistrictsFile] | None
    towns: TomlFile[files.TownsFile] | None
    categories: TomlFile[files.CategoriesFile] | None
    plan: TomlFile[files.PlanFile] | None
    boundary: Collection | None
    neighbours: Collection | None
    areas: Collection | None
    bases: Collection | None
    sample: Collection | None
    standards: tuple[Standard, ...]


def read_sources(folder: Path, faults: Faults) -> Sources:
    """Every file of the pack in ``folder``; what cannot be used is noted in ``faults``."""
    head = read_toml(folder / "pack.toml", files.PackFile, faults)
    categories = read_toml(folder / "categories.toml", files.CategoriesFile, faults)
    ids = None if categories is None else [entry.id for entry in categories.value.category]
    sample = folder / "sample" / "facilities.geojson"
    return Sources(
        folder=folder,
        head=head,
        districts=read_toml(folder / "districts.toml", files.DistrictsFile, faults),
        towns=read_toml(folder / "towns.toml", files.TownsFile, faults),
        categories=categories,
        plan=read_toml(folder / "plan.toml", files.PlanFile, faults),
        boundary=read_collection(folder / "boundary.geojson", files.BoundaryRow, AREAS, faults),
        neighbours=read_collection(folder / "neighbours.geojson", files.NeighbourRow, AREAS, faults),
        areas=read_collection(folder / "town_areas.geojson", files.TownAreaRow, AREAS, faults),
        bases=read_collection(folder / "bases.geojson", files.BaseRow, POINTS_OR_AREAS, faults),
        sample=read_collection(sample, files.FacilityRow, POINTS_OR_AREAS, faults) if sample.exists() else None,
        standards=read_standards(standard_folders(folder), ids, head.value.standard if head else None, faults),
    )


def standard_folders(folder: Path) -> tuple[Path, ...]:
    """Where a pack's standards are: those beside it, or else the shared ones, and its own."""
    beside = folder.parent / "standards"
    shared = beside if beside.is_dir() else DATA_DIR / "standards"
    own = folder / "standards"
    return (shared, own) if own.is_dir() else (shared,)
