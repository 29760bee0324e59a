"""Which innocent causes are known, and where each is dealt with.

The codes are rows of the detection notes' table of causes of false alarms (F1 to F37). A cause is
excused by a rule, by the incident as a whole, or can't come up by the way the pipeline is built.
Each switch is a setting that turns one excuse off, so that what it is worth can be measured.
"""

from typing import Final

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """One cause: its code, what happens, the switches that excuse it, and where there is none, by
    what it can't come up."""

    code: str
    cause: str
    switches: tuple[str, ...] = ()
    otherwise: str = ""


EXPLANATIONS: Final[tuple[Explanation, ...]] = (
    Explanation(
        "F4",
        "areas and cells are renumbered",
        ("incidents.excuses.announced", "incidents.excuses.renumbered"),
    ),
    Explanation("F11", "several networks share a cell", ("incidents.excuses.widespread",)),
)
