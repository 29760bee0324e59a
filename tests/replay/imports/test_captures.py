"""Capture files: their container, what is wrapped in them, and the traces that they become.

Long because every layer is wrapped by the same few builders of packets.
"""

import gzip
import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.detection.exposures import read_connections
from replay.detect import detect
from replay.imports.conversations import Summary
from replay.imports.importing import ImportFileError
from replay.imports.link import Layer3, layer3_of
from replay.imports.nas_traces import import_nas, import_nas_events, read_nas_events
from replay.imports.pcap import Capture, Packet
from replay.imports.radio.reading import read_capture
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "nas-fake-enb").is_dir(), reason="needs the captures of shared/data"
)
T0_S = 1_700_000_000
REJECT = bytes.fromhex("07440f")
ATTACH = bytes.fromhex("0741710bf664f000000201c000072502f07000040201d011")
ACCEPT = bytes.fromhex("0742014906" + "0064f0001004" + "0000")


def pcap(*packets: bytes, link_type: int = 148, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    """A capture with one packet a second."""
    head = pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(
        pack(order + "IIII", T0_S + n, 250_000, len(p), len(p)) + p for n, p in enumerate(packets)
    )


def gsmtap(body: bytes, kind: int = 0x12, channel: int = 0, uplink: bool = False) -> bytes:
    return pack(">BBBBHbBIBBBB", 2, 4, kind, 0, 0x4000 * uplink, -60, 0, 0, channel, 0, 0, 0) + body


def udp(body: bytes, port: int = 4729) -> bytes:
    return pack(">HHHH", 40_000, port, 8 + len(body), 0) + body


def ipv4(body: bytes, protocol: int = 17, fragment: int = 0) -> bytes:
    head = pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, fragment, 64, protocol, 0)
    return head + bytes(8) + body


def ipv6(body: bytes) -> bytes:
    return pack(">IHBB", 6 << 28, len(body), 17, 64) + bytes(32) + body


WRAPPED = ipv4(udp(gsmtap(REJECT)))


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of pcapng (draft-ietf-opsawg-pcapng, 3.1)."""
    body += bytes(-len(body) % 4)
    length = pack(order + "I", 12 + len(body))
    return pack(order + "I", kind) + length + body + length


def interface(link_type: int, order: str = "<", options: bytes = b"") -> bytes:
    return block(1, pack(order + "HHI", link_type, 0, 0) + options, order)


def enhanced(
    packet: bytes, ticks: int, at: int = 0, order: str = "<", options: bytes = b""
) -> bytes:
    head = pack(order + "IIIII", at, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
    return block(6, head + packet + bytes(-len(packet) % 4) + options, order)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def pcapng(*packets: bytes, link_type: int = 148) -> bytes:
    """As `pcap`, in the other container, as Wireshark writes it."""
    file = BytesIO()
    writer = dpkt.pcapng.Writer(file, linktype=link_type)
    for number, packet in enumerate(packets):
        writer.writepkt(packet, T0_S + number + 0.25)
    return file.getvalue()


def packets_of(data: bytes) -> tuple[list[Packet], str]:
    """The packets in a file's bytes, and why there were no more."""
    capture = Capture(data)
    return list(capture.packets()), capture.fault


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "ms"), [(0xA1B2C3D4, 250), (0xA1B23C4D, 0)])
def test_times_of_both_byte_orders_and_resolutions(order: str, magic: int, ms: int) -> None:
    first, second = ((T0_S + n) * 1000 + ms for n in range(2))
    expected = [Packet(first, 148, b"a"), Packet(second, 148, b"bc")]
    assert packets_of(pcap(b"a", b"bc", order=order, magic=magic)) == (expected, "")


def test_both_containers_hold_the_same() -> None:
    assert packets_of(pcapng(b"a", b"bc")) == packets_of(pcap(b"a", b"bc"))
    assert packets_of(pcapng(REJECT, link_type=101)) == packets_of(pcap(REJECT, link_type=101))


