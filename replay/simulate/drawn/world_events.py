"""What befalls a drawn world as a whole: arrivals, restarts, surges of calls, hills about it."""

from math import cos, pi, sin

from replay.simulate.drawn.drawn_values import Values, somewhere
from replay.simulate.drawn.world_draw import DURATION_S, DrawnWorld, generator
from replay.simulate.scenario import cell_happenings, nuisances, phone_happenings
from replay.simulate.scenario.scenario import Happening

HIGH_MAST_M = 1000.0, 10_000.0  # beyond the edge of the city
RESTART_S, SURGE_S = (30.0, 300.0), (30.0, 600.0)  # how long they take
CUT_OFF_S, STAY_S = (120.0, 3600.0), (20.0, 300.0)  # for how long, and how long phones stay there


def events(world: DrawnWorld, value: Values, size_m: float) -> list[Happening]:
    """What befalls many phones within minutes."""
    rng = generator(world.seed, "events")

    def when_s() -> float:
        return round(float(rng.uniform(0.05, 0.9)) * DURATION_S, 1)

    landings = [
        phone_happenings.Landing(
            at_m=somewhere(rng, size_m), at_s=when_s(), phones=int(value["landing_phones"])
        )
        for _ in range(int(value["landings"]))
    ]
    restarts = [
        phone_happenings.CoreRestart(
            at_s=when_s(),
            operator=int(rng.integers(int(value["operators"]))),
            spread_s=float(rng.uniform(*RESTART_S)),
        )
        for _ in range(int(value["core_restarts"]))
    ]
    surges = []
    for _ in range(int(value["fallback_surges"])):
        from_s, flagged = when_s(), float(rng.uniform(0.0, 1.0))
        to_s = from_s + float(rng.uniform(*SURGE_S))
        calls = int(value["surge_calls"])
        surges.append(
            phone_happenings.FallbackSurge(
                from_s=from_s, to_s=to_s, calls=calls, flagged_share=flagged
            )
        )
    return [*landings, *restarts, *surges, *_cut_off(world, value)]


def _cut_off(world: DrawnWorld, value: Values) -> list[Happening]:
    """Sites that lose their backhaul, each at a time of its own."""
    rng = generator(world.seed, "cut off")
    happenings: list[Happening] = []
    for _ in range(int(value["sites_cut_off"])):
        from_s = round(float(rng.uniform(0.0, 0.9)) * DURATION_S, 1)
        to_s = from_s + float(rng.uniform(*CUT_OFF_S))
        stay_s = float(rng.uniform(*STAY_S))
        happenings.append(nuisances.CutOffSites(active_s=(from_s, to_s), stay_s=stay_s))
    return happenings


def high_masts(world: DrawnWorld, value: Values, size_m: float) -> list[Happening]:
    """Masts on hills about the city."""
    rng = generator(world.seed, "high masts")
    masts: list[Happening] = []
    for number in range(int(value["high_masts"])):
        off_m = 0.5 * size_m + float(rng.uniform(*HIGH_MAST_M))
        bearing = float(rng.uniform(0.0, 2.0 * pi))
        masts.append(
            cell_happenings.HighMast(
                at_m=(round(off_m * sin(bearing), 1), round(off_m * cos(bearing), 1)),
                operator=number % int(value["operators"]),
                power_offset_db=value["high_mast_db"],
            )
        )
    return masts
