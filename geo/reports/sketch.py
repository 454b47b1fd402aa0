"""A small map of one place as inline SVG: rings, facilities, neighbours, districts, scale bar, north."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.coverage import Check
from geo.i18n import N_, translate
from geo.model import Pack
from geo.reports.cells import half_widths
from geo.reports.tables import names

WIDTH = 640.0  # units of the drawing
HEIGHT = 450.0
_MARGIN = 1.16  # ground shown around the largest ring, times its radius
_MOST_GLYPHS = 160  # more signs than this would hide each other: dots take their place
_MOST_NAMES = 12  # other bases that are named
_WIDEST_NAME = 28  # half-width characters
_LEAST_NAMED = 0.04  # a district that fills less of the picture than this goes without its name
_RING_LABEL_STEP_DEG = 24.0
_BAR_SHARE = 0.22  # the scale bar is no longer than this share of the width

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _View:
    """From metres on the metric CRS to the drawing: ``scale`` units per metre around (x, y)."""

    x: float
    y: float
    scale: float
    epsg: int

    def draw(self, geometry: Any) -> Any:
        """Geometry (or array) in EPSG:4326 as drawn, y downwards."""
        return shapely.transform(crs.project(geometry, self.epsg), self._units)

    def _units(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(
            [(xy[:, 0] - self.x) * self.scale + WIDTH / 2, HEIGHT / 2 - (xy[:, 1] - self.y) * self.scale]
        )


_FRAME = shapely.box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What may lie near a place, of one moment, EPSG:4326."""

    bases: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame  # columns name, name_en, schematic


def sketch(check: Check, pack: Pack, around: Surroundings, place: Any, lang: str) -> str:
    """An ``<svg>`` of the rings of ``check`` around ``place`` (EPSG:4326) and what lies near, drawn to scale."""
    view = _view(check, pack.metric_epsg)
    layers = (
        _outlines(view, pack, around.districts, lang),
        _rings(view, check),
        _facilities(view, check, pack, around.facilities),
        _neighbours(view, around.bases, place, lang),
        _radii(view, check, lang),
        _place(view, place),
        _scale_bar(view, lang),
        _north(lang),
    )
    label = escape(translate(lang, N_("缓冲区示意图")))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{label}"><clipPath id="f"><rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}"/></clipPath>'
        f'<rect class="ground" width="{WIDTH:.0f}" height="{HEIGHT:.0f}"/>'
        f'<g clip-path="url(#f)">{"".join(layers)}</g></svg>'
    )


def _view(check: Check, epsg: int) -> _View:
    west, south, east, north = shapely.bounds(crs.project(check.rings[-1].geometry, epsg))
    scale = min(WIDTH / (east - west), HEIGHT / (north - south)) / _MARGIN
    return _View((west + east) / 2, (south + north) / 2, scale, epsg)


def _path(geometry: Any) -> str:
    """An SVG path of the lines of ``geometry``; of polygons, their edges."""
    lines = shapely.get_parts(shapely.boundary(geometry) if shapely.get_dimensions(geometry) == 2 else geometry)
    return " ".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line)) for line in lines)


