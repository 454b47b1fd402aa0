"""Every code that a fault can have, and how grave it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Severity = Literal["error", "warning"]

# A row with an error is rejected; a warning lets it in.
SEVERITIES: Mapping[str, Severity] = {
    "not_a_feature": "error",
    "not_json_line": "error",
    "bad_properties": "error",
    "duplicate_key": "warning",
    "foreign_member": "warning",
    "missing_name": "error",
    "missing_stage": "error",
    "missing_category": "error",
    "unknown_stage": "error",
    "unknown_category": "error",
    "unknown_cluster": "error",
    "unknown_district": "error",
    "unknown_certainty": "error",
    "bad_year": "error",
    "missing_people": "error",
    "bad_number": "error",
    "unknown_town": "warning",
    "bad_type": "error",
    "bad_text": "error",
    "too_long": "error",
    "duplicate_id": "error",
    "duplicate_row": "error",
    "null_geometry": "error",
    "wrong_geometry_type": "error",
    "bad_position": "error",
    "bad_ring": "error",
    "open_ring": "error",
    "ring_winding": "warning",
    "empty_geometry": "error",
    "antimeridian": "error",
    "invalid_geometry": "error",
    "swapped_axes": "error",
    "projected_coordinates": "error",
    "in_neighbour": "error",
    "in_sea": "error",
    "outside_county": "error",
    "near_boundary": "warning",
    "partly_outside": "warning",
    "elevation_dropped": "warning",
    "crs_converted": "warning",
    "crs_unknown": "warning",
    "datum_suspected": "warning",
    "datum_mixed": "warning",
    "column_dropped": "warning",
    "html_in_name": "warning",
    "district_differs": "warning",
    "duplicate_place": "warning",
    "near_same_name": "warning",
    "replaces_existing": "warning",
    "unchanged": "warning",
    "unknown_property": "warning",
}
