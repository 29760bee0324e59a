"""The topics: their names, partitions and settings."""

from dataclasses import dataclass

from detectors.rollup.records import KEPT_MS

#: An input message may be an array of reports or an Arrow batch: well above Kafka's own 1 MB.
LARGE_MESSAGE_BYTES = 8 * 1024 * 1024
#: A dead letter carries up to 256 KiB of the broken value, in base64, and its description.
_DEAD_LETTER_BYTES = 2 * 1024 * 1024
#: What is kept of the correlators' states, by partition: several, since they are written often.
KEPT_STATE_BYTES = 8 * LARGE_MESSAGE_BYTES
_FOR_EVER_MS = -1
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class TopicSpec:
    """A topic as we create it; what is None is left to the cluster.

    ``key`` says what its records are keyed by, for the documentation.
    """

    name: str
    key: str
    partitions: int = 4
    compact: bool = False
    max_message_bytes: int | None = None
    retention_ms: int | None = None
    retention_bytes: int | None = None
    segment_bytes: int | None = None
    segment_ms: int | None = None

    def configs(self) -> dict[str, str]:
        """The topic's settings in Kafka's own names."""
        settings = {"cleanup.policy": "compact" if self.compact else "delete"}
        for name in (
            "max_message_bytes",
            "retention_ms",
            "retention_bytes",
            "segment_bytes",
            "segment_ms",
        ):
            if (value := getattr(self, name)) is not None:
                settings[name.replace("_", ".")] = str(value)
        return settings


SPECS: tuple[TopicSpec, ...] = (
    # What comes in.
    TopicSpec("cell.measurements", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("cell.signalling", "subscriber", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("sms.metadata", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    # What phones upload of the same kinds: who writes here can't speak for the core or the centre.
    TopicSpec("device.signalling", "subscriber", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("device.sms", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("network.changes", "any", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("field.measurements", "device", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("field.feedback", "any", max_message_bytes=LARGE_MESSAGE_BYTES),
    # Calls, as the operator's switches record them.
    TopicSpec("call.signalling", "caller", max_message_bytes=LARGE_MESSAGE_BYTES),
    TopicSpec("subscriber.changes", "subscriber"),
    TopicSpec("public.reports", "any"),
    # What is known of numbers: the newest row of each range, and the newest mark of each number.
    TopicSpec("number.register", "prefix or number hash", compact=True),
    TopicSpec("number.reputation", "number hash", compact=True),
    # The newest row of each cell is the register.
    TopicSpec("cell.register", "rat-mcc-mnc-area-cell", compact=True),
    # Between the two stages.
    TopicSpec("fbs.evidence", "zone"),
    TopicSpec("fbs.census", "none"),
    # The second stage's memory. Only the last whole state counts, but it counts for ever.
    TopicSpec(
        "fbs.correlators",
        "partition number",
        max_message_bytes=LARGE_MESSAGE_BYTES,
        retention_ms=_FOR_EVER_MS,
        retention_bytes=KEPT_STATE_BYTES,
        segment_bytes=2 * LARGE_MESSAGE_BYTES,
    ),
    # What is worth keeping of it for longer than a state: the newest record of each key.
    TopicSpec(
        "fbs.profile",
        "zone and kind",
        partitions=1,
        compact=True,
        max_message_bytes=LARGE_MESSAGE_BYTES,
        segment_bytes=4 * LARGE_MESSAGE_BYTES,
    ),
    # What reports show of the register: the newest record of each zone counts.
    TopicSpec("fbs.register", "zone", 1, compact=True, max_message_bytes=LARGE_MESSAGE_BYTES),
    # Records that ended workers, and what workers were at when they died: the newest of each key.
    TopicSpec("fbs.guard", "kind and place", partitions=1, compact=True),
    # Few and precious: every revision stays, so that a console that starts late shows what was.
    TopicSpec("fbs.alerts", "alert_id", retention_ms=_FOR_EVER_MS),
    # Who may be being defrauded: for those who remind people, as long as that is of use.
    # Only whole segments are deleted, so that a long one would keep them for longer.
    TopicSpec("fraud.victims", "subscriber", retention_ms=3 * _DAY_MS, segment_ms=_HOUR_MS),
    # What is proposed to the operator's own systems: longer than any proposal holds.
    TopicSpec("fraud.actions", "about", retention_ms=90 * _DAY_MS),
    # What a province puts up: a later version of a window or campaign replaces the earlier.
    TopicSpec("rollup.windows", "province, start and group", 1, retention_ms=KEPT_MS),
    TopicSpec("rollup.campaigns", "alert_id", 1, retention_ms=KEPT_MS),
    TopicSpec("rollup.reputation", "number and source", compact=True),
    # What the nation makes of it; its marks go down again.
    TopicSpec("national.windows", "start and group", 1, retention_ms=KEPT_MS),
    TopicSpec("national.campaigns", "campaign", 1, compact=True),
    TopicSpec("national.reputation", "number", compact=True),
    TopicSpec("dead.letters", "topic/partition", max_message_bytes=_DEAD_LETTER_BYTES),
    # What people did about alerts, in one order: the life cycle and its audit trail, for ever.
    TopicSpec("fbs.actions", "alert_id", partitions=1, retention_ms=_FOR_EVER_MS),
    # What was sent by which channel, and how that went.
    TopicSpec("fbs.deliveries", "channel", partitions=1, retention_ms=30 * _DAY_MS),
    # Signs of life of workers, and how far their inputs have come.
    TopicSpec("fbs.health", "worker", partitions=1, retention_ms=_DAY_MS),
)


#: What comes in and is screened, the register apart: the watermarks of all their partitions count.
INPUTS = (
    "cell.measurements",
    "cell.signalling",
    "sms.metadata",
    "device.signalling",
    "device.sms",
    "network.changes",
    "field.measurements",
    "field.feedback",
    "call.signalling",
    "subscriber.changes",
    "public.reports",
    "number.reputation",
)
#: What the operator lists, as compacted topics: rows of these bear on how the inputs are screened.
LISTS = ("cell.register", "number.register")
#: What phones upload, and the operator's topic that it belongs beside.
UPLOADS = {"device.signalling": "cell.signalling", "device.sms": "sms.metadata"}
#: Topics whose records of one person are joined before anything else: equally many partitions.
JOINED = ("sms.metadata", "device.sms")
#: What goes from the first stage to the second.
BETWEEN = ("fbs.evidence", "fbs.census")
#: Topics of the second stage, whose partitions of one number belong together.
IN_STEP = ("fbs.evidence", "fbs.census", "fbs.correlators")


def topic_name(prefix: str, name: str) -> str:
    """The topic's name on the cluster: the prefix stands plainly before the name.

    >>> topic_name("test-", "fbs.alerts")
    'test-fbs.alerts'
    """
    return prefix + name
