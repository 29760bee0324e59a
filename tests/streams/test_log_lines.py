"""Log lines: as JSON an object each, and no number of a person in any."""

import io
import json
import logging
import logging.config
from typing import Any

import pytest

from streams.config.settings import ConfigError, load_settings
from streams.log_lines import Format, LogThrottle, announce, dict_config, formatter

IMSI = "460001234567890"


def line(form: Format, record: logging.LogRecord) -> str:
    return formatter(form, "%(levelname)s %(message)s").format(record)


def record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "streams.worker", "levelname": "WARNING", "msg": message, "args": args}
    )
    made.__dict__.update(more)
    return made


def test_a_line_of_json_has_its_fields() -> None:
    found = json.loads(line("json", record("%s\nof %s", "two lines", 3, topic="a.b", partition=4)))
    assert found["message"] == "two lines\nof 3"
    assert (found["level"], found["logger"]) == ("warning", "streams.worker")
    assert (found["topic"], found["partition"]) == ("a.b", 4)
    assert found["time"].endswith("Z")
    assert "traceback" not in found


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_number_of_a_person_is_in_a_line(form: Format) -> None:
    try:
        raise ValueError(f"no such phone: {IMSI} or +8613800138000")
    except ValueError as error:
        made = record("%s at %d", IMSI, 1_700_000_000_000, exc_info=(type(error), error, None))
        made.device = IMSI
        made.imsi = int(IMSI)
    text = line(form, made)
    assert IMSI not in text
    assert "13800138000" not in text
    assert "1700000000000" in text, "times stay"
    assert "ValueError: no such phone: <number>" in text


def test_a_traceback_is_one_field_of_one_line() -> None:
    try:
        raise RuntimeError("a\nb")
    except RuntimeError as error:
        made = record("it broke", exc_info=(type(error), error, error.__traceback__))
    text = line("json", made)
    assert "\n" not in text
    assert json.loads(text)["traceback"].startswith("Traceback (most recent call last):\n")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_client_that_loses_a_connection_has_no_traceback(form: Format) -> None:
    try:
        raise ConnectionResetError(104, "Connection reset by peer")
    except ConnectionResetError as error:
        lost = record("%s: closing", "socket", exc_info=(type(error), error, error.__traceback__))
    ours = line(form, lost)
    lost.name = "kafka.net.transport"
    text = line(form, lost)
    assert "Traceback" in ours, "ours would be a fault"
    assert "Traceback" not in text
    assert "socket: closing ([Errno 104] Connection reset by peer)" in text


def test_digits_of_fractions_and_digests_stay() -> None:
    digest = "ab" + "1" * 20 + "cd"
    assert line("text", record("0.%s %s", "1" * 15, digest)) == f"WARNING 0.{'1' * 15} {digest}"


def test_a_flood_of_digits_takes_no_time_to_speak_of() -> None:
    text = line("json", record("1" * 5_000_000))
    assert len(text) < 40_000


@pytest.mark.parametrize("level", ["crit", "error", "warn", "info", "debug"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_what_faust_is_given_makes_such_lines(form: Format, level: str) -> None:
    found = dict_config(form, "%(message)s", level)
    out = io.StringIO()
    found["handlers"]["lines"]["stream"] = out
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    try:
        logging.config.dictConfig(found)
        logging.getLogger("any").critical("ready %s", IMSI)
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]
    text = out.getvalue()
    assert "ready <number>" in text
    assert text.startswith("{") == (form == "json")


def test_what_is_announced_is_in_the_form_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    announce("it is ready")
    announce("it is ready", "json")
    plain, as_json = capsys.readouterr().err.splitlines()
    assert plain == "it is ready"
    assert json.loads(as_json)["message"] == "it is ready"


def test_the_same_text_passes_once_a_minute() -> None:
    now = 0.0
    throttle = LogThrottle(lambda: now)
    assert [throttle.filter(record("a")), throttle.filter(record("a"))] == [True, False]
    now = 61.0
    assert throttle.filter(record("a"))


def test_another_form_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(ConfigError, match=r"logging\.format.*"):
        load_settings(env={"CELLHOUND__LOGGING__FORMAT": "xml"})
