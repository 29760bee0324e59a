"""What a correlator keeps of calls: campaigns, and numbers that a verdict found honest."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from detectors.acting.proposals import Standing
from detectors.acting.reminders import Reminded
from detectors.calls.incident import CallIncident
from detectors.calls.victims import Noticed

#: Campaigns and candidates together; beyond, an eighth of the least useful makes room.
MOST_INCIDENTS: Final = 20_000
#: Campaigns that share a value, beyond which it is a hub and ties nothing together.
_HUB: Final = 50
_MOST_MUTED: Final = 100_000
#: Calls in the index, beside those that campaigns know, at which it is made anew.
_LEAST_ROOM: Final = 10_000


class CallsState(msgspec.Struct):
    """Stored with the zone of calls. ``begun`` counts candidates. ``muted`` are numbers that a
    verdict found honest, each with until when (arrival time, ms); ``past`` the numbers of closed
    alerts, for verdicts that are still to come; ``noticed`` and ``reminded`` the newest
    notices of victims, and ``standing`` the proposals that have not expired."""

    incidents: list[CallIncident] = []
    begun: int = 0
    muted: dict[str, int] = {}
    past: dict[str, list[str]] = {}
    noticed: Noticed = msgspec.field(default_factory=Noticed)
    reminded: dict[str, Reminded] = {}
    standing: dict[str, Standing] = {}

    def mute(self, numbers: Iterator[str], until_ms: int) -> None:
        """Keeps numbers quiet until then."""
        for number in numbers:
            self.muted[number] = max(until_ms, self.muted.pop(number, 0))
        while len(self.muted) > _MOST_MUTED:
            del self.muted[next(iter(self.muted))]


class CallIndex:
    """Finds campaigns by number and by link; made from the state, which it changes in step."""

    def __init__(self, state: CallsState) -> None:
        self.state = state
        self._by_id = {one.number: one for one in state.incidents}
        self._of_number: dict[str, int] = {}
        self._of_call: dict[str, int] = {}
        self._room_for_calls = _LEAST_ROOM
        self._of_link: dict[str, dict[int, None]] = {}
        for one in state.incidents:
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
        if len(self._by_id) >= MOST_INCIDENTS:
            self._make_room()
        one = CallIncident(self.state.begun, rx, rx, ts, ts)
        self.state.begun += 1
        self._by_id[one.number] = one
        self.state.incidents.append(one)
        return one

    def note(
        self, one: CallIncident, number: str | None, calls: Iterable[str], links: Iterable[str]
    ) -> None:
        """Notes what a finding brought to a campaign."""
        if number is not None:
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
            self._of_link.setdefault(link, {})[one.number] = None

    def absorb(self, one: CallIncident, other: CallIncident) -> None:
        """Makes one campaign of two."""
        self.remove({other.number})
        one.absorb(other)
        self._note_all(one)

    def remove(self, gone: set[int]) -> None:
        """Forgets campaigns."""
        for at in gone:
            one = self._by_id.pop(at)
            for number in one.numbers:
                if self._of_number.get(number) == at:
                    del self._of_number[number]
            for call in one.calls:
                if self._of_call.get(call) == at:
                    del self._of_call[call]
            for link in one.links:
                bearers = self._of_link.get(link, {})
                bearers.pop(at, None)
                if not bearers:
                    self._of_link.pop(link, None)
        self.state.incidents[:] = [one for one in self.state.incidents if one.number not in gone]

    def _note_all(self, one: CallIncident) -> None:
        for number in one.numbers:
            self._of_number[number] = one.number
        self.note(one, None, one.calls, one.links)

    def _make_room(self) -> None:
        """An eighth goes: first of those without an alert, the longest silent."""
        ordered = sorted(self._by_id.values(), key=lambda i: (i.alert_id is not None, i.last_rx))
        self.remove({one.number for one in ordered[: MOST_INCIDENTS // 8]})
