"""Which topics hold rare messages, and the fields of each."""

from typing import Final

from streams.decode.rare.call_tables import CALL_FIELDS
from streams.decode.rare.tables import CHANGE_FIELDS, FEEDBACK_FIELDS

RARE_FIELDS: Final = {
    "network.changes": CHANGE_FIELDS,
    "field.feedback": FEEDBACK_FIELDS,
    **CALL_FIELDS,
}
#: Those whose newest message of a key counts: one without a value takes back what was.
COMPACTED: Final = frozenset(("number.register", "number.reputation"))
