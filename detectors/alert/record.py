"""The records of the topic `fbs.alerts`: one revision of an alert, and what it is made of.

The meaning of each field stands at the field; `docs/messages.md` and the JSON Schema are made from
it. All fields of the first part are in every message, null where that is allowed.
"""

from typing import Annotated, Any, Literal

import msgspec

from detectors.incident.position import Ahead
from detectors.model.described import means
from detectors.model.finding import Identity
from detectors.model.headline_words import Near
from detectors.model.rare_messages import RuledOut

Status = Literal["open", "update", "closed"]
#: Why an alert about calls is closed.
Ending = Literal["silent", "verdict", "joined", "room"]


class Evidence(msgspec.Struct, frozen=True):
    """One detector's share in an alert."""

    detector: Annotated[str, means("Name of the rule.")]
    version: Annotated[int, means("Version of the rule.")]
    weight: Annotated[float, means("What it adds to the log odds of the alert.", "nats")]
    count: Annotated[int, means("Number of findings.")]
    first_ts: Annotated[int, means("Event time of the oldest finding.", "ms")]
    last_ts: Annotated[int, means("Event time of the newest finding.", "ms")]
    explanation: Annotated[str, means("One sentence on what was found, in English.")]
    devices: Annotated[int, means("Number of distinct devices behind it.")] = 0
    claimed: Annotated[
        Identity | None, means("The claimed identity that the explanation is made of.")
    ] = None
    values: Annotated[
        dict[str, str | int | float | None], means("The values that the explanation is made of.")
    ] = {}


class Considered(msgspec.Struct, frozen=True):
    """An innocent explanation that holds for a part of the evidence."""

    code: Annotated[str, means("Its row in docs/science.md, such as F4.")]
    explanation: Annotated[str, means("One sentence on what speaks for it, in English.")]
    share: Annotated[float, means("The share of the weight that it takes off, 0 to 1.")]
    detectors: Annotated[list[str], means("The rules whose findings it explains.")]


class Hypothesis(msgspec.Struct, frozen=True):
    """One of the explanations that compete for all of the evidence."""

    name: Annotated[
        str,
        means(
            "`rogue_station`, `wrong_register_row`, `far_reaching_cell`, `serving_cell` or"
            " `chance`; more may come."
        ),
    ]
    probability: Annotated[float, means("All of an alert's add up to 1.")]
    explanation: Annotated[str, means("One sentence on what speaks for it, in English.")]


class AlertNumber(msgspec.Struct, frozen=True):
    """A telephone number in an alert about calls or texts."""

    number: Annotated[str, means("Its keyed hash.")]
    prefix: Annotated[str | None, means("Its first digits, seven at most.")]
    kind: Annotated[str | None, means("Its class, as in docs/numbers.md.")] = msgspec.field(
        name="class"
    )
    role: Annotated[
        str,
        means(
            "`caller`; `callback`: a text said to ring it; `impersonated`: shown by others, its"
            " owner is a victim too."
        ),
    ] = "caller"


