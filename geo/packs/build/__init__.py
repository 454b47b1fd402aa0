"""Makes packs: what any county's pack begins with, and the pieces that a pack's own script shares."""

from geo.packs.build.country import GEONAMES, boundary_of, centres_in, county_of, neighbours_of, points_of
from geo.packs.build.layers import Feature, Seed, feature, town_cells, write_collection
from geo.packs.build.skeleton import build

__all__ = [
    "GEONAMES",
    "Feature",
    "Seed",
    "boundary_of",
    "build",
    "centres_in",
    "county_of",
    "feature",
    "neighbours_of",
    "points_of",
    "town_cells",
    "write_collection",
]
