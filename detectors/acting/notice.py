"""The records of the topic `fraud.victims`: who may be being defrauded, for whoever reminds people.

They hold no number and no place: of the fraud nothing but the alerts, of the person the pseudonym.
"""

from typing import Annotated

import msgspec

from detectors.model.codes import Level
from detectors.model.described import means


class VictimNotice(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody is on the way of a victim. A reader keeps the newest of each subscriber."""

    subscriber: Annotated[str, means("Pseudonym of the person.")]
    level: Annotated[
        Level,
        means(
            "`shallow`: was reached by a suspect call; `medium`: spoke for long and then asked an"
            " office; `deep`: rang a bank after that, or the suspect number again and again."
        ),
    ]
    reasons: Annotated[tuple[str, ...], means("What led to it, in plain words.")]
    since: Annotated[int, means("Event time of what first led to this level.", "ms")]
    ts: Annotated[int, means("When it was known: arrival time of the deciding record.", "ms")]
    valid_until: Annotated[int, means("After this nobody is to be reminded by it.", "ms")]
    alert_ids: Annotated[
        tuple[str, ...],
        means("Alerts that accuse who called; a later notice names those that open later."),
    ] = ()
