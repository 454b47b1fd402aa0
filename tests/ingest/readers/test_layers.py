"""Shapefile, GeoPackage, FlatGeobuf, Parquet and DXF, made by GDAL and pandas."""

from __future__ import annotations

import datetime
import io
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
import shapely

from geo.errors import InputError
from geo.ingest import readers
from geo.ingest.rows import Decoded

PLACES = ["POINT (120.9 28.05)", "POINT (121.02 28.2)"]
NAMES = ["柳市孵化器", "虹桥加速器"]
# As ArcGIS writes it for a county's own grid: no code stands for it.
OWN_GRID = (
    'PROJCS["Yueqing_local",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",-3000000.0],'
    'PARAMETER["Central_Meridian",120.66],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
ZONE_40 = (
    OWN_GRID.replace("Yueqing_local", "CGCS2000_3_Degree_GK_Zone_40")
    .replace("500000.0", "40500000.0")
    .replace("-3000000.0", "0.0")
    .replace("120.66", "120.0")
)


def codes(found: Decoded) -> list[str]:
    return [code for code, _, _ in found.notes]


def flaws(found: Decoded) -> list[tuple[int, str]]:
    return [(flaw.index, flaw.code) for flaw in found.flaws]


def wkt(found: Decoded) -> list[str | None]:
    assert found.shapes is not None
    return [None if shape is None else shape.wkt for shape in found.shapes]


def outcome(data: bytes) -> int:
    """How many rows came of it; 0 where it was refused with advice."""
    try:
        return len(readers.read(data, "a.zip"))
    except InputError as fault:
        return 0 if "请" in str(fault) else -1


def named(parts: dict[str, bytes], name: str, *endings: str) -> dict[str, bytes]:
    return {f"{name}.{ending}": parts[ending] for ending in endings or parts}


class TestShapefile:
    @pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
    @pytest.mark.parametrize("with_cpg", [True, False])
    def test_chinese_names_and_values(
        self, shapefile: Any, zipped: Any, frame: Any, encoding: str, with_cpg: bool
    ) -> None:
        parts = shapefile(frame, encoding)
        endings = [ending for ending in parts if with_cpg or ending != "cpg"]
        found = readers.read(zipped(named(parts, "基地", *endings)), "基地.zip")
        assert found.format == "shapefile"
        assert found.columns == {"名称": NAMES, "年份": [2025, 2026], "面积": [1.5, None]}
        assert wkt(found) == PLACES
        assert (found.epsg, found.numbers.tolist(), flaws(found)) == (4490, [1, 2], [])
        assert codes(found) == (["encoding_guessed"] if encoding == "GBK" and not with_cpg else [])

    def test_a_wrong_cpg_is_found_out(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = {**shapefile(frame, "GBK"), "cpg": b"UTF-8"}
        found = readers.read(zipped(named(parts, "a")), "a.zip")
        assert found.columns["名称"] == NAMES
        assert codes(found) == ["encoding_guessed"]

    def test_a_western_cpg_is_honoured(self, shapefile: Any, zipped: Any) -> None:
        frame = gpd.GeoDataFrame({"name": ["Café"]}, geometry=[shapely.Point(120, 28)], crs=4326)
        found = readers.read(zipped(named(shapefile(frame, "CP1252"), "a")), "a.zip")
        assert found.columns == {"name": ["Café"]}

    def test_text_that_the_field_cut_inside_a_letter(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = shapefile(frame)
        cut = parts["dbf"].replace("柳市孵化器".encode(), "柳市孵化".encode() + b"\xe5\x99 ")
        found = readers.read(zipped(named({**parts, "dbf": cut}, "a")), "a.zip")
        assert found.columns["名称"] == ["柳市孵化", "虹桥加速器"]

    def test_names_in_capitals_in_a_folder_beside_a_macs_leftovers(
        self, shapefile: Any, zipped: Any, frame: Any
    ) -> None:
        parts = {f"数据/JD.{ending.upper()}": content for ending, content in shapefile(frame).items()}
        found = readers.read(
            zipped({"__MACOSX/数据/._JD.shp": b"x", "数据/.DS_Store": b"y", "说明.txt": b"z", **parts}), "a.zip"
        )
        assert found.columns["名称"] == NAMES

    def test_several_are_tables(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = shapefile(frame)
        empty = shapefile(frame.iloc[:0], "GBK")
        data = zipped(
            {**named(empty, "空层"), **named(parts, "a/基地"), **named(parts, "b/基地"), **named(parts, "配套")}
        )
        assert readers.tables(data, "a.zip") == ("空层", "a/基地", "b/基地", "配套")
        found = readers.read(data, "a.zip")
        assert codes(found) == ["table_chosen"]
        assert "“a/基地”" in str(found.notes[0][1])
        assert codes(readers.read(data, "a.zip", "配套")) == []
        with pytest.raises(InputError, match="没有名为“路”"):
            readers.read(data, "a.zip", "路")
        with pytest.raises(InputError, match="图层是空的"):
            readers.read(data, "a.zip", "空层")

    @pytest.mark.parametrize(
        ("kept", "missing"), [(["shp", "dbf"], ".shx"), (["shp"], ".shx、.dbf"), (["shp", "shx", "prj"], ".dbf")]
    )
    def test_missing_parts_are_named(
        self, shapefile: Any, zipped: Any, frame: Any, kept: list[str], missing: str
    ) -> None:
        with pytest.raises(InputError, match=f"还缺 {missing}:"):
            readers.read(zipped(named(shapefile(frame), "基地", *kept)), "a.zip")

    def test_single_parts_are_told_to_come_together(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = shapefile(frame)
        for ending, missing in (("shp", ".shx、.dbf"), ("shx", ".shp、.dbf"), ("dbf", ".shp、.shx")):
            with pytest.raises(InputError, match=f"只有 .{ending} 一个文件,Shapefile 还缺 {missing}"):
                readers.read(parts[ending], f"基地.{ending}")
        with pytest.raises(InputError, match=r"没有 \.shp"):
            readers.read(zipped(named(parts, "a", "dbf", "shx")), "a.zip")

    def test_reference_systems(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = shapefile(frame)
        without = readers.read(zipped(named(parts, "a", "shp", "shx", "dbf")), "a.zip")
        assert (without.epsg, codes(without)) == (None, [])
        zone = readers.read(zipped(named({**parts, "prj": ZONE_40.encode()}, "a")), "a.zip")
        assert (zone.epsg, codes(zone)) == (4528, [])
        own = readers.read(zipped(named({**parts, "prj": OWN_GRID.encode()}, "a")), "a.zip")
        assert (own.epsg, codes(own)) == (None, ["crs_unknown"])
        assert "Yueqing_local" in str(own.notes[0][1])
        broken = readers.read(zipped(named({**parts, "prj": b"\xff\xfePROJCS["}, "a")), "a.zip")
        assert (broken.epsg, codes(broken)) == (None, ["crs_unknown"])

    def test_heights_measures_and_rows_without_shape(self, shapefile: Any, zipped: Any) -> None:
        shapes = [shapely.Point(1, 2, 5), shapely.Point(1, 2, 0), None]
        frame = gpd.GeoDataFrame({"a": ["x", "y", "z"]}, geometry=shapes, crs=4326)
        found = readers.read(zipped(named(shapefile(frame), "a")), "a.zip")
        assert wkt(found) == ["POINT (1 2)", "POINT (1 2)", None]
        assert flaws(found) == [(0, "elevation_dropped")]

    def test_dates_and_wide_numbers(self, zipped: Any, tmp_path: Path) -> None:
        days = pa.array([datetime.date(2024, 5, 1), None], type=pa.date32())
        shapes = [shapely.Point(1, 2).wkb] * 2
        table = pa.table({"d": days, "n": [123456789012345678, 2], "f": [2025.0, 0.5], "geometry": shapes})
        made = {"layer": "a", "driver": "ESRI Shapefile", "geometry_name": "geometry", "geometry_type": "Point"}
        pyogrio.write_arrow(table, tmp_path / "a.shp", crs="EPSG:4326", **made)
        parts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        found = readers.read(zipped(parts), "a.zip")
        assert found.columns["d"] == ["2024-05-01", None]
        assert found.columns["n"] == [123456789012345678, 2]
        assert found.columns["f"] == [2025, 0.5]
        assert type(found.columns["f"][0]) is int

    def test_parts_that_do_not_belong_together(self, shapefile: Any, zipped: Any, frame: Any) -> None:
        parts = shapefile(frame)
        for ending in ("shp", "shx", "dbf"):
            for content in (b"", b"nonsense", parts[ending][: len(parts[ending]) // 2]):
                data = zipped(named({**parts, ending: content}, "a"))
                assert outcome(data) in (0, 1, 2)


class TestGeoPackage:
    def make(self, path: Path, **layers: gpd.GeoDataFrame) -> bytes:
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, path, layer=name, append=path.exists())
        return path.read_bytes()

    def test_layers(self, tmp_path: Path, frame: Any) -> None:
        data = self.make(tmp_path / "a.gpkg", 空层=frame.iloc[:0], 基地=frame, 配套=frame.iloc[1:].to_crs(4549))
        assert readers.tables(data, "a.gpkg") == ("空层", "基地", "配套")
        found = readers.read(data, "a.csv")
        assert (found.format, found.epsg, codes(found), flaws(found)) == ("gpkg", 4490, ["table_chosen"], [])
        assert found.columns == {"名称": NAMES, "年份": [2025, 2026], "面积": [1.5, None]}
        assert wkt(found) == PLACES
        other = readers.read(data, "a.gpkg", "配套")
        assert (other.epsg, len(other), codes(other)) == (4549, 1, [])
        with pytest.raises(InputError, match="没有名为“x”"):
            readers.read(data, "a.gpkg", "x")
        with pytest.raises(InputError, match="图层是空的"):
            readers.read(data, "a.gpkg", "空层")

    def test_a_table_has_no_shapes_and_its_columns_may_say_where_it_is(self, tmp_path: Path, frame: Any) -> None:
        table = frame.drop(columns="geometry").assign(x=[120.9, 121.02], y=[28.05, 28.2])
        pyogrio.write_dataframe(table, tmp_path / "a.gpkg", layer="台账")
        found = readers.read((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
        assert (found.shapes, found.epsg, codes(found), flaws(found)) == (None, None, [], [])
        assert (found.columns["x"], found.numbers.tolist()) == ([120.9, 121.02], [1, 2])

    def test_one_layer_is_no_choice(self, tmp_path: Path, frame: Any) -> None:
        data = self.make(tmp_path / "a.gpkg", 基地=frame)
        assert readers.tables(data, "a.gpkg") == ()
        assert codes(readers.read(data, "a.gpkg")) == []

    def test_a_file_left_in_the_mode_of_an_open_project(self, tmp_path: Path, frame: Any) -> None:
        """QGIS leaves the write-ahead mode on."""
        self.make(tmp_path / "a.gpkg", 基地=frame)
        with sqlite3.connect(tmp_path / "a.gpkg") as database:
            assert database.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        database.close()
        data = (tmp_path / "a.gpkg").read_bytes()
        assert data[18:20] == b"\x02\x02"
        assert len(readers.read(data, "a.gpkg")) == 2

    def test_curves_become_lines_and_are_told(self, tmp_path: Path) -> None:
        frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=4326)
        self.make(tmp_path / "a.gpkg", 面=frame)
        circle = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)
        self.patch(tmp_path / "a.gpkg", 1, circle)
        found = readers.read((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
        assert flaws(found) == [(0, "curve_straightened")]
        assert found.shapes is not None
        assert found.shapes[0].area == pytest.approx(3.14, abs=0.01)
        assert found.shapes[1].equals(shapely.box(0, 0, 1, 1))

    def test_a_shape_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=4326)
        self.make(tmp_path / "a.gpkg", 面=frame)
        self.patch(tmp_path / "a.gpkg", 2, struct.pack("<BII", 1, 3, 1) + struct.pack("<I4d", 2, 0, 0, 1, 1))
        found = readers.read((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
        assert wkt(found)[1] is None
        assert flaws(found) == [(1, "unreadable_geometry")]

    def patch(self, path: Path, fid: int, wkb: bytes) -> None:
        with sqlite3.connect(path) as database:
            triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            for name in triggers:
                database.execute(f'DROP TRIGGER "{name}"')
            head = database.execute('SELECT geom FROM "面"').fetchone()[0][:40]
            database.execute('UPDATE "面" SET geom = ? WHERE fid = ?', (head + wkb, fid))
        database.close()

    def test_columns_of_bytes_are_told(self, tmp_path: Path, frame: Any) -> None:
        self.make(tmp_path / "a.gpkg", 基地=frame)
        with sqlite3.connect(tmp_path / "a.gpkg") as database:
            database.execute('ALTER TABLE "基地" ADD COLUMN 照片 BLOB')
        database.close()
        found = readers.read((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
        assert "照片" not in found.columns
        assert codes(found) == ["column_dropped"]

    def test_what_gdal_warns_of_is_told(self, tmp_path: Path, frame: Any) -> None:
        self.make(tmp_path / "a.gpkg", 基地=frame)
        with sqlite3.connect(tmp_path / "a.gpkg") as database:
            database.execute('ALTER TABLE "基地" ADD COLUMN 怪 WEIRDTYPE')
        database.close()
        found = readers.read((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
        assert [(code, str(said)) for code, said, _ in found.notes] == [
            ("reader_said", "读取时提示:Field format 'WEIRDTYPE' not supported"),
            ("reader_said", "读取时提示:geometry column '怪' of type 'WEIRDTYPE' ignored"),
        ]

    def test_dates(self, tmp_path: Path) -> None:
        moment = pd.Timestamp("2024-05-01T08:30:00")
        frame = gpd.GeoDataFrame({"t": [moment, None]}, geometry=[shapely.Point(1, 2)] * 2, crs=4326)
        found = readers.read(self.make(tmp_path / "a.gpkg", 基地=frame), "a.gpkg")
        assert found.columns["t"] == ["2024-05-01T08:30:00+00:00", None]

    def test_text_that_is_not_utf8_is_told_row_by_row(self, tmp_path: Path, frame: Any) -> None:
        self.make(tmp_path / "a.gpkg", 基地=frame)
        data = (tmp_path / "a.gpkg").read_bytes().replace("虹桥加速器".encode(), "虹桥加速".encode() + b"\xff\xfe\xff")
        found = readers.read(data, "a.gpkg")
        assert found.columns["名称"] == ["柳市孵化器", "虹桥加速���"]
        assert flaws(found) == [(1, "bad_bytes")]

    def test_views_are_never_run(self, tmp_path: Path, frame: Any) -> None:
        self.make(tmp_path / "a.gpkg", 基地=frame)
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, i FROM n"
        with sqlite3.connect(tmp_path / "a.gpkg") as database:
            database.execute(f"CREATE VIEW 无尽 AS {endless}")
            database.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('无尽', 'attributes', '无尽')"
            )
        database.close()
        data = (tmp_path / "a.gpkg").read_bytes()
        assert readers.tables(data, "a.gpkg") == ()
        assert len(readers.read(data, "a.gpkg")) == 2
        with pytest.raises(InputError, match="没有名为“无尽”"):
            readers.read(data, "a.gpkg", "无尽")

    def test_another_database(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "a.db") as database:
            database.execute("CREATE TABLE t (a)")
        database.close()
        with pytest.raises(InputError, match="不是 GeoPackage"):
            readers.read((tmp_path / "a.db").read_bytes(), "a.gpkg")


class TestFlatGeobuf:
    def test_rows(self, as_bytes: Any, frame: Any) -> None:
        found = readers.read(as_bytes(frame, "FlatGeobuf", SPATIAL_INDEX="NO"), "a.fgb")
        assert (found.format, found.epsg, codes(found)) == ("flatgeobuf", 4490, [])
        assert found.columns == {"名称": NAMES, "年份": [2025, 2026], "面积": [1.5, None]}
        assert wkt(found) == PLACES

    def test_a_file_cut_short(self, as_bytes: Any, frame: Any) -> None:
        data = as_bytes(frame, "FlatGeobuf")
        for length in (9, 60, len(data) // 2, len(data) - 5):
            with pytest.raises(InputError, match="请"):
                readers.read(data[:length], "a.fgb")


class TestParquet:
    def test_geoparquet(self, as_parquet: Any, frame: Any) -> None:
        found = readers.read(as_parquet(frame), "a.parquet")
        assert (found.format, found.epsg, codes(found), flaws(found)) == ("parquet", 4490, [], [])
        assert found.columns == {"名称": NAMES, "年份": [2025, 2026], "面积": [1.5, None]}
        assert wkt(found) == PLACES

    def test_geoparquet_with_nested_coordinates(self, as_parquet: Any, frame: Any) -> None:
        found = readers.read(as_parquet(frame, geometry_encoding="geoarrow"), "a.parquet")
        assert (wkt(found), found.epsg) == (PLACES, 4490)
        assert list(found.columns) == ["名称", "年份", "面积"]

    def test_reference_systems(self, as_parquet: Any, frame: Any) -> None:
        assert readers.read(as_parquet(frame.set_crs(None, allow_override=True)), "a.parquet").epsg is None
        crs84 = frame.set_crs("OGC:CRS84", allow_override=True)
        assert readers.read(as_parquet(crs84), "a.parquet").epsg == 4326

    def test_plain_parquet_with_wkb(self, as_parquet: Any, frame: Any) -> None:
        plain = pd.DataFrame({"名称": [*NAMES, "无"], "geometry": [*frame.geometry.to_wkb(), None]})
        found = readers.read(as_parquet(plain), "a.parquet")
        assert found.columns == {"名称": [*NAMES, "无"]}
        assert wkt(found) == [*PLACES, None]
        assert found.epsg is None

    def test_plain_parquet_without_shapes(self, as_parquet: Any) -> None:
        moment = pd.Timestamp("2024-05-01T08:30:00")
        plain = pd.DataFrame(
            {"经度": [120.9, 121.0], "是": [True, None], "时": [moment, None], "列": [[1], [2]], "字": ["x", ""]}
        )
        found = readers.read(as_parquet(plain), "a.parquet")
        assert found.shapes is None
        assert found.columns == {
            "经度": [120.9, 121],
            "是": [True, None],
            "时": ["2024-05-01T08:30:00", None],
            "字": ["x", None],
        }
        assert codes(found) == ["column_dropped"]

    def test_a_word_repeated_is_kept_once(self, as_parquet: Any) -> None:
        word = "孵" * 1000
        found = readers.read(as_parquet(pd.DataFrame({"a": [word] * 1000, "b": range(1000)})), "a.parquet")
        assert len({id(value) for value in found.columns["a"]}) == 1

    def test_what_it_says_of_its_size_is_held_against_the_limits(
        self, as_parquet: Any, frame: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = as_parquet(frame)
        with pytest.raises(InputError, match="没有行"):
            readers.read(as_parquet(frame.iloc[:0]), "a.parquet")
        monkeypatch.setattr("geo.ingest.readers.limits.MAX_ROWS", 1)
        with pytest.raises(InputError, match="超过 1 行"):
            readers.read(data, "a.parquet")
        monkeypatch.setattr("geo.ingest.readers.limits.MAX_UNPACKED", 10)
        with pytest.raises(InputError, match="解开后"):
            readers.read(data, "a.parquet")

    def test_a_file_cut_short(self, as_parquet: Any, frame: Any) -> None:
        data = as_parquet(frame)
        with pytest.raises(InputError, match="已损坏或不完整"):
            readers.read(data[: len(data) // 2], "a.parquet")


class TestDxf:
    @pytest.mark.parametrize(
        ("encoding", "version", "codepage"),
        [
            ("gbk", "AC1018", "ANSI_936"),
            ("utf-8", "AC1027", "ANSI_936"),
            ("gbk", "AC1015", "ANSI_1252"),
            ("utf-8", "AC1032", "ANSI_1252"),
        ],
    )
    def test_drawn_objects(self, dxf: Any, encoding: str, version: str, codepage: str) -> None:
        found = readers.read(dxf(encoding, version, codepage), "总图.dxf")
        assert (found.format, found.epsg) == ("dxf", None)
        assert found.columns["Layer"] == ["边界", "基地", "注记"]
        assert found.columns["Text"] == [None, None, "柳市孵化器"]
        assert wkt(found) == ["POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))", "POINT (5 5)", "POINT (1 1)"]
        assert flaws(found) == [(1, "elevation_dropped")]

    def test_letters_spelled_out_by_number(self, dxf: Any) -> None:
        data = dxf(extra="0\nTEXT\n8\n0\n10\n1.0\n20\n1.0\n40\n2.5\n1\n\\U+67F3\\U+5E02\n")
        assert readers.read(data, "a.dxf").columns["Text"] == [None, None, "柳市孵化器", "柳市"]

    def test_comments_and_windows_line_ends(self, dxf: Any) -> None:
        data = b"999\r\nmade by hand\r\n" + dxf().replace(b"\n", b"\r\n")
        assert len(readers.read(data, "a.dxf")) == 3

    def test_a_drawing_cut_short(self, dxf: Any) -> None:
        data = dxf()
        with pytest.raises(InputError, match="DXF 不完整"):
            readers.read(data[: len(data) // 2], "a.dxf")

    def test_a_drawing_cannot_make_gdal_open_other_files(self, dxf: Any, tmp_path: Path, frame: Any) -> None:
        pyogrio.write_dataframe(frame, tmp_path / "secret.gpkg", layer="secret")
        lure = f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{tmp_path}/secret.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        hostile = b"0\nSECTION\n2\nHEADER\n999\n" + lure.encode() + b"\n0\nENDSEC\n0\nEOF\n"
        assert pyogrio.list_layers(hostile)[0][0] == "secret"  # GDAL by itself takes the bait
        with pytest.raises(InputError, match="读不下去"):
            readers.read(hostile, "a.dxf")
        before = b"999\n" + lure.encode() + b"\n" + dxf()
        assert readers.read(before, "a.dxf").columns["Layer"] == ["边界", "基地", "注记"]


def test_nothing_touches_the_disk(
    zipped: Any, shapefile: Any, frame: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = shapefile(frame)
    inside = tmp_path / "here"
    inside.mkdir()
    monkeypatch.chdir(inside)
    data = zipped({**named(parts, "../../逃出"), **named(parts, f"{tmp_path}/绝对")})
    assert readers.tables(data, "a.zip") == ("逃出", "绝对")
    assert readers.read(data, "a.zip", "逃出").columns["名称"] == NAMES
    assert list(inside.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"here", "UTF-8"}


def test_names_that_windows_packed_in_gbk(shapefile: Any, frame: Any) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for ending, content in shapefile(frame).items():
            for name in ("基地", "配套"):
                archive.writestr(f"{name}.{ending}".encode("gbk").decode("latin-1").translate(_AS_DOS), content)
    data = _without_utf8_mark(out.getvalue())
    assert readers.tables(data, "a.zip") == ("基地", "配套")


_AS_DOS = {code: bytes([code]).decode("cp437") for code in range(128, 256)}


def _without_utf8_mark(data: bytes) -> bytes:
    """zipfile marks names beyond ASCII as UTF-8; old packers do not, and write the bytes of their code page."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            plain = _DosInfo(member.filename)
            new.writestr(plain, old.read(member))
    return out.getvalue()


class _DosInfo(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("cp437"), self.flag_bits
