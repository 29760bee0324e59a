"""How old an installation is, in time during which reports came, and what it can't know yet.

A span by the clock would count nights without a worker; so minutes of arrival time are counted in
which anything was reported. What is learned within how long stands in one table, `LEARNED_AFTER`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from detectors.model.described import means

Stage = Literal["cold", "hour", "week"]
Kind = Literal["sites", "levels", "networks", "habits", "areas"]

#: Reports are counted by minutes of arrival time.
MINUTE_MS: Final = 60_000
_HOUR, _DAY = 60, 1_440
#: Minutes of reports from which on an installation counts as of that stage.
STAGES: Final[dict[Stage, int]] = {"cold": 0, "hour": _HOUR, "week": 7 * _DAY}
#: Minutes of reports before what is learned can be relied on: sites, levels of cells and habits of
#: networks come with the first hour's phones; habits of places are means of twenty-four windows of
#: ten minutes; areas that strays name are those of the hours of a day.
LEARNED_AFTER: Final[dict[Kind, int]] = {
    "sites": _HOUR,
    "levels": _HOUR,
    "networks": _HOUR,
    "habits": 4 * _HOUR,
    "areas": _DAY,
}
#: Detectors whose findings are counted; there are far fewer, and more can only be a slip.
_DETECTORS: Final = 64

Ms = Annotated[int, Meta(ge=0, le=1 << 53)]
Amount = Annotated[int, Meta(ge=0, le=1 << 53)]


class Age(msgspec.Struct):
    """Since when one zone is watched, and how much came: ``first_ms`` and ``last_ms`` are arrival
    times (0: nothing yet), ``minutes`` those in which anything came, ``reports`` all that was taken
    in, ``findings`` by detector."""

    first_ms: Ms = 0
    last_ms: Ms = 0
    minutes: Amount = 0
    reports: Amount = 0
    findings: Annotated[
        dict[Annotated[str, Meta(max_length=60)], Amount], Meta(max_length=_DETECTORS)
    ] = {}

    def observe(self, rx_ms: int, reports: int = 1) -> None:
        """Takes note of so many reports at an arrival time."""
        if not self.first_ms:
            self.first_ms = rx_ms
        if rx_ms > self.last_ms:
            if rx_ms // MINUTE_MS > self.last_ms // MINUTE_MS:
                self.minutes += 1
            self.last_ms = rx_ms
        self.reports += reports

    def observe_each(self, rx_ms: Sequence[int]) -> None:
        """Takes note of a report at each of some arrival times, one at least, which are in order.

        >>> age = Age()
        >>> age.observe_each([60_000, 61_000, 190_000])
        >>> age.first_ms, age.last_ms, age.minutes, age.reports
        (60000, 190000, 2, 3)
        """
        self.first_ms = self.first_ms or rx_ms[0]
        at = bisect_left(rx_ms, (self.last_ms // MINUTE_MS + 1) * MINUTE_MS)
        while at < len(rx_ms):
            self.minutes += 1
            at = bisect_left(rx_ms, (rx_ms[at] // MINUTE_MS + 1) * MINUTE_MS, at)
        self.last_ms = max(self.last_ms, rx_ms[-1])
        self.reports += len(rx_ms)

    def copy(self) -> "Age":
        """The age as it is now."""
        return msgspec.structs.replace(self, findings=dict(self.findings))

    def find(self, detector: str) -> None:
        """Takes note of a finding."""
        if detector in self.findings or len(self.findings) < _DETECTORS:
            self.findings[detector] = self.findings.get(detector, 0) + 1


class Learning(msgspec.Struct, frozen=True, kw_only=True):
    """How far one zone has come with learning."""

    zone: Annotated[str, means("Name of the zone.")]
    stage: Annotated[Stage, means("cold, hour or week: how long reports have come.")]
    since_ms: Annotated[int, means("Arrival time of its first report.", "ms")]
    minutes: Annotated[int, means("Minutes in which anything was reported.", "min")]
    reports: Annotated[int, means("Reports that it has learned from.")]
    sites: Annotated[int, means("Sites of the register that were reported.")] = 0
    not_yet: Annotated[tuple[Kind, ...], means("What it can't rely on yet.")] = ()


def stage_of(minutes: int) -> Stage:
    """The stage of so many minutes of reports.

    >>> stage_of(59), stage_of(60), stage_of(10_080)
    ('cold', 'hour', 'week')
    """
    return [stage for stage, least in STAGES.items() if minutes >= least][-1]


def learning_of(zone: str, age: Age, sites: int) -> Learning:
    """How far a zone of an age has come.

    >>> learning_of("z", Age(minutes=250), 3).not_yet
    ('areas',)
    """
    not_yet = tuple(kind for kind, least in LEARNED_AFTER.items() if age.minutes < least)
    return Learning(
        zone=zone,
        stage=stage_of(age.minutes),
        since_ms=age.first_ms,
        minutes=age.minutes,
        reports=age.reports,
        sites=sites,
        not_yet=not_yet,
    )


def learning_in(reported: Any) -> list[Learning]:
    """What a sign of life holds of it; nothing where that is of another version's form.

    >>> learning_in(None), learning_in([{"zone": 7}])
    ([], [])
    """
    try:
        return msgspec.convert(reported or [], list[Learning])
    except msgspec.ValidationError:
        return []


def busiest_first(every: Iterable[Learning]) -> list[Learning]:
    """Each zone once, as whoever knows it best reports it, that of most reports first: a zone of
    which only an edge is seen from a neighbour's city stays young for ever."""
    best: dict[str, Learning] = {}
    for one in every:
        if one.zone not in best or one.reports > best[one.zone].reports:
            best[one.zone] = one
    return sorted(best.values(), key=lambda one: (-one.reports, one.zone))
