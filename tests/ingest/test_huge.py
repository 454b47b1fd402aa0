"""Files as large as are taken, and files made to swell: each ends in a report or a sentence, within bounds of memory,
and others are answered meanwhile. ``make soak`` takes them at their full size (ATLAS_SOAK_MB)."""

from __future__ import annotations

import io
import os
import random
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from benchmarks import memory
from geo import ingest, usecases
from geo.errors import InputError
from geo.i18n import typeset
from geo.model import Layer
from tests.ingest import huge
from tests.ingest.making import SOAK, county

MEGABYTES = float(os.environ.get("ATLAS_SOAK_MB", "10"))  # make soak: 199.9
MB = 1 << 20
# What a process takes for threads and blocks, however small the file.
FIXED = 64 * MB
SMALL = 24 * MB  # the same of what is read in pieces
CORNERS_A_MB = 50_000


def outline(path: Path, megabytes: float) -> int:
    huge.outline(path, int(megabytes * CORNERS_A_MB))
    return 1


# What a row takes in memory does not shrink with its text: the times hold for rows of some 350 bytes in GeoJSON and 220
# in a table, in which every cell is a text.
@pytest.mark.parametrize(
    ("write", "name", "times"),
    [
        (huge.points, "a.geojson", 5),
        (huge.lines, "a.geojsonl", 5),
        (outline, "a.geojson", 6),
        (huge.table, "a.csv", 6),
        (huge.marks, "a.kml", 4),
        (huge.features, "a.gpkg", 6),
        (huge.features, "a.fgb", 5),
    ],
)
def test_large_files_are_taken_whole_within_a_multiple_of_their_size(
    write: Callable[[Path, float], int], name: str, times: int, tmp_path: Path
) -> None:
    path = tmp_path / name
    count = write(path, MEGABYTES)
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert (took.result["accepted"], took.result["rejected"]) == (count, 0)
    assert took.peak_bytes < FIXED + times * path.stat().st_size


# Of short rows most is what shapely takes for a point, some 220 bytes: 1.4 times a row in GeoJSON, 3.6 times one in a
# table; with the file itself and the texts of the frame the least that a table of them can take is 6 times the file.
@pytest.mark.parametrize(
    ("write", "name", "times"),
    [(huge.short_points, "a.geojson", 4), (huge.odd_points, "a.geojson", 5), (huge.short_table, "a.csv", 8)],
)
def test_short_rows_take_little_more_than_their_points(
    write: Callable[[Path, float], int], name: str, times: int, tmp_path: Path
) -> None:
    path = tmp_path / name
    count = write(path, min(MEGABYTES, 50))  # more rows of a table than that are refused
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert (took.result["accepted"], took.result["rejected"]) == (count, 0)
    assert took.peak_bytes < SMALL + times * path.stat().st_size


@pytest.mark.parametrize("name", ["a.geojson", "a.csv"])
def test_half_a_file_takes_no_more_than_a_whole_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    (huge.short_points if name == "a.geojson" else huge.short_table)(path, MEGABYTES)
    path.write_bytes((b"" if name == "a.geojson" else b'"') + path.read_bytes()[: int(MEGABYTES * MB / 2)])
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert took.result["refused"].startswith((typeset("文件不完整,或不是 JSON"), "有一个引号没有闭合"))
    assert took.peak_bytes < SMALL + 6 * path.stat().st_size


def test_one_byte_too_many_is_refused() -> None:
    with pytest.raises(InputError, match="文件超过 200 MB:请分成几个文件"):
        ingest.decode(b"[" * (ingest.MAX_BYTES + 1), "a.geojson")


FEATURE = b'{"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Polygon","coordinates":'


@pytest.mark.parametrize("start", [b"", FEATURE, b'{"type":"Feature","properties":{"a":'])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_brackets_without_end_are_refused_in_words(start: bytes, bracket: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(start + bracket * int(MEGABYTES * MB / len(bracket)))
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert "括号套得太深" in took.result["refused"]
    assert took.peak_bytes < FIXED + 6 * path.stat().st_size


def test_a_zip_that_swells_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("doc.kml", "w") as member:
        for _ in range(128):
            member.write(bytes(MB))
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert typeset("压缩包解开后有 128 MB,太大") in took.result["refused"]
    assert took.peak_bytes < FIXED


def test_a_long_word_that_parquet_packs_once_is_never_written_out(tmp_path: Path) -> None:
    rows = 20_000
    name = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array(["孵" * 60_000]))
    ids = [f"f{i}" for i in range(rows)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ids, "name": name, "lon": [120.96] * rows, "lat": [28.03] * rows}), path)
    took = memory.taken("tests.ingest.huge:ready", str(path))  # written out it would be 3.6 GB
    assert took.result["codes"]["too_long"] == rows
    assert took.peak_bytes < 2 * FIXED


def test_a_folders_long_name_is_not_written_out_for_each_of_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    name = f"<name>{'孵' * 60_000}</name>"
    marks = "<Placemark><name>a</name><Point><coordinates>120.96,28.03</coordinates></Point></Placemark>" * 5000
    path.write_text(f"<kml><Folder>{name}<Folder>{name}{marks}</Folder></Folder></kml>")
    took = memory.taken("tests.ingest.huge:ready", str(path))  # written out they would be 1.8 GB
    assert took.result["rejected"] == 5000  # no category
    assert took.peak_bytes < 2 * FIXED


