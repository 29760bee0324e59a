"""Whose victims phones are that lost service and name nobody, where several may have taken them.

They are found near, and while, an alert's transmitter is received, and count for whatever else is
odd there as well: an unlisted cell, a wrong row of the register. But one transmitter has taken
them, and they say nothing of the others. So they count by the share of each in the odds of all, as
these are without them.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from math import exp, expm1, inf, log1p
from typing import Final

import numpy as np

from detectors.incident.association import UNREPORTED_MS
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from geo.earth.sphere import great_circle_m

#: A transmitter takes phones farther off than most of those that report it: so many times as far,
#: and as far as this (m) where few have reported it.
_FARTHER: Final = 1.5
_NEAR_M: Final = 1100.0
#: The share of odds so far apart (nats) is none.
_FAR_APART: Final = 700.0


def is_nameless(tally: Tally) -> bool:
    """Whether a tally is of what happened to phones, without an area, a code or a text by which it
    would be known whose doing that is."""
    claimed = tally.claimed
    if tally.family != "signalling" or tally.text is not None:
        return False
    return claimed is None or (claimed.area is None and claimed.code is None)


def nameless_of(incident: Incident, belongs: Sequence[bool]) -> frozenset[str]:
    """Detectors that name nobody in what belongs to a story of an incident."""
    own = list(compress(incident.tallies, belongs))
    naming = {tally.detector for tally in own if not is_nameless(tally)}
    return frozenset(tally.detector for tally in own) - naming


def rivals(incident: Incident, peers: Iterable[Incident]) -> float:
    """Log-odds of alerts that may have taken the phones of an incident that name nobody, all
    together and as they are without these; minus infinity without any."""
    if incident.middle is None:
        return -inf
    nameless = [tally for tally in incident.tallies if is_nameless(tally)]
    if not nameless:
        return -inf
    since = min(tally.first_ts for tally in nameless) - UNREPORTED_MS
    until = max(tally.last_ts for tally in nameless) + UNREPORTED_MS
    odds = [
        other.named
        for other in peers
        if other.alerting
        and not other.closed
        and other is not incident
        and _is_within(incident.middle, other)
        and any(other.received_at(since, until))
    ]
    return float(np.logaddexp.reduce(odds)) if odds else -inf


def shared(weights: Mapping[str, float], names: Iterable[str], apart: float) -> dict[str, float]:
    """What is left of the nats of the detectors ``names`` where a story's odds are ``apart`` above
    its rivals' (log-odds, both without them)."""
    whole = sum(weights.get(name, 0.0) for name in names)
    if whole <= 0.0 or apart > _FAR_APART:
        return dict(weights)
    share = 1.0 / (1.0 + exp(min(-apart, _FAR_APART)))
    left = log1p(share * expm1(whole)) / whole
    return {name: nats * left if name in names else nats for name, nats in weights.items()}


def _is_within(middle: tuple[float, float], other: Incident) -> bool:
    if (reception := other.reception) is not None:
        *about, within_m = reception
    elif other.middle is not None:
        about, within_m = list(other.middle), _NEAR_M
    else:
        return False
    return great_circle_m(*middle, *about) <= max(_FARTHER * within_m, _NEAR_M)
