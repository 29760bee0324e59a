"""All programs on a real broker that takes nobody unknown and grants only what our table lists."""

import asyncio
import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka.errors import TopicAuthorizationFailedError

from replay.kafka.publish import Producer
from streams.config.settings import load_settings
from streams.decode.topic_reader import Topics
from streams.kafka.aside.offset_reader import read_whole
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.resilient_producer import Writing
from streams.kafka.security.reaching import Refused, is_open, is_there
from streams.kafka.settings import KafkaSettings
from tests.conftest import BROKER_STARTS_S, a_broker, free_port
from tests.integration.channels.sending import sending
from tests.integration.conftest import Known
from tests.integration.console.live_console import running
from tests.integration.deployment import Deployment
from tests.integration.door_process import start_door
from tests.integration.messages import revisions
from tests.integration.security.certificates import Authority
from tests.integration.security.secured_broker import (
    KEY_PASSWORD,
    PASSWORD,
    PLAIN_PASSWORD,
    PLAIN_USER,
    TOKEN,
    SecuredBroker,
)
from tests.integration.waiting import wait_until
from tests.integration.worker.worker_process import Worker

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, class_path: Path) -> Iterator[SecuredBroker]:
    """The broker, with users for all roles, who may do nothing yet."""
    broker = a_broker(tmp_path_factory.mktemp("secured") / "kafka", class_path, SecuredBroker)
    broker.up(BROKER_STARTS_S)
    broker.enrol()
    yield broker
    broker.down()


@pytest.fixture
def guarded(secured: SecuredBroker, tmp_path: Path) -> Iterator[Deployment]:
    """Topics of the test's own, on which each role may do what our table lists.

    It looks and prepares as administrator; its programs go by its ``settings``.
    """
    made = Deployment(secured.bootstrap, f"s{uuid.uuid4().hex[:8]}-", tmp_path)
    secured.allow(made.prefix, **{PLAIN_USER: "worker"})
    yield made
    made.stop_all()


def settings_of(guarded: Deployment) -> KafkaSettings:
    """Those that its programs have."""
    return load_settings(env=guarded.environment, flags={"kafka.prefix": guarded.prefix}).kafka


@pytest.mark.nightly
def test_each_program_works_with_its_own_rights(
    guarded: Deployment, secured: SecuredBroker, quarter_hour: Known
) -> None:
    """By SCRAM over TLS: the same alerts as in one process, and so as without any protection."""
    guarded.settings = secured.as_role("worker")
    guarded.start()
    guarded.settings = secured.as_role("replay")
    guarded.replay(quarter_hour.trace)
    guarded.wait_until_idle()
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)
    alert_id = quarter_hour.alerts[-1].alert_id

    guarded.settings = secured.as_role("console")
    with running(guarded, guarded.folder / "console") as console:

        def is_shown() -> bool:
            shown = console.client.get("/api/alerts").json()["alerts"]
            return alert_id in {one["alert_id"] for one in shown}

        wait_until(is_shown, "the console has read it")
        done = console.client.post(
            f"/api/alerts/{alert_id}/actions", json={"action": "acknowledge"}
        )
        assert done.status_code == 200, done.text
        bundle = console.client.get(f"/api/alerts/{alert_id}/evidence.zip")
        assert bundle.status_code == 200, bundle.text
    guarded.settings = secured.as_role("channels")
    with sending(
        guarded, {"kind": "webhook", "name": "hook", "url": "http://127.0.0.1:9/"}
    ) as sent:
        sent.start()
        assert sent.stop() == 0
    folder, prefix = guarded.folder, ("--prefix", guarded.prefix)
    for role, words in {
        "register": ("register", "import", str(quarter_hour.trace / "register.csv")),
        "record": ("record", "--out", str(folder / "recorded")),
        "audit": ("register", "audit", "--out", str(folder / "audit")),
        "evidence": ("evidence", "export", alert_id, "--out", str(folder / "bundle.zip")),
        "account": ("account",),
    }.items():
        # The console's accounts are there, with the key that an export is signed by.
        guarded.settings = secured.as_role(role) | {
            "CELLHOUND_HOME": str(guarded.folder / "console")
        }
        more = ("--bootstrap", secured.login) if role == "audit" else ()
        assert "audit trail" not in guarded.command(*words, *more, *prefix).stderr
    guarded.settings = secured.as_role("doctor")
    checks = examined(guarded)
    assert checks["kafka.security"]["seen"] == "SASL_SSL by SCRAM-SHA-512 as doctor"
    assert not [one for one in checks.values() if "denie" in one["seen"]], checks
    assert checks["topics"]["state"] == checks["topics.retention"]["state"] == "ok"
    assert checks["workers"]["state"] == checks["lag.workers"]["state"] == "ok"
    # Then at the latest it writes what it has learned.
    assert guarded.workers[0].stop() == 0
    guarded.settings = secured.as_role("profile")
    guarded.command("profile", "show", *prefix)