@pytest.mark.parametrize("order", ["<", ">"])
def test_each_packet_of_pcapng_has_the_link_and_the_clock_of_its_interface(order: str) -> None:
    comment = pack(order + "HH", 1, 5) + "né!!".encode() + bytes(3)
    milliseconds = pack(order + "HHB3x", 9, 1, 3)
    binary_later = pack(order + "HHB3x", 9, 1, 0x80 | 10) + pack(order + "HHq", 14, 8, 100)
    data = (
        section(order)
        + interface(228, order, comment + milliseconds)
        + interface(148, order, binary_later + bytes(4))
        + block(5, bytes(12), order)  # statistics, which hold no packet
        + enhanced(b"a", 1_700_000_000_123, 0, order, comment)
        + enhanced(b"bcd", 3 * 1024 + 512, 1, order)
        + block(3, pack(order + "I", 4) + b"time", order)
        + section()  # as of a second capture, appended to the first
        + interface(1)
        + enhanced(b"e", 1_000_000)
    )
    expected = [
        Packet(1_700_000_000_123, 228, b"a"),
        Packet(103_500, 148, b"bcd"),
        Packet(None, 228, b"time"),
        Packet(1000, 1, b"e"),
    ]
    assert packets_of(data) == (expected, "")


@pytest.mark.parametrize("whole", [pcap(b"a", b"bc"), pcapng(b"a", b"bc")], ids=["pcap", "pcapng"])
def test_a_broken_file_gives_what_comes_before_the_fault(whole: bytes) -> None:
    expected, _ = packets_of(whole)
    assert packets_of(gzip.compress(whole)) == (expected, "")
    for cut in range(len(whole)):
        packets, fault = packets_of(whole[:cut])
        assert packets == expected[: len(packets)]
        assert fault in ("", "not_a_pcap", "cut_off")
    packed = gzip.compress(whole + pcap(bytes(range(256)) * 300)[24:])
    packets, fault = packets_of(packed[: len(packed) - 20])
    assert (packets[:2], fault) == (expected, "broken_gzip")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (pcap()[:24] + pack("<IIII", 0, 0, 1 << 30, 1 << 30), "impossible_length"),
        (section() + pack("<II", 6, 4), "impossible_length"),
        (section() + pack("<II", 6, 1 << 30), "impossible_length"),
        (section() + interface(1, options=bytes(5000)), "impossible_length"),
        (section() + block(1, b""), "broken_block"),
        (section() + interface(1, options=pack("<HH", 1, 2) + b"\xff\xff"), "broken_block"),
        (section() + enhanced(b"a", 0), "broken_block"),
        (section() + interface(1) + block(6, bytes(4)), "broken_block"),
        (section() + interface(1) + block(6, pack("<5I", 0, 0, 0, 99, 99)), "broken_block"),
        (section()[:8] + bytes(20), "broken_block"),
    ],
)
def test_impossible_files_have_no_packets(data: bytes, fault: str) -> None:
    assert packets_of(data) == ([], fault)


