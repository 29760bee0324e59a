"""Messages as other people's producers send them: broken, without watermarks, shuffled, in
batches."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest

from detectors.alert.record import Alert
from replay.traces.trace import Message
from streams.kafka.stage_records import decode_observations
from streams.kafka.topics import BETWEEN
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import about, end_ms, in_order, partition_of, revisions
from tests.integration.waiting import wait_until
from tests.integration.worker.broken_messages import KINDS

pytestmark = pytest.mark.integration


def test_broken_messages_become_dead_letters_and_harm_nothing(
    deployment: Deployment, quarter_hour: Known
) -> None:
    messages = in_order(quarter_hour.trace)
    good = messages + _harmless(quarter_hour, messages, 10_000 - len(messages))
    good.sort(key=lambda message: message.arrival_ms)
    kinds = [*KINDS.values()]
    assert len(kinds) >= 20
    deployment.load_register(quarter_hour.trace)
    worker = deployment.start()
    producer = deployment.producer()
    broken = []
    for place, message in enumerate(good):
        producer.send(deployment.name(message.topic), message.value, about(message).encode())
        if place % 10 == 0:
            topic, value, headers = kinds[len(broken) % len(kinds)]
            sent = producer.send(
                deployment.name(topic), value(message.arrival_ms), b"broken", headers=headers
            )
            broken.append((topic, sent))
    producer.flush()
    producer.close()
    deployment.mark(end_ms(good), end=True)
    deployment.wait_until_idle()

    letters = deployment.dead_letters()
    assert len(broken) == len(letters) == 1000
    places = {(letter["topic"], letter["partition"], letter["offset"]) for letter in letters}
    assert places == {(topic, sent.get().partition, sent.get().offset) for topic, sent in broken}
    assert all(letter["reason"] and letter["detail"] for letter in letters)
    assert len(Counter(letter["reason"] for letter in letters)) >= 10
    assert worker.alive()
    assert "Traceback" not in worker.log_text()
    # More phones that reported nothing strange do change where it is thought to be.
    found, known = (map(_placeless, each) for each in (deployment.alerts(), quarter_hour.alerts))
    assert revisions(found) == revisions(known)


def _placeless(alert: Alert) -> Alert:
    nowhere = dict.fromkeys(
        (
            "position",
            "region",
            "region_50",
            "radius_m",
            "track",
            "speed_mps",
            "bearing_deg",
            "forecast",
        )
    )
    return msgspec.structs.replace(
        alert, **nowhere, measure_next=None, ta_conflict=False, headline=""
    )


def _harmless(known: Known, messages: Sequence[Message], count: int) -> list[Message]:
    """Copies of measurements that raised no finding, of other devices; without a place, so that
    they say nothing of how late reports usually are."""
    odd = set()
    for line in (known.out / "evidence.jsonl").read_bytes().splitlines():
        finding = msgspec.json.decode(line)
        odd.add(finding["who"])
    calm = [m for m in messages if m.topic == "cell.measurements" and about(m) not in odd]
    made = []
    for number in range(count):
        original = calm[number % len(calm)]
        without = {"device": f"calm-{number}", "lat": None, "lon": None}
        changed = msgspec.json.decode(original.value) | without
        made.append(
            Message(
                original.topic,
                msgspec.json.encode(changed),
                original.arrival_ms,
                original.stand_in_ms,
            )
        )
    return made


@pytest.mark.nightly
def test_silent_partitions_hold_nothing_back(deployment: Deployment, quarter_hour: Known) -> None:
    """No watermarks, two of four partitions silent for ever, a pause, and a new worker after it.

    As long silent as usual: with less, a machine that stands for a while amid the sending would
    make partitions silent that aren't, and what they hold late.
    """
    messages = in_order(quarter_hour.trace)
    cut = next(
        place
        for place, (one, other) in enumerate(pairwise(messages), 1)
        if place > len(messages) // 2 and other.arrival_ms > one.arrival_ms
    )
    known = revisions(quarter_hour.alerts)
    deployment.load_register(quarter_hour.trace)
    first = deployment.start()
    deployment.send(messages[:cut], lambda message: partition_of(message, 2))
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert from a half")
    deployment.wait_until_idle(over=False)
    assert first.stop() == 0
    before = len(deployment.read("fbs.census"))
    deployment.start()
    # It takes up what it finds silent, and says so, before more comes.
    wait_until(lambda: len(deployment.read("fbs.census")) > before, "watermarks of the new worker")
    deployment.send(messages[cut:], lambda message: partition_of(message, 2))
    last = max(revision for _, revision in known)
    wait_until(
        # The very last revision may wait for the end, to be decided.
        lambda: max(alert.revision for alert in deployment.alerts()) >= last - 1,
        "the alerts of the rest",
    )
    assert revisions(deployment.alerts()).items() <= known.items()
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == known
    assert all(alert.status != "closed" for alert in deployment.alerts())
    assert not any(correlator.late for correlator in deployment.correlators().values())


def test_a_new_worker_knows_what_devices_reported_before(deployment: Deployment) -> None:
    """A phone tells of a message, the worker changes, then the operator's record comes."""
    deployment.settings["CELLHOUND__STREAMS__IDLE_S"] = "1"
    at_ms = 1_748_916_000_000
    fields = {"ts": at_ms, "device": "d-1", "sender": "95588", "message_ref": "m-1"}
    fields |= {"subscription_mcc": 460, "subscription_mnc": 0, "lat": 30.65, "lon": 104.06}

    def message(source: str, rx_ts: int) -> Message:
        value = msgspec.json.encode(fields | {"source": source, "rx_ts": rx_ts})
        return Message("sms.metadata", value, rx_ts, rx_ts)

    def census() -> list[str]:
        found = [decode_observations(record.value) for record in deployment.read("fbs.census")]
        return [one.kind for some in found for one in some if one.detector == "phantom_sms"]

    first = deployment.start()
    deployment.send([message("device", at_ms)])
    deployment.wait_until_idle(over=False)
    assert first.stop() == 0
    assert census() == ["seen"]
    before = len(deployment.read("fbs.census"))
    deployment.start()
    wait_until(lambda: len(deployment.read("fbs.census")) > before, "watermarks of the new worker")
    deployment.send([message("smsc", at_ms + 30_000)])
    deployment.wait_until_idle(over=False)
    assert census() == ["seen", "vouched"]


