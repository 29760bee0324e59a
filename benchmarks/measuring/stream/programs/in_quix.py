"""Three rules on a topic of reports in Quix Streams.

Messages are decoded by a deserialiser of their own, findings go to a topic, and nothing is written
to a changelog. With ``memory`` ``kept``, phones' memories are Quix's own state, in RocksDB; with
``own`` they lie in a dictionary of the program, which is faster and is lost in a crash.

    python -m benchmarks.measuring.stream.programs.in_quix OPTIONS
"""

from typing import Any

import msgspec
from quixstreams import Application, State  # type: ignore[import-not-found, unused-ignore]
from quixstreams.models import Deserializer  # type: ignore[import-not-found, unused-ignore]

from benchmarks.measuring.stream.programs.meter import Meter, options
from benchmarks.measuring.stream.programs.three_rules import (
    Found,
    Memory,
    Report,
    ThreeRules,
    read,
    write,
)

_MEMORY = "memory"


class _Reports(Deserializer):
    def __call__(self, value: bytes, ctx: Any) -> Report | None:
        return read(value)


def main() -> None:
    """Reads as many messages as it is to."""
    given, meter = options(), Meter()
    rules = ThreeRules.of(given["sites"])
    left = int(given["records"])
    counted = {"reports": 0, "findings": 0}
    memories: dict[str, Memory] = {}
    pack, unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Memory).decode

    def judged(report: Report | None, memory: Memory | None) -> tuple[Memory | None, list[Found]]:
        if report is None:
            return memory, []
        after, found = rules.step(memory, report)
        counted["reports"] += 1
        counted["findings"] += len(found)
        return after, found

    def with_state(report: Report | None, state: State) -> list[Found]:
        packed = state.get_bytes(_MEMORY)
        after, found = judged(report, None if packed is None else unpack(packed))
        if after is not None:
            state.set_bytes(_MEMORY, pack(after))
        return found

    def with_own(report: Report | None) -> list[Found]:
        if report is None:
            return []
        after, found = judged(report, memories.get(report.device))
        if after is not None:
            memories[report.device] = after
        return found

    def processed(*_where: Any) -> None:
        nonlocal left
        # The first is at hand as soon as the first fetch has been answered.
        meter.begin()
        left -= 1
        if not left:
            app.stop()

    app = Application(
        broker_address=given["bootstrap"],
        consumer_group=given["group"],
        auto_offset_reset="earliest",
        state_dir=given["folder"],
        use_changelog_topics=False,
        auto_create_topics=False,
        loglevel="ERROR",
        on_message_processed=processed,
    )
    topic = app.topic(given["topic"], value_deserializer=_Reports(), key_deserializer="bytes")
    found = app.topic(given["found"], value_serializer="bytes", key_serializer="bytes")
    frame = app.dataframe(topic)
    if given["memory"] == "kept":
        frame = frame.apply(with_state, stateful=True, expand=True)
    else:
        frame = frame.apply(with_own, expand=True)
    frame.apply(write).to_topic(found)
    app.run()
    meter.end(counted["reports"], findings=counted["findings"])


if __name__ == "__main__":
    main()
