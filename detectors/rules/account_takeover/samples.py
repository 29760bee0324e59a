"""Changes, texts and calls on which `account_takeover` fires, and on which it stays silent."""

import msgspec

from detectors.model.columns import Batch
from detectors.rules.sample_town import Piece, Row, Town

#: Signs are remembered for a day.
REMEMBERED_MS = 86_400_000
MIN, HOUR = 60.0, 3600.0


def fires(make: Town) -> list[Piece]:
    """A SIM is replaced, ten codes come, and a bank is rung; a diversion is set, and a bank's call
    goes to somebody else."""
    changed = changes(make, ("d1", "n1", "sim_replaced"), ("d2", "n2", "forwarding_set"))
    calls = make.calls(to_bank("n1", 30 * MIN), from_bank("n2", 40 * MIN))
    return [changed, codes(make, "d1", 10), calls]


def silent(make: Town) -> list[Piece]:
    """A new phone gets five codes; a bank is rung by somebody else."""
    changed = changes(make, ("d1", "n1", "sim_replaced"))
    return [changed, codes(make, "d1", 5), make.calls(to_bank("n3", 30 * MIN))]


def new_phone(make: Town) -> list[Piece]:
    changed = changes(make, ("d1", "n1", "sim_replaced"))
    return [changed, codes(make, "d1", 5), make.calls(to_bank("n3", 30 * MIN))]


def rings_banks(make: Town) -> list[Piece]:
    """Who rings a bank an hour before the SIM is replaced, too."""
    changed = changes(make, ("d1", "n1", "sim_replaced"), at_s=HOUR)
    rung = make.calls(to_bank("n1", 5 * MIN), to_bank("n1", 70 * MIN))
    return [changed, codes(make, "d3", 3), rung]


def diverts(make: Town) -> list[Piece]:
    """Whose calls were diverted before."""
    changed = changes(make, ("d2", "n2", "forwarding_set"), at_s=HOUR)
    rung = make.calls(from_bank("n2", 5 * MIN), from_bank("n2", 70 * MIN))
    return [changed, codes(make, "d3", 3), rung]


EXCUSED = {
    "excuse_new_phone": new_phone,
    "excuse_rings_banks": rings_banks,
    "excuse_diverts": diverts,
}


def changes(make: Town, *rows: tuple[str, str, str], at_s: float = 0.0) -> list[msgspec.Struct]:
    """Of devices, as texts name them, and numbers, as calls do: what was changed."""
    given: list[Row] = [
        {"subscriber": device, "number": number, "kind": kind, "at_s": at_s, "rx_s": at_s + MIN}
        for device, number, kind in rows
    ]
    return make.changes(*given)


def codes(make: Town, device: str, count: int) -> Batch:
    """Codes of as many services, two minutes apart."""
    rows = [
        {"device": device, "sender": f"1069{n}", "at_s": 120.0 * n} for n in range(1, count + 1)
    ]
    return make.sms(*rows, source=2, length=46.0, parts=1.0, has_url=0.0)


def to_bank(number: str, at_s: float) -> Row:
    bank = {"callee": "95588", "callee_prefix": 8695588, "callee_length": 7.0}
    return {"caller": number, "at_s": at_s, **bank}


def from_bank(number: str, at_s: float) -> Row:
    """A call of a bank to a number that diverts it."""
    bank = {"caller": "95588", "caller_prefix": 8695588, "caller_length": 7.0}
    return {**bank, "redirecting": number, "callee": "else", "at_s": at_s}
