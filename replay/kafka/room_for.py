"""Whether a trace comes in time for the topics: what arrived before the newest that they hold, or
before a watermark there, would be late, count for nothing but place, and be missed by nobody."""

from typing import Any, Final

from streams.config.settings import Settings
from streams.decode.topic_reader import Topics, arrived_ms, items_of
from streams.kafka.stage_records import arrival_ms, is_publishers_watermark, latest_ms
from streams.kafka.topics import INPUTS
from streams.profile.words import moment

#: Records looked at, of each partition, and items of each: the newest is among them, in about.
_NEWEST: Final = 8
_ITEMS: Final = 100


class LateTrace(Exception):  # noqa: N818 - it names what is the matter
    """A trace that would come too late; the text is a sentence for the person who asked."""


def check_room(settings: Settings, first_ms: int) -> None:
    """Refuses a trace that begins (ms of arrival time) before what the input topics hold.

    Raises LateTrace and KafkaUnavailable.
    """
    newest_ms, topic = newest_arrival(settings)
    if first_ms < newest_ms - int(settings.streams.disorder_s * 1000):
        raise LateTrace(
            f"{settings.kafka.name_of(topic)} at {settings.kafka.bootstrap} holds messages that"
            f" arrived until {moment(newest_ms)}; the trace begins at {moment(first_ms)}, and all"
            " of it that arrived before would come too late to be judged. Give it topics of its"
            " own with --prefix, or publish it all the same with --late."
        )


def newest_arrival(settings: Settings) -> tuple[int, str]:
    """The newest arrival time (ms) on the input topics, watermarks included, and where it is; 0 for
    none."""
    newest = (0, "")
    with Topics(settings.kafka) as topics:
        for topic in INPUTS:
            for number, (begin, end) in topics.ends(topic).items():
                if begin == end:
                    continue
                for record in topics.newest(topic, number, _NEWEST):
                    newest = max(newest, (_arrival_ms(record, settings), topic))
    return newest


def _arrival_ms(record: Any, settings: Settings) -> int:
    """That of a record's newest message; 0 where that lies so far ahead that it becomes a dead
    letter."""
    headers = record.headers or []
    stand_in = arrival_ms(headers, record.timestamp)
    if is_publishers_watermark(record.value, headers):
        arrivals = [stand_in]
    else:
        items = items_of(record.value, headers)[-_ITEMS:]
        arrivals = [arrived_ms(item, stand_in) for item in items]
    latest = latest_ms(headers, record.timestamp, settings.limits)
    return max((at for at in arrivals if at <= latest), default=0)
