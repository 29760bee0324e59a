"""Calls and texts on which `victim_path` fires, and on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Piece, Row, Town

#: The longest that anything is remembered: pairs who have spoken.
REMEMBERED_MS = 30 * 86_400_000
PHONE = 1
ABROAD: Row = {"ingress": 1, "trunk": "gateway-01"}
#: A fixed line of Beijing, which can't come in from abroad.
SPOOFED: Row = {
    "caller": "gang",
    "caller_prefix": 8610555,
    "caller_digits": 7,
    "caller_length": 12.0,
}
FOREIGN: Row = {"caller_prefix": 4474005, "caller_digits": 7, "caller_length": 12.0}
WITHHELD: Row = {"caller": None, "caller_prefix": 0, "caller_digits": 0, "caller_length": None}
MIN, HOUR = 60.0, 3600.0


def fires(make: Town) -> list[Piece]:
    """Somebody is worked on from a number that can't be abroad, asks the police, rings a bank; and
    two ring the numbers in texts that no centre sent, one of 400 and a mobile one."""
    lured = [{"device": f"r{n}", "at_s": 10.0 * n} for n in range(8)]
    mobile = {"callback": "m", "callback_prefix": 8613810, "callback_length": 13.0}
    rung = {"callee": "c", "callee_prefix": 8640055, "callee_length": 12.0}
    rows = [
        worked_on(),
        to_office(25 * MIN),
        to_bank(40 * MIN),
        {"caller": "w", "at_s": 20 * MIN, "duration_ms": 300_000.0, **rung},
        to_mobile(18 * MIN),
    ]
    return [texts(make, *lured), texts(make, *lured, **mobile), calls(make, *rows)]


def silent(make: Town) -> list[Piece]:
    """A bank and an office are rung after a call of home; the number in a text that a centre sent
    is rung."""
    sent = [
        {"device": f"r{n}", "at_s": 10.0 * n + 2 * by, "source": 1 + by}
        for n in range(4)
        for by in range(2)
    ]
    rung = {"callee": "c", "callee_prefix": 8640055, "callee_length": 12.0}
    long = {"callee": "v", "at_s": 0.0, "duration_ms": 1_200_000.0}
    rows = [
        long,
        to_office(25 * MIN),
        to_bank(40 * MIN),
        {"caller": "w", "at_s": 20 * MIN, "duration_ms": 300_000.0, **rung},
    ]
    return [texts(make, *sent), calls(make, *rows)]


def relatives(make: Town) -> list[Piece]:
    """A foreign number that rings one person only."""
    return [calls(make, worked_on(caller="aunt", **FOREIGN), to_office(25 * MIN))]


def acquainted(make: Town) -> list[Piece]:
    """A foreign number rings many, and has spoken with this one the day before."""
    firm: Row = {"caller": "firm", **FOREIGN}
    some = [
        worked_on(day_s + n, callee=who, **firm)
        for day_s in (0.0, 20 * HOUR)
        for n, who in enumerate(("o1", "o2", "o3", "v"))
    ]
    return [calls(make, *some, to_office(20.5 * HOUR))]


def roamers(make: Town) -> list[Piece]:
    """A mobile number of home rings from abroad, where it may well be."""
    roamer: Row = {
        "caller_prefix": 8613912,
        "caller_length": 13.0,
        "caller": "d",
        "roaming_check": 5,
    }
    return [calls(make, worked_on(**roamer), to_office(25 * MIN))]


def diverted(make: Town) -> list[Piece]:
    return [calls(make, worked_on(redirecting="x"), to_office(25 * MIN))]


def listed(make: Town) -> list[Piece]:
    """An extension of a firm's centre abroad, which the town's list lets onto that trunk."""
    centre: Row = {"caller": "centre", "caller_prefix": 8610666}
    return [calls(make, worked_on(**centre), to_office(25 * MIN))]


def habit(make: Town) -> list[Piece]:
    """Who rings offices all day is rung from abroad by a withheld number."""
    rung = [to_office(n * MIN) for n in range(5)]
    return [calls(make, *rung, worked_on(10 * MIN, **WITHHELD), to_office(33 * MIN))]


def unrecorded(make: Town) -> list[Piece]:
    """One text lacks its record, as some always do."""
    rung = {"callee": "c", "callee_prefix": 8640055, "callee_length": 12.0}
    call = {"caller": "w", "at_s": 20 * MIN, "duration_ms": 300_000.0, **rung}
    return [texts(make, {"device": "r"}), calls(make, call)]


EXCUSED = {
    "excuse_relatives": relatives,
    "excuse_acquainted": acquainted,
    "excuse_roamers": roamers,
    "excuse_diverted": diverted,
    "excuse_listed": listed,
    "excuse_habit": habit,
    "excuse_unrecorded": unrecorded,
}


def register(make: Town) -> Any:
    """The town, with a list that lets one line of home onto a trunk from abroad."""
    return make.register_listing(
        {"prefix": "8610666", "number_class": "fixed", "rights": ("gateway-01",)}
    )


def worked_on(at_s: float = 0.0, **other: Any) -> Row:
    """Somebody is kept on the line for twenty minutes; the record comes when it is over."""
    row = {**SPOOFED, **ABROAD, "callee": "v", "duration_ms": 1_200_000.0, "at_s": at_s, **other}
    return {"rx_s": row["at_s"] + 1210.0, **row}


def to_office(at_s: float, **other: Any) -> Row:
    number = {"callee": "110", "callee_prefix": 86110, "callee_digits": 5, "callee_length": 5.0}
    return {"caller": "v", "at_s": at_s, **number, **other}


def to_bank(at_s: float, **other: Any) -> Row:
    number = {"callee": "95588", "callee_prefix": 8695588, "callee_length": 7.0}
    return {"caller": "v", "at_s": at_s, **number, **other}


def to_mobile(at_s: float, **other: Any) -> Row:
    number = {"callee": "m", "callee_prefix": 8613810, "callee_length": 13.0}
    return {"caller": "u", "at_s": at_s, "duration_ms": 300_000.0, **number, **other}


def calls(make: Town, *rows: Row) -> Batch:
    """Calls in order of arrival."""
    return make.calls(*sorted(rows, key=lambda row: float(row.get("rx_s") or row["at_s"])))


def texts(make: Town, *rows: Row, **other: Any) -> Batch:
    """Texts with a number to call, as phones reported them."""
    named = {"callback": "c", "callback_prefix": 8640055, "callback_digits": 7}
    return make.sms(*rows, **{"callback_length": 12.0, "source": PHONE, **named, **other})
