"""Each check in each state that it can be in, without a broker.

Long because it is the one list of checks and their states.
"""

import socket
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sqlalchemy import create_engine, text

from detectors.profile.age import Age, learning_of
from field.console.access.network import listening
from field.doctor import broker, datum, host, trail, workers
from field.doctor.check import Check
from field.doctor.connections import channels
from field.doctor.run import Examined, examine
from field.doctor.workers import Sign
from geo.earth.gcj02 import to_gcj02
from streams.config.channels import CapSettings, CotSettings, NtfySettings
from streams.config.console import ConsoleSettings
from streams.config.settings import ConfigError, KafkaSettings, Settings, load_settings
from streams.config.trust import enrolled
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.topics import SPECS
from streams.signed.settings import TrustSettings
from tests.conftest import free_port
from tests.field.console.access.network.test_listening import certificate

NOW = 1_748_916_000_000
AS_MADE = {spec.name: spec.configs() for spec in SPECS}
PARTITIONS = {spec.name: spec.partitions for spec in SPECS}


def sign(worker: str = "w1", ago_s: float = 1.0, **feeds: float) -> Sign:
    """A sign of life so long ago; ``feeds`` by the topic without ``cell.``, received before."""
    fields = {
        "worker": worker,
        "ts": NOW - int(ago_s * 1000),
        "partitions": 4,
        "feeds": {
            f"cell.{name}": {"arrival_ms": 1, "heard_ms": NOW - int(ago * 1000)}
            for name, ago in feeds.items()
        },
    }
    return msgspec.convert(fields, Sign)


def test_where_nobody_listens_there_is_no_kafka() -> None:
    found, cluster = broker.reached(KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}"))
    assert cluster is None
    assert found.state == "fail"
    assert "cellhound broker up" in found.todo


def test_what_answers_no_request_may_want_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        found, cluster = broker.reached(KafkaSettings(bootstrap=place))
    assert cluster is None
    assert found.state == "fail"
    assert f"{place} takes connections" in found.seen
    assert "kafka.security.protocol" in found.todo


def test_plain_text_beyond_this_computer_is_odd(tmp_path: Path) -> None:
    assert broker.protection(KafkaSettings(bootstrap="localhost:9092")).state == "ok"
    far = broker.protection(KafkaSettings(bootstrap="127.0.0.1:9092,kafka.example:9092"))
    assert far.state == "warn"
    assert "PLAINTEXT, and beyond this computer: kafka.example:9092;" in far.seen
    safe = SecuritySettings(protocol="SSL", check_hostname=False)
    found = broker.protection(KafkaSettings(bootstrap="kafka.example:9092", security=safe))
    assert (found.state, found.seen) == ("ok", "SSL, host names unchecked")
    absent = SecuritySettings(protocol="SSL", ca_file=str(tmp_path / "ca.pem"))
    found = broker.protection(KafkaSettings(security=absent))
    assert found.state == "fail"
    assert "kafka.security.ca_file" in found.seen


@pytest.mark.parametrize(
    ("bootstrap", "choice", "state", "sentence"),
    [
        ("localhost:9092", "", "ok", "on this computer"),
        ("kafka.example:9092", "", "fail", "(kafka.example:9092), and nothing says who may speak"),
        ("kafka.example:9092", "apart", "ok", "apart: what phones upload comes on device.sig"),
        ("kafka.example:9092", "trusted", "ok", "trusted: all who can write to cell.signalling"),
    ],
)
def test_who_may_speak_for_the_core_is_shown(
    bootstrap: str, choice: Any, state: str, sentence: str
) -> None:
    trust = TrustSettings(producers=choice)
    found = broker.producers(Settings(kafka=KafkaSettings(bootstrap=bootstrap), trust=trust))
    assert (found.state, sentence in found.seen) == (state, True)
    assert state == "ok" or "trust.producers" in found.todo


@pytest.mark.parametrize(
    ("bootstrap", "listed", "taken", "state"),
    [
        ("127.0.0.1:9092", (), None, "ok"),
        ("kafka.example:9092", (), frozenset(), "warn"),
        ("kafka.example:9092", ("df-1",), frozenset({"df-1"}), "ok"),
        ("127.0.0.1:9092", ("df-1",), frozenset({"df-1"}), "ok"),
    ],
)
def test_whose_measurements_are_taken_is_shown(
    bootstrap: str, listed: tuple[str, ...], taken: frozenset[str] | None, state: str
) -> None:
    kafka, trust = KafkaSettings(bootstrap=bootstrap), TrustSettings(instruments=listed)
    found = broker.instruments(Settings(kafka=kafka, trust=trust))
    assert found.state == state
    assert state == "ok" or "trust.instruments" in found.todo
    assert enrolled(trust, kafka) == taken
    assert enrolled(trust) == (frozenset(listed) or None)  # of a trace, without brokers


