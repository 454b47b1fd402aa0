"""Frames of the two layers from plain points, and a standard with round distances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import pytest
from shapely import Point

from geo.i18n import Label
from geo.model import Category, Layer, Profile, Rule, Standard, feature_frame

EPSG = 4549
LIMITS = {"town": 1000.0, "city": 500.0}  # profile -> metres, for every category


def category(id: str) -> Category:
    return Category(id, Label(f"类{id}", f"Kind {id}"), "family", "around", id[0], Label("四"))


def rule(category_id: str, profile: str) -> Rule:
    clause = Label(f"{category_id}-{profile}")
    return Rule(category_id, profile, LIMITS[profile], clause, "source", Label("中", "medium"), Label(""))


@pytest.fixture
def epsg() -> int:
    return EPSG


@pytest.fixture
def categories() -> tuple[Category, ...]:
    return category("school"), category("clinic")


@pytest.fixture
def standard(categories: tuple[Category, ...]) -> Standard:
    profiles = (Profile("city", Label("城区", "City")), Profile("town", Label("集镇", "Town")))
    rules = tuple(rule(kind.id, profile.id) for kind in categories for profile in profiles)
    return Standard("test", Label("试行"), Label(""), profiles, (), rules)


@pytest.fixture
def make_bases() -> Callable[..., gpd.GeoDataFrame]:
    def make(shapes: Sequence[Any], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
        rows = [
            {"id": f"b{n}", "name": f"基地{n}", **{name: values[n] for name, values in columns.items()}}
            for n in range(len(shapes))
        ]
        return feature_frame(Layer.BASES, rows, list(shapes))

    return make


@pytest.fixture
def make_facilities() -> Callable[..., gpd.GeoDataFrame]:
    def make(
        shapes: Sequence[Any], kinds: str | Sequence[str] = "school", **columns: Sequence[Any]
    ) -> gpd.GeoDataFrame:
        kind = [kinds] * len(shapes) if isinstance(kinds, str) else kinds
        rows = [
            {
                "id": f"f{n:03}",
                "name": f"设施{n}",
                "name_en": f"Place {n}",
                "category": kind[n],
                **{name: values[n] for name, values in columns.items()},
            }
            for n in range(len(shapes))
        ]
        return feature_frame(Layer.FACILITIES, rows, list(shapes))

    return make


@pytest.fixture
def east_of() -> Callable[[Point, float], Point]:
    """A point that many metres east on the metric CRS."""
    from geo import crs

    def move(point: Point, metres: float) -> Point:
        there = crs.project(point, EPSG)
        moved: Point = crs.unproject(Point(there.x + metres, there.y), EPSG)
        return moved

    return move
