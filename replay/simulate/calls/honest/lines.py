"""The operator's lines: people, elders, migrant workers, things, and who is abroad."""

import numpy as np

from replay.simulate.calls.call_world import CallWorld
from replay.simulate.calls.columns import (
    AWAY,
    ELDER,
    IOT,
    LINE,
    PERSON,
    WORKER,
    Ints,
    Table,
)
from replay.simulate.calls.number_ranges import (
    LINES_BELOW,
    MVNO,
    NEW,
    OWN,
    blocks_of,
    iot,
    mobile,
)
from replay.simulate.calls.stage import Stage

ELDER_RATE, WORKER_RATE, IOT_PER_DAY = 0.5, 1.3, (0.3, 6.0)
#: Cells of a region; cell numbers are `region * CELLS + place`.
CELLS = 600
MOVES = (2, 9)
#: Type allocation codes from 00 10 00 00 on are of test equipment (GSMA TS.06).
TACS = 100_000, 400
WORKERS_TO = 2  # regions that draw workers: the first ones


def draw_lines(world: CallWorld) -> Stage:
    """The stage of a world with its lines, without any call yet."""
    stage = Stage(world, np.zeros(0, LINE))
    rng = stage.random("lines")
    n = int(stage.value("subscribers"))
    lines = np.zeros(n, LINE)
    kinds = (ELDER, WORKER, IOT, AWAY)
    names = ("elder_share", "worker_share", "iot_share", "abroad_share")
    shares = np.cumsum([stage.value(name) for name in names])
    place = np.searchsorted(shares, rng.random(n), side="right")
    lines["kind"] = np.array([*kinds, PERSON])[place]
    lines["kind"][:4] = PERSON  # there is always somebody to ring
    sizes = rng.dirichlet(np.full(stage.regions, 3.0))
    lines["region"] = rng.choice(stage.regions, n, p=sizes)
    lines["place"] = lines["region"]
    workers = lines["kind"] == WORKER
    lines["place"][workers] = rng.integers(0, WORKERS_TO, int(workers.sum()))
    _number(stage, rng, lines)
    lines["rate"] = _rates(stage, rng, lines)
    spread = rng.lognormal(np.log(stage.value("contacts_median")), stage.value("contacts_sigma"), n)
    lines["contacts"] = np.clip(spread, 2, 400)
    lines["contacts"][lines["kind"] == IOT] = 1
    lines["sim"] = lines["terminal"] = np.arange(n)
    lines["tac"] = TACS[0] + (TACS[1] * rng.random(n) ** 2).astype(int)
    lines["cell"] = rng.integers(0, CELLS, n)
    moving = rng.random(n) < stage.value("moving_share")
    lines["cells"] = np.where(moving, rng.integers(*MOVES, n), 1)
    lines["cells"][lines["kind"] == IOT] = 1
    for name, share in (
        *(("withheld", "withheld_share"), ("ported", "ported_share")),
        *(("diverts", "diverted_share"), ("volte", "volte_share")),
    ):
        lines[name] = rng.random(n) < stage.value(share)
    lines["withheld"][~np.isin(lines["kind"], (PERSON, ELDER))] = False
    lines["trunk"] = -1
    stage.lines = lines
    return stage


def _number(stage: Stage, rng: np.random.Generator, lines: Table) -> None:
    """A number of its home region for each line; no two have the same."""
    n, regions = len(lines), stage.regions
    share = rng.random(n)
    new = share < stage.value("new_range_share")
    virtual = ~new & (share < stage.value("new_range_share") + stage.value("mvno_share"))
    things = lines["kind"] == IOT
    lines["new_range"] = new & ~things
    for wanted, prefixes in ((new, NEW), (virtual, MVNO), (~new & ~virtual, OWN)):
        for region in range(regions):
            rows = np.flatnonzero(wanted & ~things & (lines["region"] == region))
            lines["number"][rows] = _distinct(rng, len(rows), prefixes, region, regions)
    rows = np.flatnonzero(things)
    lines["number"][rows] = iot(np.arange(len(rows)))


def _distinct(
    rng: np.random.Generator, n: int, prefixes: tuple[int, ...], region: int, regions: int
) -> Ints:
    blocks = blocks_of(region, regions)
    room = len(prefixes) * len(blocks) * LINES_BELOW
    each = rng.choice(room, n, replace=n > room)
    rest, serial = np.divmod(each, LINES_BELOW)
    block, prefix = np.divmod(rest, len(prefixes))
    return mobile(np.array(prefixes)[prefix], blocks[block], serial)


def _rates(stage: Stage, rng: np.random.Generator, lines: Table) -> np.ndarray:
    """Calls that each line makes a day."""
    n, sigma = len(lines), stage.value("calls_sigma")
    rates = stage.value("calls_per_day") * rng.lognormal(-0.5 * sigma**2, sigma, n)
    rates[lines["kind"] == ELDER] *= ELDER_RATE
    rates[lines["kind"] == WORKER] *= WORKER_RATE
    things = lines["kind"] == IOT
    rates[things] = rng.uniform(*IOT_PER_DAY, int(things.sum()))
    return rates
