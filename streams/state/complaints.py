"""What a worker logs about states: each a sentence with what to do."""

from typing import Final

BROKEN: Final = "The newest state in partition %s/%d can't be taken up: %s."
FORMER: Final = "The correlator goes on from the state before it, and reads again what came since."
ANEW: Final = (
    "No other state there is whole, so this correlator begins anew, from what fbs.evidence and"
    " fbs.census still hold: incidents of which they hold the beginning get the same alert ids"
    " again. `cellhound state show` shows what is there."
)
POISONED: Final = (
    "Whoever goes on with the state in partition %s/%d ends (%s), whatever comes next. It is given"
    " up: this correlator begins anew behind what was due, from what fbs.profile holds. Alerts that"
    " were open there are not closed, and what goes on gets another alert id."
)
TOO_LARGE: Final = (
    "A state in partition %s/%d takes %.1f MiB, more than half of what the topic keeps: one that is"
    " torn would leave none. Raise retention.bytes of the topic to four times that, or begin anew"
    " with `cellhound state reset`."
)
REFUSED: Final = (
    "The broker refuses a record of %s with %d KiB: raise max.message.bytes of that topic to 1 MiB"
    " or more (kafka-configs --alter), then start the worker again. Nothing is lost."
)
