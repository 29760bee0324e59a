"""Whose victims phones are that lost service and name nobody, where another may have taken them.

They are found near, and while, an alert's transmitter is received, and would count for whatever
else is odd there as well: an unlisted cell, a wrong row of the register. But if that transmitter
is there, it explains them. With p the probability of that, and n the nats that they bring where
nothing else does, they bring -log(p + (1 - p) exp(-n)): the chance of them is p of one and 1 - p of
exp(-n).
"""

from collections.abc import Iterable, Mapping
from math import exp, log
from typing import Final

from detectors.incident.association import UNREPORTED_MS
from detectors.incident.fusion import probability
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from geo.earth.sphere import great_circle_m

#: A transmitter takes phones farther off than most of those that report it, so many times as far;
#: and phones that come back are placed at the cells on which they do, so far off (m) at least.
_FARTHER: Final = 1.5
_NEAR_M: Final = 1100.0
#: So many receivers may be hostile, or have a wrong clock; and of the phones that name nobody
#: one in so many, first and last each, one at least where there are enough.
_HOSTILE: Final = 3
_ONE_IN: Final = 10
_ENOUGH: Final = 4


def is_nameless(tally: Tally) -> bool:
    """Whether a tally is of what happened to phones, without an area, a code or a text by which it
    would be known whose doing that is."""
    claimed = tally.claimed
    if tally.family != "signalling" or tally.text is not None:
        return False
    return claimed is None or (claimed.area is None and claimed.pci is None)


def of_others(incident: Incident, peers: Iterable[Incident]) -> float:
    """How likely it is, 0 to 1, that an alert's transmitter took those of an incident's phones that
    name nobody. An alert that is over is no more among the ``peers``: then as before.

    What speaks for that transmitter is taken without phones that name nobody.
    """
    span = _nameless_span(incident)
    if incident.middle is None or span is None:
        return 0.0
    about = [
        other
        for other in peers
        if other.alerting
        and other is not incident
        and _is_within(incident.middle, other)
        and len({report.who for report in other.received_at(*span)}) > _HOSTILE
    ]
    if not about:
        return incident.others
    nobodys = 1.0
    for other in about:
        if not other.closed:
            nobodys *= probability(-other.named_odds)
    return 1.0 - nobodys


def shared(
    whole: Mapping[str, float], named: Mapping[str, float], others: float
) -> dict[str, float]:
    """Nats of a story by detector, where ``others`` is how likely another took its phones that name
    nobody; between what it comes to with all of these and without any (``named``)."""
    if others <= 0.0:
        return dict(whole)
    nats = sum(whole.values()) - sum(named.values())
    if nats <= 0.0:
        return dict(named)
    left = -log(others + (1.0 - others) * exp(-nats)) / nats
    return {
        name: left * all_of + (1.0 - left) * named.get(name, 0.0) for name, all_of in whole.items()
    }


def _nameless_span(incident: Incident) -> tuple[int, int] | None:
    """From when to when (event time, ms) whoever took the phones that name nobody was on the air:
    most of them, since one or two may have wrong clocks."""
    times = sorted(
        vote.seen
        for tally in incident.tallies
        if is_nameless(tally)
        for vote in tally.votes.values()
    )
    if not times:
        return None
    odd = max(1, len(times) // _ONE_IN) if len(times) >= _ENOUGH else 0
    return times[odd] - UNREPORTED_MS, times[-1 - odd] + UNREPORTED_MS


def _is_within(middle: tuple[float, float], other: Incident) -> bool:
    if (reception := other.reception) is not None:
        *about, within_m = reception
    elif other.middle is not None:
        about, within_m = list(other.middle), 0.0
    else:
        return False
    return great_circle_m(*middle, *about) <= max(_FARTHER * within_m, _NEAR_M)
