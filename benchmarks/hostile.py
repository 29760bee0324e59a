"""How many colluding phones it takes to raise a false alert, or to hide a transmitter.

A town with 500 honest phones, and among them some that lie in step, each every few seconds, over
every feed that a phone can reach. Without an option: all report the same made-up story from the
same street corner for ten minutes. Printed for each kind of lie, and for all at once: the highest
probability that any alert raised, by the number of liars.

With ``--hide`` a transmitter is on the air for ten minutes, which takes thirty phones or but ten,
and liars who know all about it say what would make it look innocent, some long before it comes on.
Printed for each lie: the highest probability of an alert of it, how much later it came than
without liars (s), and how far off it was placed (m); ``!`` where it was hidden: never found,
acquitted while still on the air (``!c``), or at a place that misleads (``!m``).

    python -m benchmarks.hostile [--hide] [--seeds 1,2] [--liars 1,3,4] [--only NAME,..]
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec

from benchmarks.measuring.hostile import hiding, raising
from benchmarks.measuring.hostile.hidden import Outcome, outcome_of
from benchmarks.measuring.hostile.town import TOWN
from replay.simulate import Scenario, simulate
from streams.config.settings import Settings, load_settings


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hide", action="store_true")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--liars")
    parser.add_argument("--only")
    parser.add_argument("--blasters", default=",".join(hiding.BLASTERS))
    given = parser.parse_args()
    liars = given.liars or ("1,3,4,6,8,12,20" if given.hide else "1,3,4,5,6,8,12")
    counts = [int(count) for count in liars.split(",")]
    seeds = [int(seed) for seed in given.seeds.split(",")]
    names = given.only.split(",") if given.only else None
    settings = load_settings(env={})
    with tempfile.TemporaryDirectory() as folder:
        if not given.hide:
            _raise(Path(folder), names or list(raising.LIES), counts, seeds, settings)
            return
        for blaster in given.blasters.split(","):
            _hide(Path(folder), blaster, names or list(hiding.LIES), counts, seeds, settings)


def _raise(
    work: Path, names: list[str], counts: list[int], seeds: list[int], settings: Settings
) -> None:
    print("highest probability of an alert, by the number of liars among 500 honest phones")
    print(f"{'lie':<14}" + "".join(f"{count:>8}" for count in counts))
    towns = [_simulated(TOWN, seed, work / f"honest-{seed}") for seed in seeds]
    for name in names:
        row = []
        for count in counts:
            chance = 0.0
            for town in towns:
                raising.with_false_alert(town, work / "trace", raising.LIES[name], count)
                chance = max(chance, raising.highest(work / "trace", work / "out", settings))
            row.append(chance)
        print(f"{name:<14}" + "".join(f"{chance:>8.2f}" for chance in row), flush=True)


def _hide(
    work: Path,
    blaster: str,
    names: list[str],
    counts: list[int],
    seeds: list[int],
    settings: Settings,
) -> None:
    for seed in seeds:
        scenario = hiding.scenario_of(hiding.BLASTERS[blaster])
        town = _simulated(scenario, seed, work / f"{blaster}-{seed}")
        alone = outcome_of(town, work, names[0], 0, settings)
        print(
            f"{blaster}, seed {seed}, without liars: {alone.probability:.2f}"
            f" after {_seconds(alone)} s, {alone.error_m:.0f} m off, {alone.hidden or 'found'}"
        )
        print(f"{'lie':<14}" + "".join(f"{count:>18}" for count in counts))
        for name in names:
            row = f"{name:<14}"
            for count in counts:
                row += f"{_cell(outcome_of(town, work, name, count, settings), alone):>18}"
                print(row[-18:] if count != counts[0] else row, end="", flush=True)
            print(flush=True)


def _cell(outcome: Outcome, alone: Outcome) -> str:
    if outcome.delay_s is None or alone.delay_s is None:
        return f"{outcome.probability:.2f} !"
    late_s, mark = outcome.delay_s - alone.delay_s, f" !{outcome.hidden}" if outcome.hidden else ""
    return f"{outcome.probability:.2f} {late_s:+.0f}s {outcome.error_m:.0f}m{mark[:3]}"


def _seconds(outcome: Outcome) -> str:
    return "-" if outcome.delay_s is None else f"{outcome.delay_s:.0f}"


def _simulated(scenario: dict[str, Any], seed: int, folder: Path) -> Path:
    simulate(msgspec.convert(scenario, Scenario), seed, folder)
    return folder


if __name__ == "__main__":
    main()
