"""Whether a disturbed run came to what an undisturbed one did, and whether its account adds up."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from detectors.alert.record import Alert
from tests.integration.deployment import Deployment


@dataclass
class Verdict:
    """Of one run: which faults struck, with what came of them, and what differs.

    ``behind`` is how many records were not worked off when each struck.
    """

    run: int
    seed: int
    faults: list[str]
    notes: list[str] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    account: dict[str, object] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def equal(self) -> bool:
        """Whether all alerts are as they should be, and the account adds up."""
        return not self.differs

    def line(self) -> str:
        """One line for people."""
        what = "equal" if self.equal else "; ".join(self.differs)
        notes = f" ({', '.join(self.notes)})" if self.notes else ""
        return (
            f"run {self.run} seed {self.seed} {self.seconds:.0f} s: {' '.join(self.faults)}{notes},"
            f" behind {self.behind}: {what}; {json.dumps(self.account)}"
        )


def newest(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """The last revision of each alert."""
    last: dict[str, Alert] = {}
    for alert in alerts:
        if alert.alert_id not in last or last[alert.alert_id].revision < alert.revision:
            last[alert.alert_id] = alert
    return last


def differences(found: Sequence[Alert], due: Sequence[Alert]) -> list[str]:
    """What differs in the ids, in the last revisions, and between repeats of one revision."""
    ours, theirs = newest(found), newest(due)
    differs = [f"{which} is missing" for which in sorted(theirs.keys() - ours.keys())]
    differs += [f"{which} is one too many" for which in sorted(ours.keys() - theirs.keys())]
    for which in sorted(ours.keys() & theirs.keys()):
        if ours[which].revision != theirs[which].revision:
            numbers = f"{ours[which].revision} for {theirs[which].revision}"
            differs.append(f"{which} has revision {numbers}")
        elif ours[which] != theirs[which]:
            one, two = ours[which], theirs[which]
            odd = [
                name for name in one.__struct_fields__ if getattr(one, name) != getattr(two, name)
            ]
            differs.append(f"{which} differs in its last revision: {', '.join(odd)}")
    texts: dict[tuple[str, int], Alert] = {}
    for alert in found:
        if texts.setdefault((alert.alert_id, alert.revision), alert) != alert:
            differs.append(f"{alert.alert_id} has two forms of revision {alert.revision}")
    return differs


def account_of(deployment: Deployment) -> dict[str, object]:
    """What `cellhound account` prints, and its exit code."""
    done = deployment.attempt("account", "--prefix", deployment.prefix)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return {"exit code": done.returncode, "printed": lines}


def write(verdicts: Sequence[Verdict], path: Path) -> None:
    """All verdicts as JSON, so that a table can be made of them."""
    rows = [asdict(verdict) | {"equal": verdict.equal} for verdict in verdicts]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
