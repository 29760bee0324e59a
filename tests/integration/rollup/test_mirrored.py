"""Two provinces and the nation, a broker each, with Kafka's own MirrorMaker 2 between them."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from cellhound import main
from detectors.alert.record import Alert, AlertNumber, Evidence
from field.rollup.local_mirror import command, environment
from streams.kafka.local_broker import Broker, BrokerError
from streams.kafka.make_topics import ensure_topics
from streams.kafka.settings import KafkaSettings
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key
from tests.conftest import BROKER_STARTS_S, a_broker
from tests.integration.door_process import DoorProcess, start_door
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

NATIONAL_KEY = "0123456789abcdef" * 4
KEYS = {"east": "key of the east " * 2, "west": "key of the west " * 2}
NATION = "national"
#: One number calls in both provinces, one in each alone; one is somebody's who is impersonated.
BOTH, EASTERN, WESTERN, OWNER = "13812345678", "13900000001", "13900000002", "13700000003"
PEOPLE = 17


def env_of(place: str) -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith("CELLH")}
    own |= {"CELLHOUND__ROLLUP__EVERY_S": "1"}
    if place in KEYS:
        own |= {"CELLHOUND_KEY": KEYS[place], "CELLHOUND_NATIONAL_KEY": NATIONAL_KEY}
        own |= {"CELLHOUND__ROLLUP__PROVINCE": place}
    return own


def hasher_of(place: str) -> Hasher:
    return load_key(env_of(place)).hasher()


def alert(place: str, name: str, bare: list[str], now_ms: int, **other: Any) -> Alert:
    """As a worker of the province would write it."""
    hash_of = hasher_of(place).sender
    numbers = [AlertNumber(hash_of(one), one[:3], "mobile", "caller") for one in bare]
    numbers.append(AlertNumber(hash_of(OWNER), OWNER[:3], "mobile", "impersonated"))
    given: dict[str, Any] = {
        "alert_id": name,
        "revision": 1,
        "status": "open",
        **dict.fromkeys(("ts", "first_seen", "last_seen"), now_ms),
        "kind": "scam_campaign",
        "identities": [],
        "probability": 0.93,
        "severity": "high",
        **dict.fromkeys(("position", "region", "radius_m", "track", "speed_mps", "bearing_deg")),
        "region_level": 0.9,
        "devices": PEOPLE,
        "reports": 40,
        "evidence": [Evidence("caller_rate", 1, 3.0, 1, now_ms, now_ms, "")],
        "headline": "",
        "numbers": numbers,
        "calls": [f"call-of-{name}"],
    }
    return Alert(**(given | other))


def send(broker: Broker, topic: str, records: list[tuple[str, bytes]]) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    for key, value in records:
        producer.send(topic, value, key.encode())
    producer.flush()
    producer.close()


def publish(broker: Broker, *alerts: Alert) -> None:
    send(broker, "fbs.alerts", [(one.alert_id, msgspec.json.encode(one)) for one in alerts])


def records(broker: Broker, topic: str) -> list[Any]:
    """All that is on a topic; nothing where there is none."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    try:
        parts = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        if not parts:
            return []
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        found: list[Any] = []
        while any(consumer.position(part) < end for part, end in ends.items()):
            for batch in consumer.poll(timeout_ms=500).values():
                found += batch
        return found
    finally:
        consumer.close()


def newest(broker: Broker, topic: str) -> dict[str, Any]:
    """The newest value of each key that has one."""
    found = {one.key.decode(): one.value for one in records(broker, topic)}
    return {key: json.loads(value) for key, value in found.items() if value is not None}


