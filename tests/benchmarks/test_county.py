"""The county that is measured, the filters that are changed, and the plain maps of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from geopandas.testing import assert_geodataframe_equal

from benchmarks import county, filters, peers
from geo import packs, usecases
from geo.model import COLUMNS, Layer, Pack

SIZE = county.Size(bases=24, facilities=60, rounds=1, openings=1)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load_pack(packs.find_pack(None))


@pytest.fixture(scope="module")
def snap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[usecases.Snapshot]:
    atlas = usecases.open_atlas(county.write_store(tmp_path_factory.mktemp("store"), SIZE))
    yield usecases.snapshot(atlas)
    atlas.store.close()


def test_the_app_opens_exactly_what_was_written(snap: usecases.Snapshot) -> None:
    assert (snap.revision, len(snap.bases), len(snap.facilities)) == (1, 24, 60)
    assert not snap.has_sample
    assert list(snap.bases.columns) == [*COLUMNS[Layer.BASES], "geometry"]


def test_features_lie_in_their_districts_and_use_every_word(snap: usecases.Snapshot, pack: Pack) -> None:
    areas = pack.district_areas.set_index("id").geometry
    for frame in (snap.bases, snap.facilities):
        assert all(areas[id].covers(point) for id, point in zip(frame["district"], frame.geometry, strict=True))
    assert set(snap.bases["stage"]) == {stage.id for stage in pack.plan.stages}
    assert set(snap.bases["cluster"]) == {cluster.id for cluster in pack.plan.clusters}
    assert set(snap.facilities["category"]) == {category.id for category in pack.categories}
    assert snap.bases["demo_year"].notna().sum() == 5


def test_every_run_measures_the_same_county(pack: Pack) -> None:
    assert_geodataframe_equal(county.facilities(pack, 30), county.facilities(pack, 30))


@pytest.mark.parametrize("kind", filters.KINDS)
def test_each_round_changes_the_filter(pack: Pack, kind: str) -> None:
    asked = [filters.change(pack, kind, number) for number in range(-1, 20)]
    assert all(one != following for one, following in itertools.pairwise(asked))


def as_written(name: str) -> str:
    """A name inside a script: JSON in ASCII."""
    return json.dumps(name).strip('"')


@pytest.mark.parametrize("how", ["geojson", "explore"])
def test_plain_maps_hold_every_row_and_ask_no_other_server(snap: usecases.Snapshot, pack: Pack, how: str) -> None:
    drawn = peers.plain_map(how, pack, snap.bases, snap.facilities)
    html = drawn.get_root().render()
    assert sum(html.count(as_written(name)) for name in snap.bases["name"]) == 24
    assert sum(html.count(as_written(name)) for name in snap.facilities["name"]) == 60
    assert "https://" not in "".join(address for _, address in (*drawn.default_js, *drawn.default_css))


@pytest.mark.parametrize("how", ["geojson", "explore"])
def test_plain_maps_of_nothing_are_empty(snap: usecases.Snapshot, pack: Pack, how: str) -> None:
    drawn = peers.plain_map(how, pack, snap.bases[:0], snap.facilities[:0])
    assert len(drawn._children) == 0


def test_store_is_one_file_in_the_folder_given(tmp_path: Path) -> None:
    assert county.write_store(tmp_path, SIZE) == f"sqlite:///{tmp_path / 'atlas.db'}"
    assert (tmp_path / "atlas.db").is_file()