@pytest.mark.parametrize("way", ["certificate", "plain", "token"])
def test_each_kind_of_client_gets_through(
    guarded: Deployment, secured: SecuredBroker, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """kafka-python and aiokafka write and read, Faust reads; nothing secret is in its debug log."""
    guarded.settings = {
        "certificate": lambda: secured.by_certificate("worker", guarded.folder),
        "plain": lambda: secured.by_plain(guarded.folder),
        "token": lambda: secured.by_token(guarded.folder),
    }[way]()
    log = guarded.folder / "worker.log"
    words = ("worker", "--log-level", "debug", "--prefix", guarded.prefix)
    worker = Worker(start_door(*words, env=guarded.environment, log=log), log)
    guarded.workers.append(worker)
    wait_until(lambda: "worker is ready" in worker.log_text() or not worker.alive(), "it reads")
    assert worker.alive(), worker.log_text()

    caplog.set_level(logging.DEBUG)
    kafka = settings_of(guarded)
    producer = Producer(kafka)
    producer.send(kafka.name_of("fbs.profile"), b"1", b"kafka-python").get(timeout=30)
    producer.close()
    asyncio.run(_write(kafka))
    with Topics(kafka) as topics:
        keys = [record.key for record in topics.all("fbs.profile")]
    assert keys == [b"kafka-python", b"aiokafka"]
    assert asyncio.run(_keys(kafka)) == keys

    admin = guarded.producer()
    admin.send(guarded.name("sms.metadata"), b"no message").get(timeout=30)
    admin.close()
    wait_until(lambda: bool(guarded.dead_letters()), "Faust has read it")
    assert worker.stop() == 0
    for text in (worker.log_text(), caplog.text):
        assert "DEBUG" in text
        secrets = (PLAIN_PASSWORD, KEY_PASSWORD, TOKEN)
        assert not [secret for secret in secrets if secret in text]


async def _write(kafka: KafkaSettings) -> None:
    writing = Writing(kafka)
    await writing.start()
    await writing.write(kafka.name_of("fbs.profile"), [(b"aiokafka", b"2")])
    await writing.stop()


async def _keys(kafka: KafkaSettings) -> list[bytes | None]:
    return [key async for key, _ in read_whole(kafka, kafka.name_of("fbs.profile"), 0)]


def test_who_uploads_can_neither_write_alerts_nor_speak_for_the_core(
    guarded: Deployment, secured: SecuredBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD.format(role="phones"))
    guarded.create_topics()
    guarded.settings = secured.as_role("phones")
    kafka = settings_of(guarded)
    producer = Producer(kafka)
    for own in ("cell.measurements", "device.signalling", "device.sms"):
        producer.send(kafka.name_of(own), b"[]").get(timeout=30)
    for other in ("fbs.alerts", "cell.signalling", "sms.metadata", "field.measurements"):
        with pytest.raises(TopicAuthorizationFailedError):
            producer.send(kafka.name_of(other), b"{}").get(timeout=30)
    with pytest.raises(KafkaUnavailable, match="ACL denies user phones a topic"):
        producer.flush()
    producer.close()
    with Topics(kafka) as topics, pytest.raises(TopicAuthorizationFailedError):
        list(topics.all("cell.measurements"))


def test_a_worker_that_may_too_little_names_what_it_lacks(
    guarded: Deployment, secured: SecuredBroker
) -> None:
    guarded.create_topics()
    guarded.settings = secured.as_role("audit")
    worker = guarded.start(ready=False)
    wait_until(lambda: not worker.alive(), "it gives up")
    assert worker.process.returncode == 1
    text = worker.log_text()
    assert f"denies user audit Read on topic {guarded.name('cell.measurements')}, " in text
    assert f"Write on topic {guarded.name('fbs.alerts')}, " in text
    assert f"Read on group {guarded.name('cellhound')}: " in text
    assert "`cellhound broker acls --role worker`" in text


def test_what_is_wrong_is_one_sentence(
    guarded: Deployment, secured: SecuredBroker, tmp_path: Path
) -> None:
    """At once, for a command and in the doctor's list; and with nothing secret."""
    guarded.create_topics()
    right = secured.as_role("record")
    stranger = Authority(tmp_path / "stranger", "a stranger").ca_file
    prefix = "CELLHOUND__KAFKA__SECURITY__"
    certificate = secured.by_certificate("worker", guarded.folder)
    nobody = {
        key: value for key, value in certificate.items() if "KEY" not in key and "CERT" not in key
    }
    cases: dict[str, dict[str, str]] = {
        "does not take user record with this password": right | {"BROKER_PASSWORD": "open-wrong"},
        "its certificate is not trusted": right | {f"{prefix}CA_FILE": str(stranger)},
        "it wants a client certificate": nobody,
        "it speaks no TLS": right | {"KAFKA_BOOTSTRAP": secured.bootstrap},
        "its certificate is not for localhost": right
        | {"KAFKA_BOOTSTRAP": f"localhost:{secured.login_port}"},
        "ACL denies user phones a topic": secured.as_role("phones"),
    }
    for sentence, given in cases.items():
        guarded.settings = given
        done = guarded.attempt("record", "--out", str(tmp_path / "out"), "--prefix", guarded.prefix)
        assert done.returncode == 1, done
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        assert "open-" not in done.stderr
        if "denies" not in sentence:
            assert sentence in examined(guarded)["kafka"]["seen"]
    hidden = examined(guarded)["topics"]
    assert "hides from user phones" in hidden["seen"]
    assert "cellhound broker acls" in hidden["todo"]


def test_a_look_from_outside_needs_no_password(
    guarded: Deployment, secured: SecuredBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console looks often whether a broker is there: it does so without signing in."""
    monkeypatch.setenv("BROKER_PASSWORD", "open-wrong")
    guarded.settings = secured.as_role("console")
    kafka = settings_of(guarded)
    assert is_there(kafka)
    with pytest.raises(Refused, match="does not take user console"):
        is_open(kafka)
    nobody = f"127.0.0.1:{free_port()}"
    assert not is_there(msgspec.structs.replace(kafka, bootstrap=nobody))
    # One that takes us is enough.
    several = ",".join((secured.bootstrap, nobody, secured.login))
    assert is_there(msgspec.structs.replace(kafka, bootstrap=several))
    ca_file = str(Authority(tmp_path / "stranger", "a stranger").ca_file)
    security = msgspec.structs.replace(kafka.security, ca_file=ca_file)
    with pytest.raises(Refused, match="its certificate is not trusted"):
        is_there(msgspec.structs.replace(kafka, security=security))


def examined(guarded: Deployment) -> dict[str, dict[str, Any]]:
    """The doctor's checks by name."""
    done = guarded.attempt("doctor", "--json", "--prefix", guarded.prefix)
    assert PASSWORD.format(role="record") not in done.stdout + done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}
