"""What a file is compared with to tell its datum: each kind of evidence gives one support a datum.

A support is a log-likelihood (natural logarithm) less that of the datum which fits best: 0 for the best, below 0 for
the others. Supports are cautious and capped, so that they can be added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.crs import Datum
from geo.i18n import N_, Message, message
from geo.ingest.column import taken
from geo.ingest.places import BORDER_TOLERANCE_M
from geo.ingest.rows import Shapes
from geo.ingest.words import plain
from geo.model import Certainty, Pack

Kind = Literal["outline", "names", "towns", "inside", "claimed", "roads"]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING, shapely.GeometryType.MULTILINESTRING)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_HINT = 1.0  # the lead (e to 1) from which evidence is said to speak for a datum at all

SAMPLE = 2_000  # rows that are looked at, evenly over the file: more tell no more, and cost
_NAMED_SAMPLE = 10_000  # rows whose names are looked up
_NEAR_DEG = 0.2  # rows farther from the county than some 20 km tell of other faults

# Same names. What stands in two files under one name differs by the errors of drawing (standard deviations in metres,
# with their shares), or was moved for good, anywhere within a radius. The datums lie some hundreds of metres apart (at
# the county that ships no two nearer than 540 m), so that 100 m belongs to one of them only.
_NAMES_SPREAD = ((0.40, 15.0), (0.25, 80.0), (0.20, 300.0))
_NAMES_MOVED_M = 1_500.0
_TIGHT_M, _TIGHT_CAP, _LOOSE_CAP = 30.0, 4.0, 2.0  # one tight row is a hint to ask about, two are certain
_VOTE_M = 100.0  # a feature moved by some kilometre comes so near to another datum's place once in a hundred times
_MIXED_SHARE = 0.1  # of the rows that agree with any datum; below it they are features that moved
_MIXED_ROWS = 2

# Town centres: GeoNames and a web map mean the same town by points hundreds of metres apart, some a kilometre and more,
# so that a row which is not from the same source counts little.
_TOWNS_SPREAD = ((0.20, 15.0), (0.30, 300.0), (0.35, 1_000.0))
_TOWNS_MOVED_M = 5_000.0
_TOWNS_CAP, _TOWNS_LOOSE = 2.0, 0.4
_TOWN_ENDINGS = ("人民政府", "政府", "办事处", "街道", "镇", "乡")

# Inside the county. An outline errs over whole stretches, of land won from the sea above all: rows on the same stretch
# say one thing, so squares are counted and not rows, and inside alone never makes certain. A wrong datum pushes a few
# rows over the edge; where half of the file is out of it, or rows a quarter as many as these few are out in every
# datum, the outline is at fault and says nothing.
_STRETCH_M = 2_000.0
_INSIDE_EACH, _INSIDE_CAP = 0.5, 4.0
_CLAIMED_EACH, _CLAIMED_CAP = 0.25, 2.0  # town and district areas are schematic
_UNEXPLAINED_SHARE, _ODD_SHARE = 0.25, 0.5

# Outline. Two sources of one county's outline (Tianditu's and AMap's of the one that ships, 165 km² apart) still agree within
# 100 m at more than half of their points, in a wrong datum at one in ten: there the lines only cross.
_OUTLINE_FIT_M = 100.0
_OUTLINE_LEAST, _OUTLINE_TIMES = 8, 2.5  # points that fit, and how many times those of the next datum
_OUTLINE_EACH, _OUTLINE_CAP = 0.5, 8.0
_OUTLINE_POINTS = 600
_AREA_LEAST_DEG = 0.02  # some 2 km: smaller areas are buildings and parks, which follow no county's outline
_LARGEST = 200
_OUTLINE_SIMPLE_DEG = 0.0001  # some 10 m

# Roads. What has an address lies by a road; in a wrong datum it does so by chance.
_ROADSIDE_M = 30.0
_ROADS_CELL_M = 200.0
_ROADS_CAP = 8.0


@dataclass(frozen=True)
class Evidence:
    """What one comparison says.

    Attributes:
        kind: what the file was compared with.
        support: log-likelihood for each of ``Datum``, the best 0.
        metres: how far the rows lie from where they should, read in each datum.
        message: the same in words.
    """

    kind: Kind
    support: tuple[float, ...]
    metres: Mapping[Datum, float] = field(hash=False)
    message: Message

    @property
    def datum(self) -> Datum | None:
        """The datum that it speaks for; None where it says too little."""
        return tuple(Datum)[int(np.argmax(self.support))] if self.score >= _HINT else None

    @property
    def score(self) -> float:
        """The lead over the next datum, in natural logarithms."""
        best, second = sorted(self.support, reverse=True)[:2]
        return best - second


@dataclass(frozen=True, eq=False)
class Places:
    """Rows of the file near the county, each with the place that it would have in each datum."""

    rows: Rows  # (m,)
    points: Shapes  # (3, m) points in the pack's metric CRS, one line for each of ``Datum``

    @property
    def xy(self) -> Floats:
        """(3, m, 2) metres."""
        flat: Floats = shapely.get_coordinates(self.points)
        return flat.reshape(*self.points.shape, 2)

    def only(self, which: npt.NDArray[Any]) -> Places:
        return Places(self.rows[which], self.points[:, which])


def evenly(rows: Rows, limit: int) -> Rows:
    """At most ``limit`` of the rows, the same ones every time, from the first to the last."""
    if len(rows) <= limit:
        return rows
    return rows[np.linspace(0, len(rows) - 1, limit).astype(np.int64)]


def point_of(shapes: Shapes) -> Shapes:
    """One point for each shape: itself, the middle of a line, the centre of an area; None for None and for empty ones."""
    points: Shapes = shapely.centroid(shapes)
    lines = np.isin(shapely.get_type_id(shapes), _LINES)
    points[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    points[shapely.is_empty(points)] = None
    return points


def places_of(shapes: Shapes, rows: Rows, pack: Pack) -> Places:
    """The ``rows`` that have a shape near the county, in the pack's metric CRS."""
    points = point_of(shapes[rows])
    west, south, east, north = pack.boundary.total_bounds
    x, y = shapely.get_x(points), shapely.get_y(points)
    near = (x > west - _NEAR_DEG) & (x < east + _NEAR_DEG) & (y > south - _NEAR_DEG) & (y < north + _NEAR_DEG)
    read = [crs.project(crs.to_wgs84(points[near], datum), pack.metric_epsg) for datum in Datum]
    return Places(rows[near], np.stack(read))


