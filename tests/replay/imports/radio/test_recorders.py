"""Captures as recorders write them: what becomes of them, checked against Wireshark's own tools.

text2pcap and editcap make the files, tshark says what is in them.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from replay.imports.importers import import_any
from replay.imports.importing import Given
from streams.privacy.hasher import Hasher
from tests.replay.imports.radio.blocks import (
    IDENTITY_REQUEST,
    LTE_NAS,
    LTE_RRC,
    RELEASE,
    RRC,
    SECURITY_MODE,
    SIB1,
    SIB3,
    TRANSFER,
    TYPE_3,
    TYPE_4,
    UM,
    gsmtap,
)
from tests.replay.imports.test_captures import pcap

pytest.importorskip("pycrate_asn1dir.RRCLTE", reason="needs pycrate (the extra captures)")
needs_wireshark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("text2pcap", "editcap", "tshark")),
    reason="needs text2pcap, editcap and tshark (Debian: tshark)",
)
GIVEN = Given(Hasher(b"k"), "probe-1")
EXTENDED_SERVICE_REQUEST = bytes.fromhex("074c00")
#: A probe near a cell of LTE that takes phones without a cipher and sends them to GSM.
PACKETS = (
    gsmtap(SIB1, LTE_RRC, RRC["bcch_dl_sch"], 1300, -85),
    gsmtap(SIB3, LTE_RRC, RRC["bcch_dl_sch"], 1300, -86),
    gsmtap(TRANSFER, LTE_RRC, RRC["dl_dcch"], 1300, -85),
    gsmtap(SECURITY_MODE, LTE_RRC, RRC["dl_dcch"], 1300, -85),
    gsmtap(RELEASE, LTE_RRC, RRC["dl_dcch"], 1300, -85),
    gsmtap(TYPE_3, UM, 1, 33, -70),
    gsmtap(TYPE_4, UM, 1, 33, -71),
)


def made(path: Path, *packets: bytes, options: tuple[str, ...] = ("-u", "4729,4729")) -> Path:
    """A pcapng of text2pcap, a packet each second from 2024-06-01T08:00:00.5Z on."""
    text = path.with_suffix(".txt")
    lines = [
        f"08:00:{number:02}.5\n000000 " + " ".join(f"{octet:02x}" for octet in packet)
        for number, packet in enumerate(packets)
    ]
    text.write_text("\n".join(lines) + "\n", "ascii")
    command = ["text2pcap", "-q", "-t", "%H:%M:%S.%f", *options, str(text), str(path)]
    subprocess.run(command, check=True, capture_output=True, env={"TZ": "UTC", "PATH": _PATH})
    return path


_PATH = "/usr/bin:/bin:/usr/local/bin"


def imported(path: Path, given: Given = GIVEN) -> tuple[Any, dict[str, list[dict[str, Any]]]]:
    out = path.parent / f"{path.name}-trace"
    kind, summary = import_any(path, out, given)
    assert kind == "capture"
    return summary, {
        file.stem: [json.loads(line) for line in file.read_text().splitlines()]
        for file in out.iterdir()
    }


def expected() -> dict[str, list[dict[str, Any]]]:
    lte = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100000001}
    gsm = {"rat": "gsm", "mcc": 1, "mnc": 1, "area": 77, "cell": 1200}
    who = {"subscriber": "probe-1", "source": "device"}
    probe = {"device": "probe-1"}
    return {
        "signalling": [
            who | lte | {"procedure": "identity_request", "identity_type": "imsi"},
            who | lte | {"procedure": "security_mode", "cipher": "EEA0", "integrity": "EIA2"},
            who | lte | {"procedure": "redirect", "target_rat": "gsm"},
        ],
        "measurements": [
            probe
            | lte
            | {"arfcn": 1300, "signal_dbm": -85.0, "serving": True}
            | {"broadcast": {"cell_barred": False, "sib_count": 3}},
            probe
            | lte
            | {"arfcn": 1300, "signal_dbm": -86.0, "serving": True}
            | {"broadcast": {"reselect_hysteresis_db": 4, "reselect_priority": 5}},
            probe
            | gsm
            | {"arfcn": 33, "signal_dbm": -70.0, "serving": False}
            | {
                "broadcast": {
                    **{"t3212_min": 60, "reselect_hysteresis_db": 6, "cell_barred": False},
                    **{"cell_reselect_offset_db": 20, "gprs": True},
                }
            },
            probe
            | gsm
            | {"arfcn": 33, "signal_dbm": -71.0, "serving": False}
            | {
                "broadcast": {
                    **{"reselect_hysteresis_db": 8, "cell_barred": True, "gprs": False},
                    "cell_reselect_offset_db": 10,
                }
            },
        ],
    }


def without_times(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{key: value for key, value in message.items() if key != "ts"} for message in some]
        for name, some in found.items()
    }


@needs_wireshark
def test_a_capture_of_wiresharks_tools_in_every_container(tmp_path: Path) -> None:
    path = made(tmp_path / "made.pcapng", *PACKETS)
    assert path.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    summary, found = imported(path)
    assert without_times(found) == expected()
    assert (summary.packets, summary.messages, summary.left_out) == (7, 7, {})
    times = [message["ts"] for message in found["measurements"]]
    assert [ts - times[0] for ts in times] == [0, 1000, 5000, 6000]
    for form in ("pcap", "nsecpcap"):
        other = tmp_path / f"other.{form}"
        subprocess.run(["editcap", "-F", form, path, other], check=True, capture_output=True)
        assert imported(other)[1] == found


@needs_wireshark
def test_wireshark_reads_the_same_in_them(tmp_path: Path) -> None:
    path = made(tmp_path / "made.pcapng", *PACKETS)
    names = {
        "gsmtap.signal_dbm": "-85,-86,-85,-85,-85,-70,-71",
        "gsmtap.arfcn": ",".join(["1300"] * 5 + ["33"] * 2),
        "lte-rrc.cipheringAlgorithm": "0",
        "lte-rrc.startingARFCN": "33,33",
        "nas_eps.nas_msg_emm_type": "0x55",
        "gsm_a.rr.t3212": "10",
        "gsm_a.rr.cell_reselect_hyst": "3,4",
        "gsm_a.rr.cell_reselect_offset": "10,5",
        "gsm_a.rr.cell_barr_access": "0,1",
        "gsm_a.rr.gprs_indicator": "1,0",
        "gsm_a.bssmap.cell_ci": "0x04b0",
        "lte-rrc.freqBandIndicator": "3",
    }
    fields = [word for name in names for word in ("-e", name)]
    command = ["tshark", "-r", str(path), "-T", "json", *fields]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    packets = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
    for name, values in names.items():
        found = [value for packet in packets for value in packet.get(name, [])]
        assert ",".join(found) == values, name


@needs_wireshark
@pytest.mark.parametrize(
    ("dissector", "packet"),
    [("nas-eps", IDENTITY_REQUEST), ("lte_rrc.dl_dcch", TRANSFER)],
)
def test_pdus_that_wireshark_exports(tmp_path: Path, dissector: str, packet: bytes) -> None:
    path = made(tmp_path / "exported.pcapng", packet, options=("-P", dissector))
    _, found = imported(path, Given(Hasher(b"k"), plmn=(1, 1)))
    (message,) = found["signalling"]
    assert (message["procedure"], message["identity_type"]) == ("identity_request", "imsi")


@needs_wireshark
def test_recorders_that_write_nas_twice_and_no_level(tmp_path: Path) -> None:
    """As rayhunter and QCSuper do: NAS by itself and in RRC, levels 0, the channel's low bits."""
    path = made(
        tmp_path / "made.pcapng",
        gsmtap(SIB1, LTE_RRC, RRC["bcch_dl_sch"], 1300),
        gsmtap(IDENTITY_REQUEST, LTE_NAS),
        gsmtap(TRANSFER, LTE_RRC, RRC["dl_dcch"]),
        gsmtap(EXTENDED_SERVICE_REQUEST, LTE_NAS, arfcn=0x4000),
        gsmtap(RELEASE, LTE_RRC, RRC["dl_dcch"]),
    )
    summary, found = imported(path)
    assert found.keys() == {"signalling"}
    assert [(m["procedure"], m.get("csfb"), m["cell"]) for m in found["signalling"]] == [
        ("identity_request", None, 100000001),
        ("service_request", True, 100000001),
        ("redirect", True, 100000001),
    ]
    assert summary.left_out == {"nas_that_comes_by_itself_too": 1, "without_level": 1}


def test_identities_in_messages_are_not_written(tmp_path: Path) -> None:
    """An attach request with an IMSI, an identity response with an IMEI, a GUTI with its TMSI."""
    imsi, imei, tmsi = "001010123456789", "490154203237518", "c0ffee42"
    attach = bytes.fromhex("074171 08 09100110325476f8 02f070 0004 0201d011")
    guti = bytes.fromhex(f"074171 0b f600f1100001 02 {tmsi} 02f070 0004 0201d011")
    response = bytes.fromhex("0756 08 4a09512430325781")
    path = tmp_path / "capture.pcap"
    path.write_bytes(pcap(attach, IDENTITY_REQUEST, response, guti))
    _, found = imported(path, Given(Hasher(b"k"), Hasher(b"k").pseudonym(imsi), (1, 1)))
    assert [m["procedure"] for m in found["signalling"]] == ["attach", "identity_request", "attach"]
    text = json.dumps(found)
    assert not any(each in text for each in (imsi, imsi[5:], imei, tmsi, str(int(tmsi, 16))))
