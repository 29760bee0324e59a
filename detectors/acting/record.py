"""The records of the topic `fraud.actions`: what is proposed to the operator's own systems."""

from typing import Annotated, Final, Literal

import msgspec

from detectors.model.described import means

Deed = Literal["label", "block", "restore", "reverify", "stop_payment", "trace"]
#: What lasts until it expires or is restored; the others are done once.
LASTING: Final[frozenset[Deed]] = frozenset({"label", "block", "stop_payment"})


class FraudAction(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal. Nothing here acts: whoever reads it decides, or has decided by settings."""

    action: Annotated[
        Deed,
        means(
            "`label`: show callees that it is suspect; `block`: let no call of it through;"
            " `reverify`: have its owner identified anew; `stop_payment`: ask the person's bank to"
            " hold payments; `trace`: have the call traced back; `restore`: take back what was"
            " done by a `label`, `block` or `stop_payment`."
        ),
    ]
    about: Annotated[
        str,
        means(
            "Pseudonym of the number; of `stop_payment` that of the person; of `trace` the"
            " `call_ref`; of `restore` what the proposal that is taken back was about."
        ),
    ]
    reason: Annotated[str, means("What it rests on: alert, probability, rules; no number.")]
    by: Annotated[
        str,
        means(
            "`rule:` and the action where somebody has to decide; `automatic:` and the action where"
            " the settings have decided; else the account of the person who proposed it."
        ),
    ]
    ts: Annotated[int, means("When it was proposed, in arrival time.", "ms")]
    expires: Annotated[int, means("After this it is to be undone, or no longer to be done.", "ms")]
    appeal: Annotated[str, means("Where whoever it concerns can appeal.")]
