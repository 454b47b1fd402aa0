"""Tiles add up to what one machine says, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo.errors import AtlasError, CrsError, InputError, NotFoundError, OutputError
from geo.model import Layer, feature_frame
from geo.scale import Job, in_turns, run, table_of
from geo.scale.order import tiles_of
from geo.scale.source import GROUP_ROWS, boxes, corners, units_of
from tests.scale.conftest import alone, flat, make, put


def same(job: Job, frames: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> pd.DataFrame:
    """The run's table, once it is seen to be the one machine's."""
    put(frames, job.source)
    run(job, in_turns, lambda _done, _of: None)
    found = table_of(job.out)
    pd.testing.assert_frame_equal(flat(found), flat(alone(frames, job)), check_exact=True)
    return found


def points(layer: Layer, places: list[Point | None], **columns: list[str]) -> gpd.GeoDataFrame:
    rows = [{"id": f"x{n}"} | {name: values[n] for name, values in columns.items()} for n in range(len(places))]
    return feature_frame(layer, rows, places)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    bases=st.integers(1, 6),
    facilities=st.integers(0, 400),
    tile_m=st.sampled_from([777.0, 9_000.0, 20_000.0, 3e5]),
    radius_m=st.sampled_from([None, 1.0, 4_000.0]),
)
def test_tiles_of_any_size_say_what_one_machine_says(job, again, seed, bases, facilities, tile_m, radius_m):
    one = again(job, source=job.source / f"{seed}-{bases}-{facilities}", tile_m=tile_m, radius_m=radius_m)
    same(one, make(seed, bases, facilities))


def test_the_nearest_is_found_however_far_beyond_the_halo(job: Job):
    far = [Point(121, 28), Point(121.3, 28), Point(87.6, 43.8)]  # of the last, 3,500 km from the base
    frames = (
        points(Layer.BASES, [Point(120.99, 28)], district=["west"]),
        points(Layer.FACILITIES, far, category=["school", "clinic", "rare"]),
    )
    found = same(job, frames).set_index("category")["nearest_m"]
    assert found["school"] == pytest.approx(983, abs=1)
    assert found["clinic"] == pytest.approx(30_490, rel=0.01)
    assert found["rare"] > 3e6
    assert np.isnan(found["absent"])


def test_an_area_as_large_as_a_county_counts_from_its_edge(job: Job):
    frames = (
        points(Layer.BASES, [Point(120.99, 28), Point(121.5, 28.5)], district=["west", "west"]),
        points(Layer.FACILITIES, [box(121, 27.5, 122, 29)], category=["school"]),
    )
    found = same(job, frames)
    assert found.loc[found["category"] == "school", "nearest_m"].tolist()[1] == 0.0


def test_a_base_without_a_place_has_no_distances(job: Job):
    bases = points(Layer.BASES, [None, Point(121, 28), Point()], district=["west"] * 3)
    schools = points(Layer.FACILITIES, [Point(121, 28), Point()], category=["school"] * 2)
    found = same(job, (bases, schools))
    assert found.loc[found["base_id"] == "x2", "nearest_m"].isna().all()
    assert found.loc[found["base_id"] == "x0", "count_within"].tolist() == [0, 0, 0, 0]
    assert found.loc[found["base_id"] == "x0", "nearest_m"].isna().all()


def test_a_base_is_judged_by_its_own_profile_in_its_own_plane(job: Job):
    bases = points(Layer.BASES, [Point(121, 28)] * 3, district=["west"] * 3).assign(
        profile=["city", "", "town"], epsg=pd.array([4549, None, 4550], dtype="Int64")
    )
    found = same(job, (bases, points(Layer.FACILITIES, [Point(121.01, 28)], category=["school"])))
    school = found[found["category"] == "school"].sort_values("base_id")
    assert school["threshold_m"].tolist() == [500.0, 1500.0, 1500.0]
    metres = school["nearest_m"].tolist()
    assert metres[0] == metres[1]
    assert metres[2] == pytest.approx(metres[0], rel=1e-3)
    assert metres[2] != metres[0]


def test_a_base_of_the_south_is_measured_in_a_plane_of_the_south(job: Job):
    frames = (
        points(Layer.BASES, [Point(18.42, -33.92)], district=["west"]),
        points(Layer.FACILITIES, [Point(18.43, -33.92)], category=["school"]),
    )
    planes = tiles_of(frames[0].assign(epsg=pd.array([None], dtype="Int64")), 50_000.0)[:, 0]
    assert planes.tolist() == [32734]
    found = same(job, frames)
    metres = found.loc[found["category"] == "school", "nearest_m"].tolist()
    assert metres == pytest.approx([925], abs=2)


def test_a_worker_that_lives_on_reads_what_the_next_run_put_in_order(job: Job):
    for seed in (7, 8):
        same(job, make(seed, bases=4, facilities=40))
        rmtree(job.out)


def test_more_bases_than_are_done_at_once(job: Job):
    same(job, make(5, bases=300, facilities=60, lon=(120.90, 120.95)))


def test_files_in_a_folder_count_as_one_and_columns_may_come_as_categories(job: Job):
    bases, facilities = make(3, bases=6, facilities=90)
    for n, part in enumerate(np.array_split(np.arange(90), 3)):
        some = facilities.iloc[part].astype({"category": "category"})
        (job.source / "facilities.parquet" / f"county={n}").mkdir(parents=True)
        some.to_parquet(job.source / "facilities.parquet" / f"county={n}" / "a.parquet", row_group_size=20)
    bases.set_crs(4490, allow_override=True).to_parquet(job.source / "bases.parquet")
    assert len(units_of(job.source, Layer.FACILITIES)) == 3 * 2
    run(job, in_turns, lambda _done, _of: None)
    pd.testing.assert_frame_equal(flat(table_of(job.out)), flat(alone((bases, facilities), job)), check_exact=True)


def test_the_parts_are_geoparquet_with_the_base_and_its_county(job: Job):
    frames = make(2, bases=4, facilities=20)
    found = same(job, frames)
    bases = frames[0].set_index("id")
    assert found.crs == 4326
    assert (found["county"] == bases["county"].loc[found["base_id"]].to_numpy()).all()
    assert shapely.equals_exact(found.geometry.to_numpy(), bases.geometry.loc[found["base_id"]].to_numpy()).all()
    assert set(found["clause_en"]) == {f"{kind} clause" for kind in ("school", "clinic", "rare", "absent")}
    assert not (job.out / "in_order").exists()


@given(
    st.lists(
        st.tuples(st.floats(100, 120), st.floats(20, 40), st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=5
    )
)
def test_boxes_hold_shapes_and_corners_lie_on_them(places):
    shapes = np.array([box(x, y, x + w, y + h) if w * h else Point(x, y) for x, y, w, h in places] + [None, Point()])
    held = boxes(shapes)
    for shape, (west, south, east, north), corner in zip(shapes[:-2], held, corners(shapes)[:-2], strict=False):
        assert shapely.covers(box(west, south, east, north), shape)
        assert shapely.intersects(shape, Point(corner))
    assert np.isnan(held[-2:]).all()
    assert np.isnan(corners(shapes)[-2:]).all()


# --- what cannot be used -------------------------------------------------------------------------------------------

Spoil = Callable[[Path], object]


def rewritten(name: str, change: Callable[[gpd.GeoDataFrame], pd.DataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        changed = change(gpd.read_parquet(folder / name))
        changed.to_parquet(folder / name)

    return spoil


def _native(folder: Path) -> None:
    points = gpd.read_parquet(folder / "facilities.parquet")
    points.geometry = points.centroid if points.crs is None else shapely.centroid(points.geometry.to_numpy())
    points.to_parquet(folder / "facilities.parquet", geometry_encoding="geoarrow")


def _off_the_globe(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = facilities.geometry.to_numpy().copy()
    shapes[7] = Point(300, 95)
    return gpd.GeoDataFrame(facilities.set_geometry(shapes, crs=facilities.crs))


def _truncated(folder: Path) -> None:
    path = folder / "facilities.parquet"
    path.write_bytes(path.read_bytes()[:-20])


SPOILT: list[tuple[Spoil, type[AtlasError], str]] = [
    (lambda folder: (folder / "bases.parquet").unlink(), InputError, "里没有 bases.parquet"),
    (_truncated, InputError, "读不了"),
    (rewritten("bases.parquet", lambda f: f.drop(columns=["cluster", "sample"])), InputError, "缺这些列:cluster"),
    (rewritten("bases.parquet", lambda f: f.head(0)), InputError, "一行也没有"),
    (rewritten("facilities.parquet", lambda f: f.set_crs(None, allow_override=True)), CrsError, "没有坐标系"),
    (rewritten("facilities.parquet", lambda f: f.to_crs(4549)), CrsError, "先转成经纬度"),
    (
        rewritten("facilities.parquet", lambda f: pd.DataFrame(f.drop(columns="geometry"))),
        InputError,
        "不是 GeoParquet",
    ),
    (_native, InputError, "请改写成 WKB"),
    (rewritten("facilities.parquet", lambda f: f.assign(sample="也许")), InputError, "列 sample 应是 是非"),
    (rewritten("bases.parquet", lambda f: f.assign(epsg="x")), InputError, "列 epsg 应是 整数"),
    (rewritten("facilities.parquet", _off_the_globe), InputError, r"有 1 处不在地球上,第一处是 f0007\(经度 300.0"),
    (rewritten("bases.parquet", lambda f: f.assign(epsg=5773)), CrsError, "EPSG:5773"),
    (rewritten("bases.parquet", lambda f: f.assign(profile="山区")), NotFoundError, "山区"),
    (rewritten("bases.parquet", lambda f: f.set_geometry(f.translate(0, 60), crs=4326)), CrsError, "没有合用的投影带"),
]


@pytest.mark.parametrize(("spoil", "kind", "words"), SPOILT, ids=[words for _, _, words in SPOILT])
def test_an_input_that_cannot_be_used_is_named(job: Job, spoil: Spoil, kind: type[AtlasError], words: str):
    spoil(put(make(1, bases=3, facilities=10), job.source))
    with pytest.raises(kind, match=words) as raised:
        run(job, in_turns, lambda _done, _of: None)
    assert raised.type is kind


# --- a folder that has something in it -----------------------------------------------------------------------------


def test_a_folder_with_other_content_is_left_alone(job: Job):
    put(make(1, bases=3, facilities=10), job.source)
    job.out.mkdir()
    (job.out / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="别的内容"):
        run(job, in_turns, lambda _done, _of: None)
    assert [path.name for path in job.out.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("change", [{"radius_m": 700.0}, {"profile": "city"}, {"tile_m": 5e3}, {"profiles": {}}])
def test_another_question_does_not_go_into_the_same_folder(job: Job, again, change):
    frames = make(1, bases=3, facilities=10)
    same(job, frames)
    with pytest.raises(OutputError, match="另一种标准"):
        run(Job(**{**vars(job), **change}), in_turns, lambda _done, _of: None)
    put(make(2, bases=3, facilities=10), job.source)
    with pytest.raises(OutputError, match="另一份数据"):
        run(job, in_turns, lambda _done, _of: None)


def test_a_run_broken_off_goes_on_where_it_was(job: Job, told: list[tuple[int, int]]):
    frames = make(4, bases=6, facilities=50)
    put(frames, job.source)

    def broken(act, things):
        for n, part in enumerate(map(act, things)):
            if len(told) == 3:  # of the parts: the index is made before
                raise KeyboardInterrupt
            yield part
            assert n < 10

    with pytest.raises(KeyboardInterrupt):
        run(job, broken, lambda *many: told.append(many))
    kept = {path.name: path.stat().st_mtime_ns for path in job.parts.iterdir()}
    (job.parts / ".torn.parquet.0.tmp").write_bytes(b"PAR1")
    assert len(kept) == 3
    summary = run(job, in_turns, lambda *many: told.append(many))
    assert summary.found == 3
    assert told[3:] == [(n, summary.parts) for n in range(3, summary.parts + 1)]
    assert {path.name: path.stat().st_mtime_ns for path in job.parts.iterdir()}.items() >= kept.items()
    assert not list(job.parts.glob(".*"))
    pd.testing.assert_frame_equal(flat(table_of(job.out)), flat(alone(frames, job)), check_exact=True)
    assert run(job, in_turns, lambda *many: told.append(many)).found == summary.parts


def test_what_is_put_in_order_lies_in_small_groups_of_neighbours(job: Job, told):
    put(make(6, bases=2, facilities=5000), job.source)

    def watched(act, things):
        yield from map(act, things)
        for path in (job.work / "facilities").glob("*.parquet"):
            with pq.ParquetFile(path) as opened:
                told.append([opened.metadata.row_group(n).num_rows for n in range(opened.num_row_groups)])

    run(job, watched, lambda _done, _of: None)
    size = GROUP_ROWS[Layer.FACILITIES]
    assert told[0] == [size, size, 5000 - 2 * size]


def test_no_parts_are_no_table(job: Job):
    with pytest.raises(InputError, match="没有结果"):
        table_of(job.out)
