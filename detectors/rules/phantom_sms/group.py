"""Like messages of one sender, and how likely so many of them are without a record by chance."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.features.baselines.beta_binomial import chance_of_any
from detectors.features.memory.lateness import served_nats
from detectors.features.sms.named_cells import Naming, against_one_transmitter
from detectors.features.witnesses import explains
from detectors.rules.phantom_sms.spread import Spot

#: Devices that a group remembers: the chance that honest ones miss all is nil long before.
MOST_DEVICES: Final = 32
#: A text that the centre sent to so many phones is its own, whoever else misses it.
MOST_SENT_TO: Final = MOST_DEVICES
#: How much alike groups are in how many records get lost, as so many observations (beta-binomial):
#: with few, one of some groups may lose half of its own though hardly any are lost in all.
_ALIKE: Final = 4.0
#: Without those that may be hostile, so many devices and such a share of all show on which cell a
#: text is sent, where one in so many of its receivers names any.
_HOSTILE: Final = 3
_SEVERAL: Final = 2
_MOST_OF_THEM: Final = 0.6
_NAMING: Final = 4


class Group(msgspec.Struct):
    """Like messages of one sender: how many were reported and how many of those the centre sent,
    with the devices that those were ``sent_to`` and that the others were for, and the places of the
    latter; times are arrivals (ms). ``together`` once these are closer than all messages are;
    ``lateness`` is what each device's upload says for its being held (nats), ``cells`` on which
    cell it received a message without a record (register keys), ``named`` on which any that the
    centre isn't known to have sent, as soon as it is reported."""

    number: int
    sender: str
    bits: int | None
    last_rx: int
    seen: int = 0
    vouched: int = 0
    sent_to: list[str] = []
    missing: list[str] = []
    spots: list[Spot] = []
    together: bool = False
    lateness: dict[str, float] = {}
    cells: dict[str, str] = {}
    named: dict[str, Naming] = {}

    @property
    def sent_from(self) -> str | None:
        """The cell on which most without a record received theirs, if there is one: phones
        about a town are on many, a transmitter's on the one that it poses as."""
        cell, devices = Counter(self.cells.values()).most_common(1)[0] if self.cells else ("", 0)
        others = len(self.cells) - _HOSTILE
        is_one = devices - _HOSTILE >= max(_SEVERAL, _MOST_OF_THEM * others)
        return cell if is_one and _NAMING * len(self.cells) >= len(self.missing) else None

    def against(self, served: bool, named: Iterable[Naming]) -> float:
        """What receivers say against a transmitter (nats, 0 at most): how soon this group's
        reported it, as whom it holds can't, if ``served`` counts; and on how many cells all who
        have such a text were. Phones that it did hold may state cells of before and after, so that
        late reports make up for these."""
        held = max(0.0, sum(self.lateness.values()))
        nats = min(0.0, against_one_transmitter(named) + held)
        return nats + (served_nats(self.lateness.values()) if served else 0.0)

    @property
    def is_recorded(self) -> bool:
        """Whether those whose message the centre did send outweigh those whose it didn't."""
        return bool(self.sent_to) and explains(len(self.sent_to), len(self.missing))


class RecentMessage(msgspec.Struct):
    """A recent message: when it was received and reported, its group, whether it is recorded, and
    where it was received."""

    ts: int
    rx: int
    group: int
    vouched: bool = False
    spot: Spot | None = None


def all_miss(lost: float, missing: int, sent: int) -> float:
    """Chance that so many of a group's records or more are missing, and no more than so many are
    there, where a share ``lost`` of all is missing.

    >>> round(all_miss(0.1, 3, 0), 4), round(all_miss(0.1, 1, 9), 2), round(all_miss(0.1, 5, 3), 3)
    (0.001, 0.43, 0.027)
    """
    if not sent:
        return float(lost**missing)
    every = missing + sent
    a, b = lost * _ALIKE, (1.0 - lost) * _ALIKE
    return chance_of_any(range(missing, every + 1), every, a, b)
