"""Roads as frames from metres in the county's zone, so that tests can count in whole metres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.model import Layer, feature_frame
from geo.streets import Network, build_network

EPSG = 4549
EAST, NORTH = 500_000, 3_100_000  # where (0, 0) of the tests is


def placed(shape: Any) -> Any:
    """A shape of the tests' own metres in the zone."""
    return shapely.transform(shape, lambda xy: np.add(xy, (EAST, NORTH)))


def road_frame(lines: Sequence[Any], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Roads in the zone's own CRS: building them then moves nothing by rounding."""
    rows = [{"id": f"r{n}", **{name: values[n] for name, values in columns.items()}} for n in range(len(lines))]
    blank = feature_frame(Layer.ROADS, rows, [shapely.Point(120, 28)] * len(rows)).drop(columns="geometry")
    shapes = np.array([placed(line) for line in lines], dtype=object)
    return gpd.GeoDataFrame(blank, geometry=gpd.GeoSeries(shapes, crs=EPSG))


def net(*lines: Sequence[tuple[float, float]], tolerance_m: float = 1.0, **columns: Sequence[Any]) -> Network:
    """The network of lines given by their corners."""
    return build_network(road_frame([shapely.LineString(line) for line in lines], **columns), EPSG, tolerance_m)


def at_nodes(*lines: Sequence[tuple[float, float]]) -> Network:
    return net(*lines, at_nodes=[True] * len(lines))


def local(network: Network) -> list[tuple[float, float]]:
    """The nodes in the tests' own metres."""
    return [tuple(xy) for xy in (network.xy - (EAST, NORTH)).round(6).tolist()]
