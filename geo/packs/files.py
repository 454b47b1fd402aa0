"""The shape of a pack's files, strict: an unknown key is a fault, not something to skip."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from geo.errors import PackError
from geo.i18n import N_, Message, message

_T = TypeVar("_T")


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """Base of every table in a pack file."""


class Words(Entry):
    zh: str
    en: str = ""


class InferredEntry(Entry):
    field: str
    reason: Words


class PackFile(Entry):
    id: str
    adcode: str
    label: Words
    standard: str
    boundary_note: Words
    review_number: str = ""


class DistrictEntry(Entry):
    id: str
    label: Words
    towns: list[str]
    profile: str
    colour: str
    inferred: list[InferredEntry] = []


class DistrictsFile(Entry):
    district: list[DistrictEntry]


class TownEntry(Entry):
    name: str
    name_en: str
    code: str = ""
    geonames: int | None = None


class TownsFile(Entry):
    town: list[TownEntry]


class FamilyEntry(Entry):
    id: str
    label: Words
    colour: str


class CategoryEntry(Entry):
    id: str
    label: Words
    family: str
    where: str
    glyph: str
    clause: Words
    aliases: list[str] = []


class CategoriesFile(Entry):
    family: list[FamilyEntry]
    category: list[CategoryEntry]


class StageEntry(Entry):
    id: str
    label: Words
    symbol: str
    in_chain: bool
    aliases: list[str] = []


class ClusterEntry(Entry):
    id: str
    label: Words
    district: str
    industry: Words
    chain: list[str]
    chain_text: Words
    platforms: list[Words]
    firms: list[Words]
    colour: str
    clause: Words
    developing: bool
    inferred: list[InferredEntry] = []


class TargetEntry(Entry):
    metric: str
    label: Words
    unit: Words
    blank: list[int] = []
    values: dict[str, float] = {}


class OneEntry(Entry):
    label: Words | None = None
    legible: bool = True


class PlanFile(Entry):
    title: Words
    document: str
    years: list[int]
    stage: list[StageEntry]
    cluster: list[ClusterEntry]
    target: list[TargetEntry] = []
    seven_ones: list[OneEntry] = []


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
    profile: list[ProfileEntry]
    ring: list[RingEntry]
    rule: list[RuleEntry]


def read_toml(path: Path, shape: type[_T]) -> _T:
    """The file at ``path`` as ``shape``.

    Raises:
        PackError: it is missing, not TOML, or not of that shape; the message names file and place.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackError(
            message(N_("{file}:没有这个文件。每个规划包都要有它,请照 data/ 里已有的包补上。"), file=shown(path))
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise PackError(
            message(N_("{file}:不是 UTF-8 的 TOML({detail})。请改好这一处再试。"), file=shown(path), detail=str(fault))
        ) from fault
    return convert(raw, shape, path)


def convert(raw: Any, shape: type[_T], path: Path) -> _T:
    """Parsed data as ``shape``; faults name the place in it."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as fault:
        raise PackError(_explained(path, str(fault))) from fault


_EXPLAINED = (
    (re.compile(r"Object missing required field `(?P<key>[^`]+)`"), N_("缺少“{key}”,请补上")),
    (re.compile(r"Object contains unknown field `(?P<key>[^`]+)`"), N_("不认识“{key}”,请改名或删去")),
    (re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`"), N_("应为 {want},却是 {got}")),
)


def _explained(path: Path, detail: str) -> Message:
    text, _, place = detail.partition(" - at `")
    place = place.rstrip("`").removeprefix("$").removeprefix(".") or "–"
    for pattern, sentence in _EXPLAINED:
        if found := pattern.search(text):
            return message(
                N_("{file}:{place} 处{what}。"),
                file=shown(path),
                place=place,
                what=message(sentence, **found.groupdict()),
            )
    return message(N_("{file}:{place} 处{what}。"), file=shown(path), place=place, what=text)


def shown(path: Path) -> str:
    """A pack file as messages name it: folder and file, never this machine's path."""
    return f"{path.parent.name}/{path.name}"


def digest(*folders: Path) -> str:
    """SHA-256 over names and contents of all files below ``folders``."""
    state = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            state.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return state.hexdigest()
