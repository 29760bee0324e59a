"""Alerts as a table: the weightiest first, a line each, nothing that breaks a terminal."""

import unicodedata

import msgspec

from replay.alert_table import alert_rows, alert_table
from tests.field.call_alert import a_call_alert
from tests.replay.test_alert_files import alert


def test_the_newest_revision_of_each_alert_is_a_row_the_weightiest_first() -> None:
    alerts = [
        alert("low", severity="low", probability=0.6),
        alert("high", severity="high", probability=0.9, revision=1),
        alert("high", severity="high", probability=0.95, revision=2),
        alert("odd", severity="unheard of"),
        alert("sure", severity="high", probability=0.97),
    ]
    rows = alert_rows(alerts)[1:]
    assert [row[0] for row in rows] == ["sure", "high", "low", "odd"]
    assert rows[1][3] == "95%"


def test_a_row_names_what_and_where() -> None:
    (_, row), table = alert_rows([alert()]), alert_table([alert()])
    assert row[1:4] == ("2025-06-03 02:09:50", "update", "90%")
    assert row[4] == "Probable SMS blaster, GSM China Mobile 460-00 LAC 61234 (high)"
    assert row[5:] == ("30.65000, 104.05000 ±120 m", "9 phones")
    assert all(cell in table.splitlines()[1] for cell in row)


def test_nothing_is_certain_and_of_what_was_ruled_out_nobody_is_sure() -> None:
    sure = alert("a", probability=0.9996)
    out = msgspec.structs.replace(sure, status="closed", closed_because="ruled_out")
    assert [alert_rows([one])[1][3] for one in (sure, out)] == [">99%", "ruled out"]


def test_an_alert_about_calls_has_no_place() -> None:
    assert alert_rows([a_call_alert()])[1][5:] == ("-", "75 people")


def test_columns_stand_below_each_other_also_where_letters_are_wide() -> None:
    lines = alert_table([alert("a", kind="伪基站"), alert("b")]).splitlines()
    wide = {char for char in "".join(lines) if unicodedata.east_asian_width(char) in "WF"}
    assert wide
    at = [
        len(line[: line.index("30.65")]) + sum(char in wide for char in line) for line in lines[1:]
    ]
    assert at[0] == at[1]


def test_no_more_rows_than_a_screen_holds() -> None:
    table = alert_table([alert(f"{n:032x}") for n in range(30)], most=5).splitlines()
    assert len(table) == 7
    assert table[-1] == "and 25 more, in alerts.jsonl"
    assert alert_table([]) == "No alerts."


def test_what_a_message_smuggled_in_does_not_reach_the_terminal() -> None:
    hostile = alert("a", kind="x\x1b]0;owned\x07\n\u202e", status="open", severity="high\x1b[2J")
    assert not set(alert_table([hostile])) & set("\x1b\x07\u202e")
    assert len(alert_table([hostile]).splitlines()) == 2
