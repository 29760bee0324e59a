"""Recording is the opposite of replaying, and nobody's number gets anywhere."""

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from replay.traces.trace import read_lines, read_messages
from replay.traces.trace_files import FILES, open_trace
from replay.traces.trace_writer import TraceWriter
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key
from tests.integration.conftest import Known
from tests.integration.deployment import KEY, Deployment
from tests.integration.messages import revisions

pytestmark = pytest.mark.integration

_T0 = 1_748_916_000_000
#: Lines that need care: each is one line of a trace, whatever a topic would make of it.
_AWKWARD = (
    b'{"ts":1748916000500,"device":"d-\xe4\xb8\xad","rat":"gsm"}',
    b'{ "device" : "d-2" , "ts" : 1748916000600.0 }',
    b'{"ts":1748916000700,"device":"d-\xc3\x28"}',
    b"[]",
    b'[{"ts":1748916000800,"device":"d-3"},{"ts":1748916000801,"device":"d-4"}]',
    b"\x00\x01 not even text \xff",
    b'{"ts":1748916000900,"device":"d-2","device":"d-5"}',
    b"null",
)
_RARE = {
    "network.changes": {"ts": _T0, "kind": "replan", "note": "spring"},
    "field.measurements": {"ts": _T0, "device": "df-1", "lat": 30.6, "lon": 104.0},
    "field.feedback": {"ts": _T0, "alert_id": "0" * 32, "verdict": "confirmed", "by": "team-1"},
    "call.signalling": {"ts": _T0, "call_ref": "c-1", "point": "msc", "caller": "", "callee": "c"},
    "number.register": {"ts": _T0, "prefix": "8640012", "rights": ["t-1"]},
    "subscriber.changes": {"ts": _T0, "subscriber": "s-1", "kind": "sim_replaced"},
    "public.reports": {"ts": _T0, "source": "bank", "about": "url", "url_domain": "a.example"},
}


def _varied(folder: Path, known: Known, form: str) -> Path:
    """A trace with every file, half of the messages without arrival time, and awkward lines."""
    opened = open_trace(known.trace)
    with TraceWriter(folder, form) as writer:
        for topic in opened.files:
            values = [message.value for message in read_messages(opened, topic)][:400]
            values[::2] = [_without_arrival(value) for value in values[::2]]
            writer.write(topic, values)
        if form != "parquet":
            writer.write("cell.measurements", _AWKWARD)
        for topic, message in _RARE.items():
            writer.write(topic, [json.dumps(message | {"number": n}).encode() for n in range(5)])
    shutil.copy(known.trace / "register.csv", folder / "register.csv")
    return folder


def _without_arrival(value: bytes) -> bytes:
    message = msgspec.json.decode(value)
    del message["rx_ts"]
    return msgspec.json.encode(message)


@pytest.mark.parametrize(
    "form",
    [
        *(pytest.param(name, marks=pytest.mark.nightly) for name in ("jsonl", "jsonl.gz")),
        "jsonl.zst",
        "parquet",
    ],
)
def test_record_is_the_opposite_of_replay(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path, form: str
) -> None:
    trace = _varied(tmp_path / "trace", quarter_hour, form)
    deployment.replay(trace)
    out = tmp_path / "recorded"
    deployment.command(
        *("record", "--out", str(out), "--form", form, "--prefix", deployment.prefix)
    )
    played, recorded = open_trace(trace), open_trace(out)
    assert set(recorded.files) == set(played.files) == set(FILES.values())
    for topic in played.files:
        assert recorded.files[topic].name == played.files[topic].name
        if played.files[topic].suffix == ".parquet":
            assert _messages(out, topic) == _messages(trace, topic)
        else:
            assert _lines(recorded.files[topic]) == _lines(played.files[topic])
    assert _rows(out) == _rows(trace)


@pytest.mark.nightly
def test_record_takes_a_part(deployment: Deployment, quarter_hour: Known, tmp_path: Path) -> None:
    deployment.replay(quarter_hour.trace)
    begin, end = _T0 + 200_000, _T0 + 400_000
    out = tmp_path / "part"
    deployment.command(
        *("record", "--out", str(out), "--prefix", deployment.prefix),
        *("--from", str(begin), "--to", str(end)),
        own_process=True,
    )
    for topic in ("cell.measurements", "cell.signalling", "sms.metadata"):
        wanted = [m for m in _messages(quarter_hour.trace, topic) if begin <= m["rx_ts"] < end]
        assert wanted
        assert _messages(out, topic) == wanted


