"""An alert about calls, as tests of all that shows or sends alerts take it: numbers, no place."""

from typing import Any

import msgspec

from detectors.alert.record import Alert, AlertNumber, Evidence, Hypothesis

#: A time (ms) that all of it happens at.
AT_MS = 1_790_000_000_000
CAMPAIGN = "c" * 32


def hashed(number: int) -> str:
    """The hash of a number, as the hasher makes it."""
    return f"h-{number:024x}"


def a_call_alert(name: int = 1, revision: int = 1, numbers: int = 4, **changes: Any) -> Alert:
    """A campaign of so many numbers, the last of which is impersonated; changed as is given."""
    seen = {"first_ts": AT_MS - 60_000, "last_ts": AT_MS}
    callers = [AlertNumber(hashed(100 * name + n), "8610555", "fixed") for n in range(numbers - 1)]
    alert = Alert(
        alert_id=f"{name:032x}",
        revision=revision,
        status="open" if revision == 1 else "update",
        ts=AT_MS + 1000 * revision,
        first_seen=AT_MS - 60_000,
        last_seen=AT_MS,
        kind="scam_campaign",
        identities=[],
        probability=0.97,
        severity="critical",
        position=None,
        region=None,
        region_level=0.9,
        radius_m=None,
        track=None,
        speed_mps=None,
        bearing_deg=None,
        devices=75,
        reports=80,
        evidence=[
            Evidence("of_numbers", 1, 5.0, 80, **seen, explanation="3 numbers came in", devices=3),
            Evidence(
                *("of_groups", 1, 2.0, 1),
                **seen,
                explanation="a group of numbers surges",
                values={"region": "86755"},
            ),
        ],
        headline="Campaign of fraudulent calls: 4 numbers, 80 calls to 75 people (97 %)",
        hypotheses=[
            Hypothesis("scam_campaign", 0.97, "calls contradict what honest ones do"),
            Hypothesis("honest_callers", 0.03, "honest callers that look odd"),
        ],
        numbers=[
            *callers,
            AlertNumber(hashed(100 * name + 99), "8695588", "short", "impersonated"),
        ],
        calls=[f"{100 * name + n:032x}" for n in range(5)],
        campaign=CAMPAIGN,
    )
    return msgspec.structs.replace(alert, **changes)
