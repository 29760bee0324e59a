"""Records that nobody thought of: they hang or end whoever decodes them, until the guard has found
them."""

from collections.abc import Sequence

import msgspec
import pytest
from kafka import KafkaProducer

from detectors.context.zone_routing import zones_for
from detectors.model.finding import Finding, Place, Source
from streams.kafka.partitioning import partition_of
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.hostile.poison.sitecustomize import BETWEEN, ENDS, HANGS, TAKEN
from tests.integration.messages import revisions
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

#: As people start the second, which tries what the first has died of. The others are forked.
_SECOND = ("-m", "cellhound")
#: The message of which a finding is one that can't be worked off; in the recording's middle.
_OF, _AT_MS = ("field.measurements", 5), 1748916000000 + 400_000


#: What is decoded, by topic, and the reason of its dead letter.
_DECODED = (
    ("cell.measurements", HANGS, "not_decodable_in_time"),
    ("cell.measurements", ENDS, "kills_decoding"),
    ("fbs.evidence", BETWEEN, "kills_decoding"),
)


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(_DECODED[:1], marks=pytest.mark.nightly),
        pytest.param(_DECODED, marks=pytest.mark.long),
    ],
    ids=("two", "four"),
)
def test_what_ends_workers_is_one_dead_letter_each(
    guarded: Deployment,
    quarter_hour: Known,
    producer: KafkaProducer,
    poison: Sequence[tuple[str, bytes, str]],
) -> None:
    """What can't be decoded, and what can't be worked off."""
    found = {(*_OF, "kills_correlating", None)}
    for topic, value, reason in poison:
        content = b'{"device": "%b"}' % value
        sent = producer.send(guarded.name(topic), content, b"k", partition=0).get(timeout=60)
        found.add((topic, sent.offset, reason, None))
    value, partition = _taken(guarded)
    producer.send(guarded.name("fbs.evidence"), value, partition=partition)
    producer.flush()
    guarded.replay(quarter_hour.trace, "--late")

    ends = list(iter(lambda: _ended(guarded, len(found)), None))
    guarded.wait_until_idle()

    # Once for each at most: those on one topic may be found together.
    assert 1 <= len(ends) <= len(found)
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)
    letters = {
        (one["topic"], one["offset"], one["reason"], one["value_base64"])
        for one in guarded.dead_letters()
    }
    assert letters == found
    # What reads all of it again knows of them.
    assert guarded.attempt("account", "--prefix", guarded.prefix).returncode == 0


def _taken(deployment: Deployment) -> tuple[bytes, int]:
    """A finding in the middle of the recording that no correlator can work off, and its
    partition."""
    topic, offset = _OF
    finding = Finding(
        **{"detector": "unknown_cell", "version": 1, "family": "radio", "weight": 3.0, "cap": 9.0},
        **{"ts": _AT_MS, "rx_ts": _AT_MS, "space": "device"},
        who=TAKEN,
        place=Place(30.6586, 104.0648, accuracy_m=20.0),
        source=Source(topic, 0, offset, -1),
    )
    count = len(deployment.producer().partitions_for(deployment.name("fbs.evidence")))
    return msgspec.json.encode(finding), partition_of(zones_for(finding)[0].encode(), count)


def _ended(deployment: Deployment, letters: int) -> int | None:
    """Starts a worker, and waits for its end or for so many dead letters; its exit code."""
    program = _SECOND if len(deployment.workers) == 1 else ()
    worker = deployment.start(program, ready=False)
    # Each end takes several processes.
    wait_until(
        lambda: not worker.alive() or len(deployment.dead_letters()) == letters,
        "an end",
        3 * PATIENCE_S,
    )
    return worker.process.poll()
