"""The table of topics, and creating them on a real broker."""

import threading
import uuid
from collections.abc import Sequence

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError

from streams.decode.codec import TOPICS
from streams.kafka import make_topics
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import INPUTS, LISTS, SPECS, topic_name


def test_names_are_those_of_the_contract() -> None:
    assert {spec.name for spec in SPECS} == {
        "cell.measurements",
        "cell.signalling",
        "sms.metadata",
        "device.signalling",
        "device.sms",
        "network.changes",
        "field.measurements",
        "field.feedback",
        "call.signalling",
        "subscriber.changes",
        "public.reports",
        "number.register",
        "number.reputation",
        "cell.register",
        "fbs.evidence",
        "fbs.census",
        "fbs.correlators",
        "fbs.alerts",
        "dead.letters",
        "fbs.actions",
        "fbs.deliveries",
        "fbs.health",
        "fbs.profile",
        "fbs.register",
        "fbs.guard",
        "fraud.victims",
        "fraud.actions",
        "rollup.windows",
        "rollup.campaigns",
        "rollup.reputation",
        "national.windows",
        "national.campaigns",
        "national.reputation",
    }
    alone = {"fbs.actions", "fbs.deliveries", "fbs.guard", "fbs.health", "fbs.profile"}
    alone |= {"fbs.register", "rollup.windows", "rollup.campaigns"}
    alone |= {"national.windows", "national.campaigns"}
    assert all(spec.partitions == (1 if spec.name in alone else 4) for spec in SPECS)


def test_what_only_the_newest_record_of_a_key_counts_in_is_compacted() -> None:
    compacted = [spec.name for spec in SPECS if spec.configs()["cleanup.policy"] == "compact"]
    registers = ["number.register", "number.reputation", "cell.register"]
    rolled = ["rollup.reputation", "national.campaigns", "national.reputation"]
    assert compacted == [*registers, "fbs.profile", "fbs.register", "fbs.guard", *rolled]


def test_notices_of_victims_are_gone_after_three_days() -> None:
    (victims,) = [spec for spec in SPECS if spec.name == "fraud.victims"]
    assert victims.configs() == {
        "cleanup.policy": "delete",
        "retention.ms": str(72 * 3_600_000),
        "segment.ms": str(3_600_000),
    }


def test_no_worker_reads_what_no_rule_does() -> None:
    assert not set(LISTS) & set(INPUTS)
    assert {*LISTS, *INPUTS} == set(TOPICS)


def test_prefix_stands_plainly_before_the_name() -> None:
    assert topic_name("", "fbs.alerts") == "fbs.alerts"
    assert topic_name("a.", "fbs.alerts") == "a.fbs.alerts"


def test_unknown_topic_is_refused_before_any_connection() -> None:
    with pytest.raises(ValueError, match=r"no topic by cell\.mesurements"):
        KafkaSettings(partitions={"cell.mesurements": 2})


def test_no_broker_is_a_sentence_with_the_address() -> None:
    with pytest.raises(KafkaUnavailable, match=r"127\.0\.0\.1:1 .*cellhound broker up"):
        ensure_topics(KafkaSettings(bootstrap="127.0.0.1:1"), timeout_s=1.0)


def made(kafka: str, prefix: str, partitions: dict[str, int] | None = None) -> dict[str, int]:
    """Patient: the machine may be busy with other things."""
    return ensure_topics(
        KafkaSettings(bootstrap=kafka, prefix=prefix, partitions=partitions or {}), timeout_s=120.0
    )


@pytest.mark.integration
def test_missing_topics_are_made_and_present_ones_kept(kafka: str) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    first = made(kafka, prefix, {"cell.measurements": 2})
    assert first["cell.measurements"] == 2
    assert first["fbs.evidence"] == 4
    assert first.keys() == {spec.name for spec in SPECS}
    assert made(kafka, prefix, {"cell.measurements": 7}) == first


@pytest.mark.integration
def test_topics_that_are_deleted_while_they_are_counted_are_a_sentence(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    counted = make_topics._partition_counts

    def without_alerts(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
        return counted(admin, [name for name in names if not name.endswith("fbs.alerts")])

    monkeypatch.setattr(make_topics, "_partition_counts", without_alerts)
    with pytest.raises(KafkaUnavailable, match=rf"made {prefix}fbs\.alerts, but .* deleted"):
        made(kafka, prefix)


class Deleting:
    """An admin of a broker that still deletes a topic when it is asked for it: a stand-in, since a
    real one can't be made to take its time."""

    def __init__(self, made_after: int, code: int = 36) -> None:
        self.created, self.made_after, self.code = 0, made_after, code

    def create_topics(self, topics: dict[str, object], raise_errors: bool) -> dict[str, object]:
        self.created += 1
        code = self.code if self.created < self.made_after else 0
        return {"topics": [{"name": name, "error_code": code} for name in topics]}

    def wait_for_topics(self, topics: list[str], timeout_ms: int) -> None:
        if self.created < self.made_after:
            raise KafkaTimeoutError


def test_a_topic_that_was_still_being_deleted_is_made_again() -> None:
    admin = Deleting(made_after=3)
    make_topics._make(admin, {"fbs.alerts": {}}, timeout_s=60.0)
    assert admin.created == 3
    with pytest.raises(KafkaTimeoutError):
        make_topics._make(Deleting(made_after=1 << 30), {"fbs.alerts": {}}, timeout_s=0.01)


def test_a_broker_that_is_out_of_its_cluster_for_a_moment_is_waited_for() -> None:
    """As on a machine too busy for its heartbeats; what is wrong for good is not."""
    admin = Deleting(made_after=3, code=38)
    make_topics._make(admin, {"fbs.alerts": {}}, timeout_s=60.0)
    assert admin.created == 3
    with pytest.raises(KafkaError, match=r"fbs\.alerts: error 38"):
        make_topics._make(Deleting(1 << 30, code=38), {"fbs.alerts": {}}, timeout_s=0.01)
    with pytest.raises(KafkaError, match=r"fbs\.alerts: error 44"):
        make_topics._make(Deleting(3, code=44), {"fbs.alerts": {}}, timeout_s=60.0)


@pytest.mark.integration
def test_settings_reach_the_broker(kafka: str) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    made(kafka, prefix)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, prefix + "cell.register")
        assert "compact" in repr(admin.describe_configs([resource]))
    finally:
        admin.close()


@pytest.mark.integration
def test_many_at_once_agree(kafka: str) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    answers: list[dict[str, int]] = []
    failures: list[BaseException] = []

    def ensure() -> None:
        try:
            answers.append(made(kafka, prefix, {"fbs.evidence": 3}))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["fbs.evidence"] == 3
