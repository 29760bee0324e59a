"""What one detector found about one claimed identity or text, and by whom."""

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Family, Finding, Identity
from detectors.model.text import Text

#: In so long (ms) a tally without anything new is worth half as much, about as evidence fades.
_FADING_MS: Final = 600_000
#: Whose pseudonyms voters are.
_SPACES: Final = ("device:", "subscriber:")
#: Fewer than one in so many of the devices that received the one most received are hardly any.
_HARDLY_ANY: Final = 10
#: Longest that phones are held, and so still report an identity that was given up (ms).
HELD_MS: Final = 35_000


class Vote(msgspec.Struct, array_like=True):
    """One device's strongest finding by one detector about one identity; when its newest arrived,
    and what time the newest is about (ms). ``stayed`` says that the core had it here just before
    one of them, so that it brought nothing along from elsewhere."""

    weight: float
    rx: int
    seen: int = 0
    stayed: bool = False

    def take(self, weight: float, rx: int, seen: int, stayed: bool = False) -> None:
        """Takes in one more finding of the same device."""
        self.weight, self.rx = max(self.weight, weight), max(self.rx, rx)
        self.seen = max(self.seen, seen)
        self.stayed |= stayed


class Tally(msgspec.Struct):
    """All that one detector found about one claimed identity (``None``: about none), of one text if
    it is of texts."""

    detector: str
    version: int
    family: Family
    claimed: Identity | None
    cap: float
    count: int
    first_ts: int
    last_ts: int
    votes: dict[str, Vote] = {}
    values: dict[str, str | int | float | None] = {}
    text: Text | None = None

    def is_about(self, detector: str, claimed: Identity | None, text: Text | None) -> bool:
        """Whether a detector's findings of an identity and a text are counted here."""
        if self.detector != detector or self.claimed != claimed:
            return False
        if self.text is None or text is None:
            return self.text is text
        return self.text.is_like(text)

    def is_named(self, about: str) -> bool:
        """Whether it is about an identity, or a cell whatever its channel and code (as texts)."""
        if self.claimed is None or f"cell={self.claimed.cell}," not in about:
            return False  # the cheap question first: it is asked of every tally
        cell = msgspec.structs.replace(self.claimed, arfcn=None, pci=None)
        return about in (str(self.claimed), str(cell))

    @property
    def weight(self) -> float:
        """The sum of what its votes weigh."""
        return sum([vote.weight for vote in self.votes.values()])

    def left(self, now_ms: int) -> float:
        """What is left of it at arrival time ``now_ms`` (ms), 0 to 1: half for each `_FADING_MS`
        without anything new."""
        newest_ms = max([vote.rx for vote in self.votes.values()], default=0)
        left: float = 0.5 ** (max(0, now_ms - newest_ms) / _FADING_MS)
        return left

    def extend(self, count: int, cap: float, first_ts: int, last_ts: int) -> None:
        """Counts more findings of such a cap, of such a span of time (ms)."""
        self.count += count
        self.cap = max(self.cap, cap)
        self.first_ts, self.last_ts = min(self.first_ts, first_ts), max(self.last_ts, last_ts)


#: Network, area and cell of an identity, without technology, channel and code.
Cell: TypeAlias = tuple[int | None, int | None, int | None, int | None]


class Voters:
    """Who found something, by what it is about; kept up to date vote by vote."""

    __slots__ = ("_by_space", "_dealing", "_most_pose", "_others", "_posing", "everybody")

    def __init__(self, tallies: Iterable[Tally]) -> None:
        self.everybody: set[str] = set()
        self._by_space: dict[tuple[Family | None, str], set[str]] = {}
        #: Who found a cell to pose, to be nobody's, and how it deals with phones.
        self._posing: dict[Cell, set[str]] = {}
        self._others: dict[Cell, set[str]] = {}
        self._dealing: dict[Cell, set[str]] = {}
        self._most_pose: bool | None = None
        for tally in tallies:
            self.take(tally, tally.votes)

    def take(self, tally: Tally, voters: Iterable[str]) -> None:
        """Adds some voters of a tally."""
        self.everybody.update(voters)
        for space in _SPACES:
            some = [voter for voter in voters if voter.startswith(space)]
            for family in (None, tally.family):
                self._by_space.setdefault((family, space), set()).update(some)
        if (one := tally.claimed) is not None and not is_sent_to(tally):
            found = self._dealing if tally.family == "protocol" else self._others
            found = self._posing if is_posing(tally) else found
            found.setdefault((one.mcc, one.mnc, one.area, one.cell), set()).update(voters)
            self._most_pose = None

    def devices(self, family: Family | None) -> int:
        """Distinct devices for certain, of a family or of all. Devices and subscribers may be the
        same people under other pseudonyms, so the two aren't added."""
        return max(len(self._by_space.get((family, space), ())) for space in _SPACES)

    @property
    def most_pose(self) -> bool:
        """Whether more found what poses as a registered cell than found other identities; how a
        cell that mostly poses deals with phones is found of no other."""
        if self._most_pose is None:
            posing, others = (
                set[str]().union(*found.values()) for found in (self._posing, self._others)
            )
            for cell, who in self._dealing.items():
                if len(self._posing.get(cell, ())) <= len(self._others.get(cell, ())):
                    others |= who
            self._most_pose = len(posing) > len(others)
        return self._most_pose


