"""Contents of a report in which every text is somebody's attack."""

from typing import Any

import msgspec
import numpy as np

from detectors.alert.record import Alert, Considered, Evidence, Hypothesis
from replay.report.contents import Contents
from replay.report.series import found_of
from replay.scoring.scores import MatchedRun
from replay.traces.truth import Transmitter
from tests.field.call_alert import a_call_alert
from tests.replay.test_alert_files import alert

#: Ends elements and attributes, runs scripts in each of the usual ways, and breaks encodings.
ATTACK = (
    "</style></script></title><script>document.title='owned'</script>"
    "<img src=x onerror=\"document.title='owned'\"><svg onload=\"document.title='owned'\">"
    "\"' onmouseover=alert(1) <a href='javascript:alert(1)'>x</a>\x00\u202e\ud800&lt;b&gt;"
)
SEEN_MS = 1748916590000


def hostile_alert(**more: Any) -> Alert:
    """An alert of which each text is the attack."""
    return alert(
        ATTACK,
        status=ATTACK,
        kind=ATTACK,
        severity=ATTACK,
        headline=ATTACK,
        evidence=[
            Evidence(ATTACK, 1, 1.5, 2, SEEN_MS, SEEN_MS, explanation=ATTACK),
            Evidence(
                *("unknown_cell", 4, 6.0, 18, SEEN_MS, SEEN_MS),
                explanation=ATTACK,
                devices=2,
                values={"grade": ATTACK, ATTACK: ATTACK},
            ),
        ],
        hypotheses=[Hypothesis(ATTACK, 0.5, ATTACK)],
        considered=[Considered(ATTACK, ATTACK, 0.5, [ATTACK])],
        campaign=ATTACK,
        verdict=ATTACK,
        **more,
    )


def hostile_call_alert() -> Alert:
    """An alert about calls, with numbers that are none."""
    plain = a_call_alert()
    numbers = [
        msgspec.structs.replace(one, number=ATTACK, prefix=ATTACK, kind=ATTACK, role=ATTACK)
        for one in plain.numbers
    ]
    return msgspec.structs.replace(plain, numbers=numbers, calls=[ATTACK], campaign=ATTACK)


def hostile_contents() -> Contents:
    """All that a report can show, every text of it the attack."""
    truth = Transmitter(
        ATTACK, ATTACK, ATTACK, [], [(SEEN_MS, SEEN_MS + 1)], [(SEEN_MS, 30.65, 104.05)]
    )
    broken = hostile_alert(region={"type": ATTACK, "coordinates": ATTACK})
    alerts = [hostile_alert(), msgspec.structs.replace(broken, alert_id="b"), hostile_call_alert()]
    found = found_of([ATTACK, "unknown_cell"], np.array([SEEN_MS, SEEN_MS]), np.array([1.0, 2.0]))
    run = MatchedRun([truth], [ATTACK], [], [])
    summary = {"messages": ATTACK, "findings": 3}
    return Contents(ATTACK, alerts, [(30.651, 104.049)], summary, found).scored_by(run, None)
