"""The list of numbers as CSV: what is read of it, how wrong cells are named, what is hashed."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.model.rare_messages import NumberRow
from field.formats.numbers import tables
from streams.config_error import ConfigError
from streams.decode.rare.messages import decode_rare
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher
from streams.register.number_list import COLUMNS, read_list

NOW = 1_790_000_000_000
KEY = Hasher(b"a key for tests only")
WHOLE = (
    "\ufeff"
    + ",".join(COLUMNS)
    + """
8640012,12,400,c-9,beijing,t-118|t-119,yes,,no,2025-01-01,2026-01-31T08:00:00+08:00

+8613812345678,,mobile,,,,TRUE,0,,1735689600000,
'861062,,fixed,"Tele, com",,,,,,,
"""
)


def read(tmp_path: Path, text: str) -> list[dict[str, Any]]:
    file = tmp_path / "numbers.csv"
    file.write_text(text, "utf-8")
    return [msgspec.json.decode(value) for _, value in read_list(file, KEY, NOW)]


def test_rows_become_messages_and_a_single_number_is_hashed(tmp_path: Path) -> None:
    rows = read(tmp_path, WHOLE)
    assert rows[0] == {
        **{"ts": NOW, "prefix": "8640012", "length": 12, "class": "400", "carrier": "c-9"},
        **{"region": "beijing", "rights": ["t-118", "t-119"], "protected": True},
        **{"do_not_originate": False, "valid_from": 1735689600000, "valid_to": 1769817600000},
    }
    number = KEY.number("13812345678")
    assert number is not None
    assert rows[1] == {
        **{"ts": NOW, "prefix": number.name, "class": "mobile", "protected": True},
        **{"trusted": False, "valid_from": 1735689600000},
    }
    assert rows[2] == {"ts": NOW, "prefix": "861062", "class": "fixed", "carrier": "Tele, com"}
    assert "13812345678" not in str(rows)


def test_the_topic_s_reader_takes_every_message_whole(tmp_path: Path) -> None:
    read(tmp_path, WHOLE)
    messages = read_list(tmp_path / "numbers.csv", KEY, NOW)
    keys, values = [key for key, _ in messages], [value for _, value in messages]
    times = np.full(len(values), NOW, dtype=np.int64)
    decoded = decode_rare(
        RecordSlice("number.register", 0, range(len(values)), values, times, keys=keys), KEY
    )
    assert not decoded.dead
    assert not decoded.dropped
    rows = [row for row in decoded.batch if isinstance(row, NumberRow)]
    assert [row.prefix for row in rows] == ["8640012", None, "861062"]
    assert rows[1].number == keys[1].decode()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("86138x,,,,,", "line 2, prefix: is due as digits"),
        (",,mobile,,,", "line 2, prefix: is due as digits"),
        ("8" * 16 + ",,,,,", "line 2, prefix: is due as digits"),
        ("8613,x,,,,", "line 2, length: a whole number from 1 to 15"),
        ("8613,3,,,,", "line 2, length: is less than the prefix has digits"),
        ("8613812345678,12,,,,", "line 2, length: the number has 13 digits"),
        ("8613,,phone,,,", "line 2, class: one of fixed, mobile"),
        (f"8613,,,{'c' * 257},,", "line 2, carrier: a text of at most 256"),
        ("8613,,,,maybe,", "line 2, protected: one of yes, true"),
        ("8613,,,,,2026-01-31T08:00:00", "line 2, valid_from: a day"),
        ("8613,,,,,1999-01-01", "line 2, valid_from: a time from the year 2000"),
        ("8613,,,,", "line 2: 5 fields instead of 6"),
    ],
)
def test_each_wrong_cell_is_named_by_file_line_and_column(
    tmp_path: Path, line: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"prefix,length,class,carrier,protected,valid_from\n{line}\n")
    assert str(tmp_path / "numbers.csv") in str(refused.value)
    assert problem in str(refused.value)
    assert "13812345678" not in str(refused.value)


def test_all_wrong_lines_are_listed_and_what_stands_twice_is_wrong(tmp_path: Path) -> None:
    text = "prefix,class\n8613,car\n8610,fixed\n+8610,mobile\n13x,bus\n"
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text)
    lines = str(refused.value).splitlines()[1:]
    assert [line.strip().partition(":")[0] for line in lines] == [
        *("line 2, class", "line 4, prefix", "line 5, prefix", "line 5, class")
    ]
    assert "line 3 is about the same" in lines[1]


@pytest.mark.parametrize("header", ["", "digits,class", "prefix,prefix", "prefix,colour"])
def test_a_wrong_header_is_refused_with_what_is_expected(tmp_path: Path, header: str) -> None:
    with pytest.raises(ConfigError, match=r"line 1.*expected is a CSV file"):
        read(tmp_path, f"{header}\n8613,fixed\n")


def test_what_the_console_writes_is_read_back(tmp_path: Path) -> None:
    rows = read(tmp_path, WHOLE)
    shown = [
        {name: row.get(name) for name in tables.REGISTER}
        | {"key": f"+{row['prefix']}", "rights": row.get("rights", [])}
        for row in rows
    ]
    again = read(tmp_path, tables.register(shown).decode())
    assert [{"rights": [], **row} for row in again] == [{"rights": [], **row} for row in rows]
