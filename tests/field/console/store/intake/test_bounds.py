"""Tables that anybody may fill who may write to a topic are bounded, and the oldest fall out."""

from typing import Any

import pytest
from sqlalchemy import func, select

from field.console.store import Store
from field.console.store.intake import bounds
from field.console.store.queries.actions import unsent_verdicts
from field.console.store.tables import METADATA
from tests.field.console.topic_records import (
    NOW,
    Topics,
    action,
    alert,
    finding,
    reading,
    register_health,
)

#: By topic, its record of that number, each newer than the one before.
RECORDS: dict[str, Any] = {
    "fbs.evidence": finding,
    "fbs.deliveries": lambda n: {"ts": NOW + n, "channel": f"c-{n}", "outcome": "sent"},
    "fbs.health": lambda n: {"ts": NOW, "worker": f"w-{n}"},
    "fbs.register": lambda n: register_health([], zone=f"zone-{n}"),
    "field.measurements": reading,
    "field.feedback": lambda n: {"ts": NOW, "alert_id": "x", "action_id": f"nobody-s-{n}"},
    "public.reports": lambda n: {"ts": NOW, "source": "12321", "about": "call", "number": f"{n}"},
    "fraud.victims": lambda n: {
        **{"subscriber": f"h-{n:024x}", "level": "deep", "reasons": [], "since": NOW},
        **{"ts": NOW + n, "valid_until": NOW + 99},
    },
}


def test_every_bound_has_a_record_here() -> None:
    assert set(RECORDS) == set(bounds.BOUNDS)


@pytest.mark.parametrize("topic", RECORDS)
def test_the_newest_stay(topic: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = bounds.BOUNDS[topic]
    monkeypatch.setattr(bounds, "BOUNDS", {topic: bound._replace(most=7)})
    monkeypatch.setattr("field.console.store.intake.taking.LOOK_EVERY", 10)
    topics = Topics()
    for number in range(31):
        topics.write(topic, RECORDS[topic](number), ts=NOW + number)
        store.take(topics.records[-1:])
        with store.reading() as connection:
            rows = connection.execute(select(func.count()).select_from(bound.table)).scalar_one()
            assert rows <= 7 + 10
    with store.reading() as connection:
        kept = connection.execute(select(bound.by).order_by(bound.by)).scalars().all()
    assert kept == [NOW + number for number in range(24, 31)]


def test_a_verdict_of_the_trail_is_not_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be passed on again and again."""
    bound = bounds.BOUNDS["field.feedback"]
    monkeypatch.setattr(bounds, "BOUNDS", {"field.feedback": bound._replace(most=2)})
    monkeypatch.setattr("field.console.store.intake.taking.LOOK_EVERY", 1)
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    done = action("false_alarm", which="of-the-trail")
    topics.write("fbs.actions", done)
    verdict = {"ts": NOW, "alert_id": done.alert_id, "action_id": done.action_id}
    topics.write("field.feedback", verdict | {"verdict": "false_alarm"})
    store.take(topics.records)
    for number in range(5):
        one = topics.write("field.feedback", RECORDS["field.feedback"](number), ts=NOW + 1 + number)
        store.take([one])
    feedback = METADATA.tables["feedback"]
    with store.reading() as connection:
        kept = set(connection.execute(select(feedback.c.action_id)).scalars())
    assert kept == {"of-the-trail", "nobody-s-3", "nobody-s-4"}
    assert store.read(unsent_verdicts, NOW + 60_000) == []
