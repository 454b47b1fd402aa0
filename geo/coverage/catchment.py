"""How much of a service each place has once everybody in reach has shared it: the enhanced two-step floating catchment.

W. Luo, Y. Qi: An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial accessibility to
primary care physicians. Health & Place 15 (2009) 1100–1107. A catchment is cut into zones by distance, each with a
weight W that falls outwards. First, each facility j divides its capacity S among the people P in its catchment,

    R_j = S_j / Σ_k P_k · W(d_kj),

then each place i adds up what the facilities in its own catchment have for it,

    A_i = Σ_j R_j · W(d_ij).

So nothing is lost or made: Σ_i A_i · P_i = Σ_j S_j over all facilities that have anybody in reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.coverage.ground import checked_radius
from geo.coverage.kernels.grid import Pairs
from geo.coverage.kernels.threads import Floats
from geo.errors import InputError
from geo.i18n import N_, message

# The two sets of weights of the paper, by a Gaussian, for three zones: slow and fast decay.
SLOW_DECAY = (1.0, 0.68, 0.22)
FAST_DECAY = (1.0, 0.42, 0.09)


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


def accessibility(people: Floats, pairs: Pairs, capacity: npt.ArrayLike, zones: Zones) -> Floats:
    """A of each place, in units of capacity per person: (m,), 0 where no facility is in reach.

    Args:
        people: (m,) persons at each place, 0 or more.
        pairs: the places in reach of each of n facilities, at least to the outermost zone; by air
            (:func:`geo.coverage.kernels.grid.pairs_within`) or by street.
        capacity: (n,) what each facility has to share out, or one for all.
    """
    n = len(pairs.start) - 1
    facility = np.repeat(np.arange(n), np.diff(pairs.start))
    weight = zones.weight(pairs.metres)
    wanting = np.bincount(facility, weight * people[pairs.other], minlength=n)
    ratio = np.divide(np.broadcast_to(capacity, n), wanting, out=np.zeros(n), where=wanting > 0)
    return np.bincount(pairs.other, weight * ratio[facility], minlength=len(people)).astype(np.float64)
