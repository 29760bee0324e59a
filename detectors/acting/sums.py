"""Monthly figures of complaints and cases, by class of number and carrier."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

import numpy as np

from detectors.acting.cases import Complaint, NumberCase, Sum
from detectors.acting.settings import Users

By = Literal["class", "carrier"]
_Group: TypeAlias = tuple[str, str | None, str | None]
BOTH: Final[tuple[By, ...]] = ("class", "carrier")


def month_of(ts_ms: int, offset_ms: int = 0) -> str:
    """The month of a time, where clocks are ahead of UTC by ``offset_ms``.

    >>> month_of(1_748_735_999_999), month_of(1_748_735_999_999, 8 * 3_600_000)
    ('2025-05', '2025-06')
    """
    return str(np.datetime64(ts_ms + offset_ms, "ms").astype("datetime64[M]"))


def sums(
    complaints: Iterable[Complaint],
    cases: Iterable[NumberCase],
    users: Sequence[Users] = (),
    by: Sequence[By] = BOTH,
    offset_ms: int = 0,
) -> list[Sum]:
    """The figures of each month, class and carrier (or of what is asked by), in that order."""
    counted: dict[_Group, list[int]] = {}

    def count(ts: int, kind: str | None, carrier: str | None, flags: tuple[bool, ...]) -> None:
        group = (
            month_of(ts, offset_ms),
            kind if "class" in by else None,
            carrier if "carrier" in by else None,
        )
        row = counted.setdefault(group, [0] * 5)
        for at, flag in enumerate(flags):
            row[at] += flag

    for one in complaints:
        count(one.ts, one.number_class, one.carrier, (True, False, False, False, False))
    for case in cases:
        reached = (case.dispatched_ts, case.answered_ts, case.closed_ts)
        flags = (False, True, *(ts is not None for ts in reached))
        count(case.opened_ts, case.number_class, case.carrier, flags)
    return [
        Sum(
            month=month,
            number_class=kind,
            carrier=carrier,
            complaints=row[0],
            cases=row[1],
            dispatched=row[2],
            answered=row[3],
            closed=row[4],
            per_million=_per_million(row[0], _users(users, by, kind, carrier)),
        )
        for (month, kind, carrier), row in sorted(counted.items(), key=_order)
    ]


def _order(item: tuple[_Group, list[int]]) -> tuple[str, str, str]:
    month, kind, carrier = item[0]
    return month, kind or "", carrier or ""


def _users(users: Sequence[Users], by: Sequence[By], kind: str | None, carrier: str | None) -> int:
    """How many users a group has; 0 where it isn't known of which class or carrier it is."""
    if ("class" in by and kind is None) or ("carrier" in by and carrier is None):
        return 0
    of_class = [one for one in users if "class" not in by or one.number_class == kind]
    return sum(one.users for one in of_class if "carrier" not in by or one.carrier == carrier)


def _per_million(complaints: int, users: int) -> float | None:
    return round(complaints * 1_000_000 / users, 3) if users else None