def test_topics_that_are_joined_have_equally_many_partitions() -> None:
    uneven = broker.partitions_of(PARTITIONS | {"device.sms": 3}, KafkaSettings())
    assert uneven.state == "fail"
    assert "sms.metadata 4, device.sms 3" in uneven.seen
    with pytest.raises(ValueError, match=r"partitions of sms\.metadata, device\.sms must be"):
        KafkaSettings(partitions={"sms.metadata": 8, "device.sms": 4})


def test_topics_that_belong_together_have_equally_many_partitions() -> None:
    assert broker.partitions_of(PARTITIONS, KafkaSettings()).state == "ok"
    uneven = broker.partitions_of(PARTITIONS | {"fbs.census": 3}, KafkaSettings())
    assert uneven.state == "fail"
    assert "fbs.census 3" in uneven.seen


@pytest.mark.parametrize(
    ("present", "wanted", "sentence"),
    [
        ({"fbs.actions": 4}, {}, "fbs.actions has 4, and must have 1"),
        ({"sms.metadata": 4}, {"sms.metadata": 8}, "sms.metadata has 4, 8 are set"),
    ],
)
def test_other_partitions_than_set_are_odd(
    present: dict[str, int], wanted: dict[str, int], sentence: str
) -> None:
    found = broker.partitions_of(PARTITIONS | present, KafkaSettings(partitions=wanted))
    assert found.state == "warn"
    assert sentence in found.seen


def test_a_topic_that_forgets_what_must_stay_is_odd() -> None:
    assert broker.settings_of(AS_MADE).state == "ok"
    forgetful = AS_MADE | {"fbs.actions": {"cleanup.policy": "delete", "retention.ms": "1000"}}
    found = broker.settings_of(forgetful)
    assert found.state == "warn"
    assert "fbs.actions has retention.ms=1000, -1 is due" in found.seen


@pytest.mark.parametrize(
    ("members", "behind", "has_read", "state"),
    [
        (2, {"sms.metadata": 12}, True, "ok"),
        (2, {"sms.metadata": 900_000}, True, "warn"),
        (2, {"fbs.evidence": 9_000}, True, "ok"),
        (2, {"fbs.census": 9_000}, True, "warn"),
        (0, {"sms.metadata": 12}, True, "fail"),
        (0, {"sms.metadata": 0}, False, "warn"),
    ],
)
def test_what_is_left_to_read_matters_with_who_reads(
    members: int, behind: dict[str, int], has_read: bool, state: str
) -> None:
    found = workers.lag_of("lag.workers", "cellhound", members, behind, has_read)
    assert found.state == state
    assert ("cellhound worker" in found.todo) == (members == 0)


def test_workers_that_fell_silent_are_reported() -> None:
    assert workers.reporting({}, NOW).state == "fail"
    assert workers.reporting({"w1": sign()}, NOW).state == "ok"
    assert workers.reporting({"w1": sign(ago_s=600)}, NOW).state == "fail"
    some = workers.reporting({"w1": sign(), "w2": sign("w2", ago_s=600)}, NOW)
    assert some.state == "warn"
    assert "w2 for 10 min" in some.seen


def test_silent_inputs_are_reported_and_no_input_is_not_well() -> None:
    assert workers.inputs({}, 60.0, NOW).state == "skipped"
    assert workers.inputs({"w1": sign()}, 60.0, NOW).state == "warn"
    reports = workers.inputs({"w1": sign(measurements=3.0)}, 60.0, NOW)
    assert reports.state == "ok"
    assert "never received by these workers: cell.signalling" in reports.seen
    silent = workers.inputs({"w1": sign(measurements=300.0)}, 60.0, NOW)
    assert silent.state == "warn"
    assert "cell.measurements for 5 min" in silent.seen
    # Another worker that receives it is enough.
    both = {"w1": sign(measurements=300.0), "w2": sign("w2", measurements=1.0)}
    assert workers.inputs(both, 60.0, NOW).state == "ok"