def _evidence(kind: Kind, support: Floats, metres: Floats, said: str, n: int) -> Evidence:
    """``said`` has a place for n and for the metres in each datum."""
    by_datum = dict(zip(Datum, (float(m) for m in metres), strict=True))
    words = message(said, n=n, **{str(datum): m for datum, m in by_datum.items()})
    return Evidence(kind, tuple((support - support.max()).tolist()), by_datum, words)


# -- points that should be in one place --------------------------------------------------------------------------------


def same_names(
    shapes: Shapes, names: Sequence[str], ids: Sequence[str], pack: Pack, existing: gpd.GeoDataFrame
) -> tuple[Evidence | None, dict[Datum, tuple[int, ...]]]:
    """Rows against the stored features of sure position with their id, else with their name where it is the only one.

    Returns:
        the evidence, and the rows that agree with each datum with which several do.
    """
    sure = existing[existing["certainty"].isin([level for level in Certainty if level.sure])]
    pairs = _pairs(names, ids, sure) if len(sure) else {}
    places, metres = _offsets(shapes, pairs, point_of(np.asarray(sure.geometry.array)), pack)
    told = metres.min(axis=0, initial=np.inf) <= _NAMES_MOVED_M
    places, metres = places.only(told), metres[:, told]
    cap = np.where(metres.min(axis=0, initial=np.inf) <= _TIGHT_M, _TIGHT_CAP, _LOOSE_CAP)
    support = _row_support(metres, _NAMES_SPREAD, _NAMES_MOVED_M, cap)
    return _offset_evidence("names", metres, support), _votes(places, metres)


