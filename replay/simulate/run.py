"""A scenario and a seed in, a trace folder with its truth out."""

from pathlib import Path

from msgspec import Struct

from replay.simulate.ground_truth import truth_lines
from replay.simulate.messages import text_honestly
from replay.simulate.register import HEADER
from replay.simulate.reports import report_honestly
from replay.simulate.scenario import Scenario
from replay.simulate.signalling import signal_honestly
from replay.simulate.victims import tell_victims
from replay.simulate.world import draw_world
from replay.simulate.writing import Feed, write_lines


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


def simulate(scenario: Scenario, seed: int, out: Path) -> Summary:
    """Write the trace of a scenario to the folder ``out``, which is made where it is missing.

    The same scenario and seed give the same bytes. Files of an earlier run are replaced. Raises
    `ScenarioError` where the scenario asks for a clone and there is no cell to copy.
    """
    world = draw_world(scenario, seed)
    measurements, signalling, sms = Feed(), Feed(), Feed()
    report_honestly(world, measurements)
    signal_honestly(world, signalling)
    text_honestly(world, sms)
    tell_victims(world, measurements, signalling, sms)
    out.mkdir(parents=True, exist_ok=True)
    measurements.write(out / "measurements.jsonl.gz")
    signalling.write(out / "signalling.jsonl.gz")
    sms.write(out / "sms.jsonl.gz")
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
    )
