"""Numbers as CSV: hashes and seven digits, and no formula for a spreadsheet."""

import csv
import io
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alert.record import AlertNumber
from field.formats.numbers.tables import REGISTER, _cell, of_alerts, register
from streams.register.number_list import unmarked
from tests.field.call_alert import CAMPAIGN, a_call_alert, hashed


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_each_number_of_each_alert_has_a_line() -> None:
    rows = rows_of(of_alerts([a_call_alert(1), a_call_alert(2, numbers=2)]))
    assert len(rows) == 6
    assert rows[0] == {
        **{"number": hashed(100), "prefix": "8610555", "class": "fixed", "role": "caller"},
        **{"alert_id": f"{1:032x}", "kind": "scam_campaign", "campaign": CAMPAIGN},
        **{"status": "open", "severity": "critical", "probability": "0.9700"},
        **{"first_seen": "2026-09-21T14:12:20.000Z", "last_seen": "2026-09-21T14:13:20.000Z"},
    }


def test_no_clear_number_and_no_formula_is_written() -> None:
    wrong = [AlertNumber("13812345678", "8613812345678", "=1+1", "caller")]
    alert = msgspec.structs.replace(a_call_alert(), numbers=wrong, kind="@sum")
    (row,) = rows_of(of_alerts([alert]))
    assert row["number"] == "***"
    assert row["prefix"] == ""
    assert row["class"] == "'=1+1"
    assert row["kind"] == "'@sum"


@pytest.mark.parametrize("sign", "=+-@\n＝＋－＠")
def test_no_spreadsheet_takes_a_cell_for_a_formula(sign: str) -> None:
    assert _cell(f'{sign}HYPERLINK("http://x")').startswith("'")


def test_the_register_is_written_as_it_is_read() -> None:
    row: dict[str, Any] = {
        **dict.fromkeys(REGISTER),
        **{"key": hashed(1), "prefix": None, "rights": ["gw-1", "gw-2"], "protected": True},
        **{"trusted": False, "valid_from": 1_790_000_000_000, "class": "short"},
    }
    (written,) = rows_of(register([row]))
    assert written["prefix"] == hashed(1)
    assert written["rights"] == "gw-1|gw-2"
    assert (written["protected"], written["trusted"]) == ("yes", "no")
    assert written["do_not_originate"] == ""
    assert (written["valid_from"], written["valid_to"]) == ("2026-09-21T14:13:20.000Z", "")


@given(st.text())
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert unmarked(_cell(text)) == text
