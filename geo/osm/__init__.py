"""OpenStreetMap extracts: a file in, the county's facilities and walkable ways out, and a report of both."""

from geo.osm.extract import ID_START, STAGES, Extract, Watch, read_apart, read_extract, unwatched
from geo.osm.files import is_extract
from geo.osm.report import SKIP_WORDS, OsmReport, Skip
from geo.osm.tags import TagTable, read_tags

__all__ = [
    "ID_START",
    "SKIP_WORDS",
    "STAGES",
    "Extract",
    "OsmReport",
    "Skip",
    "TagTable",
    "Watch",
    "is_extract",
    "read_apart",
    "read_extract",
    "read_tags",
    "unwatched",
]
