"""Who is near what: distances, verdicts by a standard, gaps, uncovered ground and rings. In metres, straight or on foot."""

from geo.coverage.buffer import Check, CheckRow, Inside, Ring, Walk, Walks, buffer_check
from geo.coverage.catchment import (
    SLOW_DECAY,
    Served,
    Supplies,
    Supply,
    accessibility,
    pairs_straight,
    shared_out,
    supplies,
    thirds,
    wanted,
    weights,
)
from geo.coverage.change import TURN_WORDS, Turn, coverage_change
from geo.coverage.demand import PEOPLE, Demand, Share, Shares, demand_grid, outline, reach, shares
from geo.coverage.distances import Distances, measure
from geo.coverage.grid_on_foot import CellsOnFoot, pairs_on_foot, reach_on_foot
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
    service_area,
    shortest,
    side_by_side,
)
from geo.coverage.served import AreaServed, served_by_area
from geo.coverage.table import coverage_table, gaps, summary
from geo.coverage.walking import with_walks

__all__ = [
    "PEOPLE",
    "SLOW_DECAY",
    "TURN_WORDS",
    "WALK_SPEED_M_PER_MIN",
    "WHY_WORDS",
    "AreaGround",
    "AreaServed",
    "CellsOnFoot",
    "Check",
    "CheckRow",
    "Demand",
    "Distances",
    "Ground",
    "Inside",
    "OnFoot",
    "Ring",
    "Served",
    "ServiceArea",
    "Share",
    "Shares",
    "Supplies",
    "Supply",
    "Turn",
    "Walk",
    "Walks",
    "Why",
    "accessibility",
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
    "pairs_on_foot",
    "pairs_straight",
    "reach",
    "reach_on_foot",
    "served_by_area",
    "service_area",
    "shared_out",
    "shares",
    "shortest",
    "side_by_side",
    "summary",
    "supplies",
    "thirds",
    "uncovered_by_area",
    "uncovered_ground",
    "wanted",
    "warm",
    "weights",
    "with_walks",
]