def _pairs(names: Sequence[str], ids: Sequence[str], stored: gpd.GeoDataFrame) -> dict[int, int]:
    """Row of the file -> row of the stored features that is the same thing."""
    looked = evenly(np.arange(len(names)), _NAMED_SAMPLE).tolist()
    by_name = _single([plain(name) for name in stored["name"]])
    by_id = {id: place for place, id in enumerate(stored["id"])}
    known = _single([plain(name) for name in taken(names, looked)])
    pairs = {looked[place]: by_name[name] for name, place in known.items() if name in by_name}
    if len(ids):
        pairs |= {row: by_id[id] for row, id in zip(looked, taken(ids, looked), strict=True) if id in by_id}
    return pairs


def _single(names: Sequence[str]) -> dict[str, int]:
    """Name -> its place, for names that stand there once."""
    times = Counter(names)
    return {name: place for place, name in enumerate(names) if name and times[name] == 1}


def _offsets(shapes: Shapes, pairs: Mapping[int, int], stored: Shapes, pack: Pack) -> tuple[Places, Floats]:
    """The rows of ``pairs`` (row -> place in ``stored``) and their distances (3, m) in metres to what they are paired with."""
    places = places_of(shapes, evenly(np.array(sorted(pairs), dtype=np.int64), SAMPLE), pack)
    partners = np.array([pairs[row] for row in places.rows.tolist()], dtype=np.int64)
    return places, shapely.distance(places.points, crs.project(stored[partners], pack.metric_epsg))


def _log_density(metres: Floats, spread: tuple[tuple[float, float], ...], moved_m: float) -> Floats:
    """Log of the density, per square metre, of two drawings of one thing lying so far apart."""
    moved = 1 - sum(share for share, _ in spread)
    density = np.full_like(metres, moved / (np.pi * moved_m**2))
    for share, sigma in spread:
        density += share / (2 * np.pi * sigma**2) * np.exp(-(metres**2) / (2 * sigma**2))
    logarithm: Floats = np.log(density)
    return logarithm


def _row_support(metres: Floats, spread: tuple[tuple[float, float], ...], moved_m: float, cap: Floats) -> Floats:
    """Support (3, m) by row: none says more than its ``cap`` (m,)."""
    density = _log_density(metres, spread, moved_m)
    support: Floats = np.maximum(density - density.max(axis=0, initial=-np.inf), -cap)
    return support


_OFFSET_WORDS: Mapping[Kind, str] = {
    "names": N_(
        "有 {n} 处与库中位置可靠的同名:照原样相差 {wgs84:.0f} 米,当作 GCJ-02 移回后相差 {gcj02:.0f} 米,"
        "当作 BD-09 移回后相差 {bd09:.0f} 米(中位数)。"
    ),
    "towns": N_(
        "有 {n} 处以乡镇为名:离乡镇中心照原样 {wgs84:.0f} 米,当作 GCJ-02 移回后 {gcj02:.0f} 米,"
        "当作 BD-09 移回后 {bd09:.0f} 米(中位数)。"
    ),
}


def _offset_evidence(kind: Kind, metres: Floats, support: Floats) -> Evidence | None:
    n = metres.shape[1]
    if not n:
        return None
    return _evidence(kind, support.sum(axis=1), np.median(metres, axis=1), _OFFSET_WORDS[kind], n)


def _votes(places: Places, metres: Floats) -> dict[Datum, tuple[int, ...]]:
    """The datums with which several rows agree, and those rows."""
    best = metres.argmin(axis=0) if metres.size else np.empty(0, dtype=np.int64)
    close = metres.min(axis=0, initial=np.inf) <= _VOTE_M
    least = max(_MIXED_ROWS, _MIXED_SHARE * close.sum())
    rows = {datum: places.rows[close & (best == place)] for place, datum in enumerate(Datum)}
    return {datum: tuple(mine.tolist()) for datum, mine in rows.items() if len(mine) >= least}


