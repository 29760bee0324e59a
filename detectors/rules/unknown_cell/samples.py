"""Messages on which `unknown_cell` fires, and messages on which it stays silent."""

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.rules.sample_town import Town


def fires(make: Town) -> list[Batch]:
    """Unknown cells in all three kinds of messages, one in a neighbour list."""
    cell = {"rat": GSM, "area": 61001, "cell": 7}
    listed = {"neighbours": [{"mcc": 460, "mnc": 0, **cell}]}
    return [
        make.measurements({}, cell, listed, {**cell, **listed}, {"cell": 1999}),
        make.sms({}, cell, cell),
        make.signalling({**cell, "source": 3}, {}, {**cell, "source": 3}),
    ]


def silent(make: Town) -> list[Batch]:
    return [make.measurements({}, {}), make.sms({}, {}), make.signalling({}, {})]