def test_entities_that_swell_are_refused_before_they_do(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha" * 10}">' for i in range(12))
    path = tmp_path / "a.kml"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE kml [{entities}]><kml><name>&e11;</name></kml>')
    took = memory.taken("tests.ingest.huge:ready", str(path))
    assert "DOCTYPE" in took.result["refused"]
    assert took.peak_bytes < FIXED


def test_a_member_that_points_out_of_the_zip_is_read_and_nothing_written(tmp_path: Path) -> None:
    inside = tmp_path / "in" / "in"
    inside.mkdir(parents=True)
    path = inside / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../out.kml", _marks(3))
    assert len(ingest.decode(path.read_bytes(), str(path))) == 3
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["a.kmz", "in", "in"]


# --- cut short -----------------------------------------------------------------------------------------------------

ROWS = 500


def _marks(count: int) -> str:
    marks = "".join(
        f"<Placemark><name>第{i}号</name><Point><coordinates>120.96,28.03</coordinates></Point></Placemark>"
        for i in range(count)
    )
    return f"<kml><Document>{marks}</Document></kml>"


def _frame() -> gpd.GeoDataFrame:
    xy = np.random.default_rng(3).uniform((120.93, 28.01), (120.98, 28.05), (ROWS, 2))
    names = [f"第{i}号停车场" for i in range(ROWS)]
    return gpd.GeoDataFrame({"name": names, "category": "parking"}, geometry=shapely.points(xy), crs=4326)


def _written(driver: str, **options: Any) -> bytes:
    out = io.BytesIO()
    pyogrio.write_dataframe(_frame(), out, driver=driver, **options)
    return out.getvalue()


def _gpkg(folder: Path) -> bytes:
    pyogrio.write_dataframe(_frame(), folder / "a.gpkg")
    return (folder / "a.gpkg").read_bytes()


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _shapefile(folder: Path) -> bytes:
    (folder / "shapes").mkdir()
    pyogrio.write_dataframe(_frame(), folder / "shapes" / "a.shp", encoding="UTF-8")
    return _zipped({path.name: path.read_bytes() for path in (folder / "shapes").iterdir()})


def _table() -> list[list[Any]]:
    frame = _frame()
    rows = zip(frame["name"], frame["category"], frame.geometry.x, frame.geometry.y, strict=True)
    return [["name", "category", "lon", "lat"], *map(list, rows)]


def _workbook() -> bytes:
    book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in _table():
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    _frame().to_parquet(out)
    return out.getvalue()


def _waypoints() -> bytes:
    points = "".join(f'<wpt lat="28.03" lon="120.96"><name>第{i}号</name></wpt>' for i in range(ROWS))
    return f"<gpx>{points}</gpx>".encode()


def _drawing() -> bytes:
    points = "".join(f"0\nPOINT\n8\n基地\n10\n120.96\n20\n28.03{i}\n" for i in range(ROWS))
    return f"0\nSECTION\n2\nENTITIES\n{points}0\nENDSEC\n0\nEOF\n".encode("gbk")


FORMATS: dict[str, Callable[[Path], bytes]] = {
    "a.geojson": lambda _: _written("GeoJSON"),
    "a.geojsonl": lambda _: _written("GeoJSONSeq"),
    "a.csv": lambda _: "\n".join(",".join(map(str, row)) for row in _table()).encode(),
    "a.xlsx": lambda _: _workbook(),
    "a.zip": _shapefile,
    "a.kml": lambda _: _marks(ROWS).encode(),
    "a.kmz": lambda _: _zipped({"doc.kml": _marks(ROWS).encode()}),
    "a.gpx": lambda _: _waypoints(),
    "a.gpkg": _gpkg,
    "a.fgb": lambda _: _written("FlatGeobuf"),
    "a.parquet": lambda _: _parquet(),
    "a.dxf": lambda _: _drawing(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_any_place_ends_in_a_report_or_a_sentence(name: str, tmp_path: Path) -> None:
    whole, held = FORMATS[name](tmp_path), county()
    full = huge.outcome(whole, name, held)
    assert full["accepted"] + full["rejected"] == ROWS
    places = random.Random(name)
    for at in [len(whole) // 2, *(places.randrange(1, len(whole)) for _ in range(4 * SOAK))]:
        found = huge.outcome(whole[:at], name, held)
        if "refused" in found:
            assert "请" in found["refused"], at
        else:
            assert 0 < found["accepted"] + found["rejected"] <= ROWS, at


# --- meanwhile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "name"),
    [(huge.points, "a.geojson"), (huge.lines, "a.geojsonl"), (outline, "a.geojson"), (huge.table, "a.csv")],
)
def test_others_are_answered_while_a_large_file_is_checked(
    write: Callable[[Path, float], int], name: str, tmp_path: Path, atlas: usecases.Atlas
) -> None:
    path = tmp_path / name
    write(path, MEGABYTES / 2)
    data, held, found = path.read_bytes(), county(), []
    checking = threading.Thread(target=lambda: found.append(huge.outcome(data, name, held)))
    longest, answers = 0.0, 0
    checking.start()
    while checking.is_alive():
        start = time.monotonic()
        usecases.map_layer(atlas, Layer.FACILITIES, usecases.snapshot(atlas).revision)
        checking.join(0.001)  # as a server waits for its next visitor
        longest, answers = max(longest, time.monotonic() - start), answers + 1
    assert found[0]["accepted"] > 0
    assert answers > 5
    assert longest < 2.0
