"""Notices of people who are being defrauded, for whoever may warn them."""

from typing import Annotated, Final, Literal

import msgspec

from detectors.model.described import means

Level = Literal["shallow", "medium", "deep"]
#: From who took a call to who is at the bank; each level is above the one before.
LEVELS: Final[tuple[Level, ...]] = ("shallow", "medium", "deep")


class VictimNotice(msgspec.Struct, frozen=True, kw_only=True):
    """`fraud.victims`: that somebody seems to be worked on, and how far that has gone. Times in ms
    since the epoch. There is no number in it and no place."""

    subscriber: Annotated[str, means("Pseudonym of who is being defrauded; the record's key.")]
    level: Annotated[Level, means("How far it has gone.")]
    reasons: Annotated[tuple[str, ...], means("What happened, by words of the rule.")]
    since: Annotated[int, means("Event time of what decided the level.", "ms")]
    ts: Annotated[int, means("Arrival time at which it was decided.", "ms")]
    valid_until: Annotated[int, means("When it is to be deleted.", "ms")]
    alert_ids: Annotated[tuple[str, ...], means("Alerts about who does it.")] = ()
