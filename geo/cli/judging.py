"""Coverage of all bases, and what lies around one place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Annotated, Any, Literal

import pandas as pd
import typer
from shapely import Point

from geo import coverage as cov
from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, Call, JsonFlag, OutOption
from geo.cli.clusters import on_cluster
from geo.cli.extracts import tell_streets
from geo.cli.formats import kind_of
from geo.cli.moments import number_of
from geo.errors import InputError
from geo.i18n import N_, Label, message
from geo.reports import METRIC_WORDS, no_way, walks_of
from geo.usecases import Atlas, Settings, Snapshot

commands = typer.Typer()

By = Literal["base", "district", "cluster"]
TableFormat = Literal["json", "csv", "xlsx", "geojson"]


@commands.command(help=N_("按标准判断每个基地的每类配套是否达标,或按片区、集群汇总。"))
def coverage(
    ctx: typer.Context,
    by: Annotated[By, typer.Option("--by", help=N_("逐个基地,或按片区、按产业集群汇总。"))] = "base",
    category: Annotated[str | None, typer.Option("--category", help=N_("只看这一类配套(编号)。"))] = None,
    radius: Annotated[
        float | None, typer.Option("--radius", metavar="M", help=N_("用这个半径(米),代替标准里的距离。"))
    ] = None,
    on_foot: Annotated[
        bool, typer.Option("--on-foot", help=N_("沿可步行的道路量距离,不按直线;要先有道路(见 import-osm)。"))
    ] = False,
    format: Annotated[
        TableFormat | None, typer.Option("--format", help=N_("格式;不写时看 -o 的后缀,再不然是给人看的表。"))
    ] = None,
    as_json: JsonFlag = False,
    out: OutOption = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help=N_("在 Dask 集群上分块算:`tcp://主机:端口`,或 `local:进程数`;结果写进 --out 文件夹。"),
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="DIR",
            help=N_(
                "与 --cluster 同用:放 bases.parquet、facilities.parquet(GeoParquet)的文件夹;不写时用已存入的数据。"
            ),
        ),
    ] = None,
) -> int:
    call: Call = ctx.obj
    if cluster is not None:
        plain = by == "base" and not on_foot and format is None
        return on_cluster(call, cluster, source, out, Settings(radius_m=radius), category, plain, as_json)
    if source is not None:
        raise InputError(N_("--input 要与 --cluster 同用。"))
    if as_json and format not in (None, "json"):
        raise InputError(message(N_("--json 与 --format {format} 只能选一个。"), format=format))
    kind = "json" if as_json else kind_of(format, out, TableFormat) or (out and "json")
    settings = Settings(radius_m=radius, on_foot=on_foot)
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas)
        table = usecases.coverage(atlas, snap, settings)
        if on_foot:
            tell_streets(call, usecases.streets(atlas, snap))
            _tell_lost(call, usecases.walks(atlas, snap))
    if category is not None:
        table = table[table["category"] == atlas.pack.category(category).id]
    if kind is None:
        terminal.write_lines(_lines(call, atlas, snap, table, by, settings))
    else:
        terminal.write_data(_file(call, atlas, snap, table, by, settings, kind), out, binary=kind == "xlsx")
    tell_facts(call, atlas, snap, sample=bool(table["sample"].any()), on_foot=on_foot)
    return FINE


@commands.command("coverage-change", help=N_("比较两次修订时的覆盖:哪些结论或距离变了。"))
def coverage_change(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=N_("较早的修订号,或日期(那天结束时)。"))],
    new: Annotated[str | None, typer.Argument(metavar="NEW", help=N_("较晚的修订号或日期;不写时是最新。"))] = None,
    radius: Annotated[
        float | None, typer.Option("--radius", metavar="M", help=N_("用这个半径(米),代替标准里的距离。"))
    ] = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas, None if new is None else number_of(atlas, new))
        changed = usecases.coverage_change(atlas, number_of(atlas, old), snap, Settings(radius_m=radius))
    rows = [_change_row(call, row) for row in changed.to_dict("records")]
    if as_json:
        terminal.write_json(rows)
    else:
        terminal.write_lines(_change_lines(call, atlas, rows))
    tell_facts(call, atlas, snap, sample=bool(changed["sample"].any()))
    return FINE


def _change_row(call: Call, row: Mapping[Hashable, Any]) -> dict[Any, Any]:
    counts = {name: None if pd.isna(row[name]) else int(row[name]) for name in ("count_before", "count_within")}
    covered = {name: None if pd.isna(row[name]) else bool(row[name]) for name in ("covered_before", "covered")}
    metres = {name: _finite(row[name]) for name in ("nearest_m_before", "nearest_m")}
    names = {
        name: call.say(row[name]) if isinstance(row[name], Label) else ""
        for name in ("nearest_name_before", "nearest_name")
    }
    return {**row, **covered, **metres, **names, **counts}


def _change_lines(call: Call, atlas: Atlas, rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return [call.t(N_("每个基地的结论和距离都与那时相同。"))]
    head = (N_("基地"), N_("配套"), N_("变化"), N_("原来最近(米)"), N_("现在最近(米)"))
    turns = [cov.TURN_WORDS[row["turn"]] for row in rows]
    cells = [
        (
            row["base"],
            call.say(atlas.pack.category(row["category"]).label),
            call.t(turn),
            _metres(row["nearest_m_before"]),
            _metres(row["nearest_m"]),
        )
        for row, turn in zip(rows, turns, strict=True)
    ]
    return terminal.table([call.t(word) for word in head], cells)


def _tell_lost(call: Call, found: cov.OnFoot) -> None:
    """How many bases and categories there is no way between, and why; a category without facilities is no such case."""
    for why, n in Counter(found.why[(found.why != "") & (found.why != cov.Why.NONE)].tolist()).most_common():
        call.note(N_("走不到的基地与配套 {n} 对:{why}。"), n=n, why=message(cov.WHY_WORDS[why]))


def _file(
    call: Call, atlas: Atlas, snap: Snapshot, table: pd.DataFrame, by: str, settings: Settings, kind: str
) -> bytes:
    if kind == "json":
        return terminal.json_bytes(_rows(call, atlas, snap, table, by, settings, walks=True))
    if by == "base":
        return usecases.export_coverage(atlas, snap, table, settings, kind, call.lang)
    return usecases.export_totals(atlas, snap, table, by, settings, kind, call.lang)


def _rows(
    call: Call, atlas: Atlas, snap: Snapshot, table: pd.DataFrame, by: str, settings: Settings, *, walks: bool
) -> list[dict[str, Any]]:
    if by == "base":
        return usecases.coverage_rows(atlas, snap, table, settings, call.lang, walks=walks)
    return usecases.totals_rows(atlas, table, by, call.lang)


def _lines(call: Call, atlas: Atlas, snap: Snapshot, table: pd.DataFrame, by: str, settings: Settings) -> list[str]:
    rows = _rows(call, atlas, snap, table, by, settings, walks=False)
    kinds = {category.id: call.say(category.label) for category in atlas.pack.categories}
    if by == "base":
        head: tuple[str, ...] = (N_("基地"), N_("配套"), N_("结论"), N_("最近(米)"), N_("标准(米)"), N_("依据"))
        cells = [[row["base"], kinds[row["category"]], *_judged(call, row)] for row in rows]
    else:
        first = N_("片区") if by == "district" else N_("产业集群")
        head = (first, N_("配套"), N_("基地数"), N_("达标的基地"), N_("达标率"))
        cells = [[row["name"], kinds[row["category"]], *_counted(row)] for row in rows]
    return terminal.table([call.t(word) for word in head], cells)


def _judged(call: Call, row: dict[str, Any]) -> tuple[str, ...]:
    return _verdict(call, row["covered"]), _metres(row["nearest_m"]), _metres(row["threshold_m"]), row["clause"]


def _counted(row: dict[str, Any]) -> tuple[str, ...]:
    return str(row["bases"]), str(row["covered"]), f"{row['share']:.0%}"


@commands.command(help=N_("核查一个基地或一个地点:各半径内有哪些配套,是否达标,依据哪一条。"))
def buffer(
    ctx: typer.Context,
    base: Annotated[str | None, typer.Option("--base", metavar="ID", help=N_("基地编号。"))] = None,
    lon: Annotated[float | None, typer.Option("--lon", help=N_("经度(度,WGS-84 或 CGCS2000)。"))] = None,
    lat: Annotated[float | None, typer.Option("--lat", help=N_("纬度(度)。"))] = None,
    radius: Annotated[
        list[float] | None,
        typer.Option("--radius", metavar="M", help=N_("半径(米),可写几个:--radius 300 500;不写时用标准的生活圈。")),
    ] = None,
    more: Annotated[list[float] | None, typer.Argument(metavar="M", help=N_("更多半径(米)。"))] = None,
    on_foot: Annotated[
        bool, typer.Option("--on-foot", "--foot", help=N_("旁边列出步行距离;要先有道路(见 import-osm)。结论仍按直线。"))
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    place = _place(base, lon, lat)
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas)
        radii = [*(radius or ()), *(more or ())] or [ring.radius_m for ring in atlas.pack.standard().rings]
        check = usecases.check_buffer(atlas, snap, place, radii, Settings(on_foot=on_foot))
        if on_foot:
            tell_streets(call, usecases.streets(atlas, snap))
    title = call.say(usecases.place_name(snap, place))
    if as_json:
        terminal.write_json(_check_json(call, atlas, snap, title, check))
    else:
        terminal.write_lines(_check_lines(call, atlas, title, check))
    tell_facts(call, atlas, snap, sample=check.sample)
    return FINE


def _place(base: str | None, lon: float | None, lat: float | None) -> str | Point:
    if base is not None and lon is None and lat is None:
        return base
    if base is None and lon is not None and lat is not None:
        return Point(lon, lat)
    raise InputError(N_("请写明核查哪里:--base 基地编号,或 --lon 经度 --lat 纬度,只用一种。"))


def _check_json(call: Call, atlas: Atlas, snap: Snapshot, title: str, check: cov.Check) -> dict[str, Any]:
    radii = [ring.radius_m for ring in check.rings]
    return {
        "place": title,
        "standard": atlas.pack.standard().id,
        "profile": call.say(check.profile),
        "revision": snap.revision,
        "sample": check.sample,
        "radii_m": radii,
        "rows": [
            _check_row(call, row, radii) | _walk_json(call, walk)
            for row, walk in zip(check.rows, walks_of(check), strict=True)
        ],
        "inside": [
            {
                "id": one.id,
                "name": call.say(one.name),
                "category": one.category,
                "distance_m": round(one.distance_m, 1),
                "sample": one.sample,
            }
            for one in check.inside
        ],
    }


def _check_row(call: Call, row: cov.CheckRow, radii: list[float]) -> dict[str, Any]:
    return {
        "category": row.category,
        "within": [{"radius_m": radius, "count": count} for radius, count in zip(radii, row.counts, strict=True)],
        "threshold_m": row.threshold_m,
        "covered": row.covered,
        "nearest_id": row.nearest_id,
        "nearest": call.say(row.nearest_name),
        "nearest_m": _finite(row.nearest_m),
        "outside_id": row.outside_id,
        "outside": call.say(row.outside_name),
        "outside_m": _finite(row.outside_m),
        "clause": call.say(row.clause),
        "certainty": call.say(row.certainty),
        "sample": row.sample,
    }


def _walk_json(call: Call, walk: cov.Walk | None) -> dict[str, Any]:
    if walk is None:
        return {}
    return {
        "foot_id": walk.nearest_id,
        "foot": call.say(walk.nearest_name),
        "foot_m": _finite(walk.metres),
        "foot_min": _finite(walk.minutes),
        "foot_why": call.t(walk.why) if walk.why else "",
    }


def _check_lines(call: Call, atlas: Atlas, title: str, check: cov.Check) -> list[str]:
    head = [call.t("配套"), *(call.t("{m} 米内", m=_metres(ring.radius_m)) for ring in check.rings)]
    head += [call.t("标准(米)"), call.t("最近(米)"), call.t("最近设施")]
    head += [call.t("步行(米)"), call.t("步行(分)")] if check.walks else []
    head += [call.t("结论"), call.t("依据")]
    rows = [
        (
            call.say(atlas.pack.category(row.category).label),
            *map(str, row.counts),
            _metres(row.threshold_m),
            _metres(row.nearest_m),
            call.say(row.nearest_name) or "–",
            *_walk_cells(call, walk),
            _verdict(call, row.covered),
            call.say(row.clause),
        )
        for row, walk in zip(check.rows, walks_of(check), strict=True)
    ]
    return [call.t("{place}(适用情形:{profile})", place=title, profile=check.profile), *terminal.table(head, rows)]


def _walk_cells(call: Call, walk: cov.Walk | None) -> tuple[str, ...]:
    if walk is None:
        return ()
    return (no_way(walk, call.lang), "–") if walk.why else (_metres(walk.metres), f"{walk.minutes:.0f}")


def tell_facts(call: Call, atlas: Atlas, snap: Snapshot, *, sample: bool, on_foot: bool = False) -> None:
    """How it was judged; made-up data is named even where the result says so itself."""
    call.note(
        N_("标准:{standard};{metric}。数据:第 {revision} 号修订,{at}。"),
        metric=message(METRIC_WORDS["foot" if on_foot else "straight"]),
        standard=atlas.pack.standard().label,
        revision=snap.revision,
        at=snap.day.isoformat(),
    )
    if sample:
        call.note(N_("含示例数据,非真实设施"))


def _finite(metres: float) -> float | None:
    return None if math.isnan(metres) else round(metres, 1)


def _metres(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:,.0f}"


def _verdict(call: Call, covered: bool) -> str:
    return "✓ " + call.t("达标") if covered else "✗ " + call.t("缺口")
