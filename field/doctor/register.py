"""The register on its topic: how much of it is there, how old it is, and of which datum."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from field.doctor import datum
from field.doctor.check import Check, found, lasting
from streams.decode.topic_reader import Topics, items_of

_OLD_S: Final = 90 * 86_400
#: The newest records that are looked at for the datum, of each partition: enough for some towns.
_ROWS: Final = 50_000
_REPORTS: Final = 5_000


class _Row(msgspec.Struct):
    radio: str
    mcc: int
    net: int
    area: int
    cell: int
    lat: float
    lon: float


class _Report(msgspec.Struct):
    rat: str
    mcc: int
    mnc: int
    area: int
    cell: int
    lat: float
    lon: float
    serving: bool | None = None


_ROW: Final = msgspec.json.Decoder(_Row)
_REPORT: Final = msgspec.json.Decoder(_Report)


def rows(topics: Topics, now_ms: int) -> Check:
    """How many records the register's topic has, and how old the newest is."""
    count = sum(end - begin for begin, end in topics.ends("cell.register").values())
    newest = [
        record.timestamp
        for number in topics.numbers("cell.register")
        if (record := topics.last("cell.register", number)) is not None
    ]
    if not newest:
        return found("register", "empty")
    age_s = max(0.0, (now_ms - max(newest)) / 1000)
    case = "old" if age_s > _OLD_S else "ok"
    return found("register", case, count=count, age=lasting(age_s))


def mixed_datum(topics: Topics) -> Check:
    """Whether the register and the newest measurements are of one datum; see `datum`."""
    masts = {
        f"{row.radio.lower()}-{row.mcc}-{row.net}-{row.area}-{row.cell}": (row.lat, row.lon)
        for row in _decoded(topics, "cell.register", _ROWS, _ROW)
    }
    reports = (
        (f"{one.rat}-{one.mcc}-{one.mnc}-{one.area}-{one.cell}", one.lat, one.lon)
        for one in _decoded(topics, "cell.measurements", _REPORTS, _REPORT)
        if one.serving is not False
    )
    columns = datum.middles(masts, reports)
    return datum.check(datum.shift(*columns), len(columns[0]))


def _decoded(topics: Topics, topic: str, most: int, decoder: Any) -> Iterator[Any]:
    """What can be read of the newest records of a topic."""
    for number in topics.numbers(topic):
        for record in topics.newest(topic, number, most):
            for item in items_of(record.value, record.headers or []):
                try:
                    yield decoder.decode(item)
                except (msgspec.MsgspecError, ValueError, RecursionError):
                    continue
