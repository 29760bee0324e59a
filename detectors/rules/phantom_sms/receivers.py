"""On which cells all who have like texts without a record received them, whosever subscribers."""

from typing import Final

from detectors.features.sms.join import alike
from detectors.features.sms.named_cells import Naming
from detectors.rules.phantom_sms.ledger import Ledger

#: So near in time (ms) texts are of one batch: one that was sent to the town hours ago says nothing
#: of a copy.
_BATCH_MS: Final = 600_000


def named_about(
    ledger: Ledger, ts: int, sender: str, bits: int | None, hash_bits: int
) -> list[Naming]:
    """Of each receiver about an event time (ms)."""
    return [
        naming
        for operator in ledger.operators.values()
        for group in operator.groups.get(sender, [])
        if alike(group.bits, bits, hash_bits)
        for naming in group.named.values()
        if abs(naming.ts - ts) <= _BATCH_MS
    ]
