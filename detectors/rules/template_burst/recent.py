"""Forms of text of late in one partition: to how many, from whom, and whether the centre has them.

The first half of `template_burst` remembers them to pass on only what may be a burst.
"""

from typing import Final

import msgspec
import numpy as np

from detectors.model.columns import I8
from detectors.rules.template_burst.hashes import NONE, near

#: Forms of text that are remembered, and of each its receivers and senders, beyond which receivers
#: are only counted.
_FORMS: Final = 4096
_RECEIVERS: Final = 32
_SENDERS: Final = 8


class Form(msgspec.Struct):
    """Like texts within one window of arrival time: phones to which they came, as phones and as the
    centre say, and their senders. ``passed`` says that a phone's text was passed on."""

    window: int
    phones: list[str] = []
    centre: list[str] = []
    senders: list[str] = []
    more_phones: int = 0
    more_centre: int = 0
    passed: bool = False

    def phone(self, who: str) -> int:
        """Which receiver a phone is, counted from 1; 0 for one that is counted."""
        count = _count(self.phones, who, self.more_phones)
        self.more_phones += count > _RECEIVERS
        return count

    def record(self, who: str) -> int:
        """The same for records of the centre."""
        count = _count(self.centre, who, self.more_centre)
        self.more_centre += count > _RECEIVERS
        return count

    @property
    def received(self) -> int:
        """To how many phones it came, as they say."""
        return len(self.phones) + self.more_phones

    @property
    def recorded(self) -> int:
        """.. and as the centre says."""
        return len(self.centre) + self.more_centre

    def sent_by(self, sender: str) -> None:
        """Counts a sender."""
        if sender not in self.senders and len(self.senders) < _SENDERS:
            self.senders.append(sender)


class Forms:
    """The newest forms of one topic. A form keeps its place until so many newer ones came."""

    def __init__(self) -> None:
        self._bits = np.full(_FORMS, NONE, dtype=np.uint64)
        self._forms: list[Form] = []
        self._next = 0
        #: The newest window in which a phone's text was passed on.
        self.passed = -1

    def of(self, bits: int, most_bits: int, window: int, may_begin: bool) -> Form | None:
        """The form that a text is of, in the window of its arrival. Where none is near a new one
        begins, if it may."""
        place = near(self._bits[: len(self._forms)], bits, most_bits)
        if place >= 0:
            form = self._forms[place]
            if form.window < window:
                form = self._forms[place] = Form(window)
            return form
        if not may_begin:
            return None
        form = Form(window)
        if len(self._forms) < _FORMS:
            self._forms.append(form)
        else:
            self._forms[self._next] = form
        self._bits[self._next] = bits
        self._next = (self._next + 1) % _FORMS
        return form


class Topics(msgspec.Struct):
    """Screening state of a partition: the partitions of one number of several topics may share it,
    and be read in any order, so each has its own; ``alive`` is the window of each topic's newest
    sign that the centre's records come."""

    by_name: dict[str, Forms] = {}
    alive: dict[str, int] = {}

    def of(self, topic: str) -> Forms:
        """The forms of a topic."""
        if topic not in self.by_name:
            self.by_name[topic] = Forms()
        return self.by_name[topic]

    def shows_life(self, topic: str, rx_ms: I8, window_ms: int) -> list[int]:
        """Of records of the centre, arrived at ``rx_ms``, the first of each window."""
        found = []
        for row, window in enumerate((rx_ms // window_ms).tolist()):
            if window > self.alive.get(topic, -1):
                self.alive[topic] = window
                found.append(row)
        return found


def _count(known: list[str], who: str, more: int) -> int:
    if who in known:
        return 0
    if len(known) < _RECEIVERS:
        known.append(who)
        return len(known)
    return _RECEIVERS + more + 1
