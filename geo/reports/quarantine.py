"""Rejected rows as files to mend and upload again: each with why it was refused, and where it waits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from geo.i18n import LANGS, N_, translate
from geo.ingest.columns import ORIGIN_HEADER
from geo.reports.cells import Grid, Value, to_xlsx
from geo.reports.tables import rejected_file

_MOST_COLUMNS = 200
_FIRST = ("row", "message", "fix")
_HEADINGS = {"row": N_("原文件行号"), "message": N_("问题"), "fix": N_("怎么改"), "lon": N_("经度"), "lat": N_("纬度")}
_TABLES = ("csv", "xlsx")


class Waiting(Protocol):
    """A row in the quarantine."""

    @property
    def row(self) -> int: ...
    @property
    def feature(self) -> Any: ...
    @property
    def reasons(self) -> Sequence[Any]: ...


def quarantine_kinds(format: str, rows: Sequence[Waiting]) -> tuple[str, ...]:
    """The kinds of file in which ``rows`` of a file of ``format`` ("" where that is not known) can be mended: lines and
    areas have no place in ``xlsx``, and what stood in a table has no geometry in ``geojson``."""
    if format in _TABLES:
        return ("xlsx",)
    return ("geojson",) if any(_is_drawn(row.feature) for row in rows) else ("geojson", "xlsx")


def quarantine_file(upload: int, rows: Sequence[Waiting], kind: str, lang: str) -> bytes:
    """``rows`` of an upload as ``geojson`` (as they stood, with reasons under ``faults``) or ``xlsx``."""
    return _xlsx(upload, rows, lang) if kind == "xlsx" else _geojson(upload, rows, lang)


def _geojson(upload: int, rows: Sequence[Waiting], lang: str) -> bytes:
    return rejected_file((_marked(row, upload) for row in rows), (_told(row, lang) for row in rows))


def _marked(row: Waiting, upload: int) -> Any:
    """The feature with where it waits, so that it leaves the quarantine when it comes back mended."""
    if not isinstance(row.feature, dict) or row.feature.get("type") != "Feature":
        return row.feature
    return {**row.feature, "properties": {**_properties(row), ORIGIN_HEADER: f"{upload}:{row.row}"}}


def _properties(row: Waiting) -> dict[str, Any]:
    given = row.feature.get("properties") if isinstance(row.feature, dict) else None
    return given if isinstance(given, dict) else {}


def _told(row: Waiting, lang: str) -> list[str]:
    return [f"{reason[lang]['message']} → {reason[lang]['fix']}" for reason in row.reasons]


def _xlsx(upload: int, rows: Sequence[Waiting], lang: str) -> bytes:
    every = dict.fromkeys(name for row in rows for name in _properties(row))
    names = [name for name in every if name not in _ours()][:_MOST_COLUMNS]
    points = [_point(row.feature) for row in rows]
    placed = any(place != (None, None) for place in points)  # rows of a table have columns of their own for it
    places = [translate(lang, _HEADINGS[name]) for name in ("lon", "lat")] if placed else []
    names = [name for name in names if name not in places]
    headings = (*(translate(lang, _HEADINGS[name]) for name in _FIRST), *names, *places, ORIGIN_HEADER)
    lines = tuple(
        (*_line(row, names, lang), *(point if placed else ()), f"{upload}:{row.row}")
        for row, point in zip(rows, points, strict=True)
    )
    return to_xlsx([Grid(translate(lang, N_("待改的行")), headings, lines)])


def _ours() -> set[str]:
    """Headings that a row which was here before brings back: they are written anew."""
    return {ORIGIN_HEADER, *(translate(lang, _HEADINGS[name]) for name in _FIRST for lang in LANGS)}


def _line(row: Waiting, names: Sequence[str], lang: str) -> tuple[Value, ...]:
    properties = _properties(row)
    said = "\n".join(reason[lang]["message"] for reason in row.reasons)
    fixes = "\n".join(reason[lang]["fix"] for reason in row.reasons)
    values = tuple(_cell(properties.get(name)) for name in names)
    return (row.row, said, fixes, *values)


def _cell(value: Any) -> Value:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _geometry(feature: Any) -> Any:
    return feature.get("geometry") if isinstance(feature, dict) else None


def _is_drawn(feature: Any) -> bool:
    """Whether a row has a shape other than a point."""
    geometry = _geometry(feature)
    return isinstance(geometry, dict) and geometry.get("type") != "Point"


def _point(feature: Any) -> tuple[Value, Value]:
    """Longitude and latitude of a point, as the file had them; empty for other shapes."""
    geometry = _geometry(feature)
    place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if isinstance(place, list | tuple) and len(place) >= 2:
        return _cell(place[0]), _cell(place[1])
    return None, None