def town_centres(shapes: Shapes, names: Sequence[str], pack: Pack) -> Evidence | None:
    """Rows named like a town against the town's centre, where the pack knows it."""
    areas = pack.town_areas
    if "seed_lon" not in areas:
        return None
    centred = areas[areas["centre"].astype(bool)]
    place_of = _single([_bare(name) for name in centred["name"]])
    looked = evenly(np.arange(len(names)), _NAMED_SAMPLE).tolist()
    bare = map(_bare, taken(names, looked))
    pairs = {row: place_of[name] for row, name in zip(looked, bare, strict=True) if name in place_of}
    centres = shapely.points(centred[["seed_lon", "seed_lat"]].to_numpy(dtype=np.float64))
    _, metres = _offsets(shapes, pairs, centres, pack)
    support = _row_support(metres, _TOWNS_SPREAD, _TOWNS_MOVED_M, np.full(metres.shape[1], _TOWNS_CAP))
    loose = metres.min(axis=0, initial=np.inf) > _TIGHT_M
    return _offset_evidence("towns", metres, np.where(loose, _TOWNS_LOOSE * support, support))


def _bare(name: str) -> str:
    """A town's name as people shorten it."""
    if not name.endswith(_TOWN_ENDINGS):
        return name  # nearly every name
    for ending in _TOWN_ENDINGS:
        name = name.removesuffix(ending)
    return name


# -- points that should be inside ---------------------------------------------------------------------------------------


def inside(places: Places, pack: Pack) -> Evidence | None:
    """Rows that are in the county in one datum and out of it in another."""
    county = crs.project(pack.boundary.geometry.union_all(), pack.metric_epsg)
    said = N_(
        "有 {n} 处在不在县内要看坐标系:离县界照原样 {wgs84:.0f} 米,当作 GCJ-02 移回后 {gcj02:.0f} 米,"
        "当作 BD-09 移回后 {bd09:.0f} 米(平均,在县内算 0)。"
    )
    return _ground("inside", said, places, shapely.distance(places.points, county), _INSIDE_EACH, _INSIDE_CAP)


def claimed(places: Places, towns: Sequence[str], districts: Sequence[str], pack: Pack) -> Evidence | None:
    """Rows that are in the town, else the district, that they name in one datum and out of it in another."""
    of_town = dict(zip(pack.town_areas["name"], pack.town_areas.geometry, strict=True))
    of_district = dict(zip(pack.district_areas["id"], pack.district_areas.geometry, strict=True))
    keys = list(zip(taken(towns, places.rows), taken(districts, places.rows), strict=True))
    areas = {key: of_town.get(key[0], of_district.get(key[1])) for key in set(keys)}
    metric = {key: crs.project(area, pack.metric_epsg) for key, area in areas.items() if area is not None}
    mine = places.only(np.array([key in metric for key in keys], dtype=bool))
    grounds = np.array([metric[key] for key in keys if key in metric], dtype=object)
    said = N_(
        "有 {n} 处在不在所写的乡镇、片区(示意)内要看坐标系:离它照原样 {wgs84:.0f} 米,"
        "当作 GCJ-02 移回后 {gcj02:.0f} 米,当作 BD-09 移回后 {bd09:.0f} 米(平均,在其内算 0)。"
    )
    return _ground("claimed", said, mine, shapely.distance(mine.points, grounds), _CLAIMED_EACH, _CLAIMED_CAP)


def _ground(kind: Kind, said: str, places: Places, metres: Floats, each: float, cap: float) -> Evidence | None:
    """Support from rows whose distance (3, m) to the ground where they belong is none in one datum, and far in another."""
    out = metres > BORDER_TOLERANCE_M
    nowhere = out.all(axis=0)
    odd = out.any(axis=0) & ~nowhere
    if not odd.any():
        return None
    stretches = np.floor(places.xy[0][odd] / _STRETCH_M)
    support = np.array([-each * len(np.unique(stretches[line], axis=0)) for line in out[:, odd]])
    if nowhere.sum() > _UNEXPLAINED_SHARE * odd.sum() or odd.sum() > _ODD_SHARE * odd.size:
        support[:] = 0
    support = np.maximum(support - support.max(), -cap)
    return _evidence(kind, support, metres[:, odd].mean(axis=1), said, int(odd.sum()))


