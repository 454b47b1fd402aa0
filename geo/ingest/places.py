"""Where shapes lie: in the county, beside it, in a neighbour, at sea, or with their axes swapped. All rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.i18n import N_, Label, Message, message
from geo.ingest.ledger import Ledger
from geo.ingest.positions import OUT_OF_RANGE, shown
from geo.ingest.rows import Shapes, with_shape
from geo.ingest.shapes import in_degrees
from geo.model import Pack
from geo.shapes import prepared

# The pack's boundary is generalised (a county of 1,300 km² in some hundred vertices, 2 km apart and more), so that a
# place on its very edge may fall outside.
BORDER_TOLERANCE_M = 300.0
_FAR_KM = 1000.0

Tell = Callable[[int, str, Message, Message], None]  # index of the row, code, what, how to mend


def turn(shapes: Shapes, pack: Pack, ledger: Ledger) -> Shapes:
    """``shapes`` (n, None where there is none; degrees) with swapped axes turned back where that was agreed to.

    Those that only lie in the county when they are turned, and are not to be, are told and None.
    """
    county = _county(pack)
    there = with_shape(shapes)
    out = there[~shapely.intersects(county, shapes[there])]
    turned = shapely.transform(shapes[out], lambda xy: xy[:, ::-1])
    swapped = shapely.intersects(county, turned)
    for index, after in zip(out[swapped], turned[swapped], strict=True):
        if ledger.propose("swap_axes", int(index), shown(shapes[index]), shown(after)):
            shapes[index] = after
        else:
            fix = message(N_("GeoJSON 里经度在前、纬度在后:请对调"))
            ledger.tell(int(index), "swapped_axes", message(N_("经度和纬度写反了")), fix)
            shapes[index] = None
    return shapes


def check(shapes: Shapes, pack: Pack, ledger: Ledger, partly: bool = True) -> None:
    """Tells the ledger what is wrong with the place of each shape (n, None where there is none; degrees, WGS-84), with
    ``partly`` also of areas that are only partly outside."""
    county = _county(pack)
    there = with_shape(shapes)
    out = there[~shapely.intersects(county, shapes[there])]
    _outside(_in_range(out, shapes, ledger), shapes, county, pack, ledger.tell)
    if partly:
        _partly(there, shapes, county, ledger.tell)


def _county(pack: Pack) -> Any:
    return prepared(pack.boundary.geometry.union_all())


def _in_range(rows: npt.NDArray[np.int64], shapes: Shapes, ledger: Ledger) -> npt.NDArray[np.int64]:
    """The rows whose numbers can be degrees; the others are told."""
    degrees = in_degrees(shapely.bounds(shapes[rows]))
    for index in rows[~degrees]:
        ledger.tell(int(index), "projected_coordinates", *OUT_OF_RANGE)
    kept: npt.NDArray[np.int64] = rows[degrees]
    return kept


def _partly(rows: npt.NDArray[np.int64], shapes: Shapes, county: Any, tell: Tell) -> None:
    areas = rows[shapely.get_dimensions(shapes[rows]) > 0]
    # What no piece of the border comes near is in or out as a whole.
    areas = areas[np.unique(shapely.STRtree(_border(county)).query(shapes[areas])[0])]
    beyond = shapely.intersects(county, shapes[areas]) & ~shapely.covers(county, shapes[areas])
    for index in areas[beyond]:
        tell(int(index), "partly_outside", message(N_("有一部分在县界之外")), message(N_("请核对边界;会照原样收下")))


def _border(county: Any) -> Shapes:
    """The border in straight pieces, (n,)."""
    xy, ring = shapely.get_coordinates(shapely.get_parts(county.boundary), return_index=True)
    pieces: Shapes = shapely.linestrings(np.stack((xy[:-1], xy[1:]), axis=1)[ring[:-1] == ring[1:]])
    return pieces


def _outside(rows: npt.NDArray[np.int64], shapes: Shapes, county: Any, pack: Pack, tell: Tell) -> None:
    if not len(rows):
        return
    metres = _metres_away(shapes[rows], county, pack.metric_epsg)
    neighbours = _neighbours(shapes[rows], pack)
    window = shapely.box(*pack.neighbours.total_bounds) if len(pack.neighbours) else county
    shown = shapely.intersects(window, shapes[rows])
    fix = message(N_("请核对坐标;若来自手机或网络地图,请确认坐标系是 WGS-84 或 CGCS2000"))
    for row, away, neighbour, on_map in zip(rows, metres, neighbours, shown, strict=True):
        if away <= BORDER_TOLERANCE_M:
            said = message(N_("在县界外 {m:.0f} 米,县界本身是概略的"), m=away)
            tell(int(row), "near_boundary", said, message(N_("请核对位置;会照原样收下")))
        elif neighbour is not None:
            said = message(N_("落在{county},离本县县界 {km:.1f} 公里"), county=neighbour, km=away / 1000)
            tell(int(row), "in_neighbour", said, fix)
        elif on_map:
            tell(int(row), "in_sea", message(N_("落在海里,离本县县界 {km:.1f} 公里"), km=away / 1000), fix)
        else:
            tell(int(row), "outside_county", _far_off(away / 1000), fix)


def _far_off(km: float) -> Message:
    if km > _FAR_KM:
        return message(N_("离本县一千公里以上"))
    return message(N_("在图外,离本县县界 {km:.0f} 公里"), km=km)


def _metres_away(shapes: Shapes, county: Any, epsg: int) -> npt.NDArray[np.float64]:
    """Metres to the county; infinite where the projection no longer holds."""
    projected = crs.project(shapes, epsg)
    metres = np.full(len(shapes), np.inf)
    finite = np.isfinite(shapely.bounds(projected)).all(axis=1)
    metres[finite] = shapely.distance(crs.project(county, epsg), projected[finite])
    return metres


def _neighbours(shapes: Shapes, pack: Pack) -> list[Label | None]:
    found: list[Label | None] = [None] * len(shapes)
    around = pack.neighbours
    if len(around):
        mine, theirs = shapely.STRtree(around.geometry.array).query(shapes, predicate="intersects")
        labels = [Label(name, english) for name, english in zip(around["name"], around["name_en"], strict=True)]
        for one, other in zip(mine[::-1].tolist(), theirs[::-1].tolist(), strict=True):
            found[one] = labels[other]
    return found


def metres_between(shapes: Shapes, areas: Shapes, epsg: int) -> npt.NDArray[np.float64]:
    """Metres from each shape (n,) to the area of the same place (n,), measured in the metric CRS ``epsg``."""
    metres: npt.NDArray[np.float64] = shapely.distance(crs.project(shapes, epsg), crs.project(areas, epsg))
    return metres
