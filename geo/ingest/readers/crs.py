"""What a file says of its reference system, as an EPSG code or in words."""

from __future__ import annotations

from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from geo.i18n import N_, message
from geo.ingest.readers.flaws import Note

# Below it, PROJ offers systems that merely resemble: a county's own grid would come out kilometres off.
_LEAST_CONFIDENCE = 70


def epsg_of(said: Any) -> tuple[int | None, tuple[Note, ...]]:
    """The code for WKT, PROJJSON or ``authority:code``; without one, a note that names the system. None says nothing."""
    if not said:
        return None, ()
    try:
        crs = pyproj.CRS.from_user_input(said)
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        code = 4326 if crs.to_authority() == ("OGC", "CRS84") else crs.to_epsg(min_confidence=_LEAST_CONFIDENCE)
        name = crs.name
    except CRSError:
        code, name = None, str(said)[:60]
    if code is not None:
        return code, ()
    text = message(N_("文件的坐标系不是标准的 EPSG 坐标系:{name}"), name=name)
    return None, (
        ("crs_unknown", text, message(N_("请在 GIS 里投影到 CGCS2000(EPSG:4490)或 WGS 84(EPSG:4326)后再导出"))),
    )
