"""What was received where, since when and by whom: the memory of rules that judge what is new.

What is there when listening begins is not new. So a *watch* remembers since when reports
come from a place, by a sample of all reports; a *spell* is one thing (an identity, a channel and
code) received at one place, from its first to its last report.
"""

from math import exp, log
from typing import Final

import msgspec

from detectors.features.rows.recent_rows import RecentRows
from detectors.model.finding import Observation
from geo.earth.sphere import great_circle_m

#: Sides of the squares of a watch, degrees: some 2 km.
_SQUARE_DEG: Final = 0.02
_SQUARES: Final = 4096
#: A square without a sample for so long was not watched between.
_WATCH_GAP_MS: Final = 1_800_000
_LEAST_SAMPLES: Final = 3
#: Things that a zone remembers, places of each, and devices of each.
_THINGS: Final = 2048
_SPELLS: Final = 8
_DEVICES: Final = 8
_NEAR_M: Final = 1500.0
_OLD_MS: Final = 600_000
_LOOK_BACK_MS: Final = 30_000


class Lately:
    """Which of a device's reports are new: made the first time within ``window_ms`` of arrival."""

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._reported_ms: dict[str, int] = {}
        self._swept_ms = -(1 << 62)

    def is_new(self, report: str, rx_ms: int) -> bool:
        """Whether the report wasn't new already within the window, and notes it if so."""
        self._sweep(rx_ms)
        reported_ms = self._reported_ms.get(report)
        if reported_ms is not None and abs(rx_ms - reported_ms) < self._window_ms:
            return False
        self._reported_ms[report] = rx_ms
        return True

    def _sweep(self, now_ms: int) -> None:
        if now_ms - self._swept_ms < self._window_ms / 4:
            return
        self._swept_ms = now_ms
        oldest = now_ms - self._window_ms
        self._reported_ms = {report: ms for report, ms in self._reported_ms.items() if ms > oldest}


class RecentReports:
    """Screening state: the serving cells of the last half minute, in which the other half of an
    update follows, and what was reported within ``window_ms`` of arrival."""

    def __init__(self, window_ms: int) -> None:
        self.rows = RecentRows(_LOOK_BACK_MS)
        self.reported = Lately(window_ms)


class Square(msgspec.Struct, array_like=True):
    """Samples of one square: the first without a gap since, the newest (ms), and how many."""

    first_ms: int
    last_ms: int
    count: int


class Watch(msgspec.Struct):
    """Since when a zone's squares are watched."""

    squares: dict[str, Square] = {}

    def observe(self, lat: float, lon: float, ts_ms: int) -> None:
        """Takes the place and event time of one sampled report in."""
        key = _square(lat, lon)
        square = self.squares.pop(key, None)
        if square is None or ts_ms - square.last_ms > _WATCH_GAP_MS:
            square = Square(ts_ms, ts_ms, 0)
        # To the end: the one without reports for longest is forgotten first.
        self.squares[key] = square
        square.last_ms = max(ts_ms, square.last_ms)
        square.count = min(square.count + 1, 1000)
        if len(self.squares) > _SQUARES:
            del self.squares[next(iter(self.squares))]

    def since_ms(self, lat: float, lon: float) -> int | None:
        """Since when the square of a place is watched; ``None`` for not, or too little to say."""
        square = self.squares.get(_square(lat, lon))
        return square.first_ms if square and square.count >= _LEAST_SAMPLES else None


class Spell(msgspec.Struct):
    """One thing at one place. ``silent_since_ms`` is since when nobody had received it though
    the place was watched (``None``: nobody was listening); ``before`` counts earlier spells;
    ``unreported`` keeps the first reports until enough devices say the same."""

    lat: float
    lon: float
    first_ms: int
    last_ms: int
    silent_since_ms: int | None
    before: int = 0
    who: dict[str, int] = {}
    unreported: list[Observation] = []

    def wait(self, observation: Observation) -> None:
        """Keeps a report, the newest of its device, until enough devices say the same."""
        self.unreported = [other for other in self.unreported if other.who != observation.who][
            -_DEVICES:
        ]
        self.unreported.append(observation)

    def supported_by(self, observation: Observation) -> list[Observation]:
        """The reports that a new one bears out, and itself; what is older than ten minutes is no
        longer about here and now."""
        recent = [other for other in self.unreported if observation.rx_ts - other.rx_ts <= _OLD_MS]
        return [*(other for other in recent if other.who != observation.who), observation]


