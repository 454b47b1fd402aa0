"""供给: how much of a category's capacity each place gets once everybody in reach has shared it."""

from __future__ import annotations

from collections.abc import Sequence

from geo import coverage as cov
from geo import usecases
from geo.model import Category
from geo.reports import district_name, supply_basis, supply_cells, supply_head, town_name
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table


def view(here: Here, category: Category, settings: usecases.Settings, districts: Sequence[str]) -> None:
    """Places, the least served first, and what was shared among whom."""
    found = usecases.supply(here.atlas, here.snap, category.id, settings)
    if not found.known + found.unknown:
        paper(line(here.t("库里没有这一类设施。"), "warning"))
        return
    told = [here.say(said) for said in supply_basis(found)]
    if found.sample:
        told.append(here.t("含示例数据,非真实设施"))
    paper(*(line(said, "quiet") for said in told), scroll(_table(here, found, districts)))


def _table(here: Here, found: cov.Supply, districts: Sequence[str]) -> str:
    place, *figures = supply_head(found, here.lang)
    towns = here.snap.town_areas
    rows = [(here.t("全县"), found.places.county)]
    rows += [
        (district_name(here.pack, one.id, here.lang), one)
        for one in found.places.districts
        if not districts or one.id in districts
    ]
    own = usecases.towns_in(here.snap, districts)
    rows += [("· " + town_name(towns, one.id, here.lang), one) for one in found.places.towns if one.id in own]
    cells = [[Cell(name), *(Cell(text, "num") for text in supply_cells(one, found.by_people))] for name, one in rows]
    return table([Cell(place), *(Cell(word, "num") for word in figures)], cells, "supply")
