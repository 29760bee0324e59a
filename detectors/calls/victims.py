"""What findings of the rule `victim_path` say of people: notices for whoever reminds them."""

from typing import Final

from detectors.acting.notice import VictimNotice
from detectors.model.codes import LEVELS
from detectors.model.finding import Finding

RULE: Final = "victim_path"


def notice_of(finding: Finding, rx: int, valid_ms: int) -> VictimNotice | None:
    """The notice that a finding gives, which arrived at ``rx``; ``None`` for other findings. Which
    alerts belong to it isn't known here."""
    about, level = finding.of_calls, finding.values.get("level")
    if finding.detector != RULE or about is None or not about.people or level not in LEVELS:
        return None
    words = (str(finding.values.get(name) or "") for name in ("suspect", "reasons"))
    return VictimNotice(
        subscriber=about.people[0],
        level=LEVELS[LEVELS.index(level)],
        reasons=tuple(" ".join(words).split()),
        since=finding.ts,
        ts=rx,
        valid_until=rx + valid_ms,
    )
