"""Three rules on a topic of reports in Bytewax, the whole dataflow in one worker.

The source takes large batches, decoding is one call a batch, and findings go to a topic. With
``memory`` ``kept``, phones' memories are Bytewax's own keyed state, which it could restore after a
crash; with ``own`` they lie in a dictionary of the program, which is faster and is lost.

    python -m benchmarks.measuring.stream.programs.in_bytewax OPTIONS
"""

from collections.abc import Iterable
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found, unused-ignore]
from bytewax.connectors.kafka import (  # type: ignore[import-not-found, unused-ignore]
    KafkaSink,
    KafkaSinkMessage,
    KafkaSource,
)
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found, unused-ignore]
from bytewax.run import cli_main  # type: ignore[import-not-found, unused-ignore]

from benchmarks.measuring.stream.programs.meter import Meter, options
from benchmarks.measuring.stream.programs.three_rules import (
    Found,
    Memory,
    Report,
    ThreeRules,
    read,
    write,
)

_BATCH = 10_000


class _Source(KafkaSource):
    """Notes when reading begins."""

    meter: Meter

    def build_part(self, *where: Any) -> Any:
        self.meter.begin()
        return super().build_part(*where)


class _Phone(op.StatefulBatchLogic):
    """One phone's memory."""

    def __init__(self, rules: ThreeRules, memory: Memory | None) -> None:
        self._rules, self._memory = rules, memory

    def on_batch(self, batch: list[Report]) -> tuple[Iterable[Found], bool]:
        everything: list[Found] = []
        for report in batch:
            self._memory, found = self._rules.step(self._memory, report)
            everything += found
        return everything, False

    def snapshot(self) -> Memory | None:
        return self._memory


def main() -> None:
    """Reads the topic to its end."""
    given, meter = options(), Meter()
    rules = ThreeRules.of(given["sites"])
    counted = {"reports": 0, "findings": 0}
    memories: dict[str, Memory] = {}

    def decoded(messages: list[Any]) -> list[tuple[str, Report]]:
        reports = [report for each in messages if (report := read(each.value)) is not None]
        counted["reports"] += len(reports)
        return [(report.device, report) for report in reports]

    def judged(messages: list[Any]) -> list[Found]:
        everything: list[Found] = []
        for report in map(read, [each.value for each in messages]):
            if report is not None:
                memory, found = rules.step(memories.get(report.device), report)
                memories[report.device] = memory
                everything += found
                counted["reports"] += 1
        return everything

    def as_message(found: Found) -> Any:
        counted["findings"] += 1
        return KafkaSinkMessage(None, write(found))

    flow = Dataflow("three_rules")
    _Source.meter = meter
    source = _Source([given["bootstrap"]], [given["topic"]], tail=False, batch_size=_BATCH)
    messages = op.input("reports", flow, source)
    if given["memory"] == "kept":
        keyed = op.flat_map_batch("decode", messages, decoded)
        by_phone = op.stateful_batch("rules", keyed, lambda memory: _Phone(rules, memory))
        found = op.map("values", by_phone, lambda each: each[1])
    else:
        found = op.flat_map_batch("rules", messages, judged)
    op.output("found", op.map("encode", found, as_message), _sink(given))
    cli_main(flow)
    meter.end(counted["reports"], findings=counted["findings"])


def _sink(given: dict[str, str]) -> Any:
    return KafkaSink([given["bootstrap"]], given["found"])


if __name__ == "__main__":
    main()
