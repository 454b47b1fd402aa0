"""The shape of a pack's files, strict: an unknown key is a fault, not something to skip."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

ID = r"^[a-z0-9][a-z0-9-]*$"
COLOUR = r"^#[0-9a-fA-F]{6}$"
ADCODE = r"^[1-9][0-9]{5}$"
FIRST_YEAR, LAST_YEAR = 1949, 2149

Id = Annotated[str, msgspec.Meta(pattern=ID)]
Colour = Annotated[str, msgspec.Meta(pattern=COLOUR)]
Adcode = Annotated[str, msgspec.Meta(pattern=ADCODE)]
Year = Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Named = Annotated[str, msgspec.Meta(min_length=1)]

Symbol = Literal["triangle", "square", "diamond", "hexagon", "circle", "pentagon"]
Where = Literal["around", "inside"]
Counts = Literal["entered", "floor-area", "demonstration", "level"]


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """Base of every table in a pack file."""


class Words(Entry):
    zh: str
    en: str = ""


class InferredEntry(Entry):
    field: str
    reason: Words


class PackFile(Entry):
    id: Id
    adcode: Adcode
    label: Words
    standard: str
    boundary_note: Words
    review_number: str = ""


class DistrictEntry(Entry):
    id: Id
    label: Words
    towns: list[Named]
    profile: str
    colour: Colour
    inferred: list[InferredEntry] = []


class DistrictsFile(Entry):
    district: list[DistrictEntry]


class TownEntry(Entry):
    name: Named
    name_en: str = ""
    code: str = ""
    geonames: int | None = None


class TownsFile(Entry):
    town: list[TownEntry] = []


class FamilyEntry(Entry):
    id: Id
    label: Words
    colour: Colour


class CategoryEntry(Entry):
    id: Id
    label: Words
    family: str
    where: Where
    glyph: Annotated[str, msgspec.Meta(min_length=1, max_length=2)]
    clause: Words = msgspec.field(default_factory=lambda: Words(""))
    aliases: list[str] = []


class CategoriesFile(Entry):
    family: list[FamilyEntry]
    category: list[CategoryEntry]


class StageEntry(Entry):
    id: Id
    label: Words
    symbol: Symbol
    in_chain: bool
    aliases: list[str] = []


class LinkEntry(Entry):
    stage: str
    words: Words
    bases: list[str] = []
    inferred: list[InferredEntry] = []


class MemberEntry(Entry):
    label: Words
    called: Words = msgspec.field(default_factory=lambda: Words(""))
    base: str = ""


class ClusterEntry(Entry):
    id: Id
    label: Words
    industry: Words
    colour: Colour
    clause: Words
    district: str = ""
    aim: Words = msgspec.field(default_factory=lambda: Words(""))
    chain_text: Words = msgspec.field(default_factory=lambda: Words(""))
    chain: list[LinkEntry] = []
    platforms: list[MemberEntry] = []
    firms: list[MemberEntry] = []
    developing: bool = False
    inferred: list[InferredEntry] = []


class LevelEntry(Entry):
    id: Id
    label: Words


class TargetYearEntry(Entry):
    year: Year
    words: Words
    value: Amount | None = None


class TargetEntry(Entry):
    metric: Id
    label: Words
    unit: Words
    clause: Words
    years: list[TargetYearEntry]
    counts: Counts = "entered"
    level: str = ""


class ItemEntry(Entry):
    id: Id
    label: Words | None = None
    words: Words | None = None
    legible: bool = True


class DemonstrationEntry(Entry):
    label: Words
    clause: Words
    item: list[ItemEntry] = []
    inferred: list[InferredEntry] = []


class RosterBaseEntry(Entry):
    name: Words
    base: str = ""
    inferred: list[InferredEntry] = []


class RosterEntry(Entry):
    year: Year
    clause: Words
    base: list[RosterBaseEntry]


class MeasureEntry(Entry):
    id: Id
    text: Words
    owners: list[Words] = []
    due: Year | None = None


class TaskEntry(Entry):
    id: Id
    clause: Words
    title: Words
    measure: list[MeasureEntry]


class PlanFile(Entry):
    title: Words
    document: str
    years: Annotated[list[Year], msgspec.Meta(min_length=1)]
    stage: Annotated[list[StageEntry], msgspec.Meta(min_length=1)]
    cluster: list[ClusterEntry] = []
    level: list[LevelEntry] = []
    target: list[TargetEntry] = []
    demonstration: DemonstrationEntry | None = None
    roster: list[RosterEntry] = []
    task: list[TaskEntry] = []


class RowEntry(Entry):
    id: str
    item: Words
    figure: float
    unit: str
    clause: str | Words
    certainty: str


class SourceFile(Entry):
    id: str
    label: Words
    row: list[RowEntry]


class ProfileEntry(Entry):
    id: str
    label: Words


class RingEntry(Entry):
    minutes: int
    row: str


class RuleEntry(Entry):
    category: str
    rows: dict[str, str]
    note: Words | None = None


class StandardFile(Entry):
    id: str
    label: Words
    note: Words
    profile: Annotated[list[ProfileEntry], msgspec.Meta(min_length=1)]
    ring: Annotated[list[RingEntry], msgspec.Meta(min_length=1)]
    rule: list[RuleEntry]


# --- properties of GeoJSON features; keys beside these are kept -----------------------------------------------------


class BoundaryRow(msgspec.Struct):
    name: Named


class NeighbourRow(msgspec.Struct):
    name: Named
    name_en: str = ""


class TownAreaRow(msgspec.Struct):
    name: Named
    district: str
    source: str
    name_en: str = ""
    seed_lon: float | None = None
    seed_lat: float | None = None
    centre: bool = False


class VouchedRow(msgspec.Struct):
    id: Named
    name: Named
    certainty: str
    name_en: str = ""
    source: str = ""
    source_en: str = ""
    note: str = ""
    note_en: str = ""


class BaseRow(VouchedRow, kw_only=True):
    stage: str
    cluster: str
    district: str
    demo_year: int | None
    floor_area: Amount | None = None
    built_year: int | None = None
    level: str = ""
    level_year: int | None = None
    sample: bool = False


class FacilityRow(VouchedRow, kw_only=True):
    category: str
    capacity: Amount | None = None
    sample: bool


def digest(*folders: Path) -> str:
    """SHA-256 over names and contents of all files below ``folders``."""
    state = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            state.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return state.hexdigest()