def test_a_large_file_made_to_take_long_does_not(tmp_path: Path) -> None:
    options = pack("<HH", 99, 0) * 75_000
    slow = section() + interface(101) + enhanced(b"", 0, options=options) * 20
    extensions = bytes([60, 0]) * 20_000  # IPv6 headers, each of which announces another
    nested = pcap(*[ipv6(extensions)[:6] + b"<" + ipv6(extensions)[7:]] * 20, link_type=101)
    begun = time.process_time()
    assert len(packets_of(slow)[0]) == 20
    read_capture(nested, Summary())
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize(
    ("link_type", "packet"),
    [
        (101, WRAPPED),
        (101, ipv6(udp(gsmtap(REJECT)))),
        (1, bytes(12) + b"\x08\x00" + WRAPPED + bytes(6)),
        (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00" + WRAPPED),
        (113, bytes(14) + b"\x08\x00" + WRAPPED),
        (276, b"\x08\x00" + bytes(18) + WRAPPED),
        (217, gsmtap(REJECT)),
    ],
)
def test_gsmtap_is_found_in_every_link(link_type: int, packet: bytes) -> None:
    assert layer3_of(link_type, packet) == Layer3("nas_eps", REJECT, False)


@pytest.mark.parametrize(
    ("link_type", "packet", "why"),
    [
        (9999, REJECT, "unknown_link_type"),
        (148, b"", "empty"),
        (1, bytes(12) + b"\x08\x06" + bytes(28), "not_ip"),
        (101, b"", "cut_off"),
        (101, ipv4(udp(gsmtap(REJECT)), protocol=6), "not_gsmtap"),
        (101, ipv4(udp(gsmtap(REJECT), port=53)), "not_gsmtap"),
        (101, ipv4(udp(gsmtap(REJECT)), fragment=100), "fragment"),
        (217, gsmtap(REJECT)[:10], "cut_off"),
        (217, gsmtap(REJECT, kind=0x0C), "other_gsmtap_type"),
        (217, b"\x01" + gsmtap(REJECT)[1:], "not_gsmtap"),
    ],
)
def test_what_holds_no_message_gives_a_reason(link_type: int, packet: bytes, why: str) -> None:
    assert layer3_of(link_type, packet) == why


def test_messages_on_a_dedicated_channel_of_gsm() -> None:
    reject = bytes.fromhex("05040d")
    frame = bytes([0x01, 0x20, len(reject) << 2 | 1]) + reject + b"\x2b" * 17
    assert layer3_of(217, gsmtap(frame, 1, 7, True)) == Layer3("gsm", reject, True)
    assert layer3_of(217, gsmtap(bytes(2) + frame, 1, 0x87)) == Layer3("gsm", reject, False)
    longer = bytes([0x01, 0x20, 20 << 2 | 3]) + bytes(20)
    assert layer3_of(217, gsmtap(longer, 1, 7)) == "segmented"
    receipt = bytes([0x01, 0x21, 1]) + b"\x2b" * 20
    assert layer3_of(217, gsmtap(receipt, 1, 7)) == "no_layer3"


@given(st.binary(max_size=120), st.sampled_from((1, 12, 101, 113, 148, 217, 276, 7)))
def test_no_packet_raises(data: bytes, link_type: int) -> None:
    layer3_of(link_type, data)
    read_capture(pcap(data, link_type=link_type), Summary())


@given(st.binary(max_size=200))
def test_no_file_raises(data: bytes) -> None:
    read_capture(data, Summary())
    read_capture(pcap(REJECT)[:24] + data, Summary())
    read_capture(section() + data, Summary())
    read_capture(section() + interface(1, options=data), Summary())
    read_capture(section() + interface(228) + enhanced(data, 0, options=data), Summary())


def imported(tmp_path: Path, data: bytes, **known: Any) -> tuple[Summary, list[dict[str, Any]]]:
    path = tmp_path / "capture.pcap"
    path.write_bytes(data)
    summary = import_nas(path, tmp_path / "trace", subscriber="s1", **known)
    lines = (tmp_path / "trace" / "signalling.jsonl").read_bytes().splitlines()
    return summary, [json.loads(line) for line in lines]


@pytest.mark.parametrize("container", [pcap, pcapng])
def test_an_accept_names_the_area_of_its_whole_connection(
    tmp_path: Path, container: Callable[..., bytes]
) -> None:
    summary, messages = imported(tmp_path, container(ATTACH, ACCEPT, ATTACH, REJECT))
    assert (summary.packets, summary.messages, summary.left_out) == (4, 4, {})
    assert [m["area"] for m in messages] == [4100, 4100, 0, 0]
    assert {(m["mcc"], m["mnc"], m["cell"]) for m in messages} == {(460, 0, 0xFFFFFFF)}
    assert messages[3] == {
        "ts": T0_S * 1000 + 3250,
        "subscriber": "s1",
        "source": "device",
        "rat": "lte",
        "mcc": 460,
        "mnc": 0,
        "area": 0,
        "cell": 0xFFFFFFF,
        "procedure": "attach",
        "outcome": "reject",
        "cause": 15,
    }


def test_what_is_known_beforehand_fills_in(tmp_path: Path) -> None:
    known = {"mcc": 262, "mnc": 1, "area": 7, "cell": 8}
    _, messages = imported(tmp_path, pcap(REJECT), **known)
    assert [messages[0][name] for name in known] == list(known.values())


def test_without_a_network_messages_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="1 empty, 1 other protocol, 1 without network"):
        imported(tmp_path, pcap(REJECT, b"\x00", b""))
    assert not (tmp_path / "trace").exists()


