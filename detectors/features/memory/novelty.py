"""What was received where, since when and by whom: the memory of rules that judge what is new.

What is there when listening begins is not new. So a *watch* remembers since when reports
come from a place, by a sample of all reports; a *spell* is one thing (an identity, a channel and
code) received at one place, from its first to its last report.
"""

from collections.abc import Sequence
from math import log, log1p
from typing import Final

import msgspec
import numpy as np

from detectors.features.memory.lru import is_full, newest
from detectors.features.phones.fellows import Leg, came_ms, leg_of
from detectors.features.samples.of_samples import TakenSamples
from detectors.model.finding import Observation
from geo.earth.sphere import great_circle_m

#: Sides of the squares of a watch, degrees: some 2 km.
_SQUARE_DEG: Final = 0.02
_SQUARES: Final = 4096
#: Samples are counted by minutes, of the last so many, up to so many in each.
_MINUTE_MS: Final = 60_000
_MINUTES: Final = 45
_MOST_SAMPLES: Final = 1000
#: A watched place has so many samples, and no gap of so many minutes that is so many times as long
#: as they mostly are apart.
_LEAST_SAMPLES: Final = 3
_GAP_MINUTES: Final = 5
_GAPS: Final = 5
#: Things that a zone remembers, places of each, and devices of each.
_THINGS: Final = 8192
_SPELLS: Final = 8
_DEVICES: Final = 24
#: From so many devices on a place is one: fewer may have wrong positions, or lie.
_SURE: Final = 4
#: Reports that wait until enough devices say the same.
_UNREPORTED: Final = 8
_NEAR_M: Final = 5000.0
_OLD_MS: Final = 600_000
#: Shorter than this (ms) nothing has lasted: phones report at intervals.
_LEAST_LASTING_MS: Final = 30_000


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
        if now_ms - self._swept_ms < self._window_ms / 4 and not is_full(len(self._reported_ms)):
            return
        self._swept_ms = now_ms
        left = newest(self._reported_ms, now_ms - self._window_ms + 1)
        self._reported_ms = {
            report: ms for report, ms in self._reported_ms.items() if report in left
        }


class Square(msgspec.Struct, array_like=True):
    """Samples of one square by minutes of event time, of which ``newest`` is the newest."""

    newest: int
    minutes: dict[int, int] = {}

    def forget_old(self) -> None:
        """Forgets the samples of long ago."""
        oldest = self.newest - _MINUTES
        self.minutes = {each: n for each, n in self.minutes.items() if each > oldest}

    def since_ms(self) -> int | None:
        """From when on there are samples without a gap; ``None`` where there are too few in all.

        Phones with wrong clocks seem to have listened before, but seldom: a gap is what is several
        times as long as samples after it mostly are apart.
        """
        since, count = self.newest, 0
        for minute in sorted(self.minutes, reverse=True):
            apart = (self.newest - since) / count if count >= _LEAST_SAMPLES else _GAP_MINUTES
            if since - minute > max(_GAP_MINUTES, _GAPS * apart):
                break
            since, count = minute, count + self.minutes[minute]
        return since * _MINUTE_MS if count >= _LEAST_SAMPLES else None


