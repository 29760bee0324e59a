"""An alert of a real worker on a real Kafka, as a bundle: whole, exact, and naming nobody."""

import json
import re
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from detectors.model.finding import Finding, Identity, Source
from field.alerts.life_cycle import Action
from field.console.access.credentials.trail_keys import trail_key
from field.console.access.database import open_database
from field.evidence.export import bundle_of, export
from field.evidence.gathering import ANOTHER, DELETED, NOT_IN_RECORD, NoSuchAlert
from field.evidence.verify import verify
from streams.config.settings import Settings, load_settings
from streams.kafka.stage_records import encode
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key
from streams.signed.keys import NOBODY, PublicKeys
from streams.signed.seals import voucher
from tests.field.evidence.test_matching import T0, alert_of, finding_of
from tests.integration.conftest import Known
from tests.integration.deployment import KEY, Deployment
from tests.integration.messages import in_order
from tests.integration.waiting import wait_until
from tests.services.stamping_authority import OPENSSL, authority

pytestmark = pytest.mark.integration


def _settings(deployment: Deployment) -> Settings:
    flags = {"kafka.bootstrap": deployment.bootstrap, "kafka.prefix": deployment.prefix}
    return load_settings(env={}, flags=flags)


def _bared(value: bytes) -> bytes:
    """The message of a producer that hashes nothing."""
    fields = msgspec.json.decode(value)
    for name in ("device", "subscriber"):
        if name in fields:
            fields[name] = f"46000{zlib.crc32(fields[name].encode()):010d}"
            fields["imei"] = int(fields[name])
    return msgspec.json.encode(fields)


