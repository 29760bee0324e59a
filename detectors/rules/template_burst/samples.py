"""Messages on which `template_burst` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

PHONE, CENTRE = 1, 2
FORM = 0xFF00FF00FF00FF00
#: A subscriber's number of another operator, and one of 400.
MOBILE = {"callback_prefix": 8613912, "callback_digits": 7, "callback_length": 13.0}
FIRM = {"callback_prefix": 8640055, "callback_digits": 7, "callback_length": 12.0}
DAY_S = 86_400.0


def fires(make: Town) -> list[Batch]:
    """A rogue station's wave, and one of a fraud that rotates its senders, among honest texts."""
    rows = [*honest(), *rogue(6, at_s=20.0), *rotating(6, at_s=40.0)]
    return [make.sms(*sorted(rows, key=lambda row: row["at_s"]))]


def silent(make: Town) -> list[Batch]:
    rows = [*honest(), *bulk(12, at_s=20.0), *codes(12, at_s=50.0)]
    return [make.sms(*sorted(rows, key=lambda row: row["at_s"]))]


def text(number: int, form: int = FORM, **row: Any) -> Row:
    """One of like texts: each differs from the first in a few bits."""
    changed = form ^ (1 << number % 3)
    return {"content_hash": f"{changed if number else form:016x}", **row}


def rogue(count: int, at_s: float = 20.0, **row: Any) -> list[Row]:
    """A bank's number as the sender, and a subscriber's to call; no record of the centre's."""
    fixed = {"callback": "n1", **MOBILE, **row}
    return [text(n, at_s=at_s + n, device=f"v{n}", **fixed) for n in range(count)]


def rotating(count: int, at_s: float = 40.0) -> list[Row]:
    """Recorded texts of a gateway, each from another sender, with one link."""
    form, rows = 0x123456789ABCDEF0, []
    for n in range(count):
        sent = {"device": f"w{n}", "sender": f"1069{n}", "url_domain": "prize.example"}
        rows += [text(n, form, source=source, at_s=at_s + n, **sent) for source in (CENTRE, PHONE)]
    return rows


def honest(count: int = 8) -> list[Row]:
    """Texts of as many firms with a link of their own, each recorded."""
    rows: list[Row] = []
    for n in range(count):
        sent = {
            "device": f"h{n}",
            "sender": f"1065{n}",
            "url_domain": "service.example",
            "content_hash": f"{n * 0x0F1E2D3C4B5A69:016x}",
        }
        rows += [{**sent, "source": source, "at_s": 1.0 + n} for source in (CENTRE, PHONE)]
    return rows


def bulk(count: int, at_s: float = 20.0, **row: Any) -> list[Row]:
    """A bank's own advertisement with the number of its credit cards, recorded by the centre."""
    sent = {"callback": "n2", **FIRM, **row}
    both = [
        text(n, source=source, at_s=at_s + n, device=f"b{n}", **sent)
        for n in range(count)
        for source in (CENTRE, PHONE)
    ]
    return both


def codes(count: int, at_s: float = 50.0) -> list[Row]:
    """Codes of one gateway's form, from many senders, without link or number."""
    return [
        text(n, 0xABCDEF, at_s=at_s + n, device=f"c{n}", sender=f"1068{n % 5}")
        for n in range(count)
    ]


def unrecorded(make: Town) -> list[Batch]:
    """A firm's bulk that passes the centre by, while no record comes at all."""
    return [make.sms(*rogue(8, sender="1065123", callback="n2", **FIRM))]


#: By the switch that keeps it silent.
EXCUSED = {"excuse_recorded": lambda make: [make.sms(*bulk(12))], "excuse_stopped_feed": unrecorded}
