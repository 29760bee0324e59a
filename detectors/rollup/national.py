"""Puts together what provinces put up. Nothing waits for a province that is silent: what has come
is counted, and counted anew when more comes."""

import msgspec

from detectors.rollup.marks import Marks
from detectors.rollup.records import (
    KEPT_MS,
    Campaign,
    Mark,
    NationalCampaign,
    NationalMark,
    NationalProgress,
    NationalWindow,
    Progress,
    Window,
)
from detectors.rollup.sketch import is_sketch, merged
from detectors.rollup.tied import Tied

Place = tuple[int, str]


class News(msgspec.Struct):
    """What there is to be written; of a mark that is gone, only the number."""

    windows: list[NationalWindow]
    campaigns: list[NationalCampaign]
    marks: dict[str, NationalMark | None]


class Nation:
    """Takes the records of provinces. `windows_before` is what was written already, which a process
    that begins reads back."""

    def __init__(self) -> None:
        self.progress: dict[str, int] = {}
        self.windows_before: dict[Place, NationalWindow] = {}
        self.tied, self.marks = Tied(), Marks()
        self._windows: dict[Place, dict[str, Window]] = {}
        self._changed: set[Place] = set()

    def take(self, record: Window | Campaign | Mark | Progress) -> None:
        """One record. An earlier version of what is known already is no news."""
        if isinstance(record, Progress):
            self._came_to(record.province, record.as_of)
        elif isinstance(record, Mark):
            self.marks.take(record)
        elif isinstance(record, Window):
            self._take_window(record)
        else:
            self.tied.take(record)

    def wrote(self, record: NationalWindow | NationalCampaign | NationalMark) -> None:
        """What was written before. Of what is newer here the older says nothing."""
        if isinstance(record, NationalMark):
            self.marks.written(record)
            return
        if isinstance(record, NationalWindow):
            place = (record.start, record.group)
            known = self.windows_before.get(place)
            if known is None or known.version < record.version:
                self.windows_before[place] = record
            return
        self.tied.wrote(record)

    def news(self, now_ms: int) -> News:
        """What has changed since it was asked last; marks whose time is over by then are gone."""
        self.marks.expire(now_ms)
        windows = [self._window(place) for place in sorted(self._changed)]
        self._changed.clear()
        fresh = [one for one in windows if one is not None]
        self._forget(now_ms)
        return News(fresh, self.tied.news(), self.marks.news())

    @property
    def is_behind(self) -> bool:
        """Whether there may be more news than was given at once."""
        return self.tied.is_behind

    def how_far(self, now_ms: int) -> NationalProgress:
        """How far each province has come."""
        return NationalProgress(ts=now_ms, provinces=dict(sorted(self.progress.items())))

    def _came_to(self, province: str, as_of: int) -> None:
        self.progress[province] = max(as_of, self.progress.get(province, as_of))

    def _take_window(self, window: Window) -> None:
        if not (is_sketch(window.suspects) and is_sketch(window.calls)):
            return
        self._came_to(window.province, window.as_of)
        place = (window.start, window.group)
        of_provinces = self._windows.setdefault(place, {})
        known = of_provinces.get(window.province)
        if known is None or known.version < window.version:
            of_provinces[window.province] = window
            self._changed.add(place)

    def _window(self, place: Place) -> NationalWindow | None:
        parts = self._windows[place]
        suspects = merged(one.suspects for one in parts.values())
        before = self.windows_before.get(place)
        made = NationalWindow(
            start=place[0],
            length_s=max(one.length_s for one in parts.values()),
            group=place[1],
            version=1 if before is None else before.version,
            alerts=sum(one.alerts for one in parts.values()),
            people=sum(one.people for one in parts.values()),
            suspects=suspects.about,
            suspects_low=suspects.low,
            suspects_high=suspects.high,
            calls=merged(one.calls for one in parts.values()).about,
            provinces={name: one.as_of for name, one in sorted(parts.items())},
        )
        if made == before:
            return None
        if before is not None:
            made = msgspec.structs.replace(made, version=before.version + 1)
        self.windows_before[place] = made
        return made

    def _forget(self, now_ms: int) -> None:
        """Forgets what is long over. By no time that is yet to come: one province's wrong clock
        must not make all others forgotten."""
        times = [start for start, _ in self._windows if start <= now_ms]
        newest = max([*times, self.tied.newest(now_ms)])
        self.tied.forget(newest - KEPT_MS)
        for known in (self._windows, self.windows_before):
            for place in [one for one in known if one[0] < newest - KEPT_MS]:
                del known[place]
