"""Who was sent what where: one zone's short messages by template and by place.

Plain data, the judging state of `sms_burst`. Receivers are kept of each template; all other traffic
only as counts in squares, so that a whole city's fits.
"""

from math import cos, exp, floor, lgamma, log, radians
from typing import Final

import msgspec

from detectors.features.sms.join import alike
from detectors.features.sms.named_cells import Naming
from detectors.features.sms.pending import Queue
from detectors.features.witnesses import explains
from geo.earth.sphere import METRES_A_DEGREE, great_circle_m

#: Senders that a zone remembers, templates of each, and receivers of each template.
_SENDERS: Final = 1024
_TEMPLATES: Final = 32
_RECEIVERS: Final = 128
#: Devices of each template to which the centre sent it. Each speaks for so many receivers: half of
#: the records that come after the report are seen here, and some are lost.
_SENT_TO: Final = 32
_EACH_SPEAKS_FOR: Final = 8
#: A template that was silent for so long (ms) begins anew.
_IDLE_MS: Final = 3_600_000
#: Side of the squares in which other traffic is counted, degrees of latitude: some 500 m.
_SQUARE_DEG: Final = 0.005


#: Of receipts of an older state.
NOT_STATED: Final = Naming(0, "", False)


class Receipt(msgspec.Struct, array_like=True):
    """A message that somebody was sent: when (event time, ms), to whom, where, on which cell."""

    ts: int
    who: str
    lat: float
    lon: float
    naming: Naming = NOT_STATED


class Template(msgspec.Struct):
    """Like messages of one sender; the centre sent such to devices ``sent_to``."""

    bits: int | None
    last_rx: int
    sent_to: list[str] = []
    receipts: list[Receipt] = []

    def send(self, who: str) -> None:
        """Takes in that the centre sent one to a device."""
        if who not in self.sent_to:
            self.sent_to = [*self.sent_to, who][-_SENT_TO:]

    def named(self, ts: int, window_ms: int) -> list[Naming]:
        """On which cells devices received it about then, the newest of each device."""
        recent = [one for one in self.receipts if abs(one.ts - ts) <= window_ms]
        return list({one.who: one.naming for one in recent}.values())

    def is_recorded(self, receivers: int) -> bool:
        """Whether those to whom the centre did send it speak for so many receivers: a few may
        make the centre send them what a transmitter sends to others, or claim that it did."""
        return bool(self.sent_to) and explains(len(self.sent_to), receivers, _EACH_SPEAKS_FOR)


class Town(msgspec.Struct):
    """Judging state of one zone: what waits, and the templates by sender, the least recent first.
    All traffic is counted by square, in this span of the window's length and the last."""

    waiting: Queue = msgspec.field(default_factory=Queue)
    templates: dict[str, list[Template]] = {}
    since: int = 0
    now: dict[str, int] = {}
    before: dict[str, int] = {}

    def template(self, sender: str, bits: int | None, hash_bits: int, rx: int) -> Template:
        """The template that a message reported at ``rx`` is of, a new one where there is none."""
        own = self.templates.pop(sender, [])
        self.templates[sender] = own
        own[:] = [t for t in own if rx - t.last_rx <= _IDLE_MS]
        template = next((t for t in own if alike(t.bits, bits, hash_bits)), None)
        if template is None:
            template = Template(bits, rx)
            own.append(template)
            del own[:-_TEMPLATES]
            if len(self.templates) > _SENDERS:
                del self.templates[next(iter(self.templates))]
        template.last_rx = max(template.last_rx, rx)
        return template

    def observe(self, template: Template, receipt: Receipt, rx: int, window_ms: int) -> None:
        """Takes in a message of a template that was reported at ``rx``."""
        if rx - self.since > window_ms:
            is_next = rx - self.since <= 2 * window_ms
            self.before, self.now = self.now if is_next else {}, {}
            self.since = rx
        row, column = _square(receipt.lat, receipt.lon)
        square = f"{row},{column}"
        self.now[square] = self.now.get(square, 0) + 1
        fresh = [one for one in template.receipts if receipt.ts - one.ts <= 2 * window_ms]
        template.receipts = [*fresh, receipt][-_RECEIVERS:]

    def traffic(self, lat: float, lon: float, gate_m: float) -> tuple[int, int]:
        """Messages of late about a place, by the squares whose middles are in the gate, and all."""
        reach = int(gate_m / (_SQUARE_DEG * METRES_A_DEGREE)) + 1
        here = 0
        row, _ = _square(lat, lon)
        for y in range(row - reach, row + reach + 1):
            wide_deg = _wide_deg(y)
            column = floor(lon / wide_deg)
            for x in range(column - reach, column + reach + 1):
                if great_circle_m(lat, lon, *_middle(y, x)) <= gate_m:
                    square = f"{y},{x}"
                    here += self.now.get(square, 0) + self.before.get(square, 0)
        return here, sum(self.now.values()) + sum(self.before.values())

    def templates_since(self, rx: int) -> int:
        """Templates of several receivers of late: as many chances for one to stand out."""
        every = (t for own in self.templates.values() for t in own)
        return max(1, sum(t.last_rx >= rx and len(t.receipts) > 1 for t in every))


def log_tail(count: int, least: int, share: float) -> float:
    """Logarithm of the binomial chance of ``least`` or more of ``count``, each with ``share``.

    >>> round(exp(log_tail(2, 2, 0.5)), 3), log_tail(5, 0, 0.1)
    (0.25, 0.0)
    """
    if least <= 0:
        return 0.0
    terms = [
        lgamma(count + 1)
        - lgamma(k + 1)
        - lgamma(count - k + 1)
        + k * log(share)
        + (count - k) * log(1.0 - share)
        for k in range(least, count + 1)
    ]
    top = max(terms)
    return min(0.0, top + log(sum(exp(term - top) for term in terms)))


def is_about(lat: float, lon: float, receipt: Receipt, gate_m: float) -> bool:
    """Whether the square of a receipt is in the gate about a place: as `Town.traffic` counts."""
    return great_circle_m(lat, lon, *_middle(*_square(receipt.lat, receipt.lon))) <= gate_m


def _wide_deg(row: int) -> float:
    """How many degrees of longitude a square of this row is wide, to be as wide as high."""
    return _SQUARE_DEG / max(0.01, cos(radians((row + 0.5) * _SQUARE_DEG)))


def _square(lat: float, lon: float) -> tuple[int, int]:
    row = floor(lat / _SQUARE_DEG)
    return row, floor(lon / _wide_deg(row))


def _middle(row: int, column: int) -> tuple[float, float]:
    return (row + 0.5) * _SQUARE_DEG, (column + 0.5) * _wide_deg(row)
