"""Shapefiles in a zip, several of them being tables to choose from."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import archives, crs, flaws, gdal, recoding
from geo.ingest.rows import Decoded

_NEEDED = ("shp", "shx", "dbf")
_USED = (*_NEEDED, "prj", "cpg")

Parts = Mapping[str, zipfile.ZipInfo]


def tables(data: bytes) -> tuple[str, ...]:
    """The names of the shapefiles in the zip; () where there is only one."""
    with archives.opened(data) as archive:
        names = tuple(_layers(archive))
    return names if len(names) > 1 else ()


def read(data: bytes, table: str = "", tick: Tick = silent) -> Decoded:
    """The shapefile ``table``, else the first one with rows.

    Raises:
        InputError: parts are missing, no such table, no rows, or damaged.
    """
    with archives.opened(data) as archive:
        found = _layers(archive)
        if table and table not in found:
            raise flaws.no_such_table(table, tuple(found))
        chosen = table or next((name for name, parts in found.items() if _has_rows(archive, parts)), next(iter(found)))
        content = {ending: archives.content(archive, part) for ending, part in _complete(chosen, found[chosen]).items()}
    notes = (flaws.table_chosen(chosen, tuple(found)),) if not table and len(found) > 1 else ()
    rows = _rows(content, tick)
    return replace(rows, notes=(*notes, *rows.notes))


def _layers(archive: zipfile.ZipFile) -> dict[str, Parts]:
    """Names of layers -> their parts by ending; of two files with one name the first counts."""
    parts: dict[str, dict[str, zipfile.ZipInfo]] = {}
    names: dict[str, str] = {}
    for path, member in archives.members(archive):
        stem, _, ending = path.rpartition(".")
        if ending.lower() in _USED:
            parts.setdefault(stem.lower(), {}).setdefault(ending.lower(), member)
            names.setdefault(stem.lower(), stem)
    shaped = [key for key in parts if "shp" in parts[key]]
    if not shaped:
        raise InputError(N_("压缩包里没有 .shp:请把 .shp、.shx、.dbf(连同 .prj、.cpg)一起压缩后再传。"))
    short = [key.rpartition("/")[2] for key in shaped]
    return {
        names[key] if short.count(key.rpartition("/")[2]) > 1 else names[key].rpartition("/")[2]: parts[key]
        for key in shaped
    }


def _complete(name: str, parts: Parts) -> Parts:
    missing = [f".{ending}" for ending in _NEEDED if ending not in parts]
    if missing:
        text = N_("“{name}”还缺 {missing}:请把同名的几个文件一起压缩成 zip 再传。")
        raise InputError(message(text, name=name, missing="、".join(missing)))
    return parts


def _has_rows(archive: zipfile.ZipFile, parts: Parts) -> bool:
    if "dbf" not in parts:
        return False
    with archives.opened_member(archive, parts["dbf"]) as handle:
        start = handle.read(8)
    return len(start) == 8 and struct.unpack_from("<I", start, 4)[0] > 0


def _rows(content: Mapping[str, bytes], tick: Tick) -> Decoded:
    # Packed anew under names of ours: whatever the members were called, GDAL sees three plain files.
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for ending in _NEEDED:
            archive.writestr(f"layer.{ending}", content[ending])
    rows = gdal.Source("shapefile", packed.getvalue(), options={"ENCODING": "ISO-8859-1"}).read(tick)
    epsg, notes = crs.epsg_of(content.get("prj", b"").decode("utf-8", "replace").strip())
    declared = recoding.codec_of(content.get("cpg", b"").decode("ascii", "replace"))
    return recoding.recoded(replace(rows, epsg=epsg, notes=(*notes, *rows.notes)), declared)
