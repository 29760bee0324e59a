"""Forms of text of late: to how many, from whom, and whether the centre has them.

`template_burst` remembers all that have a number or a link, to judge only what may be a burst.
Plain data.
"""

from functools import cached_property
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.rules.template_burst.hashes import NONE, near

#: Forms of text that are remembered, and of each its receivers and senders, beyond which receivers
#: are only counted.
_FORMS: Final = 4096
_RECEIVERS: Final = 32
_SENDERS: Final = 8


class Form(msgspec.Struct):
    """Like texts within one window of arrival time: phones to which they came, as phones and as the
    centre say, and their senders. ``passed`` says that a phone's text was judged."""

    window: int
    bits: int
    phones: list[int] = []
    centre: list[int] = []
    senders: list[str] = []
    more_phones: int = 0
    more_centre: int = 0
    passed: bool = False

    def phone(self, who: int) -> int:
        """Which receiver a phone is, counted from 1; 0 for one that is counted."""
        count = _count(self.phones, who, self.more_phones)
        self.more_phones += count > _RECEIVERS
        return count

    def record(self, who: int) -> int:
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


class Forms(msgspec.Struct, dict=True):
    """The newest forms of one topic. A form keeps its place until so many newer ones came; ``next``
    is the place of the next. ``passed`` is the newest window in which a phone's text was judged."""

    forms: list[Form] = []
    next: int = 0
    passed: int = -1

    @cached_property
    def _bits(self) -> NDArray[np.uint64]:
        """Made of ``forms``, not stored, and kept in step."""
        bits = np.full(_FORMS, NONE, dtype=np.uint64)
        bits[: len(self.forms)] = [form.bits for form in self.forms]
        return bits

    def of(self, bits: int, most_bits: int, window: int, may_begin: bool) -> Form | None:
        """The form that a text is of, in the window of its arrival. Where none is near a new one
        begins, if it may."""
        place = near(self._bits[: len(self.forms)], bits, most_bits)
        if place >= 0:
            form = self.forms[place]
            if form.window < window:
                form = self.forms[place] = Form(window, form.bits)
            return form
        if not may_begin:
            return None
        form = Form(window, bits)
        if len(self.forms) < _FORMS:
            self.forms.append(form)
        else:
            self.forms[self.next] = form
        self._bits[self.next] = bits
        self.next = (self.next + 1) % _FORMS
        return form


def _count(known: list[int], who: int, more: int) -> int:
    if who in known:
        return 0
    if len(known) < _RECEIVERS:
        known.append(who)
        return len(known)
    return _RECEIVERS + more + 1