class Spells(msgspec.Struct):
    """The spells of a zone by thing, and the watch that they are judged by."""

    watch: Watch = msgspec.field(default_factory=Watch)
    things: dict[str, list[Spell]] = {}

    def borne_out(
        self, thing: str, observation: Observation, gone_ms: int, least_devices: int
    ) -> tuple[Spell, list[Observation]] | None:
        """The spell of a report, and those of its reports that now are due, since at least
        ``least_devices`` make them; ``None`` as long as fewer do."""
        spell = self.observe(thing, observation, gone_ms)
        if spell is None:
            return None
        if len(spell.who) < least_devices:
            spell.wait(observation)
            return None
        reports = spell.supported_by(observation)
        spell.unreported = []
        return spell, reports

    def about(self, thing: str, observation: Observation) -> Spell | None:
        """The spell of a thing about the place of a report, as it is known."""
        place = observation.place
        if place is None:
            return None
        for spell in self.things.get(thing, ()):
            if great_circle_m(spell.lat, spell.lon, place.lat, place.lon) <= _NEAR_M:
                return spell
        return None

    def observe(self, thing: str, observation: Observation, gone_ms: int) -> Spell | None:
        """The spell that a report belongs to, brought up to date; ``None`` without a place."""
        if observation.place is None:
            return None
        lat, lon = observation.place.lat, observation.place.lon
        spells = self.things.pop(thing, [])
        self.things[thing] = spells
        if len(self.things) > _THINGS:
            del self.things[next(iter(self.things))]
        spell = self.about(thing, observation)
        if spell is None:
            since_ms = self.watch.since_ms(lat, lon)
            spell = Spell(lat, lon, observation.ts, observation.ts, since_ms)
            spells.append(spell)
            del spells[:-_SPELLS]
        elif observation.ts - spell.last_ms > gone_ms:
            since_ms = self.watch.since_ms(lat, lon)
            silent_ms = None if since_ms is None else max(since_ms, spell.last_ms)
            again = Spell(
                lat, lon, observation.ts, observation.ts, silent_ms, min(spell.before + 1, 100)
            )
            spells[spells.index(spell)] = spell = again
        spell.first_ms = min(observation.ts, spell.first_ms)
        spell.last_ms = max(observation.ts, spell.last_ms)
        spell.who.pop(observation.who, None)
        spell.who[observation.who] = observation.rx_ts
        if len(spell.who) > _DEVICES:
            del spell.who[next(iter(spell.who))]
        return spell


def freshness(spell: Spell, now_ms: int, honest_share: float, watched_ms: float = 0.0) -> float:
    """How much likelier a thing that has just begun is than one that was always there (nats).

    Had it always been on, it would have been received before as often as since: with ``n`` devices
    after the first in a time ``t``, after a silence of ``s``, that nobody receives it has the
    chance exp(-n s / t). ``honest_share`` of such honest things do begin just now (new sites, cells
    that sleep by night). Each earlier spell shows that it comes and goes. A place that was
    watched for less than ``watched_ms`` before says nothing.

    >>> spell = Spell(39.9, 116.4, 3_600_000, 3_660_000, 0, who={"a": 0, "b": 0})
    >>> round(freshness(spell, 3_660_000, 0.3), 2)
    1.2
    """
    if spell.silent_since_ms is None:
        return 0.0
    silent_ms = max(0, spell.first_ms - spell.silent_since_ms)
    if silent_ms < watched_ms:
        return 0.0
    lasting_ms = max(now_ms - spell.first_ms, 60_000)
    missed = exp(-(len(spell.who) - 1) * silent_ms / lasting_ms)
    return -log(honest_share + (1.0 - honest_share) * missed) - log(1.0 + spell.before)


def _square(lat: float, lon: float) -> str:
    return f"{lat // _SQUARE_DEG:.0f},{lon // _SQUARE_DEG:.0f}"
