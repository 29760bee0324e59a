"""RRC of LTE: what is read of it, that what is malformed has a reason, and nothing raises."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.imports.nas import Area, NasMessage
from replay.imports.radio import rrc
from replay.imports.radio.information import Information
from replay.imports.radio.rrc import decode_rrc
from tests.replay.imports.radio.blocks import (
    IDENTITY_REQUEST,
    RELEASE,
    SECURITY_MODE,
    SIB1,
    SIB3,
    TRANSFER,
)

definitions = pytest.importorskip(
    "pycrate_asn1dir.RRCLTE", reason="needs pycrate (the extra captures)"
).EUTRA_RRC_Definitions


def encoded(channel: str, name: str, content: dict[str, Any], release: str = "") -> bytes:
    """A message of some content of its first release."""
    message = getattr(definitions, rrc._TYPES[channel])
    if release:
        content = {"criticalExtensions": ("c1", (release, content))}
    if "dcch" in channel:
        content = {"rrc-TransactionIdentifier": 1, **content}
    message.set_val({"message": ("c1", (name, content))})
    return bytes(message.to_uper())


def test_system_information() -> None:
    broadcast = {"cell_barred": False, "sib_count": 3}
    here = Information("lte", Area(460, 0, 4100), 100000001, broadcast, 3)
    assert decode_rrc("bcch_dl_sch", SIB1) == [here]
    assert decode_rrc("bcch_dl_sch", SIB3) == [
        Information("lte", broadcast={"reselect_hysteresis_db": 4, "reselect_priority": 5})
    ]


def test_commands_to_the_phone() -> None:
    assert decode_rrc("dl_dcch", SECURITY_MODE) == [
        NasMessage("security_mode", cipher="EEA0", integrity="EIA2")
    ]
    assert decode_rrc("dl_dcch", RELEASE) == [NasMessage("redirect", target_rat="gsm")]
    assert decode_rrc("dl_dcch", TRANSFER) == [IDENTITY_REQUEST]


@pytest.mark.parametrize(
    ("target", "rat"),
    [
        (("eutra", 1300), "lte"),
        (("utra-FDD", 10612), "umts"),
        (("nr-r15", {"carrierFreq-r15": 1, "subcarrierSpacingSSB-r15": "kHz30"}), "nr"),
        (None, None),
    ],
)
def test_where_a_release_sends_the_phone(target: Any, rat: str | None) -> None:
    content = {"releaseCause": "other"} | ({"redirectedCarrierInfo": target} if target else {})
    data = encoded("dl_dcch", "rrcConnectionRelease", content, "rrcConnectionRelease-r8")
    expected = [NasMessage("redirect", target_rat=rat)] if rat else "no_known_field"
    assert decode_rrc("dl_dcch", data) == expected


def test_hand_over_and_nas_in_a_reconfiguration() -> None:
    mobility = {
        "targetPhysCellId": 77,
        "t304": "ms500",
        "newUE-Identity": (1, 16),
        "radioResourceConfigCommon": {
            "prach-Config": {"rootSequenceIndex": 1},
            "pusch-ConfigCommon": {
                "pusch-ConfigBasic": {
                    **{"n-SB": 1, "hoppingMode": "interSubFrame", "pusch-HoppingOffset": 0},
                    "enable64QAM": False,
                },
                "ul-ReferenceSignalsPUSCH": {
                    **{"groupHoppingEnabled": False, "groupAssignmentPUSCH": 0},
                    **{"sequenceHoppingEnabled": False, "cyclicShift": 0},
                },
            },
            "ul-CyclicPrefixLength": "len1",
        },
    }
    content = {"mobilityControlInfo": mobility, "dedicatedInfoNASList": [IDENTITY_REQUEST]}
    name = "rrcConnectionReconfiguration"
    assert decode_rrc("dl_dcch", encoded("dl_dcch", name, content, f"{name}-r8")) == [
        NasMessage("handover", target_rat="lte", target_pci=77),
        IDENTITY_REQUEST,
    ]


def test_a_connection_begins() -> None:
    content = {
        "criticalExtensions": (
            "rrcConnectionRequest-r8",
            {
                "ue-Identity": ("randomValue", (1, 40)),
                "establishmentCause": "mo-Signalling",
                "spare": (0, 1),
            },
        )
    }
    assert decode_rrc("ul_ccch", encoded("ul_ccch", "rrcConnectionRequest", content)) == [
        NasMessage(begins=True)
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "cut_off"),
        (bytes(5000), "malformed"),
        (SIB1[:6], "malformed"),
        (b"\xff" * 20, "no_known_field"),
    ],
)
def test_what_says_nothing_has_a_reason(data: bytes, why: str) -> None:
    assert decode_rrc("bcch_dl_sch", data) == why


def test_without_pycrate_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rrc, "_definitions", lambda: None)
    assert decode_rrc("bcch_dl_sch", SIB1) == "lte_rrc_without_pycrate"


@given(
    channel=st.sampled_from(sorted(rrc._TYPES)),
    data=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda whole, at, octet: whole[: at % len(whole)] + bytes([octet]) + whole[at:],
            st.sampled_from((SIB1, SIB3, RELEASE, TRANSFER)),
            st.integers(0, 30),
            st.integers(0, 255),
        ),
    ),
)
@settings(deadline=None)
def test_no_message_raises_or_takes_long(channel: str, data: bytes) -> None:
    begun = time.process_time()
    decode_rrc(channel, data)
    assert time.process_time() - begun < 1
