"""The excuses that all rules which count in clusters share, in each of these rules.

Each is shown with the others off: what would alarm without it and doesn't with it, and the attack
in the midst of that which it must not hide, then with all of them on as well.
"""

import importlib
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from detectors.features.baselines.cluster_rule import AnyClusterRule, ClusterRule
from detectors.model.codes import GSM, LTE
from detectors.model.finding import Finding
from detectors.rules import RULES
from detectors.rules.cluster_samples import Messages
from detectors.rules.sample_town import Row

EXCUSES = ("excuse_habit", "excuse_crowd", "excuse_restart", "excuse_repeats")
WINDOW_S = 600.0
#: The windows of the judging half begin with the clock's ten minutes: this is where one does.
START_S = 400.0
RAN, LOCATION_UPDATE, HANDOVER = 2, 2, 14
ACCEPT, ABORT = 1, 3
NEXT_AREA, NO_AREA = 4101, 0xFFFE

CLUSTER_RULES = [rule for rule in RULES if issubclass(rule, ClusterRule)]
#: For each rule, odd messages of one subscriber and ordinary ones of the same sort.
KITS: dict[str, tuple[Messages, Messages]] = {
    rule.name: (samples.ODD, samples.ORDINARY)
    for rule in CLUSTER_RULES
    for samples in [importlib.import_module(f"detectors.rules.{rule.name}.samples")]
}

every_cluster_rule = pytest.mark.parametrize("kind", CLUSTER_RULES, ids=lambda rule: rule.name)


def register(make: Any) -> Any:
    """Twelve places 3 km apart, each with a cell of LTE and one of GSM, and an area next to it."""
    cells = []
    for place in range(12):
        lat, lon = make.at(3000.0 * place)
        every = {"lat": lat, "lon": lon, "pci": 17}
        cells.append({"rat": LTE, "area": 4100, "cell": 2000 + place, **every})
        cells.append({"rat": GSM, "area": 4200, "cell": 3000 + place, **every})
    return make.register(*cells, {"rat": LTE, "area": NEXT_AREA, "cell": 1101, "pci": 17})


def crowd(
    messages: Messages, name: str, count: int, at_s: float, within_s: float, place: int = 0
) -> list[Row]:
    """So many subscribers at a place, one after the other within some time."""
    return [
        row
        for n in range(count)
        for row in messages(f"{name}-{n}", at_s + within_s * n / count, place)
    ]


def found(make: Any, rule: AnyClusterRule, *parts: Iterable[Row]) -> list[Finding]:
    """Both halves of the rule, each finding at its time; no incidents are made of them."""
    rows = sorted((row for part in parts for row in part), key=lambda row: float(row["at_s"]))
    observations = make.screen(rule, make.signalling(*rows), register(make)).observations
    state = rule.new_zone_state()
    findings: list[Finding] = []
    for observation in sorted(
        observations, key=lambda observation: (observation.rx_ts, observation.digest())
    ):
        while (due := rule.next_due_ms(state)) is not None and due < observation.rx_ts:
            findings += rule.evaluate(state, due)
        rule.observe(state, observation)
    while (due := rule.next_due_ms(state)) is not None:
        findings += rule.evaluate(state, due)
    return findings


def of(findings: list[Finding], name: str, since_ms: float = 0.0) -> list[Finding]:
    """Those of subscribers of that name."""
    return [f for f in findings if f.who.startswith(f"{name}-") and f.ts >= since_ms]


def variants(kind: type[AnyClusterRule], excuse: str, **fixed: Any) -> tuple[AnyClusterRule, ...]:
    """A rule without any of the shared excuses, with one of them, and with all."""
    without = kind(**dict.fromkeys(EXCUSES, False), **fixed)
    return without, msgspec.structs.replace(without, **{excuse: True}), kind(**fixed)


def test_the_shared_excuses_are_all_here() -> None:
    fields = msgspec.structs.fields(ClusterRule)
    shared = [field.name for field in fields if field.name.startswith("excuse_")]
    assert shared == list(EXCUSES)


@every_cluster_rule
def test_excuse_habit(kind: type[AnyClusterRule], make: Any) -> None:
    """A metro exit, a tunnel, a border: as many in every ten minutes. A burst there stands out."""
    odd, _ = KITS[kind.name]
    each = kind().least_subscribers + 2
    windows = [crowd(odd, f"usual-{n}", each, START_S + WINDOW_S * n, 500.0, 0) for n in range(72)]
    late_ms = make.t0_ms + 1000 * (START_S + 60 * WINDOW_S)
    burst = crowd(odd, "victim", 100, START_S + 71 * WINDOW_S + 100.0, 60.0)
    without, only, every = variants(kind, "excuse_habit")
    assert len(of(found(make, without, *windows), "usual", late_ms)) >= 12 * (each - 1)
    for rule in (only, every):
        assert of(found(make, rule, *windows), "usual", late_ms) == []
        assert len(of(found(make, rule, *windows, burst), "victim")) >= 50


@every_cluster_rule
def test_excuse_crowd(kind: type[AnyClusterRule], make: Any) -> None:
    """Where very many phones are, more of them are odd; a transmitter takes more still."""
    odd, plain = KITS[kind.name]
    people = crowd(plain, "people", 600, START_S + 20.0, 280.0)
    few = crowd(odd, "few", kind().least_subscribers + 2, START_S + 310.0, 50.0)
    many = crowd(odd, "victim", 250, START_S + 310.0, 60.0)
    without, only, every = variants(kind, "excuse_crowd", one_in=1, usual_share=0.02)
    assert len(found(make, without, people, few)) == kind().least_subscribers + 2
    for rule in (only, every):
        assert found(make, rule, people, few) == []
        assert len(of(found(make, rule, people, many), "victim")) >= 100


@every_cluster_rule
def test_excuse_restart(kind: type[AnyClusterRule], make: Any) -> None:
    """What happens in many places at once is the core's; a transmitter in one adds to it."""
    odd, _ = KITS[kind.name]
    each = kind().least_subscribers + 1
    places = [crowd(odd, f"place-{n}", each, START_S + 210.0, 30.0, n) for n in range(12)]
    victims = crowd(odd, "victim", 60, START_S + 210.0, 30.0, place=5)
    without, only, every = variants(kind, "excuse_restart", hold_s=60.0)
    assert len(found(make, without, *places)) == 12 * each
    for rule in (only, every):
        assert found(make, rule, *places) == []
        midst = found(make, rule, *places, victims)
        assert len(of(midst, "victim")) >= 50
        assert {f.who.rpartition("-")[0] for f in midst} <= {"victim", "place-5"}


@every_cluster_rule
def test_excuse_repeats(kind: type[AnyClusterRule], make: Any) -> None:
    """One phone with a fault is odd over and over: it is no further witness of anything."""
    odd, _ = KITS[kind.name]
    faulty = [row for n in range(10) for row in odd("faulty-0", START_S + 200.0 * n, 0)]
    least = kind().least_subscribers
    chance = crowd(odd, "chance", least - 1, START_S + 1790.0, 5.0)
    victims = crowd(odd, "victim", 30, START_S + 1770.0, 25.0)
    without, only, every = variants(kind, "excuse_repeats")
    assert len(of(found(make, without, faulty, chance), "chance")) == least - 1
    for rule in (only, every):
        assert found(make, rule, faulty, chance) == []
        assert {f.who.partition("-")[0] for f in found(make, rule, faulty, victims)} == {"victim"}
