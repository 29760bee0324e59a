"""A scenario and a seed in, a trace folder with its truth out."""

from pathlib import Path

from msgspec import Struct

from replay.simulate.draw import draw_world
from replay.simulate.feeds.diagnostics import diagnose
from replay.simulate.feeds.field_teams import measure
from replay.simulate.feeds.handovers import hand_over
from replay.simulate.feeds.messages import text_honestly
from replay.simulate.feeds.probes import probe
from replay.simulate.feeds.reports import report_honestly
from replay.simulate.feeds.signalling import signal_honestly
from replay.simulate.feeds.writing import Feed, write_lines
from replay.simulate.ground_truth import truth_lines
from replay.simulate.happenings.effect import AnyEffect
from replay.simulate.happenings.table import effects_of
from replay.simulate.network.register import HEADER
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.victims.stray_handovers import hand_to_rogues
from replay.simulate.victims.victims import report_victims
from replay.simulate.world import World

ANNOUNCED_BEFORE_MS = 3_600_000


class Summary(Struct, frozen=True):
    """What a simulation wrote; ``captures`` counts captivities, not phones."""

    scenario: str
    seed: int
    measurements: int
    signalling: int
    sms: int
    register_rows: int
    phones: int
    transmitters: int
    captures: int
    field: int = 0


def simulate(scenario: Scenario, seed: int, out: Path) -> Summary:
    """Write the trace of a scenario to the folder ``out``, which is made where it is missing.

    The same scenario and seed give the same bytes. Files of an earlier run are replaced. Raises
    `ScenarioError` where the scenario asks for a clone and there is no cell to copy.
    """
    effects = effects_of(scenario, seed)
    world = draw_world(scenario, seed, effects)
    measurements, signalling, sms = Feed(), Feed(), Feed()
    feeds = {"measurements": measurements, "signalling": signalling, "sms": sms}
    for effect in effects:
        for name, alteration in effect.alterations(world).items():
            feeds[name].alterations.append(alteration)
    report_honestly(world, measurements)
    signal_honestly(world, signalling)
    hand_over(world, signalling)
    diagnose(world, signalling)
    text_honestly(world, sms)
    for effect in effects:
        effect.report(world, measurements)
        effect.signal(world, signalling)
        effect.text(world, sms)
    probe(world, measurements)
    hand_to_rogues(world, signalling)
    report_victims(world, measurements, signalling, sms)
    field = Feed()
    measure(world, field)
    out.mkdir(parents=True, exist_ok=True)
    measurements.write(out / "measurements.jsonl.gz")
    signalling.write(out / "signalling.jsonl.gz")
    sms.write(out / "sms.jsonl.gz")
    _write_any(_changes(world, effects), out / "changes.jsonl.gz")
    _write_any(field, out / "field.jsonl.gz")
    write_lines(out / "register.csv", [HEADER, *world.register.lines])
    write_lines(out / "truth.jsonl", truth_lines(world))
    return Summary(
        scenario=scenario.name,
        seed=seed,
        measurements=len(measurements),
        signalling=len(signalling),
        sms=len(sms),
        register_rows=len(world.register.lines),
        phones=len(world.phones),
        transmitters=len(world.transmitters),
        captures=len(world.captures),
        field=len(field),
    )


def _changes(world: World, effects: list[AnyEffect]) -> Feed:
    """What the operator announces."""
    announced = Feed()
    for effect in effects:
        if effect.spec.announced:
            for change in effect.changes(world):
                announced.add_untimed(world.scenario.start_ms - ANNOUNCED_BEFORE_MS, change)
    return announced


def _write_any(feed: Feed, path: Path) -> None:
    """The feed's file; none, and none of an earlier run, where it holds nothing."""
    path.unlink(missing_ok=True)
    if len(feed):
        feed.write(path)
