"""Complaints and marks on which `reputation` fires, and on which it stays silent."""

from detectors.rules.sample_town import Piece, Town

#: Reports are remembered for half a year.
REMEMBERED_MS = 180 * 86_400_000
DAY = 86_400.0
#: Too little by itself.
NUISANCE = {"category": "advertising"}


def fires(make: Town) -> list[Piece]:
    """Somebody complains of a number, of which the police then have a case; an app marks another,
    which has a new owner after that; a bank reports a domain."""
    reports = make.complaints(
        {"by": "12321", "at_s": 0.0},
        {"by": "police", "at_s": DAY, "case_ref": "case-1"},
        {"by": "bank", "at_s": 2 * DAY, "about": "url", "number": None, "url_domain": "x.example"},
    )
    marks = make.marks({"number": "n1", "at_s": 60.0})
    return [reports, marks, make.changes(owner("n1", 3 * DAY))]


def silent(make: Town) -> list[Piece]:
    """One nuisance; what couriers are marked as; a new SIM."""
    marks = make.marks({"number": "n1", "mark": "courier"})
    return [make.complaints(NUISANCE), marks, make.changes({"number": "n1"})]


def repeats(make: Town) -> list[Piece]:
    """One reporter, all day long."""
    days = [{"reporter": "r", "at_s": 60.0 * n, **NUISANCE} for n in range(8)]
    return [make.complaints(*days)]


def reassigned(make: Town) -> list[Piece]:
    """A mark and complaints of a former owner, that arrive when the number has a new one."""
    late = {"rx_s": 5 * DAY, "at_s": 0.0}
    small = make.complaints({"at_s": 0.0, **NUISANCE})
    return [small, make.changes(owner("n0", DAY)), make.marks({"number": "n0", **late})]


def expired(make: Town) -> list[Piece]:
    return [make.marks({"valid_until": make.t0_ms - 1})]


def appealed(make: Town) -> list[Piece]:
    return [make.marks({"appealed": True})]


EXCUSED = {
    "excuse_repeats": repeats,
    "excuse_reassigned": reassigned,
    "excuse_expired": expired,
    "excuse_appealed": appealed,
}


def owner(number: str, at_s: float) -> dict[str, object]:
    return {"number": number, "kind": "activated", "at_s": at_s}