def test_how_much_was_learned_is_reported_of_the_busiest_zone() -> None:
    def known(zone: str, minutes: int, reports: int) -> dict[str, Any]:
        every = learning_of(zone, Age(first_ms=NOW - 10**8, minutes=minutes, reports=reports), 40)
        built: dict[str, Any] = msgspec.to_builtins(every)
        return built

    def learned(*zones: dict[str, Any]) -> Check:
        return workers.learned({"w1": msgspec.structs.replace(sign(), learning=list(zones))})

    assert workers.learned({"w1": sign()}).state == "skipped"
    cold = learned(known("edge", 9_999, 3), known("city", 12, 500))
    assert cold.state == "warn"
    assert "cold" in cold.seen
    assert "500 reports of 40 sites in 12 minutes since 2025-06-01" in cold.seen
    assert "zone city, the busiest of 2" in cold.seen
    assert "not yet learned: where sites are, usual levels of cells" in cold.seen
    assert "profile import" in cold.todo
    assert learned(known("city", 2_000, 500)).state == "ok"
    assert "settled" in learned(known("city", 11_000, 500)).seen
    assert learned({"zone": 7}).state == "skipped"


def test_a_record_from_the_future_shows_that_a_clock_is_off() -> None:
    assert workers.clock([], {}, NOW).state == "skipped"
    assert workers.clock([NOW - 5000], {}, NOW).state == "ok"
    ahead = workers.clock([NOW - 5000, NOW + 9000], {}, NOW)
    assert ahead.state == "warn"
    assert "9 s ahead" in ahead.seen


def _town(cells: int, moved: bool, phones_moved: bool = False) -> datum.Shift | None:
    """A town in Chengdu whose register, or whose phones, may be shifted."""
    chance = np.random.default_rng(7)
    lat = 30.66 + chance.normal(0.0, 0.05, cells)
    lon = 104.06 + chance.normal(0.0, 0.05, cells)
    phone_lat = lat + chance.normal(0.0, 0.004, cells)
    phone_lon = lon + chance.normal(0.0, 0.004, cells)
    masts = to_gcj02(lat, lon) if moved else (lat, lon)
    phones = to_gcj02(phone_lat, phone_lon) if phones_moved else (phone_lat, phone_lon)
    return datum.shift(*masts, *phones)


def test_a_register_in_a_maps_datum_is_found() -> None:
    same = _town(200, moved=False)
    assert same is not None
    assert abs(same.share) < 4 * same.sigma < 1.0
    assert datum.check(same, 200).state == "ok"
    moved = _town(200, moved=True)
    assert moved is not None
    assert moved.share == pytest.approx(1.0, abs=4 * moved.sigma)
    found = datum.check(moved, 200)
    assert found.state == "warn"
    assert "the register looks like GCJ-02" in found.todo


def test_phones_in_a_maps_datum_are_found_and_both_shifted_are_alike() -> None:
    found = datum.check(_town(200, moved=False, phones_moved=True), 200)
    assert found.state == "warn"
    assert "the phones' places look like GCJ-02" in found.todo
    assert datum.check(_town(200, moved=True, phones_moved=True), 200).state == "ok"


def test_too_few_cells_or_none_in_china_show_no_shift() -> None:
    assert datum.check(_town(10, moved=True), 10).state == "skipped"
    lat = np.full(100, 48.1)
    assert datum.shift(lat, lat - 36.5, lat, lat - 36.5) is None
    masts = {"lte-460-0-1-1": (30.0, 104.0), "lte-460-0-1-2": (30.0, 104.0)}
    reports = [("lte-460-0-1-1", 30.0, 104.01)] * 5 + [("lte-460-0-1-2", 30.0, 104.0)] * 4
    columns = datum.middles(masts, reports)
    assert [column.tolist() for column in columns] == [[30.0], [104.0], [30.0], [104.01]]
    assert [len(column) for column in datum.middles({}, [])] == [0, 0, 0, 0]


def test_room_on_disks_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def usage(free: int) -> Any:
        return lambda _: type("Usage", (), {"free": free, "total": 100 << 30})

    for free, state in ((50 << 30, "ok"), (1 << 30, "warn"), (100 << 20, "fail")):
        monkeypatch.setattr("shutil.disk_usage", usage(free))
        assert host.disk("disk.store", tmp_path / "not" / "yet").state == state


def test_the_store_is_looked_at_without_being_made(tmp_path: Path) -> None:
    path = tmp_path / "console.db"
    assert host.store(str(path)).state == "skipped"
    assert not path.exists()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    assert host.store(str(path)).state == "fail"
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE meta (name TEXT)"))
    engine.dispose()
    assert host.store(str(path)).state == "ok"
    gone = host.store(f"postgresql://me:secret@127.0.0.1:{free_port()}/x")
    assert gone.state == "fail"
    assert "secret" not in gone.seen


