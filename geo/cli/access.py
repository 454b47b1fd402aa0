"""How a category's capacity is shared out among people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from geo import coverage as cov
from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, Call, JsonFlag
from geo.cli.extracts import tell_streets
from geo.cli.judging import tell_facts
from geo.i18n import N_
from geo.reports import district_name, supply_basis, supply_cells, supply_head, town_name
from geo.usecases import Atlas, Settings, Snapshot

commands = typer.Typer()


@commands.command(help=N_("一类设施的容量(床位、学位……)分给够得着的人,各乡镇每千人得多少,多少人够不着。"))
def access(
    ctx: typer.Context,
    category: Annotated[str, typer.Option("--category", help=N_("哪一类配套(编号)。"))],
    radius: Annotated[
        float | None, typer.Option("--radius", metavar="M", help=N_("用这个半径(米),代替标准里的距离。"))
    ] = None,
    on_foot: Annotated[
        bool,
        typer.Option("--on-foot", "--foot", help=N_("沿可步行的道路量距离,不按直线;要先有道路(见 import-osm)。")),
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    settings = Settings(radius_m=radius, on_foot=on_foot)
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas)
        found = usecases.supply(atlas, snap, category, settings)
        if on_foot:
            tell_streets(call, usecases.streets(atlas, snap))
    if as_json:
        terminal.write_json(_json(call, atlas, snap, category, settings, found))
    else:
        terminal.write_lines(_lines(call, atlas, snap, found))
    for said in supply_basis(found):
        terminal.note(call.say(said))
    tell_facts(call, atlas, snap, sample=found.sample, on_foot=on_foot)
    return FINE


def _json(
    call: Call, atlas: Atlas, snap: Snapshot, category: str, settings: Settings, found: cov.Supply
) -> dict[str, Any]:
    return {
        "category": category,
        "standard": atlas.pack.standard(settings.standard).id,
        "metric": "foot" if settings.on_foot else "straight",
        "radii_m": list(found.radii_m),
        "zone_weights": list(cov.SLOW_DECAY),
        "revision": snap.revision,
        "data_date": snap.day.isoformat(),
        "sample": found.sample,
        "demand": "people" if found.by_people else "km2",
        "unit": "facilities" if found.counted else "capacity",
        "known": found.known,
        "unknown": found.unknown,
        "capacity": found.capacity,
        "idle": round(found.idle, 6),
        "rows": [
            {
                "level": level,
                "id": one.id,
                "name": name,
                "demand": round(one.demand, 6),
                "capacity": round(one.capacity, 6),
                "rate": round(one.rate, 6),
                "without": round(one.without, 6),
                "share_without": round(one.share_without, 6),
            }
            for level, name, one in _places(call, atlas, snap, found)
        ],
    }


def _places(call: Call, atlas: Atlas, snap: Snapshot, found: cov.Supply) -> list[tuple[str, str, cov.Served]]:
    """Level, name and figures: the county, its districts, its towns."""
    pack, towns, lang = atlas.pack, snap.town_areas, call.lang
    return [
        ("county", call.say(pack.label), found.places.county),
        *(("district", district_name(pack, one.id, lang), one) for one in found.places.districts),
        *(("town", town_name(towns, one.id, lang), one) for one in found.places.towns),
    ]


def _lines(call: Call, atlas: Atlas, snap: Snapshot, found: cov.Supply) -> list[str]:
    rows = [(name, *supply_cells(one, found.by_people)) for _, name, one in _places(call, atlas, snap, found)]
    return terminal.table(supply_head(found, call.lang), rows)
