"""An operator's own ranges are read totally: each wrong line is named, with what is allowed."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.numbers.classes import IOT, MVNO, UNALLOCATED
from detectors.numbers.plan import NumberPlan
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written
from streams.config.settings import load_settings
from streams.config_error import ConfigError
from streams.numbers import plan_file
from streams.numbers.plan_file import load_plan, read_plan

HEADER = "prefix,digits,class,carrier,region\n"


def kind(plan: NumberPlan, number: str) -> int:
    columns = written([number])
    return int(plan.kinds(columns.prefix, columns.digits, columns.length)[0])


def test_own_ranges_go_over_those_that_ship(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(
        "\ufeff Prefix,digits,CLASS,carrier,region\n"
        "86138,13,mvno,Example,Somewhere\n"
        "8615400-8615409,13,iot,,\n\n"
        "86139,13,unallocated,,\n",
        "utf-8",
    )
    plan = load_plan(NumberSettings(plan=str(path)))
    assert kind(plan, "8613812345678") == MVNO
    assert kind(plan, "8615405345678") == IOT
    assert kind(plan, "8613912345678") == UNALLOCATED
    assert kind(plan, "8615412345678") == kind(shipped_plan(), "8615412345678")
    found = plan.look_up(np.array([8613812]), np.array([7]), np.array([13]))
    names = (plan.countries, plan.carriers, plan.regions)
    codes = (found.country, found.carrier, found.region)
    assert [own[int(code[0]) - 1] for own, code in zip(names, codes, strict=True)] == [
        *("CN", "Example", "Somewhere")
    ]


def test_without_a_file_it_is_the_plan_that_ships() -> None:
    assert load_plan(NumberSettings()) is shipped_plan()


def test_the_columns_carrier_and_region_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("digits,class,prefix\n13,iot,86154\n", "utf-8")
    assert [(each.first, each.kind) for each in read_plan(path)] == [(86154, IOT)]


WRONG = (
    ("", "line 1: is empty; expected is a CSV file in UTF-8 whose first line names the columns"),
    ("prefix,class\n", "line 1: lacks digits; expected is"),
    ("prefix,digits,class,price\n", "line 1: there is no column 'price'; expected is"),
    ("prefix,digits,class,class\n", "line 1: a column is named twice"),
    (HEADER + "86154,13\n", "line 2: 2 fields instead of 5"),
    (HEADER + "86154,,iot,,\n", "line 2: digits must not be empty"),
    (HEADER + ",13,,,\n", "line 2: prefix, class must not be empty"),
    (HEADER + "\n\n+86154,13,iot,,\n", "line 4: '+86154' are no leading digits; write one to 7"),
    (HEADER + "86154123,13,iot,,\n", "line 2: '86154123' has 8 digits"),
    (HEADER + "86154,13,modem,,\n", "line 2: there is no class 'modem'; classes are fixed, mobile"),
    (HEADER + "86154,thirteen,iot,,\n", "line 2: 'thirteen' is no count of digits; write a number"),
    (HEADER + "86154,99,iot,,\n", "line 2: '99': a number has 1 to 30 digits"),
    (HEADER + f"86154,13,iot,{'x' * 65},\n", "line 2: carrier is longer than 64 characters"),
    (
        HEADER + "86154,13,iot,,\n86153,13,iot,,\n86154-86155,12-13,mobile,,\n",
        "line 4: has the same numbers as line 2; keep one",
    ),
    (HEADER + '"86154\n,13,iot,,\n', "line 3: 1 fields instead of 5"),
)


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_a_wrong_file_is_named_with_line_and_what_is_allowed(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(sentence)) as caught:
        read_plan(path)
    assert str(path) in str(caught.value)


def test_all_problems_are_listed_at_once_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + "x,13,iot,,\n" * 30, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_plan(path)
    assert str(caught.value).count("line ") == 20
    assert ".. and 10 more" in str(caught.value)


def test_what_is_no_text_or_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    with pytest.raises(ConfigError, match="can't be read"):
        read_plan(path)
    with pytest.raises(ConfigError, match="can't be read"):
        read_plan(tmp_path)
    path.write_bytes(HEADER.encode() + b"86154,13,iot,\xff,\n")
    with pytest.raises(ConfigError, match="line 2: is not UTF-8"):
        read_plan(path)


def test_a_file_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + "86154,13,iot,,\n86155,13,iot,,\n", "utf-8")
    monkeypatch.setattr(plan_file, "_FORM", replace(plan_file._FORM, most_rows=1))
    with pytest.raises(ConfigError, match="line 3: a plan has at most 1 rows"):
        read_plan(path)
    monkeypatch.setattr(plan_file, "_FORM", replace(plan_file._FORM, most_bytes=30))
    with pytest.raises(ConfigError, match="is longer than"):
        read_plan(path)


@given(content=st.binary(max_size=60) | st.text('86,-154 \n"iotx', max_size=60).map(str.encode))
def test_any_file_is_ranges_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for head in (b"", HEADER.encode()):
        path.write_bytes(head + content)
        with suppress(ConfigError):
            load_plan(NumberSettings(plan=str(path)))


@pytest.mark.parametrize(
    ("yaml", "sentence"),
    [
        ("numbers: {home_code: '+86'}", "numbers.home_code: "),
        ("numbers: {home_code: 86}", "numbers.home_code: "),
        ("numbers: {trunk_prefix: '0x'}", "numbers.trunk_prefix: "),
        ("numbers: {trunk_prefix: '00'}", "must differ"),
        ("numbers: {local_digits: [0]}", "numbers.local_digits"),
        ("numbers: {plans: x}", "known keys are home_code, trunk_prefix, international_prefix"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, yaml: str, sentence: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(yaml, "utf-8")
    with pytest.raises(ConfigError, match=sentence):
        load_settings(path, env={})


def test_the_shipped_settings_are_the_defaults() -> None:
    assert load_settings(env={}).numbers == NumberSettings()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "86"),
        ("senders: {country_codes: ['44', '86']}", "44"),
        ("senders: {country_codes: ['44']}\nnumbers: {home_code: '1'}", "1"),
        ("senders: {country_codes: []}\nnumbers: {trunk_prefix: ''}", "86"),
    ],
)
def test_calls_are_at_home_where_senders_are(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert load_settings(path, env={}).numbers.home_code == code