def _text(x: float, y: float, kind: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _outlines(view: _View, pack: Pack, districts: gpd.GeoDataFrame, lang: str) -> str:
    """District edges, faint, and dashed where they are schematic, and the county's own edge."""
    drawn = []
    for shape, name, rough in zip(districts.geometry, names(districts, lang), districts["schematic"], strict=True):
        area = view.draw(shape)
        seen = shapely.intersection(area, _FRAME)
        if shapely.is_empty(seen):
            continue
        drawn.append(f'<path class="{edge_class(rough)}" d="{_path(_edges(area))}"/>')
        if seen.area > _LEAST_NAMED * _FRAME.area:
            spot = shapely.point_on_surface(seen)
            drawn.append(_text(spot.x, spot.y, "faint", name))
    county = shapely.union_all(view.draw(_array(pack.boundary)))
    return f'<path class="county" d="{_path(_edges(county))}"/>{"".join(drawn)}'


def edge_class(schematic: bool) -> str:
    """The style of a district's edge."""
    return "district schematic" if schematic else "district"


def _edges(area: Any) -> Any:
    lines = shapely.intersection(shapely.boundary(area), _FRAME)
    kept = [part for part in shapely.get_parts(lines) if shapely.length(part) > 0]  # a corner touched is a point
    return shapely.MultiLineString(kept)


def _array(frame: gpd.GeoDataFrame) -> Shapes:
    return np.asarray(frame.geometry.array, dtype=object)


def _rings(view: _View, check: Check) -> str:
    return "".join(f'<path class="ring" d="{_path(view.draw(ring.geometry))}Z"/>' for ring in reversed(check.rings))


def _radii(view: _View, check: Check, lang: str) -> str:
    """The radius on each ring, turned a little from one to the next so that close ones stay apart."""
    drawn = []
    for place, ring in enumerate(check.rings):
        x, y = _on_ring(view.draw(ring.geometry), 90 - place * _RING_LABEL_STEP_DEG)
        drawn.append(_text(x, y + 4, "radius", translate(lang, N_("{m} 米"), m=f"{ring.radius_m:,.0f}")))
    return "".join(drawn)


def _on_ring(ring: Any, angle_deg: float) -> tuple[float, float]:
    """Where a ray from the ring's middle leaves it; angle counted from east, anticlockwise."""
    middle = shapely.centroid(ring)
    far = WIDTH + HEIGHT
    angle = math.radians(angle_deg)
    ray = shapely.LineString([middle, (middle.x + far * math.cos(angle), middle.y - far * math.sin(angle))])
    *_, last = shapely.get_coordinates(shapely.intersection(ray, ring))
    return float(last[0]), float(last[1])


def _anchors(view: _View, frame: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Rows of ``frame`` that are in the picture, and where (m, 2)."""
    shapes = _array(frame)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    points = view.draw(shapely.point_on_surface(shapes[there]))
    seen = shapely.intersects(points, _FRAME)
    return there[seen], shapely.get_coordinates(points[seen])


def _neighbours(view: _View, bases: gpd.GeoDataFrame, place: Any, lang: str) -> str:
    rows, spots = _anchors(view, bases)
    own = shapely.equals(_array(bases)[rows], place)
    words = names(bases.iloc[rows], lang)
    others = [(spot, word) for spot, word, same in zip(spots, words, own, strict=True) if not same]
    marks = [f'<path class="base" d="M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6z"/>' for (x, y), _ in others]
    marks += [_text(x, y + 17, "name", _short(word)) for (x, y), word in others[:_MOST_NAMES]]
    return "".join(marks)


def _short(name: str) -> str:
    """``name``, or what fits of it with an ellipsis."""
    if half_widths(name) <= _WIDEST_NAME:
        return name
    fits = next(length for length in range(len(name), 0, -1) if half_widths(name[:length]) < _WIDEST_NAME)
    return name[:fits] + "…"


def _facilities(view: _View, check: Check, pack: Pack, facilities: gpd.GeoDataFrame) -> str:
    """Facilities in their family's colour: hollow when made up, faint beyond the largest ring."""
    judged = facilities[facilities["category"].isin([row.category for row in check.rows])]
    rows, spots = _anchors(view, judged)
    there = judged.iloc[rows]
    inside = there["id"].isin([one.id for one in check.inside]).tolist()
    glyphs = {category.id: category.glyph for category in pack.categories}
    colours = family_colours(pack)
    signs = zip(spots, there["category"], there["sample"], inside, strict=True)
    if len(rows) > _MOST_GLYPHS:
        return "".join(dot(x, y, 3, colours[kind], sample, near) for (x, y), kind, sample, near in signs)
    return "".join(sign(x, y, 8, glyphs[kind], colours[kind], sample, near) for (x, y), kind, sample, near in signs)


def family_colours(pack: Pack) -> dict[str, str]:
    """Category id -> the colour of its family."""
    families = {family.id: family.colour for family in pack.families}
    return {category.id: families[category.family] for category in pack.categories}


def dot(x: float, y: float, radius: float, colour: str, sample: bool, strong: bool = True) -> str:
    """A circle, hollow when made up."""
    fill = "#fff" if sample else escape(colour)
    faint = "" if strong else ' opacity=".45"'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{escape(colour)}" '
        f'stroke-width="1.4"{faint}/>'
    )


def sign(x: float, y: float, radius: float, glyph: str, colour: str, sample: bool, strong: bool = True) -> str:
    """A circle with the category's character in it."""
    ink = escape(colour) if sample else "#fff"
    faint = "" if strong else ' opacity=".45"'
    size = radius * 1.3
    return (
        dot(x, y, radius, colour, sample, strong)
        + f'<text x="{x:.1f}" y="{y + size * 0.36:.1f}" class="glyph" font-size="{size:.1f}" fill="{ink}"{faint}>'
        + f"{escape(glyph)}</text>"
    )


def _place(view: _View, place: Any) -> str:
    drawn = view.draw(place)
    outline = f'<path class="site" d="{_path(drawn)}"/>' if shapely.get_dimensions(drawn) else ""
    spot = shapely.point_on_surface(drawn)
    return outline + place_mark(spot.x, spot.y)


def place_mark(x: float, y: float) -> str:
    """The sign of the place that is checked."""
    return (
        f'<g class="place"><circle cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
        f'<path d="M{x - 14:.1f} {y:.1f}h28M{x:.1f} {y - 14:.1f}v28"/></g>'
    )


def _scale_bar(view: _View, lang: str) -> str:
    metres = _round_length(WIDTH * _BAR_SHARE / view.scale)
    length = metres * view.scale
    x, y = 18.0, HEIGHT - 18.0
    words = (
        translate(lang, N_("{m} 米"), m=f"{metres:,.0f}")
        if metres < 1000
        else translate(lang, N_("{km} 公里"), km=f"{metres / 1000:g}")
    )
    back = f'<rect class="back" x="{x - 8:.1f}" y="{y - 22:.1f}" width="{length + 16:.1f}" height="30"/>'
    bar = f'<path class="bar" d="M{x:.1f} {y - 6:.1f}v6h{length:.1f}v-6"/>'
    return back + bar + _text(x + length / 2, y - 5, "scale", words)


def _round_length(most: float) -> float:
    """The longest of 1, 2, 5 × 10ⁿ metres that is no more than ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    steps: Iterable[float] = (1.0, 2.0, 5.0)
    return max(step * power for step in steps if step * power <= most)


def _north(lang: str) -> str:
    x, y = WIDTH - 28.0, 16.0
    return f'<path class="north" d="M{x:.1f} {y:.1f}l8 26-8-6-8 6z"/>' + _text(
        x, y + 40, "scale", translate(lang, N_("北"))
    )
