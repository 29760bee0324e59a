"""Who travelled along: phones near a moving transmitter at the same times, again and again.

Whoever drives a transmitter mostly carries a phone. A resident is near it once, as it passes; a
companion is near it at many places for a long time, and nowhere else meanwhile. What is kept are
pseudonyms and counts: no place of a phone leaves this module.

The search is a measure against people, so it is only made by order (`routes`); this file is the
pure part.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from geo.earth.sphere import distance_m

#: Along the track (m): so far from each other are two places.
PLACE_M: Final = 500.0
#: Between fixes farther apart than this (ms) it isn't known where the transmitter was.
_MOST_GAP_MS: Final = 600_000
#: A phone's own place is taken for no rougher than this (m), or it would be near anything.
_MOST_ACCURACY_M: Final = 200.0
#: Phones that a search keeps, those that came near last, and reports of each near and away.
_MOST_PHONES: Final = 100_000
_MOST_REPORTS: Final = 5_000


class Search(BaseModel):
    """What makes a companion: near (``within_m``) at so many places over so many minutes, and with
    at least this share of the phone's reports in between."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    within_m: Annotated[float, Field(ge=50, le=2000, allow_inf_nan=False)] = 300.0
    least_places: Annotated[int, Field(ge=2, le=1000)] = 4
    least_minutes: Annotated[float, Field(ge=1, le=10_000, allow_inf_nan=False)] = 10.0
    least_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.7


class Companion(msgspec.Struct, frozen=True, kw_only=True):
    """A phone that travelled along. ``share`` is that of its reports between the first and last
    near one, ``median_m`` its distance at those; times in ms. ``explanation`` is a sentence of
    it."""

    device: str
    places: int
    minutes: float
    reports: int
    share: float
    median_m: float
    first_ts: int
    last_ts: int
    explanation: str


class _Phone(msgspec.Struct):
    """What is known of a phone since it was first near."""

    first_ts: int
    last_ts: int
    places: set[int]
    distances: list[float]
    away: list[int]


class Companions:
    """Takes reports in any order, and finds who travelled along."""

    def __init__(self, track: Sequence[tuple[int, float, float]], search: Search) -> None:
        """``track`` of (ts ms, lat, lon) in order of time. Raises ValueError for one that doesn't
        move far enough to have ``least_places``."""
        self._search = search
        self._ts = [ts for ts, _, _ in track]
        self._lat = [lat for _, lat, _ in track]
        self._lon = [lon for _, _, lon in track]
        legs = (
            distance_m(self._lat[:-1], self._lon[:-1], self._lat[1:], self._lon[1:])
            if len(track) > 1
            else np.zeros(0)
        )
        self._along = [0.0, *np.cumsum(legs).tolist()]
        if self._along[-1] < PLACE_M * (search.least_places - 1):
            raise ValueError(
                f"the track is {self._along[-1] / 1000:.1f} km long, too short for"
                f" {search.least_places} places: who was near it may live there"
            )
        self._phones: dict[str, _Phone] = {}

    def observe(
        self, device: str, ts: int, lat: float, lon: float, accuracy_m: float = 0.0
    ) -> None:
        """Takes a phone's report of where it was."""
        there = self._at(ts)
        if there is None:
            return
        their_lat, their_lon, along_m = there
        gap_m = float(distance_m(lat, lon, their_lat, their_lon))
        slack_m = min(accuracy_m, _MOST_ACCURACY_M)
        phone = self._phones.get(device)
        if gap_m > self._search.within_m + slack_m:
            if phone is not None and len(phone.away) < _MOST_REPORTS:
                phone.away.append(ts)
            return
        if phone is None:
            phone = self._phones[device] = _Phone(ts, ts, set(), [], [])
            if len(self._phones) > _MOST_PHONES:
                del self._phones[next(iter(self._phones))]
        phone.first_ts, phone.last_ts = min(phone.first_ts, ts), max(phone.last_ts, ts)
        phone.places.add(int(along_m // PLACE_M))
        if len(phone.distances) < _MOST_REPORTS:
            phone.distances.append(gap_m)

    def found(self) -> list[Companion]:
        """Those who travelled along, the most places first."""
        companions = [
            companion
            for device, phone in self._phones.items()
            if (companion := self._companion(device, phone)) is not None
        ]
        return sorted(
            companions, key=lambda one: (-one.places, -one.share, one.median_m, one.device)
        )

    def _companion(self, device: str, phone: _Phone) -> Companion | None:
        near = len(phone.distances)
        away = sum(phone.first_ts <= ts <= phone.last_ts for ts in phone.away)
        share = near / (near + away)
        minutes = (phone.last_ts - phone.first_ts) / 60_000
        search = self._search
        if (
            len(phone.places) < search.least_places
            or minutes < search.least_minutes
            or share < search.least_share
        ):
            return None
        return Companion(
            device=device,
            places=len(phone.places),
            minutes=round(minutes, 1),
            reports=near,
            share=round(share, 3),
            median_m=round(float(np.median(phone.distances)), 1),
            first_ts=phone.first_ts,
            last_ts=phone.last_ts,
            explanation=(
                f"near it at {len(phone.places)} places over {minutes:.0f} min,"
                f" with {share:.0%} of its reports in that time"
            ),
        )

    def _at(self, ts: int) -> tuple[float, float, float] | None:
        """Where the transmitter was, and how far along its track; ``None`` where unknown."""
        after = bisect_right(self._ts, ts)
        if after == 0 or (after == len(self._ts) and ts > self._ts[-1]):
            return None
        before = after - 1
        after = min(after, len(self._ts) - 1)
        gap_ms = self._ts[after] - self._ts[before]
        if gap_ms > _MOST_GAP_MS:
            return None
        share = (ts - self._ts[before]) / gap_ms if gap_ms else 0.0

        def between(values: list[float]) -> float:
            return values[before] + share * (values[after] - values[before])

        return between(self._lat), between(self._lon), between(self._along)
