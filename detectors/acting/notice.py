"""The record of the topic `fraud.victims`: who may be being defrauded, for whoever reminds them."""

from typing import Annotated

import msgspec

from detectors.model.codes import Level
from detectors.model.described import means


class VictimNotice(msgspec.Struct, frozen=True, kw_only=True):
    """`fraud.victims`: that somebody seems to be worked on, and how far that has gone. Times in ms
    since the epoch. There is no number in it and no place."""

    subscriber: Annotated[str, means("Pseudonym of who is being defrauded; the record's key.")]
    level: Annotated[
        Level,
        means(
            "`shallow`: took a suspect call; `medium`: spoke for long and then asked an office;"
            " `deep`: rang a bank after that, or the suspect again and again."
        ),
    ]
    reasons: Annotated[tuple[str, ...], means("What happened, by words of the rule.")]
    since: Annotated[int, means("Event time of what decided the level.", "ms")]
    ts: Annotated[int, means("Arrival time at which it was decided.", "ms")]
    valid_until: Annotated[int, means("When it is to be deleted.", "ms")]
    alert_ids: Annotated[
        tuple[str, ...],
        means("Alerts that accuse who called; a later notice names those that open later."),
    ] = ()
