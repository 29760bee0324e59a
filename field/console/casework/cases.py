"""Cases as the console shows them: their alerts, the links, and why the alerts belong together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Final

from field.alerts.life_cycle import Action
from field.console.casework.linking import LEAST_SCORE, Likeness, Traits, likeness
from field.console.casework.queries import Kept

#: A case of more alerts is shown without comparing all pairs.
_MOST_COMPARED: Final = 40
#: Fields of an alert that a case shows.
_SHOWN: Final = (
    *("alert_id", "kind", "status", "severity", "probability", "first_seen", "last_seen"),
    *("identities", "position", "headline"),
)


def shown(kept: Kept) -> dict[str, Any]:
    """What is shown of an alert in a case."""
    return {
        **{name: getattr(kept.alert, name) for name in _SHOWN},
        "state": kept.state,
        "case_id": kept.case_id,
    }


def overview(kept: Iterable[Kept]) -> list[dict[str, Any]]:
    """One entry a case, the one seen last first."""
    members: defaultdict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        if one.case_id is not None:
            members[one.case_id].append(one)
    cases = [
        {
            "case_id": case_id,
            "alerts": len(alerts),
            "alert_ids": sorted(one.alert.alert_id for one in alerts),
            "first_seen": min(one.alert.first_seen for one in alerts),
            "last_seen": max(one.alert.last_seen for one in alerts),
            "last_ts": max(one.alert.ts for one in alerts),
            "kinds": sorted({one.alert.kind for one in alerts}),
            "states": sorted({one.state for one in alerts}),
        }
        for case_id, alerts in members.items()
    ]
    return sorted(cases, key=lambda case: (-int(str(case["last_seen"])), str(case["case_id"])))


def case(
    case_id: str, kept: Sequence[Kept], traits: Sequence[Traits], links: Iterable[Action]
) -> dict[str, Any]:
    """A case with its alerts in order of time, its links, and the likeness of each pair."""
    pairs = []
    if len(traits) <= _MOST_COMPARED:
        for one, other in combinations(traits, 2):
            found = likeness(one, other)
            if found.score >= LEAST_SCORE:
                pairs.append({"one": one.alert_id, "other": other.alert_id, **_scored(found)})
    return {
        "case_id": case_id,
        "alerts": [shown(one) for one in sorted(kept, key=lambda one: one.alert.first_seen)],
        "links": [
            {
                "alert_id": action.alert_id,
                "action": action.action,
                "ts": action.ts,
                "by": action.by,
                "note": action.note,
                "case_id": action.details.get("case_id"),
            }
            for action in links
        ],
        "likeness": sorted(pairs, key=lambda pair: -float(pair["score"])),
    }


def suggestion(found: Likeness, kept: Kept) -> dict[str, Any]:
    """A similar alert with the reasons in words."""
    return {**shown(kept), **_scored(found)}


def _scored(found: Likeness) -> dict[str, Any]:
    return {
        "score": found.score,
        "reasons": [reason.en for reason in found.reasons],
        "reasons_zh": [reason.zh for reason in found.reasons],
    }
