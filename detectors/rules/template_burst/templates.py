"""Forms of text that many receive: the rule's state in its zone. Plain data."""

from heapq import heappop
from typing import Final

import msgspec
import numpy as np

from detectors.features.memory.lru import keep
from detectors.features.memory.waiting import Waiting
from detectors.rules.template_burst.hashes import near
from detectors.rules.template_burst.recent import Forms

#: Forms that are remembered, the least recent forgotten first.
_MOST: Final = 2048
_DAY_MS: Final = 86_400_000
#: A form that nobody received for so long is forgotten, unless it came on several days (ms).
_IDLE_MS: Final = 2 * _DAY_MS
_MOST_LEARNED: Final = 4096


class Template(msgspec.Struct):
    """One form. ``phones`` and ``centre`` are how many receivers it has, as phones report it and as
    the centre recorded it, by topic and window, each with its newest arrival (ms); ``senders`` and
    ``things`` (numbers to call and links) when one last came."""

    bits: int
    last_rx: int
    phones: dict[str, tuple[int, int]] = {}
    centre: dict[str, tuple[int, int]] = {}
    senders: dict[str, int] = {}
    things: dict[str, int] = {}

    def forget(self, oldest_ms: int) -> None:
        """Forgets what is older."""
        for counts in (self.phones, self.centre):
            for where in [where for where, (_, rx) in counts.items() if rx < oldest_ms]:
                del counts[where]
        for known in (self.senders, self.things):
            for what in [what for what, rx in known.items() if rx < oldest_ms]:
                del known[what]


def receivers(counts: dict[str, tuple[int, int]]) -> int:
    """All receivers that were counted.

    >>> receivers({"sms/7": (3, 0), "sms/8": (5, 0)})
    8
    """
    return sum(count for count, _ in counts.values())


class Learned(msgspec.Struct):
    """What is kept for good: on how many days (UTC) the centre recorded each form of text."""

    days: dict[str, int] = {}


class Window(msgspec.Struct, array_like=True):
    """Texts of a topic that one partition sent of a half-minute, which ended at ``ends_ms``."""

    ends_ms: int
    topic: str
    packed: str


class Templates(msgspec.Struct):
    """Judging state: half-minutes that wait for those of all partitions; by topic all forms of late
    (`detectors.rules.template_burst.recent`); those that may be of a burst, the least recent first;
    texts that wait for the centre's record; when a sign last came that records come at all (ms);
    the days of forms that the centre recorded, with the last of them."""

    windows: list[Window] = []
    recent: dict[str, Forms] = {}
    forms: list[Template] = []
    waiting: list[Waiting] = []
    alive_ms: int | None = None
    days: dict[str, tuple[int, int]] = {}

    def dues(self) -> list[int]:
        """When anything is to be judged."""
        return [each.ends_ms for each in self.windows] + [each.due for each in self.waiting[:1]]

    def next_window(self, until_ms: int) -> tuple[str, list[Window]] | None:
        """Takes out what all partitions sent of the half-minute of a topic that ended first, by
        then; ``None`` where none did."""
        ended = [each for each in self.windows if each.ends_ms <= until_ms]
        if not ended:
            return None
        first = min(ended, key=lambda each: (each.ends_ms, each.topic))
        of = first.ends_ms, first.topic
        due = [each for each in ended if (each.ends_ms, each.topic) == of]
        self.windows = [each for each in self.windows if (each.ends_ms, each.topic) != of]
        return first.topic, due

    def of(self, bits: int, most_bits: int, rx_ms: int) -> Template:
        """The form that a text is of, a new one where none is near."""
        place = self._place(bits, most_bits)
        if place < 0:
            self.forms.append(Template(bits, rx_ms))
            self.forms = [form for form in self.forms if self._is_kept(form, rx_ms)][-_MOST:]
            return self.forms[-1]
        form = self.forms.pop(place)
        self.forms.append(form)
        return form

    def _is_kept(self, form: Template, rx_ms: int) -> bool:
        return rx_ms - form.last_rx <= _IDLE_MS or self.days_of(form) > 1

    def _place(self, bits: int, most_bits: int) -> int:
        known = np.array([form.bits for form in self.forms], dtype=np.uint64)
        return near(known, bits, most_bits)

    def record(self, form: Template, rx_ms: int) -> None:
        """Counts the day of a record of the centre."""
        name, day = name_of(form), rx_ms // _DAY_MS
        count, last = self.days.pop(name, (0, -1))
        self.days[name] = (count + (day > last), max(day, last))
        if len(self.days) > _MOST_LEARNED:
            del self.days[next(iter(self.days))]

    def next_waiting(self) -> Waiting:
        """Takes out the text that is due first."""
        return heappop(self.waiting)

    def days_of(self, form: Template) -> int:
        """On how many days the centre recorded a form."""
        return self.days.get(name_of(form), (0, 0))[0]

    def learned(self) -> Learned:
        """The forms of several days."""
        return Learned({name: count for name, (count, _) in self.days.items() if count > 1})

    def take_up(self, learned: Learned, now_ms: int) -> None:
        """Knows them again, as if the last of their days were today."""
        for name, count in learned.days.items():
            self.days[name] = count, now_ms // _DAY_MS
            form = Template(int(name, 16), now_ms)
            self.forms = [*self.forms, form][-_MOST:]


def name_of(form: Template) -> str:
    """What a form is called in links: its first text's hash.

    >>> name_of(Template(255, 0))
    '00000000000000ff'
    """
    return f"{form.bits:016x}"


def note(known: dict[str, int], what: str, rx_ms: int, most: int = 32) -> None:
    """Notes when something last came, the least recent forgotten beyond ``most``.

    >>> senders = {"a": 1, "b": 2}
    >>> note(senders, "a", 3, 2), note(senders, "c", 4, 2), senders
    (None, None, {'a': 3, 'c': 4})
    """
    known.pop(what, None)
    keep(known, what, rx_ms, most)
