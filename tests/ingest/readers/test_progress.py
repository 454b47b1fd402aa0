"""Every reader says how far it is, and ends when it is told to."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geo import ingest
from geo.errors import StoppedError
from geo.ingest import STAGES, readers
from geo.model import Layer
from tests.ingest.making import collection, county, good

ROWS = 20_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, as_bytes, as_parquet) -> dict[str, Callable[[], bytes]]:
    names, places = [f"P{n}" for n in range(ROWS)], shapely.points([(120.9 + n / 1e6, 28.05) for n in range(ROWS)])
    frame = gpd.GeoDataFrame({"name": names}, geometry=places, crs=4326)

    def workbook() -> bytes:
        book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
        sheet = book.create_sheet()
        for n in range(ROWS // 4):
            sheet.append(["name", "note"] if not n else [f"P{n}", f"{n * 7919 % 10007}"])
        book.save(out)
        return out.getvalue()

    def geopackage() -> bytes:
        path: Path = tmp_path_factory.mktemp("gpkg") / "a.gpkg"
        frame.to_file(path)
        return path.read_bytes()

    marks = "".join(f"<Placemark><name>{name}</name></Placemark>" for name in names)
    rows = [good((120.9 + n / 1e6, 28.05), id=f"f{n}") for n in range(ROWS)]
    return {
        "geojson": lambda: collection(*rows),
        "csv": lambda: ("name,note\n" + "".join(f"{name},a note\n" for name in names)).encode(),
        "kml": lambda: f"<kml>{marks}</kml>".encode(),
        "xlsx": workbook,
        "gpkg": geopackage,
        "fgb": lambda: as_bytes(frame, "FlatGeobuf"),
        "parquet": lambda: as_parquet(frame),
    }


@pytest.mark.parametrize("kind", ["geojson", "csv", "kml", "xlsx", "gpkg", "fgb", "parquet"])
def test_a_reader_tells_how_far_it_is_and_can_be_stopped(files, kind):
    data = files[kind]()
    shares: list[float] = []
    found = readers.read(data, f"a.{kind}", tick=shares.append)
    assert len(found) == (ROWS // 4 - 1 if kind == "xlsx" else ROWS)
    assert len(set(shares)) >= 3
    assert 0 <= min(shares) < max(shares) <= 1
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if len(told) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        readers.read(data, f"a.{kind}", tick=stop)
    assert len(told) == 2


def test_a_check_tells_each_stage_and_stops_between_the_shapes_that_it_mends():
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    data = collection(*(good(bow_tie, id=f"f{n}") for n in range(10)))
    told: list[tuple[str, float]] = []

    def watch(stage: str, share: float) -> None:
        told.append((stage, share))
        if (stage, share) == (STAGES[2], 0.5):
            raise StoppedError

    decoded = ingest.decode(data, "a.geojson", watch=watch)
    with pytest.raises(StoppedError):
        ingest.check(decoded, "a.geojson", "", Layer.FACILITIES, county(), watch=watch)
    assert list(dict.fromkeys(stage for stage, _ in told)) == list(STAGES[:3])
    assert sorted({share for stage, share in told if stage == STAGES[2]}) == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    whole: list[str] = []
    ingest.check(decoded, "a.geojson", "", Layer.FACILITIES, county(), watch=lambda stage, _: whole.append(stage))
    assert list(dict.fromkeys(whole)) == list(STAGES[1:])
