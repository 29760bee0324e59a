"""Every metric that cellhound has, as one table: name, kind, labels, who has it, what it means.

Nothing is measured that isn't in this table, and no label takes a value that doesn't come from
the settings, the code or the cluster: a message can't make a new one. ``python -m
streams.metrics.catalogue docs/monitoring.md`` writes the table into that page.

Long because it is one table.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

Kind = Literal["counter", "gauge", "histogram"]
Program = Literal["worker", "console", "channels", "ingest", "rollup", "national"]

#: Bounds of latencies (s): a revision is at most every 10 s new, and a minute is too long.
LATENCY_S: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. A counter's name ends in ``_total``; units are base units, in the name."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    programs: tuple[Program, ...]
    meaning: str


_ALL: Final[tuple[Program, ...]] = get_args(Program)
_WORKER: Final[tuple[Program, ...]] = ("worker",)
_CONSOLE: Final[tuple[Program, ...]] = ("console",)
_INGEST: Final[tuple[Program, ...]] = ("ingest",)
_ROLLUP: Final[tuple[Program, ...]] = ("rollup", "national")
_NATIONAL: Final[tuple[Program, ...]] = ("national",)
#: The console sends by the channels too, unless `console.channels` is off.
_CHANNELS: Final[tuple[Program, ...]] = ("console", "channels")

METRICS: Final = (
    Metric("cellhound_build_info", "gauge", ("version",), _ALL, "1; the label is the release."),
    Metric(
        "cellhound_clock_timestamp_seconds",
        "gauge",
        (),
        _ALL,
        "The process's clock when it was asked. Prometheus knows when it asked: the difference is"
        " how far the two clocks are apart.",
    ),
    Metric("cellhound_broker_up", "gauge", (), _ALL, "1 where a Kafka broker answers, else 0."),
    Metric(
        "cellhound_hashing_key_info",
        "gauge",
        ("key",),
        ("worker", "console"),
        "1; the label is the id of the hashing key, which must be the same everywhere.",
    ),
    Metric(
        "cellhound_input_messages_total",
        "counter",
        ("topic", "source"),
        _WORKER,
        "Messages that could be read, by input topic and by who reports (`core`, `ran`, `device`,"
        " `smsc`, `complaint`; empty on topics whose messages name no source).",
    ),
    Metric(
        "cellhound_dead_letters_total",
        "counter",
        ("topic", "reason"),
        _WORKER,
        "Dead letters, by input topic and reason ([messages](messages.md#deadletters) has the"
        " reasons). Of a record with many wrong messages, one letter stands for several.",
    ),
    Metric(
        "cellhound_dropped_fields_total",
        "counter",
        ("topic",),
        _WORKER,
        "Wrong optional fields that were left out of messages, by input topic.",
    ),
    Metric(
        "cellhound_input_received_timestamp_seconds",
        "gauge",
        ("topic",),
        _WORKER,
        "The worker's clock when a message came last on an input topic; 0 for never.",
    ),
    Metric(
        "cellhound_watermark_timestamp_seconds",
        "gauge",
        ("topic", "partition"),
        _WORKER,
        "Arrival time up to which nothing more is to come from an input partition; 0 for none"
        " yet. Of a replay it lies in the past.",
    ),
    Metric(
        "cellhound_correlator_timestamp_seconds",
        "gauge",
        ("partition",),
        _WORKER,
        "Arrival time up to which a correlator has decided; 0 for none yet.",
    ),
    Metric(
        "cellhound_replaying",
        "gauge",
        (),
        _WORKER,
        "1 while the worker reads a replay, whose times are of the past, and an hour after.",
    ),
    Metric(
        "cellhound_assigned_partitions",
        "gauge",
        (),
        _WORKER,
        "Input partitions that the worker has now.",
    ),
    Metric(
        "cellhound_findings_total",
        "counter",
        ("rule",),
        _WORKER,
        "Findings by rule, of both halves of rules.",
    ),
    Metric(
        "cellhound_observations_total",
        "counter",
        (),
        _WORKER,
        "Observations that were passed on to correlators.",
    ),
    Metric(
        "cellhound_late_total",
        "counter",
        (),
        _WORKER,
        "Findings and observations that came later than watermarks had promised. They count for"
        " place, but may come too late for an alert.",
    ),
    Metric(
        "cellhound_repeated_total",
        "counter",
        (),
        _WORKER,
        "Findings and observations that a correlator had taken already, and dropped.",
    ),
    Metric(
        "cellhound_waiting_events",
        "gauge",
        ("partition",),
        _WORKER,
        "Findings and observations that wait for watermarks at a correlator.",
    ),
    Metric(
        "cellhound_incidents",
        "gauge",
        ("state",),
        _WORKER,
        "Incidents that correlators hold: `candidate`, or `alert` (published, not closed), or"
        " `closed` (published, and not forgotten yet).",
    ),
    Metric(
        "cellhound_alert_revisions_total",
        "counter",
        ("status",),
        _WORKER,
        "Revisions of alerts that were written, by status: `open`, `update`, `closed`.",
    ),
    Metric(
        "cellhound_alert_latency_seconds",
        "histogram",
        (),
        _WORKER,
        "From the arrival of the last message that an open or updated alert needed to when it was"
        " written. Not measured while a replay is read.",
    ),
    Metric(
        "cellhound_state_bytes",
        "gauge",
        ("partition",),
        _WORKER,
        "Length of a correlator's state as it was stored last, packed.",
    ),
    Metric(
        "cellhound_state_record_bytes",
        "gauge",
        ("partition",),
        _WORKER,
        "Length of the largest record of that state.",
    ),
    Metric(
        "cellhound_state_record_limit_bytes",
        "gauge",
        (),
        _WORKER,
        "What a record of the state may be long at most.",
    ),
    Metric(
        "cellhound_channel_deliveries_total",
        "counter",
        ("channel", "result"),
        _CHANNELS,
        "Revisions by what became of them at a channel: `sent`, `retry`, `dropped` (waited too"
        " long), `dead` (given up).",
    ),
    Metric(
        "cellhound_channel_waiting",
        "gauge",
        ("channel",),
        _CHANNELS,
        "Revisions that wait to be sent by a channel.",
    ),
    Metric(
        "cellhound_channel_failing",
        "gauge",
        ("channel",),
        _CHANNELS,
        "1 where the last thing that happened at a channel was a failure, else 0.",
    ),
    Metric(
        "cellhound_channel_sent_timestamp_seconds",
        "gauge",
        ("channel",),
        _CHANNELS,
        "The process's clock when a channel last sent; 0 for never.",
    ),
    Metric(
        "cellhound_console_alerts",
        "gauge",
        ("state",),
        _CONSOLE,
        "Alerts that aren't closed, by what people have made of them: `new`, `acknowledged` ..",
    ),
    Metric(
        "cellhound_console_workers",
        "gauge",
        ("state",),
        _CONSOLE,
        "Workers by whether their signs of life come: `live`, `silent`.",
    ),
    Metric(
        "cellhound_console_late",
        "gauge",
        (),
        _CONSOLE,
        "Late findings and observations, as the live workers report them.",
    ),
    Metric(
        "cellhound_console_feed_silent",
        "gauge",
        ("topic",),
        _CONSOLE,
        "1 where no worker has received an input topic of late, as the page shows it, else 0.",
    ),
    Metric(
        "cellhound_console_unread_records",
        "gauge",
        ("topic",),
        _CONSOLE,
        "Records that the console could not read, by topic.",
    ),
    Metric(
        "cellhound_console_open_pages",
        "gauge",
        (),
        _CONSOLE,
        "Pages that listen to the stream of events.",
    ),
    Metric(
        "cellhound_console_answers_total",
        "counter",
        ("code",),
        _CONSOLE,
        "Answers by class of status: `2xx`, `3xx`, `4xx`, `5xx`.",
    ),
    Metric(
        "cellhound_console_trouble",
        "gauge",
        ("what",),
        _CONSOLE,
        "1 where the console can't read on now: `kafka`, or `store` (its database).",
    ),
    Metric(
        "cellhound_ingest_messages_total",
        "counter",
        ("topic", "result"),
        _INGEST,
        "Messages that Kafka has, by topic and by what becomes of them: `accepted`, `dead_letter`.",
    ),
    Metric(
        "cellhound_ingest_dropped_fields_total",
        "counter",
        ("topic",),
        _INGEST,
        "Wrong optional fields that workers will leave out of them, by topic.",
    ),
    Metric(
        "cellhound_ingest_records_total",
        "counter",
        ("topic", "form"),
        _INGEST,
        "Records that they were put into, by topic and form: `arrow`, `json`.",
    ),
    Metric(
        "cellhound_ingest_answers_total",
        "counter",
        ("code",),
        _INGEST,
        "Answers by status, such as `202`, or `503` where there was no room or no Kafka in time.",
    ),
    Metric(
        "cellhound_ingest_waiting_bytes",
        "gauge",
        (),
        _INGEST,
        "Bytes of messages that wait for Kafka; at `ingest.waiting_bytes` no more are taken.",
    ),
    Metric(
        "cellhound_rollup_read_records_total",
        "counter",
        (),
        _ROLLUP,
        "Records of alerts, marks and sums that were read, since the process began.",
    ),
    Metric(
        "cellhound_rollup_written_records_total",
        "counter",
        ("topic",),
        _ROLLUP,
        "Records that were written, by topic.",
    ),
    Metric(
        "cellhound_rollup_written_timestamp_seconds",
        "gauge",
        (),
        _ROLLUP,
        "The process's clock when all that there was had been written; 0 for never.",
    ),
    Metric(
        "cellhound_rollup_refused_records_total",
        "counter",
        (),
        _NATIONAL,
        "Records that were no word of their province's own, and count nothing.",
    ),
    Metric(
        "cellhound_rollup_province_timestamp_seconds",
        "gauge",
        ("province",),
        _NATIONAL,
        "How far each province has come, by its own clock.",
    ),
    Metric(
        "cellhound_disk_free_bytes",
        "gauge",
        ("place",),
        _CONSOLE,
        "Free bytes of the disk under a SQLite file: `store`, `accounts`.",
    ),
    Metric(
        "cellhound_disk_size_bytes",
        "gauge",
        ("place",),
        _CONSOLE,
        "Size of that disk.",
    ),
)

BY_NAME: Final = {metric.name: metric for metric in METRICS}
BEGIN: Final = "<!-- Generated by `make docs` from streams/metrics/catalogue.py -->"
END: Final = "<!-- End of what is generated -->"


def of(program: Program) -> list[Metric]:
    """What one program has."""
    return [metric for metric in METRICS if program in metric.programs]


def table() -> str:
    """All metrics, as a table in Markdown."""
    rows = [
        f"| `{metric.name}` | {metric.kind} | {', '.join(f'`{one}`' for one in metric.labels)}"
        f" | {', '.join(metric.programs)} | {metric.meaning} |"
        for metric in METRICS
    ]
    head = ["| metric | kind | labels | program | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def written(page: str) -> str:
    """A page with the table as it is now. Raises ValueError where it has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs a line {BEGIN!r}, and a line {END!r} after it")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written(file.read_text("utf-8")), "utf-8")
