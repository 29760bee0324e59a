"""A correlator decides the same whatever the delivery, the restarts, the split of zones and the
names.

Long because all ways of delivery are held to one made-up stream and its one outcome.
"""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alert.record import Alert
from detectors.context.zone_routing import PLACELESS, zones_for
from detectors.correlate.correlator import Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.model.codes import GSM
from detectors.model.finding import Finding, Observation, Source
from detectors.place import position
from detectors.rules import RULES
from detectors.rules.phantom_sms.rule import PhantomSms

SOURCES = (("cell.measurements", 0), ("cell.signalling", 0), ("sms.metadata", 1))
ALL_RULES = tuple(rule() for rule in RULES)
END_S = 4000.0
#: Metres from the site: two in the town, one over the border of its zone, one in another province.
PLACES = (0.0, 300.0, 45_000.0, 400_000.0, None)

few = settings(max_examples=30)


@pytest.fixture(scope="module", autouse=True)
def _located_once() -> Iterator[None]:
    """Most of the time goes into places, and where two correlators ask for the place of the same
    reports at the same time, it is looked up: what is asked must be equal to the last bit."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("follow", "_region", "next_place"):
            patch.setattr(position, name, _remembered(getattr(position, name)))
        yield


def _remembered(pure: Callable[..., Any]) -> Callable[..., Any]:
    answers: dict[bytes, Any] = {}

    def answer(*asked: Any) -> Any:
        key = pickle.dumps(asked)
        if key not in answers:
            answers[key] = pure(*asked)
        return answers[key]

    return answer


@dataclass(frozen=True)
class Happening:
    """One record to be: ``what`` it is, whose, where, when, and how much disorder it has seen."""

    what: str
    source: int
    at_s: float
    early_s: float
    who: int
    place: int
    cell: int


KINDS = ("area", "area", "cell", "cell", "far", "sms", "sms", "answered", "answered", "served")
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        what=st.sampled_from(KINDS),
        source=st.integers(0, len(SOURCES) - 1),
        # Coarse, so that much arrives in the same millisecond.
        at_s=st.one_of(st.integers(0, 120), st.integers(0, 1200)).map(lambda s: s / 2),
        early_s=st.sampled_from([0.0, 0.0, 5.0]),
        who=st.integers(0, 9),
        place=st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4]),
        cell=st.integers(0, 1),
    ),
    min_size=20,
    max_size=50,
)


def stream_of(record: Finding | Observation) -> str:
    return "findings" if isinstance(record, Finding) else "observations"


def records_of(
    make: Any, happenings: list[Happening], rename: Callable[[str], str] = str
) -> list[list[Finding | Observation]]:
    """The records of each source in order of offset, which is that of arrival but for disorder."""
    queues: list[list[tuple[float, Finding | Observation]]] = [[] for _ in SOURCES]
    for happening in happenings:
        for after_s, record in _records(make, happening, rename):
            queues[happening.source].append((happening.at_s + after_s, record))
    return [
        [
            msgspec.structs.replace(record, source=Source(*source, offset, -1))
            for offset, (_, record) in enumerate(sorted(queue, key=lambda entry: entry[0]))
        ]
        for source, queue in zip(SOURCES, queues, strict=True)
    ]


def _records(
    make: Any, happening: Happening, rename: Callable[[str], str]
) -> list[tuple[float, Finding | Observation]]:
    """What one happening gives rise to, with seconds after it."""
    east_m = PLACES[happening.place]
    at_s = happening.at_s - happening.early_s
    common = {
        "claimed": make.claimed(area=61001 + happening.cell),
        "place": None if east_m is None else make.place(east_m + 20.0 * happening.who),
        "who": rename(f"d{happening.who}"),
    }
    if happening.what in ("sms", "answered"):
        sender = f"1069{happening.who}" if happening.what == "answered" else "95588"
        values = {"sender": sender, "content": None, "operator": "460-0"}
        common |= {"detector": "phantom_sms", "space": "device", "claimed": None, "values": values}
        seen = make.observation(0, at_s, kind="seen", **common)
        rx_ts = seen.rx_ts + 2000
        answered = make.observation(0, at_s, kind="vouched", **{**common, "rx_ts": rx_ts})
        return [(0.0, seen), (2.0, answered)][: 1 + (happening.what == "answered")]
    if happening.what == "served":
        return [(0.0, make.observation(0, at_s, **common))]
    detector = {"area": "unknown_old_area", "cell": "unknown_cell", "far": "impossible_distance"}
    common |= {"detector": detector[happening.what], "signal_dbm": -80.0}
    return [(0.0, make.finding(0, at_s, **common))]


def new_correlator(
    state: Any = None, is_ours: Callable[[str], bool] = lambda zone: True
) -> Correlator:
    return Correlator(
        ALL_RULES, IncidentSettings(cold_nats=0.0), frozenset(SOURCES), is_ours, state
    )


def promise_all(make: Any, correlator: Correlator, until_s: float, end: bool = False) -> None:
    for source in SOURCES:
        for stream in ("findings", "observations"):
            correlator.promise(stream, *source, make.t0_ms + round(until_s * 1000), end)


def in_one_go(
    make: Any, queues: list[list[Finding | Observation]], correlator: Correlator | None = None
) -> Decided:
    """Everything delivered before anything is worked off."""
    correlator = correlator or new_correlator()
    for queue in queues:
        for record in queue:
            correlator.take(record)
    promise_all(make, correlator, END_S)
    return correlator.advance()


def delivered(
    make: Any, queues: list[list[Finding | Observation]], draw: Callable[[int], int], restarts: bool
) -> Decided:
    """Records drawn from the sources in any order, with true watermarks, advances and restarts."""
    correlator, total = new_correlator(), Decided()
    left = [(stream, list(queue)) for queue in queues for stream in ("findings", "observations")]
    left = [(s, [r for r in queue if stream_of(r) == s]) for s, queue in left]
    while any(queue for _, queue in left):
        number = draw(len(left) - 1)
        stream, queue = left[number]
        for record in queue[: 1 + draw(3)]:
            correlator.take(record)
            queue.pop(0)
        # The highest promise that can be kept: nothing of this source is older than that.
        until = min((r.rx_ts for r in queue), default=make.t0_ms + round(END_S * 1000))
        if draw(2):
            correlator.promise(stream, *SOURCES[number // 2], until, end=False)
        if draw(1):
            join(total, correlator.advance())
        if restarts and draw(3) == 0:
            correlator = new_correlator(Correlator.restore(correlator.snapshot()))
    promise_all(make, correlator, END_S)
    join(total, correlator.advance())
    assert correlator.state.late == 0
    return total


def join(total: Decided, more: Decided) -> None:
    total.alerts += more.alerts
    total.findings += more.findings


def drawing(data: st.DataObject) -> Callable[[int], int]:
    rng = data.draw(st.randoms(use_true_random=False))
    return lambda most: rng.randint(0, most)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS, data=st.data())
def test_any_delivery_within_the_watermarks_gives_the_same(
    make: Any, happenings: list[Happening], data: st.DataObject
) -> None:
    queues = records_of(make, happenings)
    assert delivered(make, queues, drawing(data), restarts=False) == in_one_go(make, queues)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS, data=st.data())
def test_restarts_anywhere_change_nothing(
    make: Any, happenings: list[Happening], data: st.DataObject
) -> None:
    queues = records_of(make, happenings)
    assert delivered(make, queues, drawing(data), restarts=True) == in_one_go(make, queues)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS, split=st.integers(0, 1 << 16))
def test_two_correlators_that_share_the_zones_decide_as_one(
    make: Any, happenings: list[Happening], split: int
) -> None:
    decided_as_one(make, records_of(make, happenings), split)


def decided_as_one(make: Any, queues: list[list[Finding | Observation]], split: int) -> None:
    """Holds two correlators that share the zones by the bits of ``split`` to one that has all."""
    zones = sorted({zone for queue in queues for record in queue for zone in zones_for(record)})
    ours = {zone for n, zone in enumerate(zones) if split >> n & 1}
    first = in_one_go(make, queues, new_correlator(is_ours=lambda zone: zone in ours))
    second = in_one_go(make, queues, new_correlator(is_ours=lambda zone: zone not in ours))
    one = in_one_go(make, queues)
    assert in_some_order(first.alerts + second.alerts) == in_some_order(one.alerts)
    assert in_some_order(first.findings + second.findings) == in_some_order(one.findings)


def in_some_order(records: list[Any]) -> list[bytes]:
    return sorted(msgspec.json.encode(record) for record in records)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS)
def test_other_pseudonyms_give_byte_equal_alerts(make: Any, happenings: list[Happening]) -> None:
    def rename(who: str) -> str:
        return f"{9 - int(who[1:])}-other"

    plain = in_one_go(make, records_of(make, happenings)).alerts
    renamed = in_one_go(make, records_of(make, happenings, rename)).alerts
    assert msgspec.json.encode(renamed) == msgspec.json.encode(plain)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS)
def test_revisions_count_up_and_nothing_is_published_before_its_time(
    make: Any, happenings: list[Happening]
) -> None:
    by_id: dict[str, list[Alert]] = {}
    for alert in in_one_go(make, records_of(make, happenings)).alerts:
        by_id.setdefault(alert.alert_id, []).append(alert)
    for revisions in by_id.values():
        assert [r.revision for r in revisions] == list(range(1, len(revisions) + 1))
        statuses = [r.status for r in revisions]
        assert (statuses[0], statuses[-1]) == ("open", "closed")
        # An alert that was explained is closed once, and may be found likely again.
        assert "open" not in statuses[1:]
        assert ("closed", "closed") not in pairwise(statuses)
        assert [r.ts for r in revisions] == sorted(r.ts for r in revisions)
        assert all(r.first_seen <= r.last_seen <= r.ts for r in revisions)


def test_such_stories_do_make_alerts_and_findings(make: Any) -> None:
    """Of a correlator that is mute the properties above would hold as well."""
    kinds = [("answered", 2), ("area", 1), ("cell", 0), ("sms", 2)] * 8
    happenings = [
        Happening(what, source, n / 2, 0.0, n // 4, 0, 0) for n, (what, source) in enumerate(kinds)
    ]
    decided = in_one_go(make, records_of(make, happenings))
    assert {a.status for a in decided.alerts} == {"open", "update", "closed"}
    assert len(decided.findings) == 6


def crowd(make: Any, count: int = 10, every_s: float = 1.0, first: int = 0) -> list[Finding]:
    """Phones of two families, one after the other."""
    return [
        make.finding(
            n, n * every_s, detector=("unknown_cell", "unknown_old_area")[n % 2], who=f"d{n // 2}"
        )
        for n in range(first, first + count)
    ]


def test_repeats_take_effect_once(make: Any) -> None:
    once, twice = make.correlator(), make.correlator()
    for finding in crowd(make):
        once.take(finding)
    for finding in [*crowd(make)[:7], *crowd(make)]:
        twice.take(finding)
    for correlator in (once, twice):
        make.mark(correlator, 1e5)
    assert twice.advance() == once.advance()
    assert (once.state.repeated, twice.state.repeated) == (0, 7)


def test_parts_and_items_of_one_message_are_no_repeats(make: Any) -> None:
    correlator = make.correlator()
    for source in [(4, 0, 0), (4, 0, 1), (4, 1, 0), (5, -1, 0)]:
        correlator.take(make.finding(source=Source(*make.source, *source)))  # type: ignore[call-arg]
    assert correlator.state.repeated == 0
    # Of another stream.
    correlator.take(make.observation(source=Source(*make.source, 4, 0, 0)))  # type: ignore[call-arg]
    assert correlator.state.repeated == 0
    correlator.take(make.finding(source=Source(*make.source, 5, -1, 0)))  # type: ignore[call-arg]
    assert correlator.state.repeated == 1


def test_what_comes_late_is_counted_and_taken_as_if_it_had_come_now(make: Any) -> None:
    findings = crowd(make, 10)
    correlator = make.correlator()
    make.mark(correlator, 60.0)
    correlator.advance()
    for finding in findings:
        correlator.take(finding)
    assert correlator.state.late == 10
    assert correlator.advance().alerts == []
    make.mark(correlator, 61.0)
    (alert,) = correlator.advance().alerts
    assert (alert.status, alert.ts) == ("open", make.t0_ms + 60_000)
    assert alert.last_seen <= findings[-1].ts


def test_late_norms_cannot_make_an_alert_of_the_past(make: Any) -> None:
    """What falls due before the watermark when it comes is decided at the watermark."""
    rule = PhantomSms(excuse_stopped_feed=False)
    rows: list[dict[str, Any]] = []
    for n in range(8):
        row = {"device": f"h{n}", "sender": f"1069{n}", "at_s": float(n)}
        rows += [row, {**row, "source": 2, "rx_s": n + 0.5}]
    on = {"rat": GSM, "area": 61001, "cell": 7}
    spam = [{"device": f"v{n}", "at_s": 20.0 + n, **on} for n in range(6)]
    observations = make.screen(rule, make.sms(*rows, *spam)).observations
    honest, late = observations[:16], observations[16:]
    correlator = make.correlator((rule,))
    for record in [*honest, *(make.finding(n, 30.0, weight=3.0) for n in range(3))]:
        correlator.take(record)
    make.mark(correlator, 900.0)
    assert correlator.advance() == Decided()
    for record in late:
        correlator.take(record)
    make.mark(correlator, 1000.0)
    decided = correlator.advance()
    assert correlator.state.late == len(decided.findings) == 6
    assert [(alert.status, alert.ts - make.t0_ms) for alert in decided.alerts] == [
        ("open", 900_000),
        ("update", 900_000),
    ]


def test_which_of_two_equal_reports_comes_first_is_not_left_to_delivery(make: Any) -> None:
    """The one is new and opens the alert, the other adds nothing: their order can be seen."""
    known = [make.finding(n, n * 1.0, weight=3.0) for n in range(5)]
    again = make.finding(0, 10.0, who="d0", source=Source("a", 0, 0, -1))
    fresh = make.finding(0, 10.0, who="d9", source=Source("b", 0, 0, -1))
    assert again.digest() == fresh.digest()

    def alerts_of(*last: Finding) -> list[Alert]:
        correlator = make.correlator()
        for finding in [*known, *last]:
            correlator.take(finding)
        make.mark(correlator, 1e5)
        return correlator.advance().alerts

    assert alerts_of(again, fresh) == alerts_of(fresh, again)


def test_nothing_is_decided_before_every_partition_has_promised(make: Any) -> None:
    sources = frozenset({make.source, ("sms.metadata", 2)})
    correlator = Correlator((), IncidentSettings(cold_nats=0.0), sources)
    for finding in crowd(make):
        correlator.take(finding)
    make.mark(correlator, 100.0)
    assert correlator.advance() == Decided()
    for stream in ("findings", "observations"):
        assert correlator.advance() == Decided()
        correlator.promise(stream, "sms.metadata", 2, make.t0_ms + 50_000, end=False)
    assert [a.status for a in correlator.advance().alerts] == ["open", "update"]


def test_a_mark_never_takes_a_promise_back(make: Any) -> None:
    correlator = make.correlator()
    make.mark(correlator, 100.0)
    make.mark(correlator, 5.0)
    for finding in crowd(make):
        correlator.take(finding)
    assert [a.status for a in correlator.advance().alerts] == ["open", "update"]


def test_the_watermark_itself_is_not_over_yet(make: Any) -> None:
    correlator = make.correlator()
    for n in range(6):
        correlator.take(make.finding(n, 10.0, weight=3.0))
    make.mark(correlator, 10.0)
    assert correlator.advance().alerts == []
    make.mark(correlator, 10.001)
    assert len(correlator.advance().alerts) == 1


def test_an_idle_partition_needs_only_watermarks_to_let_time_pass(make: Any) -> None:
    correlator = make.correlator()
    for finding in crowd(make):
        correlator.take(finding)
    make.mark(correlator, 30.0)
    correlator.advance()
    make.mark(correlator, 1809.0)
    assert correlator.advance().alerts == []
    make.mark(correlator, 1810.0)
    (closed,) = correlator.advance().alerts
    assert closed.status == "closed"


def test_the_end_publishes_what_was_held_back_and_closes_nothing(make: Any) -> None:
    correlator = make.correlator()
    for finding in crowd(make):
        correlator.take(finding)
    make.mark(correlator, 9.5)
    (opened,) = correlator.advance().alerts
    assert opened.reports < 10
    make.mark(correlator, 9.6, end=True)
    (update,) = correlator.advance().alerts
    assert (update.status, update.reports, update.revision) == ("update", 10, 2)
    assert update.ts == make.t0_ms + 9000
    assert correlator.advance().alerts == []


def test_after_an_end_it_goes_on(make: Any) -> None:
    correlator = make.correlator()
    for finding in crowd(make):
        correlator.take(finding)
    make.mark(correlator, 20.0, end=True)
    correlator.advance()
    for finding in crowd(make, 4, first=30):
        correlator.take(finding)
    make.mark(correlator, 40.0)
    (update,) = correlator.advance().alerts
    assert (update.status, update.revision) == ("update", 3)


def test_a_held_back_update_comes_when_it_is_due_whoever_asks_and_when(make: Any) -> None:
    """A message that is held back a moment before the due time must not put it off."""
    findings = [make.finding(n, 0.0, weight=3.0) for n in range(6)]
    findings += [make.finding(6, 9.9), make.finding(7, 10.5)]
    patient = make.correlator()
    for finding in findings:
        patient.take(finding)
    make.mark(patient, 30.0)
    restarted, alerts = make.correlator(), []
    for finding in findings:
        restarted.take(finding)
        make.mark(restarted, (finding.rx_ts - make.t0_ms) / 1000)
        alerts += restarted.advance().alerts
        restarted = Correlator(
            (),
            IncidentSettings(cold_nats=0.0),
            frozenset({make.source}),
            state=Correlator.restore(restarted.snapshot()),
        )
    make.mark(restarted, 30.0)
    alerts += restarted.advance().alerts
    assert alerts == patient.advance().alerts
    assert [(a.ts - make.t0_ms, a.reports) for a in alerts] == [(0, 6), (9900, 7), (10_500, 8)]


def test_a_rule_turned_off_after_a_snapshot_does_no_harm(make: Any) -> None:
    rule = PhantomSms()
    correlator = make.correlator((rule,))
    for observation in make.screen(rule, make.sms({}, {})).observations:
        correlator.take(observation)
    make.mark(correlator, 5.0)
    correlator.advance()
    sources = frozenset({make.source})
    without = Correlator(
        (),
        IncidentSettings(cold_nats=0.0),
        sources,
        state=Correlator.restore(correlator.snapshot()),
    )
    make.mark(without, 1000.0)
    assert without.advance() == Decided()
    back = Correlator(
        (rule,),
        IncidentSettings(cold_nats=0.0),
        sources,
        state=Correlator.restore(without.snapshot()),
    )
    assert back.snapshot() == without.snapshot()


def test_a_snapshot_of_another_layout_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        Correlator.restore(msgspec.msgpack.encode({"clock_ms": "now"}))


def test_findings_of_other_correlators_zones_are_left_alone(make: Any) -> None:
    correlator = Correlator(
        (), IncidentSettings(cold_nats=0.0), frozenset({make.source}), is_ours=lambda zone: False
    )
    for finding in crowd(make):
        correlator.take(finding)
    make.mark(correlator, 100.0)
    assert correlator.advance() == Decided()
    assert correlator.state.waiting == []


@pytest.mark.parametrize(("placed", "alerts"), [(3, 1), (8, 1), (9, 0)])
def test_what_is_received_in_a_place_is_an_alert_of_that_place(
    make: Any, placed: int, alerts: int
) -> None:
    correlator = make.correlator()
    own = {"claimed": make.claimed(area=7), "detector": "unknown_cell", "weight": 2.0}
    for n in range(placed):
        correlator.take(make.finding(n, 0.1 * n, place=make.place(100.0 * n), **own))
    for n in range(20, 26):
        correlator.take(make.finding(n, float(n), place=None, **own))
    make.mark(correlator, 60.0)
    published = correlator.advance().alerts
    assert len({one.alert_id for one in published if one.position is None}) == alerts
    # Whoever keeps silent since another one speaks must be right about that.
    assert alerts or any(one.position is not None for one in published)


def test_what_has_no_place_meets_in_one_zone(make: Any) -> None:
    correlator = make.correlator()
    for n in range(6):
        correlator.take(make.finding(n, weight=3.0, place=None))
    make.mark(correlator, 10.0)
    (alert,) = correlator.advance().alerts
    assert list(correlator.state.zones) == [PLACELESS]
    assert (alert.position, alert.region, alert.radius_m, alert.track) == (None,) * 4
