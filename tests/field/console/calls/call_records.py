"""What the console reads about calls: a campaign, the rogue station before it, findings,
and rows of the register of numbers."""

from typing import Any

import msgspec

from detectors.alert.record import Alert, AlertNumber, Evidence
from detectors.model.finding import Finding, OfCalls, Source
from tests.field.call_alert import AT_MS, CAMPAIGN, a_call_alert, hashed
from tests.field.console.loopback_console import Desk
from tests.field.console.topic_records import KEY, NOW, alert

#: Somebody's number, typed by who asks; the hash of it is what the campaign has.
CLEAR = "13812345678"
NAMED = KEY.at(NOW).number(CLEAR)
assert NAMED is not None
CALLBACK = hashed(102)
TRUNK = "trunk:gw-east"


def scam() -> Alert:
    """A campaign of four numbers, one of which is somebody's whose number is typed."""
    assert NAMED is not None
    numbers = [AlertNumber(NAMED.name, NAMED.prefix, "mobile"), *a_call_alert().numbers[1:]]
    return msgspec.structs.replace(a_call_alert(), numbers=numbers)


def rogue() -> Alert:
    """A rogue station whose texts said to ring one of the numbers."""
    seen = {"first_ts": NOW - 60_000, "last_ts": NOW}
    text = Evidence(
        "broadcast_lure", 1, 3.0, 5, **seen, explanation="5 texts", values={"callback": CALLBACK}
    )
    return alert(70, campaign=CAMPAIGN, evidence=[text])


def finding(at: int, number: str, *links: str) -> Finding:
    return Finding(
        detector="spoofed_ingress",
        version=1,
        family="number",
        ts=AT_MS + at,
        rx_ts=AT_MS + at,
        weight=2.5,
        cap=5.0,
        space="number",
        who=number,
        of_calls=OfCalls(number=number, prefix="8610555", calls=(f"{at:032x}",), links=links),
        source=Source("call.signalling", 0, at, -1),
    )


def rows() -> list[dict[str, Any]]:
    """Of the register of numbers."""
    return [
        {"ts": NOW, "prefix": "861381", "class": "mobile", "carrier": "Example", "length": 13},
        {
            **{"ts": NOW, "prefix": CLEAR, "class": "mobile", "protected": True},
            **{"rights": ["gw-1", "gw-2"]},
        },
        {"ts": NOW, "prefix": "8695588", "class": "short", "do_not_originate": True},
    ]


def fill(desk: Desk) -> None:
    """Takes all of it in."""
    assert NAMED is not None
    for one in (scam(), rogue()):
        desk.take("fbs.alerts", one)
    desk.take("fbs.evidence", finding(1, NAMED.name, TRUNK, "region:86755"))
    desk.take("fbs.evidence", finding(2, hashed(101), TRUNK, "template:4f00"))
    desk.take("fbs.evidence", finding(3, hashed(102), TRUNK))
    for row in rows():
        desk.take("number.register", row, key=row["prefix"].encode())
