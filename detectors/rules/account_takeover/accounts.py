"""What a zone knows of subscribers whose SIM or diversion was changed, and what that comes to."""

from math import lgamma, log

import msgspec

from detectors.features.memory.lru import keep, renew
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import OfCalls

#: Subscribers, and devices with many codes, that are remembered; and what of each.
_MOST = 1 << 15
_OF_ONE, _MOST_CODES = 16, 48


class Sign(msgspec.Struct, array_like=True):
    """A call that may be a sign: ``bank`` or ``diverted``; event time, ms."""

    kind: str
    ts: int
    ref: str


class Change(msgspec.Struct, array_like=True):
    """What was changed and when (ms), and what was found of it already (nats)."""

    kind: str
    ts: int
    found: float = 0.0


class Account(msgspec.Struct):
    """One subscriber, as calls or as texts name it; ``rx`` is of the newest record (ms). ``codes``
    are times of texts, event time. ``device`` is how texts name who calls by this number; ``about``
    what calls say of the number."""

    rx: int
    signs: list[Sign] = []
    codes: list[int] = []
    changes: list[Change] = []
    device: str = ""
    about: OfCalls | None = None


class Accounts(Due):
    """State of the zone: by the number in calls, and by the name in texts, which changes tie:
    ``numbers`` has the number of each device that had one."""

    by_number: dict[str, Account] = msgspec.field(default_factory=dict)
    by_device: dict[str, Account] = msgspec.field(default_factory=dict)
    numbers: dict[str, str] = msgspec.field(default_factory=dict)

    def tie(self, device: str, number: str) -> None:
        """Notes that texts and calls name one subscriber so."""
        self.numbers.pop(device, None)
        keep(self.numbers, device, number, _MOST)
        while (first := next(iter(self.numbers))) != device and (
            self.numbers[first] not in self.by_number
        ):
            del self.numbers[first]


def newest(kept: dict[str, Account], name: str, rx: int, keep_ms: int) -> Account:
    """Somebody, newly or again; who was silent for ``keep_ms`` is forgotten."""
    return renew(kept, name, kept.get(name, Account(rx)), rx, keep_ms, _MOST)


def add_sign(account: Account, sign: Sign) -> None:
    """Adds one, each call once; of too many the oldest goes."""
    if sign.ref and any(each.ref == sign.ref for each in account.signs):
        return
    account.signs.append(sign)
    del account.signs[:-_OF_ONE]


def add_codes(account: Account, times: list[int]) -> None:
    """Adds times of codes, each once."""
    account.codes = sorted({*account.codes, *times})[-_MOST_CODES:]


def rarity_nats(count: int, usual: float) -> float:
    """How rare so many are where that many are usual: -log of a Poisson count's chance; 0 where
    they are no more than usual.

    >>> round(rarity_nats(8, 4.0), 2), rarity_nats(3, 4.0)
    (3.51, 0.0)
    """
    if count <= usual:
        return 0.0
    return usual + lgamma(count + 1) - count * log(usual)
