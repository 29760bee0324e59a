"""Records that nobody thought of: they hang or end whoever decodes them, until the guard has found
them."""

import pytest
from kafka import KafkaProducer

from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.hostile.poison.sitecustomize import BETWEEN, ENDS, HANGS
from tests.integration.messages import revisions
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

#: As people start one, so that Python looks at its path.
_WORKER = ("-m", "cellhound")


def test_what_ends_workers_is_one_dead_letter_each(
    guarded: Deployment, quarter_hour: Known, producer: KafkaProducer
) -> None:
    poison = [("cell.measurements", HANGS), ("cell.measurements", ENDS), ("fbs.evidence", BETWEEN)]
    for topic, value in poison:
        producer.send(guarded.name(topic), b'{"device": "%b"}' % value, b"k", partition=0)
    producer.flush()
    guarded.replay(quarter_hour.trace, "--late")

    ends = list(iter(lambda: _ended(guarded, len(poison)), None))
    guarded.wait_until_idle()

    # Once for each of the three, at most: the two on one topic may be found together.
    assert 1 <= len(ends) <= 3
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)
    letters = {
        (one["topic"], one["offset"], one["reason"], one["value_base64"])
        for one in guarded.dead_letters()
    }
    assert letters == {
        ("cell.measurements", 0, "not_decodable_in_time", None),
        ("cell.measurements", 1, "kills_decoding", None),
        ("fbs.evidence", 0, "kills_decoding", None),
    }
    # What reads all of it again knows of them.
    assert guarded.attempt("account", "--prefix", guarded.prefix).returncode == 0


def _ended(deployment: Deployment, letters: int) -> int | None:
    """Starts a worker, and waits for its end or for so many dead letters; its exit code."""
    worker = deployment.start(_WORKER, ready=False)
    # Each end takes several processes, each of which imports as much as a worker.
    wait_until(
        lambda: not worker.alive() or len(deployment.dead_letters()) == letters,
        "an end",
        3 * PATIENCE_S,
    )
    return worker.process.poll()