class Affected:
    """Whom an identity affected, by what was found under it or under one that agrees with it; kept
    up to date vote by vote."""

    __slots__ = ("_claimed", "_harmed", "_texted", "onlookers")

    def __init__(self, claimed: Identity, tallies: Iterable[Tally]) -> None:
        self._claimed = claimed
        #: Devices that found it odd in what it is or in how it is received, without harm.
        self.onlookers: set[str] = set()
        self._harmed: dict[str, set[str]] = {space: set() for space in _SPACES}
        self._texted: dict[str, set[str]] = {space: set() for space in _SPACES}
        for tally in tallies:
            self.take(tally, tally.votes)

    def take(self, tally: Tally, voters: Iterable[str]) -> None:
        """Adds some voters of a tally, as far as it is about the identity."""
        if tally.claimed is None or not tally.claimed.agrees(self._claimed):
            return
        if tally.family not in OF_HARM:
            self.onlookers.update(voter for voter in voters if voter.startswith(_SPACES[0]))
            return
        sure = [voter for voter in voters if tally.votes[voter].weight >= STRONG_WEIGHT]
        for found in (self._harmed, self._texted) if tally.family == "sms" else (self._harmed,):
            for space, who in found.items():
                who.update(voter for voter in sure if voter.startswith(space))

    def harmed(self, but_for: Iterable[str] = ()) -> int:
        """Phones to which something happened, for certain; subscribers ``but_for`` some don't
        count, and devices and subscribers may be the same people."""
        devices, subscribers = (self._harmed[space] for space in _SPACES)
        if len(devices) >= len(subscribers):
            return len(devices)
        others = sum(f"{_SPACES[1]}{one}" in subscribers for one in set(but_for))
        return max(len(devices), len(subscribers) - others)

    @property
    def texted(self) -> int:
        """Phones that received texts which the centre didn't send, for certain."""
        return max(map(len, self._texted.values()))


def certain(voters: Iterable[str]) -> int:
    """How many distinct devices some voters are for certain, as `Voters.devices`.

    >>> certain(["device:a", "device:b", "subscriber:a", "instrument:x"])
    2
    """
    known = list(voters)
    return max(sum(voter.startswith(space) for voter in known) for space in _SPACES)


def share_phones(one: Iterable[Tally], other: Iterable[Tally]) -> bool:
    """Whether half of the phones of either were on the other, too: those of two carriers of one
    transmitter are taken by one after the other."""
    mine, theirs = (set[str]().union(*(tally.votes for tally in own)) for own in (one, other))
    return 2 * len(mine & theirs) >= min(len(mine), len(theirs))


def campaign(tallies: Iterable[Tally]) -> Text | None:
    """The text that most devices received."""
    devices: list[tuple[Text, set[str]]] = []
    for tally in tallies:
        if tally.text is None:
            continue
        for text, who in devices:
            if text.is_like(tally.text):
                who.update(tally.votes)
                break
        else:
            devices.append((tally.text, set(tally.votes)))
    return max(devices, key=lambda each: len(each[1]))[0] if devices else None


def of_many(received: list[Tally]) -> list[Tally]:
    """What was received, but for identities that hardly anybody received beside one that many did:
    unlisted cells that an alert took along on its way say nothing of when its own was on the air.
    What only begins as another ends is its successor."""
    by_cell: dict[object, list[Tally]] = {}
    for tally in received:
        claimed = tally.claimed
        cell = None if claimed is None else (claimed.area, claimed.cell or claimed.code)
        by_cell.setdefault(cell, []).append(tally)
    spans = [
        (
            max(len(tally.votes) for tally in own),
            min(tally.first_ts for tally in own),
            max(tally.last_ts for tally in own),
        )
        for own in by_cell.values()
    ]
    most = max((many for many, _, _ in spans), default=0)
    kept = (
        own
        for own, (few, first, last) in zip(by_cell.values(), spans, strict=True)
        if _HARDLY_ANY * few >= most
        or not any(
            _HARDLY_ANY * few < many and _is_beside(first, last, since, until)
            for many, since, until in spans
        )
    )
    return [tally for own in kept for tally in own]


def _is_beside(first: int, last: int, since: int, until: int) -> bool:
    """Whether what was received from ``first`` to ``last`` was so beside what was from ``since`` to
    ``until`` (ms), and doesn't only begin as that ends."""
    return (since <= first and last <= until) or min(until, last) - max(since, first) > HELD_MS


def is_posing(found: Tally | Finding) -> bool:
    """Whether it is about a cell by what it is received as: mostly a registered one, where that
    can't be. Cells that nobody has are found by others, and by more phones."""
    claimed = found.claimed
    named = found.family == "radio" and claimed is not None and claimed.cell is not None
    return named and not is_sent_to(found)


def is_sent_to(found: Tally | Finding) -> bool:
    """Whether it is about a cell to which phones were sent, and of which no more is received than
    a code: a base station has the number from its list of neighbours, and no area, whoever it is
    that has the code here."""
    claimed = found.claimed
    return found.family == "radio" and claimed is not None and claimed.area is None
