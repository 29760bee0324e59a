"""How commands read topics once: what workers died of is left out, and what is in hand is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from streams.config.settings import Settings

_LEFT_OUT = (
    "cellhound: {topic}, partition {partition}, offset {offset} is left out: it ends whoever reads"
    " it ({reason}), as workers have found out."
)


@contextmanager
def reading_topics(settings: "Settings", leaves_out: bool = True) -> Iterator[None]:
    """Topics that are read in this ``with``, record by record: one on which the command hangs or
    dies is named on standard error. Without ``leaves_out`` all are read."""
    from streams.decode.topic_reader import Topics
    from streams.guard.known import TOPIC, Known
    from streams.wire.in_hand import watched

    known: list[Known] = []

    def is_left_out(topic: str, partition: int, record: Any) -> bool:
        if not leaves_out or topic == TOPIC:
            return False
        if not known:  # Not before there is a broker, of which some commands aren't sure.
            known.append(Known())
            with Topics(settings.kafka) as topics:
                for note in topics.all(TOPIC):
                    known[0].take(note.key, note.value)
        size = len(record.value or b"")
        found = known[0].condemned_at(topic, partition, record.offset, size)
        if found is not None:
            click.echo(_LEFT_OUT.format(**_place(found)), err=True)
        return found is not None

    with watched(is_left_out):
        yield


def _place(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("topic", "partition", "offset", "reason")}
