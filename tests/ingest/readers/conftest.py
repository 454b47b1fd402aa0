"""Files of each kind, made by the tools that people make them with."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

Zipped = Callable[..., bytes]


@pytest.fixture(scope="session")
def frame() -> gpd.GeoDataFrame:
    columns = {"名称": ["柳市孵化器", "虹桥加速器"], "年份": [2025, 2026], "面积": [1.5, None]}
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(120.9, 28.05), shapely.Point(121.02, 28.2)], crs=4490)


@pytest.fixture(scope="session")
def zipped() -> Zipped:
    def pack(members: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return out.getvalue()

    return pack


def quietly(write: Callable[[], Any]) -> None:
    """Runs a writer that warns of names too long for it, or of a missing CRS."""
    with warnings.catch_warnings(action="ignore"):
        write()


@pytest.fixture
def shapefile(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """The parts of a shapefile by ending."""

    def make(frame: gpd.GeoDataFrame, encoding: str = "UTF-8") -> dict[str, bytes]:
        folder = tmp_path / encoding
        folder.mkdir(exist_ok=True)
        quietly(lambda: pyogrio.write_dataframe(frame, folder / "layer.shp", encoding=encoding))
        return {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}

    return make


@pytest.fixture(scope="session")
def as_bytes() -> Callable[..., bytes]:
    """A frame in a format of one file, written in memory."""

    def write(frame: gpd.GeoDataFrame, driver: str, **options: Any) -> bytes:
        out = io.BytesIO()
        quietly(lambda: pyogrio.write_dataframe(frame, out, driver=driver, **options))
        return out.getvalue()

    return write


@pytest.fixture(scope="session")
def as_parquet() -> Callable[..., bytes]:
    def write(frame: Any, **options: Any) -> bytes:
        out = io.BytesIO()
        frame.to_parquet(out, **options)
        return out.getvalue()

    return write


@pytest.fixture(scope="session")
def dxf() -> Callable[..., bytes]:
    """A drawing with a closed line, a point and a label, as CAD writes it."""

    def write(encoding: str = "gbk", version: str = "AC1018", codepage: str = "ANSI_936", extra: str = "") -> bytes:
        line = "0\nLWPOLYLINE\n8\n边界\n90\n4\n70\n1\n" + "".join(
            f"10\n{x}\n20\n{y}\n" for x, y in ((0, 0), (10, 0), (10, 10), (0, 10))
        )
        point = "0\nPOINT\n8\n基地\n10\n5.0\n20\n5.0\n30\n7.0\n"
        label = "0\nTEXT\n8\n注记\n10\n1.0\n20\n1.0\n40\n2.5\n1\n柳市孵化器\n"
        header = f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n9\n$DWGCODEPAGE\n3\n{codepage}\n0\nENDSEC\n"
        body = f"{header}0\nSECTION\n2\nENTITIES\n{line}{point}{label}{extra}0\nENDSEC\n0\nEOF\n"
        return body.encode(encoding)

    return write
