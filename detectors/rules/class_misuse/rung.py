"""How many different numbers things have rung lately."""

from dataclasses import dataclass, field

from detectors.features.memory.two_hours import TwoHours
from detectors.model.columns import I8, Calls

#: So many numbers of an hour are kept of each: no bound on how many a thing may ring is higher.
MOST_KEPT = 64


@dataclass(slots=True)
class Rung:
    """In the last two hours, by caller: pseudonyms of those that it rang."""

    callees: TwoHours[frozenset[str]] = field(default_factory=TwoHours)

    def take(self, batch: Calls, rows: I8) -> list[int]:
        """Takes calls of ``rows`` in, in order; how many different numbers each one's caller has
        rung by then."""
        none = frozenset[str]()
        found = []
        for row in rows.tolist():
            who, at = batch.caller[row], int(batch.rx_ms[row])
            now, before = (rung or none for rung in self.callees.of(who, at))
            callee = batch.callee[row]
            if callee not in now and len(now) < MOST_KEPT:
                now |= {callee}
                self.callees.put(who, at, now)
            found.append(len(now | before))
        return found
