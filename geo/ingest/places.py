"""Where shapes lie: in the county, beside it, in a neighbour, at sea, or with their axes swapped. All rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.i18n import N_, Label, Message, message
from geo.ingest.shapes import in_degrees
from geo.model import Pack

# The pack's boundary is generalised (a county of 1,300 km² in some hundred vertices, 2 km apart and more), so that a
# place on its very edge may fall outside.
BORDER_TOLERANCE_M = 300.0
_FAR_KM = 1000.0

Shapes = npt.NDArray[np.object_]
Tell = Callable[[int, str, Message, Message], None]  # index of the shape, code, what, how to mend


def check(shapes: Shapes, pack: Pack, tell: Tell) -> None:
    """Tells what is wrong with the place of each shape (n,), given in EPSG:4326 or what the file took for it."""
    if not len(shapes):
        return
    county = pack.boundary.geometry.union_all()
    shapely.prepare(county)
    touching = shapely.intersects(county, shapes)
    partly = touching & (shapely.get_dimensions(shapes) > 0)
    partly[partly] = ~shapely.covers(county, shapes[partly])
    for index in np.flatnonzero(partly):
        tell(int(index), "partly_outside", message(N_("有一部分在县界之外")), message(N_("请核对边界;会照原样收下")))
    out = np.flatnonzero(~touching)
    swapped = shapely.intersects(county, shapely.transform(shapes[out], lambda xy: xy[:, ::-1]))
    for index in out[swapped]:
        tell(
            int(index),
            "swapped_axes",
            message(N_("经度和纬度写反了")),
            message(N_("GeoJSON 里经度在前、纬度在后:请对调")),
        )
    rest = out[~swapped]
    degrees = in_degrees(shapely.bounds(shapes[rest]))
    for index in rest[~degrees]:
        tell(
            int(index),
            "projected_coordinates",
            message(N_("坐标不是经纬度,像是以米为单位的投影坐标")),
            message(N_("请在 GIS 里导出为 WGS-84 或 CGCS2000 经纬度(EPSG:4326 或 4490)")),
        )
    _outside(rest[degrees], shapes, county, pack, tell)


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
    metres = shapely.distance(crs.project(county, epsg), crs.project(shapes, epsg))
    return np.where(np.isfinite(metres), metres, np.inf)


def _neighbours(shapes: Shapes, pack: Pack) -> list[Label | None]:
    found: list[Label | None] = [None] * len(shapes)
    around = pack.neighbours
    if len(around):
        mine, theirs = shapely.STRtree(around.geometry.array).query(shapes, predicate="intersects")
        for one, other in zip(mine[::-1], theirs[::-1], strict=True):
            found[one] = Label(around["name"].iloc[other], around["name_en"].iloc[other])
    return found


def districts(shapes: Shapes, pack: Pack) -> list[str]:
    """The id of the district under each shape (n,), "" where there is none."""
    found = [""] * len(shapes)
    areas = pack.district_areas
    if len(areas) and len(shapes):
        inner = shapely.point_on_surface(shapes)
        mine, theirs = shapely.STRtree(areas.geometry.array).query(inner, predicate="intersects")
        for one, other in zip(mine[::-1], theirs[::-1], strict=True):
            found[one] = str(areas["id"].iloc[other])
    return found
