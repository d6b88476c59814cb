"""Wilson's interval of a rate. Knows nothing about what is counted; imports no numpy, for commands import
it."""

from __future__ import annotations

import math
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def wilson_bounds(rate: float, observations: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927); scipy's binomtest gives the same but takes whole numbers
    only.

    observations: how many the rate rests on; need not be a whole number.
    """
    scale = 1 + Z * Z / observations
    centre = (rate + Z * Z / (2 * observations)) / scale
    half = Z * math.sqrt(rate * (1 - rate) / observations + Z * Z / (4 * observations**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)
