"""Names of networks: the table that ships, and what becomes of codes that it doesn't have."""

import re

import pytest

from detectors.model.finding import Identity
from detectors.model.headline_words import ENGLISH
from detectors.networks.names import NETWORKS, name_networks, network_text
from detectors.networks.radio import code_text, named_cell
from field.formats.words.wording import WORDINGS


def test_the_table_has_a_name_in_both_languages_for_each_code() -> None:
    assert len(NETWORKS) > 2500
    for (mcc, mnc), network in NETWORKS.items():
        assert re.fullmatch(r"\d{3}-\d{2,3}", network.plmn), network
        assert tuple(map(int, network.plmn.split("-"))) == (mcc, mnc)
        assert network.en.strip() == network.en
        assert network.en
        assert network.zh


@pytest.mark.usefixtures("own_networks")
def test_an_installations_own_names_go_before_those_that_ship() -> None:
    assert network_text(460, 0) == "Our network 460-00"
    assert network_text(460, 0, "zh") == "本网 460-00"
    assert network_text(460, 77) == "Rail network 460-077"
    assert network_text(460, 1) == "China Unicom 460-01"
    claimed = Identity("gsm", 460, 0, 61001, 12)
    assert ENGLISH.identity_text(claimed) == "GSM Our network 460-00 LAC 61001 cell 12"
    assert WORDINGS["zh"].identity_text(claimed) == "GSM 本网 460-00 LAC 61001 小区 12"
    assert named_cell("lte", "460-00-4100-1001") == "Our network 460-00 TAC 4100 cell 1001"
    name_networks(())
    assert network_text(460, 0) == "China Mobile 460-00"


@pytest.mark.parametrize(
    ("plmn", "english", "chinese"),
    [
        ((460, 0), "China Mobile 460-00", "中国移动 460-00"),
        ((460, 1), "China Unicom 460-01", "中国联通 460-01"),
        ((460, 11), "China Telecom 460-11", "中国电信 460-11"),
        ((460, 15), "China Broadnet 460-15", "中国广电 460-15"),
        ((454, 3), "Three 454-03", "3 香港 454-03"),
        ((1, 1), "test network 001-01", "测试网络 001-01"),
        ((262, 1), "Telekom 262-01", "Telekom 262-01"),
        ((460, 77), "network 460-77", "网络 460-77"),
        ((899, 1), "network 899-01", "网络 899-01"),
        ((0, 0), "network 000-00", "网络 000-00"),
    ],
)
def test_an_operator_has_its_name_and_others_are_networks(
    plmn: tuple[int, int], english: str, chinese: str
) -> None:
    assert network_text(*plmn) == english
    assert network_text(*plmn, "zh") == chinese


@pytest.mark.parametrize(
    ("rat", "english", "chinese"),
    [
        ("gsm", "ARFCN 87 BSIC 33 (NCC 4, BCC 1)", "ARFCN 87 BSIC 33（NCC 4，BCC 1）"),
        ("umts", "UARFCN 87 PSC 33", "UARFCN 87 PSC 33"),
        ("lte", "EARFCN 87 PCI 33", "EARFCN 87 PCI 33"),
        ("nr", "NR-ARFCN 87 PCI 33", "NR-ARFCN 87 PCI 33"),
        (None, "channel 87 code 33", "频点 87 码 33"),
    ],
)
def test_channel_and_code_have_the_words_of_their_technology(
    rat: str | None, english: str, chinese: str
) -> None:
    claimed = Identity(rat, None, None, None, None, 87, 33)
    assert ENGLISH.identity_text(claimed).removeprefix(f"{(rat or '').upper()} ") == english
    text = WORDINGS["zh"].identity_text(claimed)
    assert text.removeprefix(f"{(rat or '').upper()} ") == chinese


def test_a_code_of_more_than_six_bits_is_no_bsic_of_two_colours() -> None:
    assert [code_text("gsm", code) for code in (0, 63, 64, 511)] == [
        "BSIC 0 (NCC 0, BCC 0)",
        "BSIC 63 (NCC 7, BCC 7)",
        "BSIC 64",
        "BSIC 511",
    ]