class Measure(msgspec.Struct, frozen=True):
    """Where a team's next reading is expected to say most about the place."""

    lat: Annotated[float, means("Latitude, WGS84.", "°")]
    lon: Annotated[float, means("Longitude, WGS84.", "°")]
    instrument: Annotated[str, means("What to measure there: `bearing`.")]
    area_share: Annotated[
        float, means("The share of the region's area that is expected to be left after it.")
    ]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of an alert: a transmitter that may be on the air, how sure that is, and where.

    The fields from ``considered`` on may be missing in alerts of other writers.
    """

    alert_id: Annotated[
        str,
        means(
            "The same for the same incident, whatever the run, the partitioning, the speed of a "
            "replay and the hashing key. Fixed when the alert is first published. Of calls it may "
            "differ from key to key, as how many people a number rings is counted by hashes."
        ),
    ]
    revision: Annotated[int, means("1, 2, 3 ..; a reader keeps the highest.")]
    status: Annotated[Status, means("First revision, a later one, or the last.")]
    ts: Annotated[
        int,
        means(
            "When this revision could be decided: the arrival time of the newest message that it "
            "rests on, or the moment at which closing was due. Never earlier.",
            "ms",
        ),
    ]
    first_seen: Annotated[
        int,
        means(
            "Event time of the oldest evidence that shows when it was on the air. What weighs "
            "nothing, or names what a single phone does, doesn't show that beside what does; so it "
            "may be later than in an earlier revision, and than the `first_ts` of such evidence.",
            "ms",
        ),
    ]
    last_seen: Annotated[
        int, means("Event time of the newest evidence, as `first_seen` has it.", "ms")
    ]
    kind: Annotated[
        str,
        means(
            "What it does: `fake_base_station`, `cloned_cell`, `sms_spammer`, `imsi_catcher`; of "
            "calls and texts `scam_caller`, `scam_campaign`, `sim_box`, `wangiri`, `phishing`, "
            "`account_takeover`; more may come."
        ),
    ]
    identities: Annotated[
        list[Identity],
        means("The identities that it claimed, at most 16; what is not known of one is null."),
    ]
    probability: Annotated[
        float, means("Calibrated: of the alerts at 0.8, eight in ten are transmitters. 0 to 1.")
    ]
    severity: Annotated[str, means("`info`, `low`, `medium`, `high` or `critical`.")]
    position: Annotated[
        dict[str, float] | None,
        means("Best estimate of the place at `last_seen`: `lat`, `lon`, WGS84.", "°"),
    ]
    region: Annotated[
        dict[str, Any] | None,
        means(
            "GeoJSON Polygon or MultiPolygon that holds the transmitter with probability "
            "`region_level`."
        ),
    ]
    region_level: Annotated[float, means("Probability of `region`: 0.9.")]
    radius_m: Annotated[
        float | None, means("Radius of a circle about `position` with that probability.", "m")
    ]
    track: Annotated[
        list[tuple[int, float, float]] | None,
        means("Where it was before: event time, latitude, longitude; the oldest first.", "ms, °"),
    ]
    speed_mps: Annotated[
        float | None,
        means(
            "Its speed along its way over the last minutes, where it is seen to move; else null.",
            "m/s",
        ),
    ]
    bearing_deg: Annotated[
        float | None,
        means(
            "Where it went over the last minutes, clockwise from true north, where it is seen to "
            "move and that is known; else null.",
            "°",
        ),
    ]
    devices: Annotated[int, means("Number of distinct devices that stand behind it.")]
    reports: Annotated[int, means("Number of reports that stand behind it.")]
    evidence: Annotated[list[Evidence], means("By rule, the weightiest first.")]
    headline: Annotated[str, means("One sentence that a person on the street can act on.")]
    considered: Annotated[
        list[Considered], means("Innocent explanations that hold for a part.")
    ] = []
    forecast: Annotated[
        Ahead | None,
        means("Where it will be, if it may move: time, best estimate and region; else null."),
    ] = None
    measure_next: Annotated[
        Measure | None,
        means("Where a team's next reading would say most; null once the alert is closed."),
    ] = None
    ta_conflict: Annotated[
        bool,
        means(
            "Timing advances contradict each other or the levels (stale or forged), and were left "
            "out of the place."
        ),
    ] = False
    region_50: Annotated[
        dict[str, Any] | None, means("GeoJSON that holds it with probability 0.5.")
    ] = None
    verdict: Annotated[
        str | None, means("A team's newest verdict (see `field.feedback`), or null.")
    ] = None
    hypotheses: Annotated[
        list[Hypothesis],
        means("What may be behind it, the likeliest first; `rogue_station` is as `probability`."),
    ] = []
    numbers: Annotated[
        list[AlertNumber],
        means("Of calls and texts: the numbers that take part, the newest last, at most 500."),
    ] = []
    calls: Annotated[list[str], means("References of its calls, the newest 200.")] = []
    campaign: Annotated[
        str | None, means("What alerts that belong together share; null where nothing is known.")
    ] = None
    closed_because: Annotated[
        str | None,
        means(
            "Once it is closed: `ruled_out`, a team ruled out its identity near by before, and no "
            "more is found of it than that explains; of calls and texts `silent`, nothing new for "
            "long; `verdict`, who looked found it honest; `joined`, another alert of its "
            "`campaign` goes on with it; "
            "`room`, there were too many at once. Else null."
        ),
    ] = None
    ruled_out_before: Annotated[
        RuledOut | None,
        means(
            "The newest verdict that an identity of it was none, given within 5 km on another "
            "alert, while that one's mute lasts; else null."
        ),
    ] = None
    near: Annotated[
        Near | msgspec.UnsetType | None,
        means(
            "What `position` is near by the files of the setting `places`, which the headline says "
            "in words; missing where none are set, where there is no position, or nothing near."
        ),
    ] = msgspec.UNSET
