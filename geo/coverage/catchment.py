"""How much of a service each place has once everybody in reach has shared it: the enhanced two-step floating catchment.

W. Luo, Y. Qi: An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial accessibility to
primary care physicians. Health & Place 15 (2009) 1100–1107. A catchment is cut into zones by distance, each with a
weight W that falls outwards. First, each facility j divides its capacity S among the people P in its catchment,

    R_j = S_j / Σ_k P_k · W(d_kj),

then each place i adds up what the facilities in its own catchment have for it,

    A_i = Σ_j R_j · W(d_ij).

So nothing is lost or made: Σ_i A_i · P_i = Σ_j S_j over all facilities that have anybody in reach.

A district may have a service distance of its own: it is that of the people who live there, in both steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.coverage.demand import PEOPLE, Demand
from geo.coverage.distances import shapes
from geo.coverage.ground import checked_radius
from geo.coverage.kernels.grid import Pairs, pairs_within
from geo.coverage.kernels.threads import Floats, Ints
from geo.errors import InputError
from geo.i18n import N_, message
from geo.model import CELL_M

# Weights of the paper for its zones of 0-10, 10-20 and 20-30 minutes, as PySAL's access has them from it
# (enhanced_two_stage_fca: "the weight function from the original paper"). They are a Gaussian exp(-d²/β) at the inner edge
# of each zone: β = 262 min² gives 1, 0.683 and 0.217.
SLOW_DECAY = (1.0, 0.68, 0.22)
_PAIRS_HELD = 1_000_000  # at once: some 50 MB with what is made of them


@dataclass(frozen=True)
class Zones:
    """Zones by distance: up to ``radii_m[0]`` metres (inclusive) the weight is ``weights[0]``, and so on outwards.

    Raises:
        InputError: the radii are no distances that grow, or do not match the weights.
    """

    radii_m: tuple[float, ...]
    weights: tuple[float, ...] = SLOW_DECAY

    def __post_init__(self) -> None:
        for radius in self.radii_m:
            checked_radius(radius)
        if len(self.radii_m) != len(self.weights) or list(self.radii_m) != sorted(set(self.radii_m)):
            text = N_("分区半径 {radii} 不能用:请填 {count} 个从小到大的米数。")
            raise InputError(
                message(text, radii=" / ".join(f"{one:g}" for one in self.radii_m), count=len(self.weights))
            )

    def weight(self, metres: Floats) -> Floats:
        """W of each distance; 0 beyond the last zone."""
        by_zone = np.array([*self.weights, 0.0])
        weight: Floats = by_zone[np.searchsorted(np.array(self.radii_m), metres, side="left")]
        return weight


def thirds(radius_m: float) -> Zones:
    """Three zones of one width out to ``radius_m``, as the paper's 10, 20 and 30 minutes are.

    >>> thirds(900).radii_m, thirds(900).weights
    ((300.0, 600.0, 900), (1.0, 0.68, 0.22))
    """
    return Zones((radius_m / 3, radius_m * 2 / 3, radius_m))


def weights(pairs: Pairs, radius_m: Floats) -> Floats:
    """W of each pair, (p,): by :func:`thirds` of the radius (m,) of the place."""
    every = np.unique(radius_m)  # a few; pairs are millions
    if len(every) == 1:
        return thirds(float(every[0])).weight(pairs.metres)
    own = radius_m[pairs.other]
    weight = np.zeros(len(own))
    for radius in every:
        of = own == radius
        weight[of] = thirds(float(radius)).weight(pairs.metres[of])
    return weight


def accessibility(people: Floats, pairs: Pairs, capacity: npt.ArrayLike, weight: Floats) -> Floats:
    """A of each place, in units of capacity per person: (m,), 0 where no facility is in reach.

    Args:
        people: (m,) persons at each place, 0 or more.
        pairs: the places in reach of each of n facilities, at least to the outermost zone; by air (:func:`pairs_straight`)
            or by street (:func:`geo.coverage.pairs_on_foot`).
        capacity: (n,) what each facility has to share out, or one for all.
        weight: (p,) W of each pair.
    """
    n = len(pairs.start) - 1
    facility = np.repeat(np.arange(n), np.diff(pairs.start))
    wanting = np.bincount(facility, weight * people[pairs.other], minlength=n)
    ratio = np.divide(np.broadcast_to(capacity, n), wanting, out=np.zeros(n), where=wanting > 0)
    return np.bincount(pairs.other, weight * ratio[facility], minlength=len(people)).astype(np.float64)


def shared_out(
    people: Floats,
    facilities: gpd.GeoDataFrame,
    capacity: Floats,
    radius_m: Floats,
    pairs: Callable[[gpd.GeoDataFrame, float], Pairs],
) -> Floats:
    """:func:`accessibility` by :func:`thirds` of the radius (m,) of each place, a part of the facilities at a time.

    ``pairs`` gives the places within a limit of some facilities. Within 5 km of a thousand facilities are some ten million
    of a county's cells, a gigabyte to hold all at once.
    """
    limit = float(radius_m[people > 0].max(initial=1.0))
    step = max(1, int(_PAIRS_HELD / (np.pi * (limit / CELL_M) ** 2)))
    access = np.zeros(len(people))
    for first in range(0, len(facilities), step):
        some = slice(first, first + step)
        found = pairs(facilities.iloc[some], limit)
        access += accessibility(people, found, capacity[some], weights(found, radius_m))
    return access


# --- who is in reach of whom ---------------------------------------------------------------------------------------


def _paired(count: int, facility: npt.NDArray[Any], other: npt.NDArray[Any], metres: Floats) -> Pairs:
    """Pairs of ``count`` facilities (p,), in any order: of a pair that comes twice the nearer."""
    order = np.lexsort((metres, other, facility))
    facility, other, metres = facility[order], other[order], metres[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (facility[1:] != facility[:-1]) | (other[1:] != other[:-1])
    start = np.searchsorted(facility[first], np.arange(count + 1)).astype(np.int64)
    return Pairs(start, other[first].astype(np.int32), metres[first])


def pairs_straight(demand: Demand, facilities: gpd.GeoDataFrame, limit_m: float) -> Pairs:
    """The cells of ``demand`` whose centre is within ``limit_m`` (inclusive) of each facility, areas from their edge.

    Raises:
        CrsError: the frame has no CRS.
    """
    where = shapes(crs.to_metric(facilities, demand.epsg))
    wide = np.flatnonzero(shapely.get_dimensions(where) > 0)
    xy = np.full((len(where), 2), np.nan)
    points = shapely.get_type_id(where) == shapely.GeometryType.POINT
    xy[points] = shapely.get_coordinates(where[points])
    found = pairs_within(demand.grid, xy, limit_m)
    if not len(wide):
        return found
    centres = shapely.points(demand.centres)
    place, cell = shapely.STRtree(centres).query(where[wide], predicate="dwithin", distance=limit_m)
    return _paired(
        len(where),
        np.concatenate((np.repeat(np.arange(len(where)), np.diff(found.start)), wide[place])),
        np.concatenate((found.other, cell)),
        np.concatenate((found.metres, shapely.distance(where[wide[place]], centres[cell]))),
    )


# --- what comes of it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """One place: how many people (square kilometres, where nobody said how many live where) it has, how much capacity
    is theirs, and how many of them have none in reach. ``id`` as in :class:`geo.coverage.Share`."""

    id: str
    demand: float
    capacity: float
    without: float
    per: float  # what the rate is of: 1,000 people, or 1 km²

    @property
    def rate(self) -> float:
        """Capacity per 1,000 people, or per km²: the mean of A, each person counted once."""
        return self.capacity / self.demand * self.per if self.demand else 0.0

    @property
    def share_without(self) -> float:
        """0 to 1."""
        return self.without / self.demand if self.demand else 0.0


@dataclass(frozen=True)
class Supplies:
    """The county, and its districts and towns, the least served first."""

    county: Served
    districts: tuple[Served, ...]
    towns: tuple[Served, ...]


@dataclass(frozen=True)
class Supply:
    """How the capacity of one category is shared out.

    Attributes:
        places: the county, its districts and towns, the least served first.
        by_people: whether people share; else square kilometres do, since nobody said how many live where.
        known, unknown: facilities that state a capacity, and that do not.
        counted: fewer than half of the facilities state one, so that each counts as 1; else those that state none are left
            out.
        capacity: what there is to share out, and ``idle``, how much of it has nobody in reach.
        radii_m: the service distances that took part, ascending; zones are thirds of each.
        sample: whether made-up facilities or people took part.
    """

    places: Supplies
    by_people: bool
    known: int
    unknown: int
    counted: bool
    capacity: float
    idle: float
    radii_m: tuple[float, ...]
    sample: bool


def wanted(demand: Demand) -> Floats:
    """(m,) what shares a capacity: people, or km² where nobody said how many live where."""
    return demand.people if demand.weight == PEOPLE else demand.area_m2 / 1e6


def supplies(demand: Demand, access: Floats) -> Supplies:
    """``access`` (m,), A of each cell for :func:`wanted`, summed up by place."""
    return Supplies(
        _served(demand, access, ("",), np.full(demand.grid.count, -1))[0],
        _served(demand, access, demand.districts, demand.district),
        _served(demand, access, demand.towns, demand.town),
    )


def _served(demand: Demand, access: Floats, ids: Sequence[str], code: Ints) -> tuple[Served, ...]:
    """The least served first; then in the order given. Nobody's places are left out."""
    want, per = wanted(demand), 1000.0 if demand.weight == PEOPLE else 1.0
    named = ("", *ids)  # code -1 is the first
    of = (want, want * access, want * (access == 0))
    sums = [np.bincount(code + 1, each, minlength=len(named)).tolist() for each in of]
    found = [Served(id, every, theirs, none, per) for id, every, theirs, none in zip(named, *sums, strict=True)]
    return tuple(sorted((one for one in found if one.demand), key=lambda one: (one.rate, -one.share_without)))
