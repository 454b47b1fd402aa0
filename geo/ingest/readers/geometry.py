"""WKB to flat shapely geometries, row by row: heights, measures and curves are told, what is broken is explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.i18n import N_, Message, message
from geo.ingest.readers import flaws
from geo.ingest.rows import Flaw, Shapes

_LAST_PLAIN_KIND = 7  # GeometryCollection; above it come curves, surfaces and meshes
_CURVES = frozenset(range(8, 15))


def decoded(wkb: Sequence[bytes | None]) -> tuple[Shapes, list[Flaw]]:
    """Shapes in two dimensions, (n,), None where empty, curved or broken, and what was wrong with them."""
    kinds = [_kind(one) for one in wkb]
    plain = array_of([one if kind <= _LAST_PLAIN_KIND else None for one, kind in zip(wkb, kinds, strict=True)])
    shapes = shapely.from_wkb(plain, on_invalid="ignore")
    curved = np.array([kind in _CURVES for kind in kinds], dtype=bool)
    broken = np.array([one is not None for one in wkb], dtype=bool) & (shapes == None) & ~curved  # noqa: E711 - elementwise
    flat, risen = flattened(shapes)
    return flat, [*_rows(curved, *_straightened()), *_rows(broken, *_unreadable()), *risen]


def flattened(shapes: Shapes) -> tuple[Shapes, list[Flaw]]:
    """Shapes without heights and measures, None where empty; heights other than 0 are told."""
    raised = np.flatnonzero(shapely.has_z(shapes))
    coordinates, index = shapely.get_coordinates(shapes[raised], include_z=True, return_index=True)
    heights = np.nan_to_num(coordinates[:, 2])
    told = np.zeros(len(shapes), dtype=bool)
    told[raised[np.unique(index[heights != 0])]] = True
    more = shapely.has_z(shapes) | shapely.has_m(shapes)
    flat = shapes.copy()
    flat[more] = shapely.force_2d(shapes[more])
    flat[shapely.is_empty(flat)] = None
    return flat, list(_rows(told, *flaws.elevation_dropped()))


def curved_rows(told: Sequence[Flaw]) -> list[int]:
    """The rows that :func:`decoded` left without shape because of their curves."""
    return [flaw.index for flaw in told if flaw.code == _straightened()[0]]


def _kind(wkb: bytes | None) -> int:
    """The number of the geometry's type, without the marks of dimensions in either style; 0 where there is none."""
    if wkb is None or len(wkb) < 5:
        return 0
    code = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big")
    return (code & 0x1FFFFFFF) % 1000


def _rows(which: npt.NDArray[np.bool_], code: str, said: Message, fix: Message) -> Iterator[Flaw]:
    return (Flaw(int(index), code, said, fix) for index in np.flatnonzero(which))


def _straightened() -> tuple[str, Message, Message]:
    return "curve_straightened", message(N_("图形里有曲线")), message(N_("不用改:会用短直线代替曲线"))


def _unreadable() -> tuple[str, Message, Message]:
    return (
        "unreadable_geometry",
        message(N_("图形读不出来")),
        message(N_("请在 GIS 里用“修复几何”处理,或重画这一条,再导出")),
    )


def array_of(shapes: Sequence[Any]) -> Shapes:
    """Shapes as an object array, (n,); NumPy would otherwise look into them."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