# -- lines that should be one line --------------------------------------------------------------------------------------


def outline(shapes: Shapes, pack: Pack) -> Evidence | None:
    """The county's outline against the borders of the large areas in the file, which may be the county or parts of it."""
    edges = _large_borders(shapes, pack)
    if not len(edges):
        return None
    corners = shapely.get_coordinates(pack.boundary.geometry.array)
    corners = corners[evenly(np.arange(len(corners)), _OUTLINE_POINTS)]
    points = crs.project(shapely.points(corners), pack.metric_epsg)
    borders = shapely.multilinestrings(shapely.get_parts(edges))
    lines = [crs.project(crs.to_wgs84(borders, datum), pack.metric_epsg) for datum in Datum]
    metres = np.array([shapely.distance(points, line) for line in lines])
    fits = (metres <= _OUTLINE_FIT_M).sum(axis=1)
    second, best = np.sort(fits)[-2:]
    tells = best >= max(_OUTLINE_LEAST, _OUTLINE_TIMES * second)
    support = np.maximum(_OUTLINE_EACH * (fits - best) * float(tells), -_OUTLINE_CAP)
    said = N_(
        "文件里的面与县界相比,最贴近的四分之一个点({n} 个)照原样相差不到 {wgs84:.0f} 米,"
        "当作 GCJ-02 移回后不到 {gcj02:.0f} 米,当作 BD-09 移回后不到 {bd09:.0f} 米。"
    )
    return _evidence("outline", support, np.quantile(metres, 0.25, axis=1), said, len(points) // 4)


def _large_borders(shapes: Shapes, pack: Pack) -> Shapes:
    """The borders, simplified, of the largest areas that touch the county's surroundings; none where all are small."""
    areas = shapes[np.isin(shapely.get_type_id(shapes), _AREAS)]
    west, south, east, north = shapely.bounds(areas).reshape(-1, 4).T
    size = np.hypot(east - west, north - south)
    left, bottom, right, top = pack.boundary.total_bounds
    fit = (east > left) & (west < right) & (north > bottom) & (south < top) & (size >= _AREA_LEAST_DEG)
    largest = np.argsort(-size[fit], kind="stable")[:_LARGEST]
    borders = shapely.boundary(areas[fit][largest])
    # Lines by themselves: keeping the areas' topology would take some two hundred bytes a corner.
    large: Shapes = shapely.simplify(borders, _OUTLINE_SIMPLE_DEG, preserve_topology=False)
    return large


def by_roads(places: Places, roads: Shapes | None, pack: Pack) -> Evidence | None:
    """How many rows lie by a road; one for each small square, since neighbours say the same thing."""
    if roads is None or not len(roads) or not len(places.rows):
        return None
    _, first = np.unique(np.floor(places.xy[0] / _ROADS_CELL_M), axis=0, return_index=True)
    points = places.points[:, np.sort(first)]
    tree = shapely.STRtree(crs.project(roads, pack.metric_epsg))
    metres = np.array([tree.query_nearest(line, return_distance=True, all_matches=False)[1] for line in points])
    by = metres <= _ROADSIDE_M
    best = int(np.argmax(by.sum(axis=1)))
    support = np.array([-_more_often(by[best], other) for other in by])
    said = N_(
        "抽查 {n} 处离最近的路:照原样 {wgs84:.0f} 米,当作 GCJ-02 移回后 {gcj02:.0f} 米,"
        "当作 BD-09 移回后 {bd09:.0f} 米(中位数)。"
    )
    return _evidence("roads", support, np.median(metres, axis=1), said, metres.shape[1])


def _more_often(ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_]) -> float:
    """Half the log-likelihood by which paired trials (m,) succeed more often in ``ours`` (McNemar: z²/2, z the surplus)."""
    won, lost = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    return min(_ROADS_CAP, max(won - lost, 0) ** 2 / (won + lost) / 4) if won else 0.0
