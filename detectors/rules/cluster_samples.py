"""Messages of which the samples of all rules are made that count by place (`ClusterRule`).

Each such rule's ``samples.py`` has ``ODD`` and ``ORDINARY``: messages of one subscriber that its
judging half counts as odd, and ordinary ones of the same sort.
"""

from collections.abc import Callable
from typing import Any

from detectors.model.codes import GSM
from detectors.rules.sample_town import Row

#: From a subscriber's name, seconds after the town's beginning, and the number of a place.
Messages = Callable[[str, float, int], list[Row]]


def once(**row: Any) -> Messages:
    """The core sees a subscriber come back on the LTE cell of a place, from the area it is in."""
    return lambda who, at_s, place: [_on(who, at_s, place, **row)]


def twice(second: Row) -> Messages:
    """The core has a subscriber, and a hundred seconds later it comes back so."""

    def messages(who: str, at_s: float, place: int) -> list[Row]:
        here = {"cell": 3000 + place} if second.get("rat") == GSM else {}
        return [_on(who, at_s - 100.0, place), _on(who, at_s, place, **here, **second)]

    return messages


def _on(who: str, at_s: float, place: int, **row: Any) -> Row:
    return {"subscriber": who, "at_s": at_s, "cell": 2000 + place, "old_area": 4100, **row}