def _messages(trace: Path, topic: str) -> list[dict[str, object]]:
    return [
        msgspec.json.decode(message.value) for message in read_messages(open_trace(trace), topic)
    ]


def _lines(path: Path) -> list[bytes]:
    return [value for chunk in read_lines(path) for value in chunk.values]


def _rows(trace: Path) -> set[tuple[object, ...]]:
    """Rows of the register by value: `-73` and `-73.0`, `1.50` and `1.5` are the same."""
    header, *rows = (trace / "register.csv").read_text().splitlines()
    columns = header.split(",")
    found: set[tuple[object, ...]] = set()
    for row in rows:
        fields = {name: text for name, text in zip(columns, row.split(","), strict=True) if text}
        found.add(tuple(sorted((name, _number(text)) for name, text in fields.items())))
    return found


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def test_nobodys_number_gets_anywhere(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    """All phones by IMSI, all subscribers by telephone number, and a sender who is a person."""
    bare: dict[str, str] = {}
    folder = tmp_path / "bare"
    opened = open_trace(quarter_hour.trace)
    with TraceWriter(folder, "jsonl") as writer:
        for topic in opened.files:
            messages = read_messages(opened, topic)
            writer.write(topic, [_bared(message.value, bare) for message in messages])
        broken = b'{"ts":1748916000900,"device":"%s",' % next(iter(bare.values())).encode()
        asked = {"ts": _T0, "device": 460009999999999, "rat": "gsm", "note": "+86 138 1234 5678"}
        writer.write("cell.measurements", [broken, json.dumps(asked).encode()])
        person = {"ts": _T0, "device": "d-1", "source": "device", "sender": "+8613912345678"}
        writer.write("sms.metadata", [json.dumps(person).encode()])
    shutil.copy(quarter_hour.trace / "register.csv", folder / "register.csv")
    deployment.start()
    deployment.replay(folder)
    deployment.wait_until_idle()
    # The alerts are the same, since neither their ids nor their counts depend on pseudonyms.
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert len(deployment.dead_letters()) == 2

    out = tmp_path / "recorded"
    deployment.command(
        "record", "--out", str(out), "--form", "jsonl", "--prefix", deployment.prefix
    )
    stored = [path.read_bytes() for path in out.iterdir()]
    for topic in (*FILES.values(), "fbs.evidence", "fbs.census", "fbs.alerts", "dead.letters"):
        for record in deployment.read(topic):
            stored += [record.key or b"", record.value or b""]
            stored += [value for _, value in record.headers]
    stored += [msgspec.msgpack.encode(state) for state in deployment.correlators().values()]
    everything = b"\n".join(stored)
    numbers = {*bare.values(), "460009999999999", "8613912345678"}
    # All of them at once, wherever they begin: one by one they would take half a minute.
    alike = re.compile(rb"(?=(46000\d{10}|861\d{10}))")
    wanted = {number.lstrip("+").encode() for number in numbers}
    assert all(alike.findall(number)[:1] == [number] for number in wanted)
    assert not wanted & set(alike.findall(everything))
    # A service centre's address is nobody's number.
    everything = re.sub(rb'"smsc":"\+\d+"', b"", everything)
    assert not re.search(rb'"\s*(?:\+\d[\d -]{6,}|\d{14,16})\s*"', everything)

    hasher = Hasher(load_key({"CELLHOUND_KEY": KEY}).key)
    for topic in opened.files:
        played = _lines(open_trace(folder).files[topic])
        recorded = _lines(open_trace(out).files[topic])
        assert len(recorded) == len(played)
        for line, sent in zip(recorded, played, strict=True):
            if line != sent and sent not in (broken, json.dumps(asked).encode()):
                assert msgspec.json.decode(line) == _hashed(msgspec.json.decode(sent), hasher)


def _hashed(message: dict[str, str], hasher: Hasher) -> dict[str, str]:
    people = {
        name: hasher.pseudonym(message[name]) for name in message.keys() & {"device", "subscriber"}
    }
    senders = {name: hasher.sender(message[name]) for name in message.keys() & {"sender"}}
    return message | people | senders


def _bared(value: bytes, bare: dict[str, str]) -> bytes:
    message = msgspec.json.decode(value)
    for name, form in (("device", "46000%010d"), ("subscriber", "+86138%08d")):
        if name in message:
            message[name] = bare.setdefault(message[name], form % len(bare))
    return msgspec.json.encode(message)
