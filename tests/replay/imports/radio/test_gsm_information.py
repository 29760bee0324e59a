"""System information of GSM: what is read of types 3 and 4, and that nothing raises."""

from hypothesis import given
from hypothesis import strategies as st

from replay.imports.link import layer3_of
from replay.imports.nas import Area
from replay.imports.radio.gsm_information import gsm_information
from replay.imports.radio.information import Information
from tests.replay.imports.radio.blocks import TYPE_2, TYPE_3, TYPE_4, UM, block, gsmtap, rest_octets

HERE = Area(1, 1, 77)


def test_type_3_names_the_cell_and_how_phones_choose_it() -> None:
    found = block(layer3_of(217, gsmtap(TYPE_3, UM, channel=1)))
    assert gsm_information(found) == Information(
        "gsm",
        HERE,
        1200,
        {
            **{"t3212_min": 60, "reselect_hysteresis_db": 6, "cell_barred": False},
            **{"cell_reselect_offset_db": 20, "gprs": True},
        },
    )


def test_type_4_has_no_cell_and_may_begin_its_rest_late() -> None:
    broadcast = {
        **{"reselect_hysteresis_db": 8, "cell_barred": True, "cell_reselect_offset_db": 10},
        "gprs": False,
    }
    expected = Information("gsm", HERE, None, broadcast)
    assert gsm_information(TYPE_4[1:]) == expected
    without_channel = TYPE_4[1:13] + TYPE_4[17:]
    assert gsm_information(without_channel) == expected
    hopping = TYPE_4[1:17] + b"\x72\x02ab" + TYPE_4[17:]
    assert gsm_information(hopping) == expected


def test_optional_parts_of_the_rest_octets_are_stepped_over() -> None:
    rest = rest_octets("L", "H", "11", "H", "H", "H", "101", "H", "0000", length=4)
    assert gsm_information(TYPE_3[1:19] + rest).broadcast == {
        **{"t3212_min": 60, "reselect_hysteresis_db": 6, "cell_barred": False, "gprs": True}
    }
    assert "gprs" not in gsm_information(TYPE_3[1:19]).broadcast


def test_other_blocks_say_nothing() -> None:
    assert gsm_information(TYPE_2[1:]) is None
    assert gsm_information(b"\x05\x1b" + bytes(20)) is None


@given(data=st.binary(max_size=30), kind=st.sampled_from((b"", b"\x06\x1b", b"\x06\x1c")))
def test_no_block_raises(data: bytes, kind: bytes) -> None:
    found = gsm_information(kind + data)
    assert found is None or found.rat == "gsm"
