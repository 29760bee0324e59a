"""Other candidates of a zone that look like an incident, detector by detector.

They show how often an innocent cause does as much here. But a neighbour in crime looks alike too,
and transmitters must not acquit one another. What an innocent look-alike lacks tells them apart: a
hole in the register costs nobody the service, brings no phantom SMS and no phones that come back;
an honest sender whose texts aren't recorded reaches the whole town, not one place. So a look-alike
of which other detectors found e nats counts by exp(-e), how much less likely an innocent one is to
have them. Detectors of one family often have one innocent cause, so that these count by a share.

A few phones can make up any number of look-alikes, and so acquit whatever they like; or of strays'
areas, so that these seem quiet. So one phone speaks for `_MOST_OF_ONE` of them at most, and where
they name what happened to it for one alone: an honest phone passes several holes of a register, but
isn't harmed again and again.

They also show how many strays come from one unknown area. They are gone through once for all that
is asked of them: a crowded zone has a thousand, and an incident has several stories to be weighed.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from math import ceil, exp
from typing import Final

from detectors.incident.burst import LONGEST_MS, Strays, learned
from detectors.incident.incident import Incident
from detectors.model.finding import OF_HARM, Family

_MOST_OF_ONE: Final = 4


class LookAlikes:
    """Incidents beside ``incident`` that never became an alert, with evidence since ``since_ms``;
    those of other zones, which only look in here, don't count.

    ``harm_of`` gives what happened to the phones of one: by detector its nats and family. Detectors
    of one family count by ``same_family_share`` for each other, but for those ``own_cause``. Of
    those ``by_rate`` it is learned from them how busy strays are (`detectors.incident.burst`).
    """

    def __init__(
        self,
        incident: Incident,
        peers: Iterable[Incident],
        since_ms: float,
        harm_of: Callable[[Incident], Mapping[str, tuple[float, Family]]],
        same_family_share: float,
        own_cause: Container[str],
        by_rate: Container[str] = (),
    ) -> None:
        self._wanted = wanted = {tally.detector: tally.family for tally in incident.tallies}

        def share(detector: str, other: str, family: Family) -> float:
            is_apart = family != wanted[detector] or detector in own_cause or other in own_cause
            return 1.0 if is_apart else same_family_share

        self._by_detector: dict[str, list[tuple[float, Incident]]] = {name: [] for name in wanted}
        counts = {name: list[int]() for name in wanted if name in by_rate}
        spoken, watched_ms = defaultdict[tuple[str, str], int](int), 0
        for peer in peers:
            if peer.last_rx < since_ms or peer.alert_id is not None or peer is incident:
                continue
            if peer.owner != peer.zone:
                continue
            watched_ms = max(watched_ms, incident.last_rx - peer.first_rx)
            for detector in peer.devices_by_detector:
                if detector in counts:
                    counts[detector] += _of_areas(peer, detector, spoken)
                if detector in wanted:
                    others = [
                        nats * share(detector, name, family)
                        for name, (nats, family) in harm_of(peer).items()
                        if name != detector
                    ]
                    innocent = exp(-sum(others))
                    self._by_detector[detector].append((innocent, peer))
        span_ms = min(watched_ms, LONGEST_MS)
        self.strays: dict[str, Strays] = {
            name: learned(some, span_ms) for name, some in counts.items()
        }

    def count(self, detector: str, cap: float, devices: float) -> float:
        """How many innocents have as many devices by a detector, by evidence at least as strong in
        kind; each counts as far as it looks innocent."""
        like, spoken = 0.0, defaultdict[str, float](float)
        most = 1 if self._wanted.get(detector) in OF_HARM else _MOST_OF_ONE
        for innocent, peer in self._by_detector.get(detector, ()):
            pairs = peer.devices_by_detector[detector]
            if not any(many >= devices and theirs >= cap for theirs, many in pairs):
                continue
            who = peer.voters_of(detector)
            whole, shared = True, 0.0
            for voter in who:
                left = most - spoken[voter]
                share = innocent if innocent < left else left
                whole &= share == innocent
                shared += share
                spoken[voter] += share
            like += innocent if whole else shared / len(who)
        return like


def _of_areas(peer: Incident, detector: str, spoken: dict[tuple[str, str], int]) -> Iterator[int]:
    """How many were found of each identity of a peer by a detector in the longest time that is
    looked at; ``spoken`` counts of how many each spoke already, by detector and name."""
    lately = min(1.0, LONGEST_MS / max(1, peer.last_rx - peer.first_rx))
    for tally in peer.tallies:
        if tally.detector != detector:
            continue
        who = [voter for voter in tally.votes if spoken[detector, voter] < _MOST_OF_ONE]
        for voter in who:
            spoken[detector, voter] += 1
        if who:
            yield ceil(len(tally.votes) * lately)
