"""What a correlator keeps of calls: campaigns, and numbers that a verdict found honest."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from detectors.acting.marks import Marked
from detectors.acting.proposals import Standing
from detectors.acting.reminders import Reminded
from detectors.acting.victims import Noticed
from detectors.calls.incident import MOST_LINKS, CallIncident
from detectors.features.calls.both_ways import BothWays
from detectors.features.memory.lru import keep
from detectors.model.finding import Finding

#: Campaigns and candidates together; beyond, an eighth of the least useful makes room.
MOST_INCIDENTS: Final = 20_000
#: Campaigns that share a value, beyond which it is a hub and ties nothing together.
_HUB: Final = 50
_MOST_MUTED: Final = 100_000
#: Closed alerts that are remembered, and the newest numbers of each.
MOST_PAST: Final = 1_000
_MOST_PAST_NUMBERS: Final = 100
#: Calls in the index, beside those that campaigns know, at which it is made anew.
_LEAST_ROOM: Final = 10_000


class Past(msgspec.Struct):
    """A closed alert: its numbers, and its newest verdict with that one's arrival time (ms).
    ``to_mark`` are those that are marked if it is confirmed, with their first digits."""

    numbers: list[str]
    verdict: str | None = None
    judged_ms: int = 0
    to_mark: dict[str, str | None] = {}


class CallsState(msgspec.Struct):
    """Stored with the zone of calls. ``incidents`` are by the order in which they were begun, which
    ``begun`` counts. ``muted`` are numbers that a verdict found honest, each with until when
    (arrival time, ms); ``past`` are closed alerts, for verdicts that are still to come;
    ``noticed`` and ``reminded`` the newest notices of victims, and ``standing`` the proposals that
    have not expired; ``marked`` are our own marks that hold; ``both_ways`` is who rings whom."""

    incidents: dict[int, CallIncident] = {}
    begun: int = 0
    muted: dict[str, int] = {}
    past: dict[str, Past] = {}
    noticed: Noticed = msgspec.field(default_factory=Noticed)
    reminded: dict[str, Reminded] = {}
    standing: dict[str, Standing] = {}
    marked: dict[str, Marked] = {}
    both_ways: BothWays = msgspec.field(default_factory=BothWays)

    def mute(self, numbers: Iterable[str], until_ms: int) -> None:
        """Keeps numbers quiet until then."""
        for number in numbers:
            keep(self.muted, number, max(until_ms, self.muted.pop(number, 0)), _MOST_MUTED)

    def lift(self, numbers: Iterable[str]) -> None:
        """Keeps them quiet no longer."""
        for number in numbers:
            self.muted.pop(number, None)

    def remember(
        self, one: CallIncident, alert_id: str, to_mark: dict[str, str | None] | None = None
    ) -> None:
        """Keeps what a closed alert was about."""
        numbers = list(one.numbers)[-_MOST_PAST_NUMBERS:]
        newest = dict(list((to_mark or {}).items())[-_MOST_PAST_NUMBERS:])
        keep(self.past, alert_id, Past(numbers, one.verdict, one.judged_ms, newest), MOST_PAST)


class CallIndex:
    """Finds campaigns by number and by link; made from the state, which it changes in step."""

    def __init__(self, state: CallsState) -> None:
        self.state = state
        self._by_id = state.incidents
        self._of_number: dict[str, int] = {}
        self._of_call: dict[str, int] = {}
        self._room_for_calls = _LEAST_ROOM
        self._of_link: dict[str, dict[int, None]] = {}
        for one in state.incidents.values():
            self._note_all(one)

    def __iter__(self) -> Iterator[CallIncident]:
        return iter(self._by_id.values())

    def of_number(self, number: str) -> CallIncident | None:
        """The campaign that a number is of."""
        at = self._of_number.get(number)
        return None if at is None else self._by_id[at]

    def of_call(self, call: str) -> CallIncident | None:
        """The campaign that has a call among those that it knows."""
        one = self._by_id.get(self._of_call.get(call, -1))
        return one if one is not None and call in one.calls else None

    def of_link(self, link: str) -> list[CallIncident]:
        """Campaigns that bear a link; none of a hub."""
        known = self._of_link.get(link, {})
        return [] if len(known) > _HUB else [self._by_id[at] for at in known]

    def begin(self, rx: int, ts: int) -> CallIncident:
        """A fresh candidate."""
        one = CallIncident(self.state.begun, rx, rx, ts, ts)
        self.state.begun += 1
        self._by_id[one.number] = one
        return one

    def add(self, one: CallIncident, finding: Finding, rx: int, against: float = 0.0) -> None:
        """Takes a finding into a campaign: finds it by what that brings, and no longer by what it
        forgets instead."""
        about = finding.of_calls
        if about is None:
            one.add(finding, rx, against)
            return
        oldest = next(iter(one.numbers), None)
        is_full = len(one.links) + len(about.links) > MOST_LINKS
        links = [*one.links, *about.links] if is_full else []
        one.add(finding, rx, against)
        if oldest is not None and oldest not in one.numbers:
            self._forget_number(oldest, one.number)
        self._note(one, () if about.number is None else (about.number,), about.calls, about.links)
        for link in links:
            if link not in one.links:
                self._forget_link(link, one.number)

    def absorb(self, one: CallIncident, other: CallIncident) -> None:
        """Makes one campaign of two."""
        self.remove((other.number,))
        self._forget_all(one)
        one.absorb(other)
        self._note_all(one)

    def too_many(self, newest: CallIncident) -> list[CallIncident]:
        """Campaigns that have to make room, without the newest: an eighth, first of those without
        an alert, the longest silent; none while there is room."""
        if len(self._by_id) <= MOST_INCIDENTS:
            return []
        others = (one for one in self._by_id.values() if one is not newest)
        ordered = sorted(others, key=lambda one: (one.alert_id is not None, one.last_rx))
        return ordered[: MOST_INCIDENTS // 8]

    def remove(self, gone: Iterable[int]) -> None:
        """Forgets campaigns."""
        for at in gone:
            self._forget_all(self._by_id.pop(at))

    def _note(
        self,
        one: CallIncident,
        numbers: Iterable[str],
        calls: Iterable[str],
        links: Iterable[str],
    ) -> None:
        for number in numbers:
            self._of_number[number] = one.number
        for call in calls:
            self._of_call[call] = one.number
        if len(self._of_call) > self._room_for_calls:
            # Of what campaigns have forgotten since.
            self._of_call = {
                call: each.number for each in self._by_id.values() for call in each.calls
            }
            self._room_for_calls = 2 * len(self._of_call) + _LEAST_ROOM
        for link in links:
            if link in one.links:
                self._of_link.setdefault(link, {})[one.number] = None

    def _note_all(self, one: CallIncident) -> None:
        self._note(one, one.numbers, one.calls, one.links)

    def _forget_all(self, one: CallIncident) -> None:
        for number in one.numbers:
            self._forget_number(number, one.number)
        for call in one.calls:
            if self._of_call.get(call) == one.number:
                del self._of_call[call]
        for link in one.links:
            self._forget_link(link, one.number)

    def _forget_number(self, number: str, at: int) -> None:
        if self._of_number.get(number) == at:
            del self._of_number[number]

    def _forget_link(self, link: str, at: int) -> None:
        bearers = self._of_link.get(link, {})
        bearers.pop(at, None)
        if not bearers:
            self._of_link.pop(link, None)