def test_a_bundle_holds_exactly_the_messages_behind_the_findings(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    sent = [
        replace(message, value=_bared(message.value)) for message in in_order(quarter_hour.trace)
    ]
    deployment.send(sent)
    deployment.mark(sent[-1].arrival_ms + 60_000, end=True)
    deployment.wait_until_idle()
    alert = deployment.alerts()[-1]
    settings = _settings(deployment)
    hasher = Hasher(load_key({"CELLHOUND_KEY": KEY}).key, settings.senders)

    out = tmp_path / "bundle.zip"
    print(export(settings, hasher, alert.alert_id, out))
    found = verify(out)
    assert not found.problems, found.text()
    with zipfile.ZipFile(out) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    assert json.loads(files["alert.json"])["revision"] == alert.revision
    findings = [
        msgspec.json.decode(line, type=Finding) for line in files["findings.jsonl"].splitlines()
    ]
    assert len(findings) >= alert.reports
    assert files["raw/missing.jsonl"] == b""

    raws = {}
    for name in files:
        if name.startswith("raw/") and "missing" not in name:
            for line in files[name].splitlines():
                raw = json.loads(line)
                source = raw["source"]
                raws[(source["topic"], source["partition"], source["offset"])] = raw["message"]
    assert set(raws) == {(f.source.topic, f.source.partition, f.source.offset) for f in findings}
    stored = {
        (topic, record.partition, record.offset): record.value
        for topic in ("cell.measurements", "cell.signalling", "sms.metadata")
        for record in deployment.read(topic)
    }
    for place, message in raws.items():
        original = json.loads(stored[place])
        for name in ("device", "subscriber"):
            if name in original:
                assert message.pop(name) == hasher.pseudonym(original.pop(name))
        # Which no reader knows.
        original.pop("imei")
        assert message == original
    everything = re.sub(rb'"smsc":"\+\d+"', b"", b"\n".join(files.values()))
    assert not re.search(rb"(?<![0-9.\-])46000[0-9]{10}(?![0-9])", everything)
    assert b"Evidence of alert" in files["report.txt"]
    assert "的证据".encode() in files["report.txt"]


def _most_bytes(admin: KafkaAdminClient, topic: ConfigResource) -> str:
    """The topic's `max.message.bytes`, as the broker has it now; empty if it can't say yet."""
    [settings] = admin.describe_configs([topic])["topic"].values()
    return str(settings.get("max.message.bytes", {}).get("value", ""))


def test_an_export_at_the_keyboard_is_in_the_audit_trail(
    deployment: Deployment, tmp_path: Path
) -> None:
    deployment.create_topics()
    alert = alert_of()
    producer = deployment.producer()
    producer.send(deployment.name("fbs.alerts"), encode(alert), alert.alert_id.encode())
    producer.flush()
    producer.close()
    words = ("evidence", "export", alert.alert_id, "--prefix", deployment.prefix, "--out")
    # Without a console's key: an unsigned record would count for nothing.
    deployment.settings["CELLHOUND__CONSOLE__ACCOUNTS"] = str(tmp_path / "accounts.db")
    done = deployment.command(*words, str(tmp_path / "none.zip"))
    assert "this export is not in the audit trail (no console's key is here" in done.stderr
    assert not (tmp_path / "accounts.db").exists()
    assert deployment.read("fbs.actions") == []
    accounts = open_database(str(tmp_path / "accounts.db"))
    keys = PublicKeys.of([trail_key(accounts).public])
    accounts.dispose()
    deployment.command(*words, str(tmp_path / "one.zip"), own_process=True)
    [record] = deployment.read("fbs.actions")
    assert voucher(msgspec.json.decode(record.value), "fbs.actions", keys) == "signed"
    action = msgspec.json.decode(record.value, type=Action)
    assert (action.action, action.alert_id, action.role) == ("export", alert.alert_id, "admin")
    assert action.by.startswith("command line ")
    with zipfile.ZipFile(tmp_path / "one.zip") as zipped:
        assert action.action_id.encode() in zipped.read("actions.jsonl")
    _is_stamped(deployment, words, tmp_path)
    # Where it may only be read.
    before = len(deployment.read("fbs.actions"))
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    topic = ConfigResource(
        ConfigResourceType.TOPIC, deployment.name("fbs.actions"), {"max.message.bytes": "1"}
    )
    admin.alter_configs([topic])
    asked = ConfigResource(ConfigResourceType.TOPIC, deployment.name("fbs.actions"))
    wait_until(
        lambda: _most_bytes(admin, asked) == "1", "the broker knows that it may only be read"
    )
    time.sleep(1.0)  # its log takes that up a moment later
    admin.close()
    done = deployment.command(*words, str(tmp_path / "two.zip"))
    assert "this export is not in the audit trail" in done.stderr
    assert "Traceback" not in done.stderr
    assert not verify(tmp_path / "two.zip").problems
    assert len(deployment.read("fbs.actions")) == before


def _is_stamped(deployment: Deployment, words: tuple[str, ...], folder: Path) -> None:
    """With an authority's stamp where one answers, and not at all where none does."""
    if OPENSSL is None:
        return
    (folder / "tsa").mkdir()
    out = str(folder / "stamped.zip")
    with authority(folder / "tsa") as tsa:
        deployment.command(*words, out, "--stamp", tsa.url)
        done = deployment.command("evidence", "verify", out, "--tsa-certificate", str(tsa.root))
        assert "by the authority that was given" in done.stdout
    refused = deployment.attempt(*words, str(folder / "unstamped.zip"), "--stamp", tsa.url)
    assert (refused.returncode, "can't be asked" in refused.stderr) == (1, True)
    assert not (folder / "unstamped.zip").exists()


@pytest.mark.nightly
def test_what_retention_has_deleted_is_listed_as_missing(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    alert = deployment.alerts()[-1]
    settings = _settings(deployment)
    hasher = Hasher(load_key({"CELLHOUND_KEY": KEY}).key, settings.senders)
    before = tmp_path / "before.zip"
    export(settings, hasher, alert.alert_id, before)
    name, partitions = deployment.name("cell.measurements"), deployment.create_topics()
    gone = {TopicPartition(name, each): -1 for each in range(partitions["cell.measurements"])}
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    admin.delete_records(gone)
    admin.close()
    after = tmp_path / "after.zip"
    printed = deployment.command(
        *("evidence", "export", alert.alert_id, "--out", str(after)),
        *("--prefix", deployment.prefix),
    ).stdout
    assert "messages are missing" in printed
    with zipfile.ZipFile(before) as one, zipfile.ZipFile(after) as other:
        measured = one.read("raw/cell.measurements.jsonl").splitlines()
        missing = [json.loads(line) for line in other.read("raw/missing.jsonl").splitlines()]
        assert "raw/cell.measurements.jsonl" not in other.namelist()
        assert one.read("findings.jsonl") == other.read("findings.jsonl")
    assert [one["source"] for one in missing] == [json.loads(one)["source"] for one in measured]
    assert {one["why"] for one in missing} == {DELETED}
    assert "whole and unchanged" in deployment.command("evidence", "verify", str(after)).stdout


def test_messages_are_taken_out_of_arrays_and_batches_and_strangers_are_not_taken(
    deployment: Deployment, tmp_path: Path
) -> None:
    """Handmade topics: what a worker would have found in an array, a batch, and a topic that was
    made anew since."""
    bare = "460001234567890"
    hasher = Hasher(b"key")
    row = {"ts": T0 + 60_000, "device": "d-1", "source": "device", "sender": "13812345678"}
    rows = [row | {"device": "d-0"}, row | {"device": bare, "imsi": int(bare)}]
    batch = pa.BufferOutputStream()
    table = pa.Table.from_pylist([row | {"device": "d-2"}, row | {"device": "d-3"}])
    with pa.ipc.new_stream(batch, table.schema) as stream:
        stream.write_table(table)
    arrow = [("content-type", b"application/vnd.apache.arrow.stream")]
    alert = alert_of(identities=[Identity("gsm", 460, 0, 65000, 17)])
    later = msgspec.structs.replace(alert, revision=2, status="update")
    producer = deployment.producer()

    def send(topic: str, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
        producer.send(deployment.name(topic), value, partition=0, headers=headers or [])

    for one in (later, alert, alert, alert_of(alert_id="b" * 32)):
        send("fbs.alerts", msgspec.json.encode(one))
    send("sms.metadata", json.dumps(rows).encode())
    send("sms.metadata", batch.getvalue().to_pybytes(), arrow)
    send("sms.metadata", json.dumps(row | {"device": "somebody else"}).encode())
    places = [(0, 1, hasher.pseudonym(bare)), (1, 1, "d-3"), (2, -1, "d-1"), (0, 9, "d-1")]
    places.append((77, -1, "d-1"))
    for offset, index, who in places:
        source = Source("sms.metadata", 0, offset, index)
        finding = finding_of(source=source, who=who)
        send("fbs.evidence", encode(finding))
        send("fbs.evidence", encode(finding))
    send("fbs.evidence", b"[]")
    send("fbs.evidence", b"no finding")
    act = {"action_id": "1", "ts": T0, "action": "note", "by": "dora", "role": "dispatcher"}
    note = act | {"alert_id": alert.alert_id, "note": f"owner is {bare}"}
    for record in (note, note, act | {"action_id": "2", "alert_id": "b" * 32}, {"no": "action"}):
        send("fbs.actions", json.dumps(record).encode())
    verdict = {"ts": T0, "alert_id": alert.alert_id, "verdict": "confirmed", "note": bare}
    send("field.feedback", json.dumps([verdict, {"alert_id": "b" * 32}, 7]).encode())
    producer.flush()
    producer.close()

    settings = _settings(deployment)
    made, found = bundle_of(settings, hasher, alert.alert_id, T0, "dora", NOBODY)
    again, _ = bundle_of(settings, hasher, alert.alert_id, T0, "dora", NOBODY)
    assert made == again, "the same content gives the same bytes"
    assert [one.revision for one in found.revisions] == [1, 2]
    taken = [(m.source.offset, m.source.index) for m in found.messages["sms.metadata"]]
    assert taken == [(0, 1), (1, 1)]
    messages = [json.loads(bytes(m.message)) for m in found.messages["sms.metadata"]]
    assert [one["device"] for one in messages] == [hasher.pseudonym(bare), "d-3"]
    assert {one["sender"] for one in messages} == {hasher.sender("13812345678")}
    assert [(m.source.offset, m.why) for m in found.missing] == [
        (0, NOT_IN_RECORD),
        (2, ANOTHER),
        (77, DELETED),
    ]
    assert len(found.findings) == 5
    assert [(a.action_id, a.note) for a in found.actions] == [("1", f"owner is {_hash(hasher)}")]
    assert [one["verdict"] for one in found.feedback] == ["confirmed"]
    assert bare.encode() not in made
    assert b"13812345678" not in made


def _hash(hasher: Hasher) -> str:
    return hasher.pseudonym("460001234567890")


def test_without_a_broker_or_an_alert_one_sentence_says_so(
    deployment: Deployment, tmp_path: Path
) -> None:
    for more, sentence in (
        ((), "There is no alert 'nothing'"),
        (("--bootstrap", "127.0.0.1:1"), "No Kafka broker answers at 127.0.0.1:1"),
    ):
        out = str(tmp_path / "x.zip")
        words = ("evidence", "export", "nothing", "--out", out, "--prefix", deployment.prefix)
        done = deployment.attempt(*words, *more)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_an_alert_that_is_not_there_is_named(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(NoSuchAlert, match="There is no alert 'nothing'"):
        export(_settings(deployment), Hasher(b"key"), "nothing", tmp_path / "x.zip")
