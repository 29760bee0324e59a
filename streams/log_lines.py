"""The lines of a process's log: for people or as JSON, long numbers masked, no flood of them.

Nothing of ours logs what a message holds. But an error of a library may quote it, so that runs of
14 to 22 digits, and of 8 to 15 behind a plus, are taken out of every line, tracebacks and fields
too. Other forms of a number aren't looked for here.
"""

import copy
import logging
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

Format = Literal["text", "json"]

_AGAIN_S: Final = 60.0
_MOST: Final = 1000
#: IMSI, IMEI, ICCID; numbers of the E.164 kind. Times in ms have 13 digits and stay.
_NUMBER: Final = re.compile(
    r"(?<![0-9]\.)(?<![0-9a-fA-F])(?:[0-9]{14,22}|\+[0-9]{8,15})(?![0-9a-fA-F])"
)
NUMBER: Final = "<number>"
_LONGEST: Final = 32_768
#: What a record has anyway; whatever else it has was given as ``extra``.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: The loggers of libraries that hold connections to brokers.
_CLIENTS: Final = frozenset(("kafka", "aiokafka"))
#: What Faust and uvicorn add for lines of their own.
_FOREIGN: Final = frozenset(("extra", "color_message", "data"))


class LogThrottle(logging.Filter):
    """Lets a text through that has not passed for a minute; ``clock`` gives seconds.

    Client libraries that connect again and again log each attempt, thousands in an hour.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._passed: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, text = self._clock(), record.getMessage()
        if now - self._passed.get(text, -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._passed) >= _MOST:
            self._passed.clear()
        self._passed[text] = now
        return True


class TextLines(logging.Formatter):
    """Lines for people, by a form of `logging`."""

    def format(self, record: logging.LogRecord) -> str:
        return without_numbers(super().format(_short(record)))


class JsonLines(logging.Formatter):
    """An object a line: ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``, ``process``,
    ``traceback`` where there is one, and what was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        record = _short(record)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_numbers(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info:
            line["traceback"] = without_numbers(self.formatException(record.exc_info))
        for name, value in vars(record).items():
            if name not in _OWN and name not in _FOREIGN and name not in line:
                shown = without_numbers(value)
                is_number = isinstance(value, int | float) and shown == str(value)
                line[name] = value if is_number else shown
        return msgspec.json.encode(line).decode()


def _short(record: logging.LogRecord) -> logging.LogRecord:
    """Without the traceback of a Kafka client that lost a connection: it is no fault of anybody's
    code, and there is one for each broker that goes away."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, OSError) or record.name.partition(".")[0] not in _CLIENTS:
        return record
    short = copy.copy(record)
    short.msg, short.args = f"{record.getMessage()} ({error})", None
    short.exc_info = short.exc_text = None
    return short


def without_numbers(text: object) -> str:
    """``text`` with a mark for each number that may be a person's, and no longer than 32 KiB.

    >>> without_numbers("no such phone: 460001234567890, +8613800138000, at 1700000000000")
    'no such phone: <number>, <number>, at 1700000000000'
    """
    return _NUMBER.sub(NUMBER, str(text)[:_LONGEST])


def formatter(form: Format, text: str) -> logging.Formatter:
    """What makes lines of a form; ``text`` is how those for people look."""
    return JsonLines() if form == "json" else TextLines(text)


def log_to_stderr(text: str, form: Format = "text") -> None:
    """Sets up the process's log: warnings and worse, each text once a minute at most."""
    logging.basicConfig(level=logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter(form, text))
        handler.addFilter(LogThrottle())


def announce(text: str, form: Format = "text") -> None:
    """Prints what is no trouble, such as that a process is ready, on standard error."""
    if form == "json":
        record = logging.makeLogRecord({"name": "cellhound", "msg": text, "levelname": "INFO"})
        text = JsonLines().format(record)
    print(text, file=sys.stderr, flush=True)


def level_of(name: str) -> str:
    """The level that Python's logging knows by a short name.

    >>> level_of("crit"), level_of("warn"), level_of("info")
    ('CRITICAL', 'WARNING', 'INFO')
    """
    return {"crit": "CRITICAL", "warn": "WARNING"}.get(name, name.upper())


def dict_config(form: Format, text: str, level: str) -> dict[str, Any]:
    """The same for `logging.config.dictConfig`, as Faust asks for it; without the throttle."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "form": form, "text": text}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"level": level_of(level), "handlers": ["lines"]},
    }
