"""GeoTIFF of population: which cells become rows, of which shape and where, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.enums import ColorInterp

from geo import crs, ingest
from geo.errors import InputError
from geo.ingest import readers
from geo.ingest.readers import limits, raster
from geo.ingest.rows import Decoded
from geo.model import CELL_M, Layer
from tests.ingest.making import codes, county, pack, stored
from tests.ingest.readers.conftest import quietly

WEST, NORTH = 120.90, 28.10
SECONDS_3 = 1 / 1200
COUNTY = shapely.box(120.90, 28.00, 121.00, 28.10)  # a raster's own corner is the county's
Written = Callable[..., bytes]


@pytest.fixture
def tif(tmp_path) -> Written:
    """Numbers (rows, columns) or (bands, rows, columns) as a GeoTIFF, north up in degrees unless said otherwise."""

    def write(
        numbers: Any,
        step: float = SECONDS_3,
        west: float = WEST,
        north: float = NORTH,
        epsg: int | None = 4326,
        **more: Any,
    ) -> bytes:
        bands = np.asarray(numbers)
        bands = bands if bands.ndim == 3 else bands[None]
        told = {name: more.pop(name) for name in ("descriptions", "scales", "offsets", "colorinterp") if name in more}
        profile = {
            "driver": "GTiff", "count": len(bands), "height": bands.shape[1], "width": bands.shape[2],
            "dtype": bands.dtype, "crs": epsg and f"EPSG:{epsg}", "transform": rasterio.Affine(step, 0, west, 0, -step, north),
        } | more  # fmt: skip
        path = tmp_path / "people.tif"

        def put() -> None:
            with rasterio.open(path, "w", **profile) as file:
                for name, value in told.items():
                    setattr(file, name, value)
                file.write(bands)

        quietly(put)
        return path.read_bytes()

    return write


def read(data: bytes, table: str = "", within: Any = COUNTY) -> Decoded:
    return readers.read(data, "人口.tif", table, county=within)


def said(found: Decoded) -> dict[str, str]:
    return {code: str(what) for code, what, _ in found.notes}


GRID = np.array([[1.5, 0, 2], [0, 3, 0]], dtype=np.float32)


def test_cells_with_people_are_points_at_their_centres(tif):
    found = read(tif(GRID))
    assert (found.format, found.epsg) == ("geotiff", 4326)
    assert found.columns["people"] == [1.5, 2.0, 3.0]
    xy = shapely.get_coordinates(found.shapes)
    expected = [(WEST + (c + 0.5) * SECONDS_3, NORTH - (r + 0.5) * SECONDS_3) for r, c in ((0, 0), (0, 2), (1, 1))]
    assert xy == pytest.approx(np.array(expected), abs=1e-9)
    text = "栅格 3 × 2 格,每格约 87 米;本县有人的 3 格,共 6 人"  # 92.4 m × 81.9 m
    assert said(found)["raster_read"] == text
    assert found.numbers.tolist() == [1, 2, 3]


def test_ids_are_the_cells_place_in_the_products_grid_however_it_is_cut(tif):
    whole = read(tif(GRID))
    cut = read(tif(GRID[1:, 1:], west=WEST + SECONDS_3, north=NORTH - SECONDS_3))
    assert whole.columns["id"] == ["r33720c145080", "r33720c145082", "r33719c145081"]
    assert cut.columns["id"] == [whole.columns["id"][2]]
    flipped = read(tif(GRID[::-1], transform=rasterio.Affine(SECONDS_3, 0, WEST, 0, SECONDS_3, NORTH - 2 * SECONDS_3)))
    assert set(zip(flipped.columns["people"], shapely.get_y(flipped.shapes).round(6), strict=True)) == set(
        zip(whole.columns["people"], shapely.get_y(whole.shapes).round(6), strict=True)
    )


def test_cells_larger_than_the_grids_are_areas(tif):
    found = read(tif(GRID, step=0.01))
    assert found.columns["people"] == [1.5, 2.0, 3.0]
    expected = shapely.box(WEST, NORTH - 0.01, WEST + 0.01, NORTH)
    assert shapely.equals_exact(shapely.normalize(found.shapes[0]), shapely.normalize(expected), tolerance=1e-9)
    assert set(shapely.get_type_id(found.shapes)) == {shapely.GeometryType.POLYGON}


def test_cells_much_smaller_than_the_grids_are_put_together_where_people_live(tif):
    fine = np.zeros((120, 120), dtype=np.float32)
    fine[0, 0], fine[2, 1], fine[50, 50] = 1, 3, 7
    found = read(tif(fine, step=SECONDS_3 / 3))
    assert said(found)["raster_merged"] == "格子比 100 米小,每 3 × 3 格合成一格,人数相加"
    assert found.columns["people"] == [4.0, 7.0]
    x, y = shapely.get_coordinates(found.shapes)[0]
    fine_step = SECONDS_3 / 3
    assert (x, y) == pytest.approx(
        (WEST + (0.5 * 1 + 1.5 * 3) / 4 * fine_step, NORTH - (0.5 * 1 + 2.5 * 3) / 4 * fine_step)
    )
    assert found.columns["id"][0] == "r33720c145080"


@pytest.mark.parametrize("side", [1.0, 7.0, 30.0, 50.0, 99.0, 100.0, 101.5, 250.0])
def test_nobody_is_lost_and_no_point_stands_for_more_than_a_cell(tif, side):
    epsg = pack().metric_epsg
    x, y = shapely.get_coordinates(crs.project(shapely.Point(120.95, 28.05), epsg))[0]
    people = np.random.default_rng(1).integers(0, 9, (40, 30)).astype(np.uint16)
    data = tif(people, step=side, west=round(x / side) * side, north=round(y / side) * side, epsg=epsg)
    found = read(data, within=shapely.box(120, 27, 122, 29))
    assert sum(found.columns["people"]) == people.sum()
    xy = shapely.get_coordinates(crs.project(shapely.centroid(found.shapes), epsg))
    merged = max(1, int(101 // side))
    assert len(xy) == len(np.unique(np.floor(xy / (side * merged)), axis=0))
    assert side * merged <= max(CELL_M * 1.01, side)


def test_what_the_file_calls_no_data_is_nobody(tif):
    odd = np.array([[np.nan, -99999, 5], [-1, np.inf, 3.4e38]], dtype=np.float32)
    found = read(tif(odd, nodata=-99999))
    assert found.columns["people"] == [5.0]
    assert said(found)["raster_values"] == "3 格的数不会是人数(负数,或大得离谱),没有读"
    masked = np.array([[[7, 7, 7], [7, 7, 7]], [[255, 0, 0], [0, 0, 255]]], dtype=np.uint8)
    looks = [ColorInterp.gray, ColorInterp.alpha]
    assert read(tif(masked, colorinterp=looks)).columns["people"] == [7.0, 7.0]
    assert "raster_values" not in said(read(tif(GRID)))


def test_scale_and_offset_are_applied(tif):
    found = read(tif(np.array([[10, 0]], dtype=np.int16), scales=(0.5,), offsets=(1.0,)))
    assert found.columns["people"] == [6.0, 1.0]


def test_bands_are_chosen_by_number_and_name(tif):
    data = tif(np.stack([GRID, GRID * 10, GRID * 100]), descriptions=("2010", "", "2020"), photometric="MINISBLACK")
    assert readers.tables(data, "a.tif") == ("1: 2010", "2", "3: 2020")
    assert read(data).columns["people"] == [1.5, 2.0, 3.0]
    assert said(read(data))["table_chosen"] == "文件里有 3 张表,只读了“1: 2010”"
    assert read(data, "3: 2020").columns["people"] == [150.0, 200.0, 300.0]
    with pytest.raises(InputError, match="没有名为“4”的表或图层"):
        read(data, "4")
    assert readers.tables(tif(GRID), "a.tif") == ()


@pytest.mark.parametrize("epsg", [4490, 4549, 3857, 32651, 4214])
def test_the_rasters_own_coordinates_are_respected(tif, epsg):
    at = shapely.Point(120.95, 28.05)
    x, y = shapely.get_coordinates(crs.project(at, epsg))[0]
    step = 90.0 if abs(x) > 1000 else SECONDS_3
    found = read(tif(np.array([[8]], np.uint8), step=step, west=x - step / 2, north=y + step / 2, epsg=epsg))
    assert shapely.get_coordinates(found.shapes)[0] == pytest.approx([120.95, 28.05], abs=1e-6)


def test_a_system_without_code_is_understood_by_its_description(tif):
    mollweide = "+proj=moll +lon_0=0 +datum=WGS84 +units=m"
    wkt = rasterio.CRS.from_string(mollweide).to_wkt()
    x, y = shapely.get_coordinates(crs.of_degrees(shapely.Point(120.95, 28.05), wkt))[0]
    data = tif(np.array([[8]], np.uint8), step=100, west=x - 50, north=y + 50, crs=mollweide)
    assert shapely.get_coordinates(read(data).shapes)[0] == pytest.approx([120.95, 28.05], abs=1e-6)


def test_only_the_county_is_read(tif):
    country = np.ones((400, 600), dtype=np.uint8)
    data = tif(country, west=120.80, north=28.15, tiled=True, blockxsize=64, blockysize=64, compress="deflate")
    triangle = shapely.Polygon([(120.90, 28.0), (121.0, 28.0), (120.9, 28.1)])
    found = read(data, within=triangle)
    assert shapely.covers(shapely.buffer(triangle, 1e-9), found.shapes).all()
    assert sum(found.columns["people"]) == pytest.approx(triangle.area / SECONDS_3**2, rel=0.02)
    assert len(read(data, within=None)) == country.size
    wide = read(tif(np.ones((10, 10), np.uint8), step=0.03, north=28.2, west=120.8), within=triangle)
    assert shapely.intersects(triangle, wide.shapes).all()
    assert shapely.union_all(wide.shapes).buffer(1e-9).covers(triangle)


def test_stripes_of_any_height_come_to_the_same(tif, monkeypatch):
    people = np.random.default_rng(2).integers(0, 3, (90, 70)).astype(np.uint8)
    for step in (SECONDS_3, SECONDS_3 / 4):
        plain = read(tif(people, step=step))
        blocked = tif(people, step=step, tiled=True, blockxsize=32, blockysize=16)
        for cells, most in ((1, 0), (700, 0), (700, 1 << 20), (1 << 20, 1 << 20)):
            monkeypatch.setattr(raster, "_AT_A_TIME", cells)
            monkeypatch.setattr(raster, "_MOST_AT_A_TIME", most)
            again = read(blocked)
            assert again.columns == plain.columns
            assert shapely.equals_exact(again.shapes, plain.shapes, tolerance=1e-12).all()
        monkeypatch.undo()


def test_a_raster_of_part_of_the_county_says_so(tif):
    found = read(tif(np.ones((60, 120), np.uint8)))
    assert said(found)["raster_partial"] == "栅格只盖住本县的 50.0%"
    assert "raster_partial" not in said(read(tif(np.ones((120, 120), np.uint8))))


PICTURE = np.full((3, 2, 3), 200, dtype=np.uint8)


@pytest.mark.parametrize(
    ("numbers", "options", "match"),
    [
        (GRID, {"epsg": None}, "栅格没有写明坐标系"),
        (GRID, {"transform": None}, "TIFF 里没有写明位置"),
        (GRID, {"transform": rasterio.Affine(0, 0, WEST, 0, 0, NORTH)}, "TIFF 里没有写明位置"),
        (PICTURE, {"photometric": "RGB"}, "这是彩色图片"),
        (GRID.astype(np.complex64), {}, "不是普通的数"),
        (GRID, {"west": 100.0}, "栅格不在本县范围内"),
        (GRID, {"west": 2_000_000.0, "north": 3_000_000.0, "epsg": 4549, "step": 100}, "栅格不在本县范围内"),
        (GRID * 0, {}, "没有一格有人"),
        (-GRID, {}, "没有一格有人"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_explained(tif, numbers, options, match):
    with pytest.raises(InputError, match=match):
        read(tif(numbers, **options))


def test_a_file_that_ends_too_early_is_damaged(tif):
    data = tif(np.random.default_rng(3).random((120, 120)).astype(np.float32))
    for end in (9, 200, len(data) // 2, len(data) - 1000):
        with pytest.raises(InputError, match="TIFF 已损坏或不完整"):
            read(data[:end])


def test_too_many_cells_are_refused_before_they_are_read(tif, monkeypatch):
    data = tif(np.ones((50, 50), np.uint8))
    monkeypatch.setattr(limits, "MAX_ROWS", 2499)
    with pytest.raises(InputError, match="本县有人的格子有 2,500 个,超过 2,499 个"):
        read(data)
    monkeypatch.setattr(limits, "MAX_RASTER_CELLS", 2499)
    with pytest.raises(InputError, match="栅格在本县范围内有 2,500 格,超过 2,499 格"):
        read(data)
    monkeypatch.setattr(limits, "MAX_RASTER_BLOCK", 2499)
    with pytest.raises(InputError, match="存储块太大"):
        read(tif(np.ones((50, 50), np.uint8), blockysize=50))


@pytest.mark.parametrize(
    "options", [{"BIGTIFF": "YES"}, {"ENDIANNESS": "BIG"}, {"BIGTIFF": "YES", "ENDIANNESS": "BIG"}]
)
def test_every_kind_of_tiff_is_known_by_its_first_bytes(tif, options):
    assert read(tif(GRID, **options)).columns["people"] == [1.5, 2.0, 3.0]


def test_it_is_checked_as_population_and_as_nothing_else(tif):
    data = tif(GRID, west=120.955, north=28.035)
    ground = pack().boundary.geometry.union_all()
    decoded = ingest.decode(data, "人口.tif", county=ground)
    found = ingest.check(decoded, "人口.tif", "0" * 64, Layer.POPULATION, county(layer=Layer.POPULATION))
    assert (found.accepted["people"].tolist(), found.rejected_count) == ([1.5, 2.0, 3.0], 0)
    assert set(found.accepted["source"]) == {"人口.tif"}
    assert codes(found) == ["raster_read", "raster_partial"]
    for layer in set(Layer) - {Layer.POPULATION}:
        with pytest.raises(InputError, match="只能作为人口上传"):
            ingest.check(decoded, "人口.tif", "0" * 64, layer, county(layer=layer))


def test_cells_across_the_border_are_nothing_to_tell(tif):
    ground = pack().boundary.geometry.union_all()
    west, _, _, north = ground.bounds
    data = tif(np.ones((60, 60), np.uint8), step=0.01, west=west - 0.01, north=north + 0.01)
    found = ingest.check(
        ingest.decode(data, "a.tif", county=ground), "a.tif", "0" * 64, Layer.POPULATION, county(layer=Layer.POPULATION)
    )
    assert (found.rejected_count, codes(found)) == (0, ["raster_read"])
    assert not shapely.covers(ground, found.accepted.geometry.to_numpy()).all()


def test_people_who_are_stored_already_are_told_of(tif):
    decoded = ingest.decode(tif(GRID, west=120.955, north=28.035), "a.tif", county=pack().boundary.geometry.union_all())
    known = [{"id": id, "people": 1.0} for id in (decoded.columns["id"][0], "village")]
    held = county(stored(Layer.POPULATION, *known, at=[(120.96, 28.03)] * 2), Layer.POPULATION)
    found = ingest.check(decoded, "a.tif", "0" * 64, Layer.POPULATION, held)
    (beside,) = [fault for fault in found.faults if fault.code == "people_beside"]
    assert str(beside.message) == "库中另有 1 条人口,存入后与这些格子相加"