@contextmanager
def running(place: str, *words: str, bootstrap: str, folder: Path) -> Iterator[DoorProcess]:
    """A command of the door, until it is needed no more."""
    log, address = folder / f"{place}-{words[0]}.log", ("--bootstrap", bootstrap)
    process = start_door("rollup", *words, *address, env=env_of(place), log=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def mirror_config(*words: str) -> str:
    """What ``cellhound rollup mirror-config`` prints."""
    done = CliRunner().invoke(main, ["rollup", "mirror-config", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return str(done.stdout)


@contextmanager
def mirroring(brokers: dict[str, Broker], folder: Path) -> Iterator[None]:
    """Kafka's own MirrorMaker 2, with the settings that we print for it."""
    asked = ["--national", brokers[NATION].bootstrap, "--copies", "1"]
    asked += [f"--province={place}={brokers[place].bootstrap}" for place in KEYS]
    printed = mirror_config(*asked)
    file = folder / "mm2.properties"
    # It looks for new topics twice a minute, which is long for a test.
    file.write_text(printed.replace("interval.seconds = 30", "interval.seconds = 2"))
    try:
        given, env = command(folder, file), environment(folder)
    except BrokerError as error:
        pytest.skip(str(error))
    with (folder / "mirror-console.log").open("wb") as log:
        process = subprocess.Popen(given, env=env, stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, "MirrorMaker has ended"
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def brokers(tmp_path: Path, class_path: Path) -> Iterator[dict[str, Broker]]:
    with ExitStack() as stack:
        made = {}
        for place in (NATION, *KEYS):
            made[place] = a_broker(tmp_path / place, class_path)
            made[place].up(BROKER_STARTS_S)
            stack.callback(made[place].down)
            ensure_topics(KafkaSettings(bootstrap=made[place].bootstrap), PATIENCE_S)
        yield made


@pytest.mark.nightly
def test_a_campaign_in_two_provinces_is_one_and_marks_come_down(
    brokers: dict[str, Broker], tmp_path: Path
) -> None:
    nation, east, west = (brokers[place] for place in (NATION, *KEYS))
    now_ms = int(time.time() * 1000)
    publish(east, alert("east", "a1", [BOTH, EASTERN], now_ms))
    publish(west, alert("west", "a1", [BOTH, WESTERN], now_ms))
    marked = {"ts": now_ms, "number": EASTERN, "mark": "fraud", "source": "app", "count": 7}
    send(east, "number.reputation", [(EASTERN, json.dumps(marked).encode())])

    def campaigns() -> list[Any]:
        return list(newest(nation, "national.campaigns").values())

    def in_both() -> list[Any]:
        return [one for one in campaigns() if one["provinces"] == ["east", "west"]]

    with ExitStack() as stack:
        stack.enter_context(mirroring(brokers, tmp_path))
        for place in KEYS:
            at = {"bootstrap": brokers[place].bootstrap, "folder": tmp_path}
            exporting = stack.enter_context(running(place, "export", **at))
        at = {"bootstrap": nation.bootstrap, "folder": tmp_path}
        stack.enter_context(running(NATION, "national", **at))

        wait_until(lambda: bool(in_both()), "the campaign is one")
        (one,) = in_both()
        in_east = hasher_of("east")
        assert one["shared"] == [in_east.national_name(in_east.sender(BOTH))]
        assert (one["numbers"], one["people"], one["calls"]) == (3, 2 * PEOPLE, 80)

        # What the east marks, and what its alert accuses, is known in the west by its own names.
        def from_others(place: str, bare: str) -> list[Any]:
            own = hasher_of(place).sender(bare)
            found = newest(brokers[place], "number.reputation").values()
            return [each for each in found if (each["number"], each["source"]) == (own, NATION)]

        wait_until(lambda: bool(from_others("west", EASTERN)), "a mark comes down")
        (down,) = from_others("west", EASTERN)
        assert (down["mark"], down["count"]) == ("fraud", 8)
        wait_until(lambda: bool(from_others("east", BOTH)), "and one to the east")
        assert from_others("east", EASTERN) == []

        # The west falls silent, and the nation goes on with what the east says.
        exporting.send_signal(signal.SIGTERM)
        exporting.wait(PATIENCE_S)
        publish(east, alert("east", "a2", ["13900000009"], now_ms))
        wait_until(lambda: len(campaigns()) > 1, "the nation goes on")

        def hours() -> list[Any]:
            found = newest(nation, "national.windows")
            return [one for key, one in found.items() if key != "progress"]

        wait_until(lambda: any(one["alerts"] == 3 for one in hours()), "windows go on, too")
        marks = newest(nation, "national.windows")["progress"]["provinces"]
        assert marks["west"] < marks["east"]
        (hour,) = [one for one in hours() if one["alerts"] == 3]
        assert (round(hour["suspects"]), hour["version"] > 1) == (4, True)

        # It speaks again, of the hour that was written long ago, and takes its part's place.
        publish(west, alert("west", "a3", ["13900000010"], now_ms))
        at = {"bootstrap": west.bootstrap, "folder": tmp_path}
        stack.enter_context(running("west", "export", **at))
        wait_until(lambda: any(one["alerts"] == 4 for one in hours()), "what was late counts")
        (late,) = [one for one in hours() if one["start"] == hour["start"]]
        assert (round(late["suspects"]), late["people"]) == (5, 4 * PEOPLE)
        assert late["version"] > hour["version"]

        nothing_of_people_is_there(nation)


def nothing_of_people_is_there(nation: Broker) -> None:
    """Of the nation's topics none holds a bare number, a province's name for one, or a call."""
    consumer = KafkaConsumer(bootstrap_servers=nation.bootstrap)
    topics = sorted(consumer.topics())
    consumer.close()
    # MirrorMaker's own, of positions of groups, is empty.
    own = {f"{place}.checkpoints.internal" for place in KEYS}
    mirrored = [one for one in topics if one.partition(".")[0] in KEYS and one not in own]
    assert not [one for topic in own for one in records(nation, topic)]
    up = ("rollup.campaigns", "rollup.reputation", "rollup.windows")
    assert mirrored == sorted(f"{place}.{topic}" for place in KEYS for topic in up)
    hidden = [bare.encode() for bare in (BOTH, EASTERN, WESTERN, OWNER)] + [b"call-of-"]
    for place in KEYS:
        hasher = hasher_of(place)
        hidden += [hasher.sender(bare).encode() for bare in (BOTH, EASTERN, WESTERN, OWNER)]
    # Nor the national name of who is impersonated.
    hidden.append(hasher.national_name(hasher.sender(OWNER)).encode())
    looked = 0
    for topic in (*mirrored, "national.windows", "national.campaigns", "national.reputation"):
        for record in records(nation, topic):
            looked += 1
            for part in (record.key, record.value):
                assert not any(text in (part or b"") for text in hidden)
    assert looked > 10


def test_settings_of_mirrormaker_name_three_topics_up_and_one_down() -> None:
    printed = mirror_config("--national", "n:1", "--province", "a=b:2", "--prefix", "t.")
    given = dict(re.findall(r"^([^#\s]\S*) = (.*)$", printed, re.MULTILINE))
    up = re.compile(given["a->national.topics"].replace("\\\\", "\\"))
    assert [
        name
        for name in ("t.rollup.windows", "trollup.windows", "t.fbs.alerts", "a.t.rollup.windows")
        if up.fullmatch(name)
    ] == ["t.rollup.windows"]
    assert given["national->a.topics"] == "t\\\\.national\\\\.reputation"