class Watch(msgspec.Struct):
    """Since when a zone's squares are watched; nobody listened before the first report came
    (``begun_ms``, arrival), whatever clocks of phones say."""

    squares: dict[str, Square] = {}
    begun_ms: int = 1 << 62

    def observe_each(self, taken: TakenSamples, rows: Sequence[int]) -> None:
        """Takes some sampled reports in, one after the other."""
        if taken.first_ms < self.begun_ms:
            self.begun_ms = min(self.begun_ms, *map(taken.column("rx_ts").__getitem__, rows))
        self._observe(list(map(taken.each(_samples).__getitem__, rows)))

    def observe(self, lat: float, lon: float, ts_ms: int, rx_ms: int) -> None:
        """Takes the place and the times of one sampled report in."""
        self.begun_ms = min(rx_ms, self.begun_ms)
        self._observe([(_square(lat, lon), ts_ms // _MINUTE_MS)])

    def _observe(self, samples: Sequence[tuple[str, int]]) -> None:
        squares = self.squares
        for key, minute in samples:
            square = squares.pop(key, None)
            if square is None:
                square = Square(minute, {})
                if len(squares) >= _SQUARES:
                    del squares[next(iter(squares))]
            # To the end: the one without reports for longest is forgotten first.
            squares[key] = square
            minutes = square.minutes
            if (count := minutes.get(minute, 0)) < _MOST_SAMPLES:
                minutes[minute] = count + 1
            if minute > square.newest:
                square.newest = minute
            if len(minutes) > _MINUTES:
                square.forget_old()

    def since_ms(self, lat: float, lon: float) -> int | None:
        """Since when the square of a place is watched; ``None`` for not, or too little to say."""
        square = self.squares.get(_square(lat, lon))
        since_ms = square.since_ms() if square else None
        return None if since_ms is None else max(since_ms, self.begun_ms)


class Spell(msgspec.Struct):
    """One thing at one place. ``who`` are the devices that received it first, and when each first
    did (event time), ``legs`` how those went that travel. ``silent_since_ms`` is since when nobody
    had received it though the place was watched (``None``: nobody was listening), not before
    ``ended_ms``, when it was received last before; ``before`` counts earlier spells; ``unreported``
    keeps the first reports until enough devices say the same."""

    lat: float
    lon: float
    first_ms: int
    last_ms: int
    silent_since_ms: int | None
    before: int = 0
    who: dict[str, int] = {}
    unreported: list[Observation] = []
    ended_ms: int = -(1 << 62)
    legs: dict[str, Leg] = {}

    def came_ms(self) -> list[int]:
        """When each of its witnesses came first, in order; those who travel together are one."""
        return came_ms(self.who, self.legs)

    def note(self, observation: Observation) -> None:
        """Notes who received it when, and how that phone went then."""
        who, ts_ms = observation.who, observation.ts
        if ts_ms < self.who.get(who, 1 << 62):
            self.who[who] = ts_ms
            self.legs.pop(who, None)
            if (leg := leg_of(observation)) is not None:
                self.legs[who] = leg
        if len(self.who) > _DEVICES:
            last = max(self.who, key=lambda who: (self.who[who], who))
            del self.who[last]
            self.legs.pop(last, None)

    def wait(self, observation: Observation) -> None:
        """Keeps a report, the newest of its device, until enough devices say the same."""
        self.unreported = [other for other in self.unreported if other.who != observation.who][
            -_UNREPORTED:
        ]
        self.unreported.append(observation)

    def supported_by(self, observation: Observation) -> list[Observation]:
        """The reports that a new one bears out, and itself; what is older than ten minutes is no
        longer about here and now."""
        recent = [other for other in self.unreported if observation.rx_ts - other.rx_ts <= _OLD_MS]
        return [*(other for other in recent if other.who != observation.who), observation]


class Spells(msgspec.Struct):
    """The spells of a zone by thing, and the watch that they are judged by. What was received last
    by ``forgot_ms`` may have been forgotten, so that only later silence counts."""

    watch: Watch = msgspec.field(default_factory=Watch)
    things: dict[str, list[Spell]] = {}
    forgot_ms: int = -(1 << 62)

    def borne_out(
        self, thing: str, observation: Observation, gone_ms: int, least_devices: int
    ) -> tuple[Spell, list[Observation]] | None:
        """The spell of a report, and those of its reports that now are due, since at least
        ``least_devices`` witnesses make them; ``None`` as long as fewer do."""
        spell = self.observe(thing, observation, gone_ms)
        if spell is None:
            return None
        if len(spell.came_ms()) < least_devices:
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
        """The spell that a report belongs to, brought up to date; ``None`` without a place, and for
        what is received at so many places at once that one more is nothing new."""
        if observation.place is None:
            return None
        lat, lon = observation.place.lat, observation.place.lon
        spells = self.things.pop(thing, [])
        self.things[thing] = spells
        if len(self.things) > _THINGS:
            forgotten = self.things.pop(next(iter(self.things)))
            self.forgot_ms = max(self.forgot_ms, *(each.last_ms for each in forgotten))
        spell = self.about(thing, observation)
        if spell is None:
            if len(spells) >= _SPELLS:
                thinnest = min(spells, key=lambda each: (min(len(each.who), _SURE), each.last_ms))
                received_ms = min(each.last_ms for each in spells)
                if len(thinnest.who) >= _SURE and observation.ts - received_ms <= _OLD_MS:
                    return None
                spells.remove(thinnest)
            spell = Spell(lat, lon, observation.ts, observation.ts, None, ended_ms=self.forgot_ms)
            spells.append(spell)
        elif observation.ts - spell.last_ms > gone_ms:
            ended_ms, before = spell.last_ms, min(spell.before + 1, 100)
            again = Spell(lat, lon, observation.ts, observation.ts, None, before, ended_ms=ended_ms)
            spells[spells.index(spell)] = spell = again
        spell.first_ms = min(observation.ts, spell.first_ms)
        spell.last_ms = max(observation.ts, spell.last_ms)
        spell.note(observation)
        # What others uploaded late shows only now since when they listened.
        since_ms = self.watch.since_ms(spell.lat, spell.lon)
        spell.silent_since_ms = None if since_ms is None else max(since_ms, spell.ended_ms)
        return spell


def freshness(
    spell: Spell, honest_share: float, watched_ms: float = 0.0, least_devices: int = 2
) -> float:
    """How much likelier a thing that has just begun is than one that was always there (nats).

    Had it always been on, it would have been received before as often as since. How often that is
    isn't known: with ``n`` devices after the first in a time ``t``, and every rate as likely (its
    logarithm uniform), that nobody receives it in the time ``s`` before has the chance
    (t / (s + t)) ** n. Of the first devices so many count, ``least_devices`` at least, for which it
    is least: a car passes, and phones that it took report late. ``honest_share`` of such honest
    things do begin just now (new sites, cells that sleep by night). Each earlier spell shows that
    it comes and goes. A place that was watched for less than ``watched_ms`` before says nothing.

    >>> who = {"a": 3_600_000, "b": 3_630_000, "c": 3_660_000}
    >>> round(freshness(Spell(39.9, 116.4, 3_600_000, 3_660_000, 0, who=who), 0.3), 2)
    1.2
    """
    if spell.silent_since_ms is None:
        return 0.0
    silent_ms = max(0, spell.first_ms - spell.silent_since_ms)
    if silent_ms < watched_ms:
        return 0.0
    missed = min(
        (
            (1.0 + silent_ms / max(ts_ms - spell.first_ms, _LEAST_LASTING_MS)) ** -n
            for n, ts_ms in enumerate(spell.came_ms())
            if n + 1 >= least_devices
        ),
        default=1.0,
    )
    return -log(honest_share + (1.0 - honest_share) * missed) - log1p(spell.before)


def _samples(taken: TakenSamples) -> list[tuple[str, int]]:
    """Of each report the square and the minute."""
    lat, lon, ts_ms = (taken.rows.numbers[name] for name in ("lat", "lon", "ts"))
    squares = ((each // _SQUARE_DEG).astype(np.int64).tolist() for each in (lat, lon))
    return list(zip(map("{},{}".format, *squares), (ts_ms // _MINUTE_MS).tolist(), strict=True))


def _square(lat: float, lon: float) -> str:
    return f"{int(lat // _SQUARE_DEG)},{int(lon // _SQUARE_DEG)}"
