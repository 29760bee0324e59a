"""A zone's look-ups agree with its list of incidents, whatever was taken out of these."""

from math import inf
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.incident.association import Association, choose
from detectors.incident.identity_change import merge
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.model.finding import Finding, Identity
from geo.earth.bounds import Bounds

GATES = Association()


def test_what_is_over_is_joined_no_more_though_its_tallies_were_taken_out(make: Any) -> None:
    finding = make.finding()
    index, incident = IncidentIndex([]), Incident("z", "z", 0, 0, finding.ts, finding.ts)
    index.begin(incident)
    incident.add(finding, finding.rx_ts)
    index.note(incident, finding)
    assert index.joinable(finding, 1e3) == [incident]
    incident.renew()
    incident.tallies = []  # as when the core attests the identity, or of a division
    index.keep([])
    assert index.joinable(finding, 1e3) == []


def test_nothing_is_kept_of_what_is_over(make: Any) -> None:
    index = IncidentIndex([])
    empty = {name: len(kept) for name, kept in vars(index).items() if isinstance(kept, dict)}
    for number in range(20):
        finding = make.finding(claimed=make.claimed(area=1000 + number, arfcn=number, pci=7))
        incident = Incident("z", "z", 0, 0, finding.ts, finding.ts)
        index.begin(incident)
        incident.add(finding, finding.rx_ts)
        index.note(incident, finding)
        index.keep([])
    assert {name: len(getattr(index, name)) for name in empty} == empty
    assert set(empty.values()) == {0}


def received(make: Any, cell: int, from_s: float) -> Incident:
    """Phones at one place that receive a cell of an area that nobody has."""
    found = [
        make.finding(int(from_s) + n, from_s + 10.0 * n, claimed=make.claimed(cell=cell))
        for n in range(12)
    ]
    one: Incident = make.incident(found)
    one.strong, one.middle = True, make.at()
    return one


def test_an_alert_looks_for_its_parts_every_few_seconds(make: Any) -> None:
    """What changes looks for its alert itself, at once."""
    alert, index = received(make, 1, 0.0), IncidentIndex([])
    alert.alert_id = "published"
    index.add(alert)
    assert merge(index, alert, GATES) == (alert, True)
    index.add(part := received(make, 2, 200.0))
    alert.newest_rx = alert.gathered_rx + 4_999
    merge(index, alert, GATES)
    assert part in list(index)
    alert.newest_rx += 1
    merge(index, alert, GATES)
    assert part not in list(index)


_CLAIMS = st.none() | st.builds(
    Identity,
    rat=st.sampled_from(["gsm", "lte", "nr", None]),
    mcc=st.just(460),
    mnc=st.sampled_from([0, 1]),
    area=st.sampled_from([1, 2, None]),
    cell=st.sampled_from([7, None]),
    arfcn=st.sampled_from([10, None]),
    pci=st.sampled_from([5, None]),
)


@given(
    found=st.lists(
        st.tuples(
            _CLAIMS,
            st.sampled_from(["signalling", "identity", "radio", "sms", "protocol"]),
            st.one_of(st.floats(-2000.0, 2000.0), st.floats(-30_000.0, 30_000.0)),
            st.sampled_from([0.5, 2.0]),
            st.booleans(),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_what_names_a_cell_joins_nothing_by_its_place_alone(make: Any, found: list[Any]) -> None:
    """So that it isn't compared with all that is near."""
    index = IncidentIndex([])
    for n, (claimed, family, east_m, weight, begins) in enumerate(found):
        finding = make.finding(
            n, 5.0 * n, claimed=claimed, family=family, weight=weight, place=make.place(east_m)
        )
        joinable = index.joinable(finding, GATES.near_m(), GATES.keyed_m())
        chosen = choose(joinable, finding, GATES)
        assert chosen is choose(list(index), finding, GATES)
        if chosen is None or begins:
            first_ts = finding.ts
            chosen = Incident("z", "z", finding.rx_ts, finding.rx_ts, first_ts, first_ts)
            index.begin(chosen)
        chosen.add(finding, finding.rx_ts)
        index.note(chosen, finding)


class _Everywhere(IncidentIndex):
    """One that looks nothing up."""

    def strong_about(self, box: Bounds, within_m: float) -> list[Incident]:
        return self.strong

    def joinable(self, finding: Finding, near_m: float, keyed_m: float = inf) -> list[Incident]:
        return list(self)


#: Transmitters of three channels, each with two identities, and what names none.
_ON_AIR = st.sampled_from(
    [
        *(
            Identity("lte", 460, 0, area=10 * channel + number, cell=7, arfcn=channel, pci=5)
            for channel in (1, 2, 3)
            for number in (1, 2)
        ),
        Identity("lte", 460, 0, area=11),
        None,
    ]
)
#: What claims it, its family, how far east (m), who, how long after the one before (s).
_FOUND = st.tuples(
    _ON_AIR,
    st.sampled_from(["signalling", "identity", "identity", "radio"]),
    st.sampled_from([0.0, 900.0, 2_600.0, 5_200.0, 7_800.0, 10_500.0, 13_500.0, 30_000.0]),
    st.integers(0, 5),
    st.sampled_from([1.0, 5.0, 60.0, 250.0]),
)


@settings(max_examples=150)
@given(found=st.lists(_FOUND, min_size=4, max_size=40), alerting=st.integers(0, 3))
def test_what_is_looked_up_is_joined_and_merged_as_if_all_were_compared(
    make: Any, found: list[Any], alerting: int
) -> None:
    findings, at_s = [], 0.0
    for n, (claimed, family, east_m, who, after_s) in enumerate(found):
        at_s += after_s
        place = make.place(east_m + 40.0 * who)
        findings.append(
            make.finding(n, at_s, claimed=claimed, family=family, who=f"p{who}", place=place)
        )
    looked_up, compared = (
        _grouped(kind([]), findings, alerting) for kind in (IncidentIndex, _Everywhere)
    )
    assert looked_up == compared


def _grouped(index: IncidentIndex, findings: list[Finding], alerting: int) -> list[list[int]]:
    """The number of the incident that each finding came to, and what was left in the end; every so
    many incidents become alerts as they begin."""
    came_to = []
    for finding in findings:
        joinable = index.joinable(finding, GATES.near_m(), GATES.keyed_m())
        incident = choose(joinable, finding, GATES)
        if incident is None:
            rx_ms, ts_ms = finding.rx_ts, finding.ts
            incident = Incident("z", "z", rx_ms, rx_ms, ts_ms, ts_ms)
            index.begin(incident)
            if alerting and incident.number % alerting == 0:
                incident.alert_id = f"a{incident.number}"
        incident.add(finding, finding.rx_ts)
        index.note(incident, finding)
        came_to.append(merge(index, incident, GATES)[0].number)
    return [came_to, [incident.number for incident in index]]
