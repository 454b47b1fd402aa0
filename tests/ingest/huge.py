"""Files as large as are taken, written piece by piece, and what a process of its own makes of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo import ingest
from geo.errors import InputError
from geo.model import Layer
from tests.ingest.making import IN_ZONE, county

_PACKED = 300
_STEP = 10_000  # rows written at a time
_RADIUS_DEG = 0.01
# As much text a row as offices write: some 400 bytes, in a table without keys 250.
_NAME = "第{i:07d}号停车场"
_NOTE = "公共停车场、泊位{n}个、全天开放;由街道办事处报送、位置以现场核对为准、未核对的不公布"
_POINT = (
    '{{"type":"Feature","properties":{{"id":"f{i:07d}","name":"'
    + _NAME
    + '","category":"parking","source":"各街道办事处二季度汇总表","note":"'
    + _NOTE
    + '"}},"geometry":{{"type":"Point","coordinates":[{lon:.6f},{lat:.6f}]}}}}'
)
_LINE = "f{i:07d}," + _NAME + ",parking,各街道办事处二季度汇总表," + _NOTE + ",{lon:.6f},{lat:.6f}"
_MARK = (
    "<Placemark><name>"
    + _NAME
    + "</name><description>"
    + _NOTE
    + '</description><ExtendedData><Data name="category"><value>parking</value></Data></ExtendedData>'
    "<Point><coordinates>{lon:.6f},{lat:.6f}</coordinates></Point></Placemark>"
)
_SHORT = (
    '{{"type":"Feature","properties":{{"id":"f{i:07d}","name":"'
    + _NAME
    + '","category":"parking"}},"geometry":{{"type":"Point","coordinates":[{lon:.6f},{lat:.6f}]}}}}'
)
_SHORT_LINE = "f{i:07d}," + _NAME + ",parking,{lon:.6f},{lat:.6f}"


def ready(path: str) -> Callable[[], dict[str, Any]]:
    """For :mod:`benchmarks.memory`: checks the file as facilities, all that is needed made ready before."""
    held = county()
    outcome(b"id,name,category,lon,lat\nf1,a,parking,120.96,28.03\n", "a.csv", held)
    outcome(b'{"type":"Point","coordinates":[120.96,28.03]}', "a.geojson", held)
    return lambda: outcome(Path(path).read_bytes(), Path(path).name, held)


def outcome(data: bytes, name: str, held: ingest.County) -> dict[str, Any]:
    """Counts and codes of the report, or the sentence with which the file is refused."""
    try:
        report = ingest.check(ingest.decode(data, name), name, ingest.digest(data), Layer.FACILITIES, held)
    except InputError as fault:
        return {"refused": str(fault)}
    codes = Counter(fault.code for fault in report.faults)
    return {"accepted": len(report.accepted), "rejected": len(report.rejected), "codes": dict(codes)}


def points(path: Path, megabytes: float) -> int:
    """A collection of points in the county; gives how many."""
    return _write(path, '{"type":"FeatureCollection","features":[\n', _rows(_POINT), ",\n", "\n]}\n", megabytes)


def lines(path: Path, megabytes: float) -> int:
    """One point a line."""
    return _write(path, "", _rows(_POINT), "\n", "\n", megabytes)


def table(path: Path, megabytes: float) -> int:
    """The same as a table."""
    return _write(path, "id,name,category,source,note,lon,lat\n", _rows(_LINE), "\n", "\n", megabytes)


def marks(path: Path, megabytes: float) -> int:
    """The same as KML."""
    return _write(path, "<kml><Document>\n", _rows(_MARK), "\n", "\n</Document></kml>\n", megabytes)


def features(path: Path, megabytes: float) -> int:
    """The same in a file of GDAL's, as its name ends; a row takes as many bytes as in FlatGeobuf."""
    count = int(megabytes * 2**20 / _PACKED)
    xy = np.random.default_rng(7).uniform((120.93, 28.01), (120.98, 28.05), (count, 2))
    rows = {
        "id": [f"f{i:07d}" for i in range(count)],
        "name": [_NAME.format(i=i) for i in range(count)],
        "category": "parking",
        "note": [_NOTE.format(n=i % 500) for i in range(count)],
    }
    pyogrio.write_dataframe(gpd.GeoDataFrame(rows, geometry=shapely.points(xy), crs=4326), path)
    return count


def short_points(path: Path, megabytes: float) -> int:
    """Points of some 160 bytes each, the least that a facility needs."""
    return _write(path, '{"type":"FeatureCollection","features":[\n', _rows(_SHORT), ",\n", "\n]}\n", megabytes)


def odd_points(path: Path, megabytes: float) -> int:
    """The same with a member in each that is no member of features."""
    odd = _SHORT.replace("}}}}", '}},"style":[1]}}')
    return _write(path, '{"type":"FeatureCollection","features":[\n', _rows(odd), ",\n", "\n]}\n", megabytes)


def short_table(path: Path, megabytes: float) -> int:
    """Rows of some 60 bytes each."""
    return _write(path, "id,name,category,lon,lat\n", _rows(_SHORT_LINE), "\n", "\n", megabytes)


def outline(path: Path, corners: int) -> None:
    """One round area of so many corners."""
    with path.open("w") as out:
        properties = json.dumps({"name": "园区", "category": "parking"}, ensure_ascii=False)
        out.write('{"type":"FeatureCollection","features":[{"type":"Feature","properties":')
        out.write(properties + ',"geometry":{"type":"Polygon","coordinates":[[')
        for start in range(0, corners, _STEP):
            angles = np.arange(start, min(start + _STEP, corners)) * (2 * np.pi / corners)
            xy = np.column_stack((np.cos(angles), np.sin(angles))) * _RADIUS_DEG + IN_ZONE
            out.write("".join(f"[{x:.5f},{y:.4f}]," for x, y in xy.tolist()))
        out.write(f"[{IN_ZONE[0] + _RADIUS_DEG:.5f},{IN_ZONE[1]:.4f}]]]}}}}]}}")


def _rows(template: str) -> Iterator[str]:
    random = np.random.default_rng(7)
    start = 0
    while True:
        places = random.uniform((120.93, 28.01), (120.98, 28.05), (_STEP, 2)).tolist()
        for i, (lon, lat) in enumerate(places, start):
            yield template.format(i=i, n=i % 500, lon=lon, lat=lat)
        start += _STEP


def _write(path: Path, head: str, rows: Iterator[str], between: str, tail: str, megabytes: float) -> int:
    """Writes rows while they fit into ``megabytes`` (of 2**20 bytes); gives how many."""
    room = int(megabytes * 2**20) - len(head) - len(tail)
    count = 0
    with path.open("w", encoding="utf-8") as out:
        out.write(head)
        for row in rows:
            text = (between if count else "") + row
            room -= len(text.encode())
            if room < 0:
                break
            out.write(text)
            count += 1
        out.write(tail)
    return count
