"""Who is near what: distances, verdicts by a standard, gaps, uncovered ground and rings. Straight lines, in metres."""

from geo.coverage.buffer import Check, CheckRow, Inside, Ring, buffer_check
from geo.coverage.distances import Distances, measure
from geo.coverage.ground import AreaGround, Ground, beyond, merged, uncovered_by_area, uncovered_ground
from geo.coverage.table import coverage_table, gaps, summary

__all__ = [
    "AreaGround",
    "Check",
    "CheckRow",
    "Distances",
    "Ground",
    "Inside",
    "Ring",
    "beyond",
    "buffer_check",
    "coverage_table",
    "gaps",
    "measure",
    "merged",
    "summary",
    "uncovered_by_area",
    "uncovered_ground",
]
