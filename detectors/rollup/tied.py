"""Which alerts of all provinces hang together, kept up to date as they are revised.

Only what hangs together with a revised alert is looked at anew: a nation has very many alerts, and
few change at a time.
"""

from typing import Final

from detectors.calls.links import MOST_OF_A_LINK
from detectors.rollup.campaigns import Key, merged, published
from detectors.rollup.records import Campaign, NationalCampaign

#: Alerts that are looked at in one go, a fifth of a second's work: whoever asks reads topics too.
MOST_AT_ONCE: Final = 5_000


class Tied:
    """The newest revision of each alert, and the campaigns that were written of them."""

    def __init__(self) -> None:
        self.written: dict[str, NationalCampaign] = {}
        self._parts: dict[Key, Campaign] = {}
        self._bearers: dict[str, set[Key]] = {}
        self._of: dict[Key, str] = {}
        self._changed: set[Key] = set()

    def wrote(self, campaign: NationalCampaign) -> None:
        """What was written before, which a process that begins reads back."""
        known = self.written.get(campaign.campaign)
        if known is not None and known.version >= campaign.version:
            return
        self.written[campaign.campaign] = campaign
        if campaign.status != "merged":
            self._of |= dict.fromkeys(campaign.alerts, campaign.campaign)

    def take(self, part: Campaign) -> None:
        """An alert's revision; one that is no newer is no news."""
        key = (part.province, part.alert_id)
        known = self._parts.get(key)
        if known is not None and known.revision >= part.revision:
            return
        self._untie(key)
        self._parts[key] = part
        for number in _numbers(part):
            bearers = self._bearers.setdefault(number, set())
            bearers.add(key)
            self._touch_hub(bearers, MOST_OF_A_LINK + 1)
        self._changed.add(key)

    @property
    def is_behind(self) -> bool:
        """Whether there may be more news."""
        return bool(self._changed)

    def news(self, most: int = MOST_AT_ONCE) -> list[NationalCampaign]:
        """Campaigns that have changed since it was asked last, of about ``most`` alerts; the others
        are for the next time (`is_behind`). What hangs together is never parted."""
        if not self._changed:
            return []
        concerned = self._concerned(most)
        names = {self._of[key] for key in concerned if key in self._of}
        before = {name: self.written[name] for name in names if name in self.written}
        # A campaign of the same id may have been merged into another, and part from it again.
        parts = [self._parts[key] for key in concerned if key in self._parts]
        numbers = set[str]().union(*map(_numbers, parts))
        hubs = frozenset(one for one in numbers if len(self._bearers[one]) > MOST_OF_A_LINK)
        now = merged(parts, hubs)
        same = [one.campaign for one in now if one.campaign in self.written]
        before |= {name: self.written[name] for name in same}
        news = published(now, before)
        self.written |= before
        for one in now:
            self._of |= dict.fromkeys(one.alerts, one.campaign)
        return news

    def newest(self, until_ms: int) -> int:
        """When an alert was seen last, but not after a time; 0 where none was."""
        times = (one.last_seen for one in self._parts.values() if one.last_seen <= until_ms)
        return max(times, default=0)

    def forget(self, before_ms: int) -> None:
        """Forgets alerts that were seen last before a time."""
        old = [key for key, one in self._parts.items() if one.last_seen < before_ms]
        for key in old:
            self._untie(key)
            del self._parts[key]
            self._changed.discard(key)
            self._of.pop(key, None)
        if old:
            self.written = {
                name: one
                for name, one in self.written.items()
                if any(key in self._parts for key in one.alerts)
            }

    def _untie(self, key: Key) -> None:
        """Takes an alert's numbers away."""
        part = self._parts.get(key)
        for number in () if part is None else _numbers(part):
            bearers = self._bearers[number]
            self._touch_hub(bearers, MOST_OF_A_LINK + 1)
            bearers.discard(key)
            if not bearers:
                del self._bearers[number]

    def _touch_hub(self, bearers: set[Key], count: int) -> None:
        """A number that becomes a hub, or is one no more, ties others together than before."""
        if len(bearers) == count:
            self._changed |= bearers

    def _concerned(self, most: int) -> set[Key]:
        """All that hangs together with what has changed, or did when it was written; beyond
        ``most`` alerts nothing new is begun."""
        found: set[Key] = set()
        numbers: set[str] = set()
        names: set[str] = set()
        ahead: list[Key] = []
        while ahead or (self._changed and len(found) < most):
            key = ahead.pop() if ahead else self._changed.pop()
            self._changed.discard(key)
            if key in found:
                continue
            found.add(key)
            name = self._of.get(key)
            if name is not None and name not in names:
                names.add(name)
                before = self.written.get(name)
                ahead += () if before is None else before.alerts
            part = self._parts.get(key)
            for number in () if part is None else _numbers(part) - numbers:
                numbers.add(number)
                bearers = self._bearers[number]
                ahead += bearers if len(bearers) <= MOST_OF_A_LINK else ()
        return found


def _numbers(part: Campaign) -> set[str]:
    return {suspect.number for suspect in part.numbers}