def test_a_message_without_a_possible_time_is_left_out(tmp_path: Path) -> None:
    timeless = block(3, pack("<I", len(REJECT)) + REJECT)
    data = section() + interface(148) + timeless + enhanced(REJECT, (1 << 64) - 1)
    with pytest.raises(ImportFileError, match="2 without time"):
        imported(tmp_path, data)


def test_system_information_names_the_cell_of_gsm(tmp_path: Path) -> None:
    information = bytes.fromhex("061b000b64f0001068") + bytes(9)
    block = bytes([len(information) << 2 | 1]) + information
    frame = bytes([0x01, 0x20, 3 << 2 | 1]) + bytes.fromhex("05040d") + bytes(17)
    packets = gsmtap(block, 1, 1), gsmtap(frame, 1, 7)
    _, (message,) = imported(tmp_path, pcap(*packets, link_type=217))
    assert (message["rat"], message["area"], message["cell"]) == ("gsm", 4200, 11)
    assert (message["outcome"], message["cause"]) == ("reject", 13)


@needs_data
@pytest.mark.parametrize(("name", "packets"), [("exp1", 102), ("exp2", 63), ("exp3", 94)])
def test_the_recorded_captures_agree_with_their_table(
    tmp_path: Path, name: str, packets: int
) -> None:
    """The pcaps and the table were made from the same messages by different programs."""
    summary, messages = imported(
        tmp_path, (DATA / "nas-fake-enb" / f"{name}_nas.pcap").read_bytes()
    )
    assert summary.packets == packets
    assert set(summary.left_out) == {"no_known_field"}
    table = read_nas_events(DATA / "nas-fake-enb" / "nas_events.csv.gz", Summary())
    rows = [event for event in table if event.trace == name]
    same = ("procedure", "outcome", "cause", "identity_type", "cipher", "integrity")
    assert [[m.get(k) for k in same] for m in messages] == [
        [getattr(event.message, k) for k in same] for event in rows
    ]
    assert all(abs(m["ts"] - e.ts_ms) <= 1 for m, e in zip(messages, rows, strict=True))
    assert {m["area"] for m, e in zip(messages, rows, strict=True) if e.fake} == {0}


@needs_data
def test_the_table_becomes_a_trace(tmp_path: Path) -> None:
    path = DATA / "nas-fake-enb" / "nas_events.csv.gz"
    summary = import_nas_events(path, tmp_path / "trace")
    assert summary.packets == 259
    lines = (tmp_path / "trace" / "signalling.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["subscriber"] for line in lines} == {"exp1", "exp2", "exp3"}
    assert summary.messages == len(lines)
    settings = load_settings(env={})
    hasher = Hasher(b"k" * 32, settings.senders)
    found = detect(tmp_path / "trace", tmp_path / "out", settings, hasher).summary
    assert (found.messages, found.dead_letters, found.dropped_fields) == (len(lines), 0, {})


CONNECTIONS = """label,capture,t_s_of_day,conn_ref,imsi_exposing_message
day,a,86390.0,1,
day,a,86399.0,2,Identity Request
day,a,86399.5,2,Identity Request
day,a,5.0,3,Location Updating Reject
day,b,nan,4,
day,b,x,5,
"""


def test_connections_count_once_and_go_on_over_midnight(tmp_path: Path) -> None:
    path = tmp_path / "connections.csv"
    path.write_text(CONNECTIONS)
    summary = Summary()
    found = read_connections(path, summary)
    assert [(c.at_s, c.exposing) for c in found] == [
        (86390.0, None),
        (86399.0, "Identity Request"),
        (86405.0, "Location Updating Reject"),
    ]
    assert summary.left_out == {"unreadable_row": 2}


@given(data=st.binary(max_size=200))
def test_no_table_raises(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    for begin in (b"", b"trace,time_epoch,nas_msg_emm_type,cause\n", b"\x1f\x8b"):
        path.write_bytes(begin + data)
        read_nas_events(path, Summary())
        read_connections(path, Summary())