def test_when_all_is_silent_nothing_more_is_reported(
    deployment: Deployment, quarter_hour: Known
) -> None:
    """Silent partitions follow what was seen elsewhere, but never each other's watermarks."""
    deployment.settings["CELLHOUND__STREAMS__IDLE_S"] = "1"
    deployment.start()
    deployment.send(in_order(quarter_hour.trace)[:500])
    seen: list[int] = []

    def still() -> bool:
        seen.append(len(deployment.read("fbs.census")))
        # As long as eight looks of half a second take, partitions are silent several times over.
        return len(seen) > 20 and seen[-1] == seen[-8] > 0

    wait_until(still, "no more watermarks")


@pytest.mark.nightly
def test_a_worker_without_a_correlator_lets_its_silent_partitions_follow(
    kafka: str, deployment: Deployment, quarter_hour: Known
) -> None:
    """Of three workers one reads the messages, one may have the only correlator, one receives
    nothing.

    As long silent as usual, for the same reason as above.
    """
    lone = Deployment(kafka, f"lone-{deployment.prefix}", deployment.folder)
    # Two partitions of each input topic for each worker.
    inputs = ("cell.measurements", "cell.signalling", "sms.metadata")
    lone.create_topics(
        dict.fromkeys(BETWEEN, 1) | {"fbs.correlators": 1} | dict.fromkeys(inputs, 6)
    )
    try:
        lone.load_register(quarter_hour.trace)
        for _ in range(3):
            lone.start()
        lone.send(in_order(quarter_hour.trace), lambda message: 0)
        wait_until(lambda: len(lone.alerts()) >= len(quarter_hour.alerts) - 1, "the alerts")
        assert revisions(lone.alerts()).items() <= revisions(quarter_hour.alerts).items()
    finally:
        lone.stop_all()


def test_watermarks_speak_for_partitions_that_are_silent_during_a_replay(
    deployment: Deployment, quarter_hour: Known
) -> None:
    # So long that nothing but watermarks can have done it.
    deployment.settings["CELLHOUND__STREAMS__IDLE_S"] = "3600"
    messages = in_order(quarter_hour.trace)
    half = messages[: len(messages) // 2]
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    deployment.send(half, lambda message: partition_of(message, 2))
    deployment.wait_until_idle(over=False)
    assert deployment.alerts() == []
    deployment.mark(half[-1].arrival_ms, end=False)
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert in the midst")
    assert revisions(deployment.alerts()).items() <= revisions(quarter_hour.alerts).items()


@pytest.mark.nightly
def test_order_within_the_disorder_does_not_matter(
    deployment: Deployment, quarter_hour: Known
) -> None:
    chance = random.Random(7)
    messages = in_order(quarter_hour.trace)
    # Nothing comes after what arrived ten seconds later, the disorder that is allowed; only the
    # messages of one device are always delivered in their order.
    delivered, newest = list[tuple[float, int]](), dict[str, float]()
    for number, message in enumerate(messages):
        late_ms = message.arrival_ms + chance.uniform(0.0, 9_900.0)
        newest[about(message)] = late_ms = max(late_ms, newest.get(about(message), 0.0))
        delivered.append((late_ms, number))
    shuffled = [messages[number] for _, number in sorted(delivered)]
    assert [m.value for m in shuffled] != [m.value for m in messages]
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    deployment.send(shuffled)
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert not any(correlator.late for correlator in deployment.correlators().values())

    # What comes minutes later than that is counted, and still takes effect.
    odd = {(f["ts"], f["who"]) for f in _findings(quarter_hour) if f["detector"] == "unknown_cell"}
    late = [m for m in messages if _when_and_who(m) in odd][:20]
    deployment.send(late)
    deployment.wait_until_idle(over=False)
    assert sum(correlator.late for correlator in deployment.correlators().values()) >= len(late)


def _findings(known: Known) -> list[dict[str, int]]:
    lines = (known.out / "evidence.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines]


def _when_and_who(message: Message) -> tuple[int, str]:
    return msgspec.json.decode(message.value)["ts"], about(message)
