"""Signalling messages, byte by byte: their fields, and that none raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.imports.nas import Area, NasMessage, decode_nas_eps, decode_nas_gsm, plmn_of

PLAIN = "07"
#: PLMN 460-00 and tracking area 4100, as in a TAI.
TAI = "64f000" + "1004"
#: An old GUTI of 460-00.
GUTI = "0bf664f000000201c0000725"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("07 44 0f", NasMessage("attach", "reject", cause=15)),
        ("07 4b 0c", NasMessage("tracking_area_update", "reject", cause=12)),
        ("07 4e 09", NasMessage("service_request", "reject", cause=9)),
        ("07 54", NasMessage("authentication_reject", "reject")),
        ("07 55 01", NasMessage("identity_request", identity_type="imsi")),
        ("07 55 03", NasMessage("identity_request", identity_type="imeisv")),
        ("07 52 00 aa", NasMessage("authentication_request")),
        ("07 5c 14", NasMessage("authentication_failure", cause=20)),
        ("07 5d 12 00 02f0f0", NasMessage("security_mode", cipher="EEA1", integrity="EIA2")),
        (
            "37 00000000 00 07 5d 00 00",
            NasMessage("security_mode", cipher="EEA0", integrity="EIA0"),
        ),
        ("47 00000000 00 07 5e", NasMessage("security_mode", "accept")),
        ("c7 04 aaaa", NasMessage("service_request", begins=True)),
        ("07 4c 00", NasMessage("service_request", csfb=True, begins=True)),
        ("07 4c 08", NasMessage("service_request", begins=True)),
        ("07 45 02 53 0f", NasMessage("detach", "abort", cause=15)),
        ("07 45 01", NasMessage("detach", "abort")),
        ("07 45 79" + GUTI, NasMessage("detach", begins=True)),
        (f"07 42 01 49 06 00{TAI} 0000", NasMessage("attach", "accept", here=Area(460, 0, 4100))),
        (
            f"07 49 01 5a49 5002aaaa 54 06 00{TAI}",
            NasMessage("tracking_area_update", "accept", here=Area(460, 0, 4100)),
        ),
        (
            f"07 41 71 {GUTI} 02f070 0004 0201d011 52{TAI} 5c0a00 13 64f000 1068 9f",
            NasMessage(
                "attach",
                update_type="attach",
                old=Area(460, 0, 4100),
                old_lai_area=4200,
                begins=True,
            ),
        ),
        (
            f"17 00000000 00 07 48 0b {GUTI}",
            NasMessage(
                "tracking_area_update",
                update_type="periodic",
                old=Area(460, 0),
                begins=True,
            ),
        ),
    ],
)
def test_lte_messages(octets: str, expected: NasMessage) -> None:
    assert decode_nas_eps(bytes.fromhex(octets)) == expected


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "empty"),
        ("07", "cut_off"),
        ("07 44", "cut_off"),
        ("07 5d", "cut_off"),
        ("27 0000", "cut_off"),
        ("02 c1", "other_protocol"),
        ("07 61 43", "no_known_field"),
        ("07 53 08", "no_known_field"),
        ("27 00000000 00 a3 11", "ciphered"),
    ],
)
def test_what_has_no_fields_gives_a_reason(octets: str, why: str) -> None:
    assert decode_nas_eps(bytes.fromhex(octets)) == why


def test_a_chosen_cipher_hides_what_follows() -> None:
    secured = bytes.fromhex("27 00000000 00 07 44 0f")
    assert decode_nas_eps(secured) == NasMessage("attach", "reject", cause=15)
    assert decode_nas_eps(secured, ciphered=True) == "ciphered"
    # A security mode command itself is never ciphered (TS 24.301 4.4.5).
    command = bytes.fromhex("37 00000000 00 07 5d 12")
    assert isinstance(decode_nas_eps(command, ciphered=True), NasMessage)


def test_the_direction_decides_whose_detach_it_is() -> None:
    short = bytes.fromhex("07 45 01")
    assert decode_nas_eps(short, uplink=True) == NasMessage("detach", begins=True)
    assert decode_nas_eps(short, uplink=False) == NasMessage("detach", "abort")


LAI = "64f000" + "1068"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("05 04 0d", NasMessage("location_update", "reject", cause=13)),
        ("05 22 04", NasMessage("service_request", "reject", cause=4)),
        ("05 11", NasMessage("authentication_reject", "reject")),
        ("05 18 01", NasMessage("identity_request", identity_type="imsi")),
        ("05 02" + LAI, NasMessage("location_update", "accept", here=Area(460, 0, 4200))),
        (
            "05 48 71" + LAI + "57",
            NasMessage(
                "location_update", update_type="periodic", old=Area(460, 0, 4200), begins=True
            ),
        ),
        ("08 0b 0e", NasMessage("routing_area_update", "reject", cause=14)),
        ("06 35 03", NasMessage("security_mode", cipher="A5/2")),
        ("06 35 00", NasMessage("security_mode", cipher="A5/0")),
        ("06 35 05", NasMessage("security_mode", cipher="A5/3")),
        ("06 1b 000b" + LAI, NasMessage(here=Area(460, 0, 4200), cell=11)),
    ],
)
def test_gsm_messages(octets: str, expected: NasMessage) -> None:
    assert decode_nas_gsm(bytes.fromhex(octets)) == expected


@given(st.binary(max_size=80), st.booleans(), st.sampled_from((None, True, False)))
def test_no_bytes_raise(data: bytes, ciphered: bool, uplink: bool | None) -> None:
    for decoded in (decode_nas_eps(data, ciphered, uplink), decode_nas_gsm(data)):
        assert (
            decoded if isinstance(decoded, str) else decoded.procedure or decoded.cell is not None
        )


@given(st.binary(max_size=60), st.sampled_from((0x41, 0x42, 0x45, 0x48, 0x49, 0x55, 0x5D)))
def test_no_body_of_a_known_message_raises(body: bytes, kind: int) -> None:
    decoded = decode_nas_eps(bytes([7, kind]) + body)
    if isinstance(decoded, NasMessage) and decoded.here is not None:
        assert 0 <= decoded.here.mcc <= 999
        assert 0 <= decoded.here.mnc <= 999


@pytest.mark.parametrize("octets", ["", "64f0", "ffffff", "64a000", "640f00"[:4] + "a0"])
def test_digits_that_are_none_give_no_network(octets: str) -> None:
    assert plmn_of(bytes.fromhex(octets)) is None


def test_a_network_code_of_three_digits() -> None:
    assert plmn_of(bytes.fromhex("130062")) == (310, 260)