def test_beyond_loopback_accounts_are_due(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    near, far = ConsoleSettings(), ConsoleSettings(listen="0.0.0.0:8340")
    assert host.accounts(near, str(path)).state == "ok"
    assert host.accounts(far, str(path)).state == "fail"
    assert not path.exists(), "it is only looked for"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE accounts (name TEXT)"))
        connection.execute(text("INSERT INTO accounts VALUES ('anna')"))
    engine.dispose()
    proxied = {"proxy_addresses": ("10.0.0.1",), "public_url": "https://desk.example"}
    tls = dict(zip(("tls_cert", "tls_key"), certificate(tmp_path), strict=True))
    absent = {"tls_cert": str(tmp_path / "no"), "tls_key": str(tmp_path / "no")}
    for more, state, words in (
        ({}, "fail", "Set console.tls_cert"),
        ({"allow_plain": True}, "warn", "unencrypted"),
        (tls, "ok", "1 accounts"),
        (absent, "fail", "console.tls_cert"),
        (proxied, "ok", "1 accounts"),
        ({"listen": "nowhere"}, "fail", "console.listen"),
    ):
        settings = msgspec.convert(msgspec.to_builtins(far) | more, ConsoleSettings)
        found = host.accounts(settings, str(path))
        assert (found.state, words in found.seen) == (state, True), found
        # As the console itself has it.
        if state == "fail":
            with pytest.raises(ConfigError):
                listening.check(settings, has_accounts=True)
        else:
            listening.check(settings, has_accounts=True)


def test_workers_hash_with_one_key() -> None:
    one, two, silent = sign("w1"), sign("w2"), sign("w3", ago_s=60.0)
    assert workers.keys({"w1": one}, NOW).state == "skipped"
    one.key, two.key, silent.key = "aa", "aa", "cc"
    assert workers.keys({"w1": one, "w2": two, "w3": silent}, NOW).state == "ok"
    two.key = "bb"
    found = workers.keys({"w1": one, "w2": two}, NOW)
    assert (found.state, "w1 aa, w2 bb" in found.seen) == ("fail", True)


def test_workers_may_change_their_key_together() -> None:
    one, two = sign("w1"), sign("w2")
    both = {"w1": one, "w2": two}

    def changing(one_key: str, two_key: str, begin: int) -> tuple[str, str]:
        for at_work, key in ((one, one_key), (two, two_key)):
            at_work.key, at_work.key_former, at_work.key_new = key, "aa", "nn"
            at_work.key_from = begin
        found = workers.keys(both, NOW)
        return found.state, found.seen

    state, seen = changing("aa", "aa", NOW + 60_000)
    assert (state, "with the key aa, and from 20" in seen) == ("ok", True)
    state, seen = changing("aa", "nn", NOW - 60_000)
    assert (state, "with the key nn, and what" in seen) == ("ok", True), "one has come farther"
    two.key_from += 1
    assert workers.keys(both, NOW).state == "fail", "two moments"
    two.key_former, two.key_new, two.key_from = "", "", 0
    one.key = "nn"
    assert workers.keys(both, NOW).state == "ok", "one has dropped the former key"
    two.key = "aa"
    assert workers.keys(both, NOW).state == "fail", "one has the former key alone"
    one.key = "aa"
    found = workers.keys(both, NOW)
    assert (found.state, "know of it: w2" in found.seen) == ("warn", True)


def test_verdicts_of_anybody_are_odd_beyond_this_computer() -> None:
    far = {"kafka.bootstrap": "kafka.example:9092"}
    assert trail.verdicts(load_settings(env={})).state == "ok"
    assert trail.verdicts(load_settings(env={}, flags=far)).state == "warn"
    signed = {**far, "trust.only_signed": True}
    assert trail.verdicts(load_settings(env={}, flags=signed)).state == "ok"


@pytest.mark.parametrize(
    ("here", "state", "seen"),
    [
        ((4096, 4096), "ok", "takes 1000 connections"),
        ((512, 1024), "warn", "takes 768 connections, not 1000"),
        ((256, 256), "fail", "leaves 0 for connections"),
    ],
)
def test_a_console_has_files_for_its_connections(
    here: tuple[int, int], state: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "limits_here", lambda: here)
    check = host.open_files(ConsoleSettings())
    assert check.state == state
    assert seen in check.seen


def test_the_hashing_key_is_of_this_computers_user_alone(tmp_path: Path) -> None:
    env = {"CELLHOUND_HOME": str(tmp_path)}
    assert host.hashing_key({"CELLHOUND_KEY": "a key for tests only"}).state == "ok"
    assert host.hashing_key({"CELLHOUND_KEY": "x"}).state == "fail"
    change = {"CELLHOUND_KEY": "a key for tests only", "CELLHOUND_KEY_FORMER": "the one before"}
    assert host.hashing_key(change).state == "fail"
    changing = host.hashing_key(change | {"CELLHOUND_KEY_FROM": "2026-12-01T03:00:00Z"})
    assert (changing.state, "2026-12-01T03:00" in changing.seen) == ("ok", True)
    assert host.hashing_key(env).state == "warn"
    assert not list(tmp_path.iterdir())
    key = tmp_path / "key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o644)
    assert host.hashing_key(env).state == "fail"
    key.chmod(0o600)
    assert host.hashing_key(env).state == "ok"


def test_the_pages_files_are_compared(tmp_path: Path) -> None:
    assert host.page(tmp_path).state == "skipped"
    (tmp_path / "web").mkdir()
    vendor = tmp_path / "static" / "vendor"
    vendor.mkdir(parents=True)
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "web" / "vendor.sha256").write_text(f"{digest}  map.js\n")
    assert "missing or changed: map.js" in host.page(tmp_path).seen
    (vendor / "map.js").write_bytes(b"abc")
    assert host.page(tmp_path).state == "ok"


