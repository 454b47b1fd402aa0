"""Who is near what: distances, verdicts by a standard, gaps, uncovered ground and rings. In metres, straight or on foot."""

from geo.coverage.buffer import Check, CheckRow, Inside, Ring, buffer_check
from geo.coverage.change import TURN_WORDS, Turn, coverage_change
from geo.coverage.demand import Demand, Share, Shares, demand_grid, outline, reach, shares
from geo.coverage.distances import Distances, measure
from geo.coverage.ground import AreaGround, Ground, beyond, merged, uncovered_by_area, uncovered_ground
from geo.coverage.kernels.warm import warm
from geo.coverage.onfoot import (
    WALK_SPEED_M_PER_MIN,
    WHY_WORDS,
    OnFoot,
    ServiceArea,
    Why,
    measure_on_foot,
    nearest_on_foot,
    reach_on_foot,
    service_area,
    shortest,
    side_by_side,
)
from geo.coverage.table import coverage_table, gaps, summary

__all__ = [
    "TURN_WORDS",
    "WALK_SPEED_M_PER_MIN",
    "WHY_WORDS",
    "AreaGround",
    "Check",
    "CheckRow",
    "Demand",
    "Distances",
    "Ground",
    "Inside",
    "OnFoot",
    "Ring",
    "ServiceArea",
    "Share",
    "Shares",
    "Turn",
    "Why",
    "beyond",
    "buffer_check",
    "coverage_change",
    "coverage_table",
    "demand_grid",
    "gaps",
    "measure",
    "measure_on_foot",
    "merged",
    "nearest_on_foot",
    "outline",
    "reach",
    "reach_on_foot",
    "service_area",
    "shares",
    "shortest",
    "side_by_side",
    "summary",
    "uncovered_by_area",
    "uncovered_ground",
    "warm",
]