def test_java_is_needed_for_a_broker_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert host.java().state == "skipped"


def test_a_channel_is_reached_or_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        push = NtfySettings(
            name="push", url=f"http://127.0.0.1:{port}", topic="t", token_env="PUSH_TOKEN"
        )
        assert channels.channel_check(push, {"PUSH_TOKEN": "x"}).state == "ok"
        missing = channels.channel_check(push, {})
        assert missing.state == "fail"
        assert "the variable PUSH_TOKEN is not set" in missing.seen
    closed = channels.channel_check(push, {"PUSH_TOKEN": "x"})
    assert closed.state == "fail"
    assert "can't be reached" in closed.seen
    mesh = CotSettings(name="mesh", url="udp://239.2.3.1:6969")
    assert channels.channel_check(mesh, {}).state == "skipped"
    folder = CapSettings(name="cap", sender="a@b.example", folder=str(tmp_path))
    assert channels.channel_check(folder, {}).state == "ok"
    absent = CapSettings(name="cap", sender="a@b.example", folder=str(tmp_path / "no"))
    assert channels.channel_check(absent, {}).state == "fail"
    key = CotSettings(name="tak", url=f"tls://127.0.0.1:{port}", cert_file=str(tmp_path / "no.pem"))
    assert "cert_file" in channels.channel_check(key, {}).seen


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"region": "gone.geojson"}, "region: gone.geojson can't be read as GeoJSON"),
        ({"username": "van1"}, "password_env or password_file is missing"),
        ({"ca_file": __file__}, "its certificates can't be used"),
        ({"token_env": "PUSH_TOKEN"}, "token_env: no token has letters beyond ASCII"),
    ],
)
def test_what_keeps_a_channel_from_being_opened_is_found(
    wrong: dict[str, str], sentence: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        push = NtfySettings(name="push", url=url, topic="t", **wrong)
        found = channels.channel_check(push, {"PUSH_TOKEN": "令牌"})
    assert found.state == "fail"
    assert sentence in found.seen


def test_a_channel_that_is_switched_off_is_not_looked_at() -> None:
    off = NtfySettings(name="push", url="http://127.0.0.1:1", topic="t", enabled=False)
    assert [check.state for check in channels.channels([off], {})] == ["skipped"]


def test_without_a_broker_all_that_needs_one_is_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path))
    flags = {"kafka.bootstrap": f"127.0.0.1:{free_port()}"}
    found = examine(load_settings(env={}, flags=flags))
    states = {check.name: check.state for check in found.checks}
    assert not found.ok
    assert states["kafka"] == "fail"
    assert states["lag.workers"] == states["register"] == "skipped"
    assert states["disk.store"] in ("ok", "warn", "fail")
    assert not list(tmp_path.iterdir()), "looking must not make anything"


def test_what_is_odd_is_not_broken() -> None:
    odd = Examined((Check("a", "ok", "fine"), Check("bb", "warn", "odd", "look")))
    assert odd.ok
    assert odd.text().splitlines() == [
        "ok      a   fine",
        "warn    bb  odd",
        "            -> look",
        "1 ok, 1 warn, 0 fail, 0 skipped",
    ]
    fields = msgspec.json.decode(odd.json())
    assert fields["counts"] == {"ok": 1, "warn": 1, "fail": 0, "skipped": 0}
    assert list(fields) == ["ok", "counts", "checks"]
    assert not Examined((*odd.checks, Check("c", "fail", "broken"))).ok
