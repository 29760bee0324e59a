"""Honest measurement reports: what phones on honest cells send every so often."""

import numpy as np

from detectors.model.codes import GSM
from replay.simulate.feeds.rogue_neighbours import add_rogues
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.network import SECTORS, Floats, Ints, Network
from replay.simulate.network.radio import SENSITIVITY_DBM, quantised, timing_steps
from replay.simulate.world import World

CHUNK = 4000
MOST_NEIGHBOURS = 6
FADING_DB = 2.0


def report_honestly(world: World, feed: Feed) -> None:
    """All reports of phones that camp on honest cells, into ``feed``."""
    rng = world.random("reports")
    phone, time_s = _due(world, rng)
    free = ~world.captures.held(phone, time_s) & world.reachable(phone, time_s)
    phone, time_s = phone[free], time_s[free]
    named, bare = cell_records(world.network)
    for first in range(0, len(phone), CHUNK):
        part = slice(first, first + CHUNK)
        _report_chunk(world, feed, rng, phone[part], time_s[part], named, bare)


def neighbours_of(
    world: World,
    rng: np.random.Generator,
    phone: Ints,
    time_s: Floats,
    serving: Ints,
    named: list[Record],
    bare: list[Record],
) -> list[list[Record]]:
    """The next strongest honest cells that each phone receives, at most `MOST_NEIGHBOURS`."""
    network, phones = world.network, world.phones
    x, y = phones.place(phone, time_s)
    cells = world.radio.candidates(phones.operator[phone], phones.rat[phone], x, y)
    level = world.radio.levels(cells, x, y, SECTORS) + phones.gain_db[phone][:, None]
    level += rng.normal(0.0, FADING_DB, level.shape)
    cells = world.cells_at(cells, time_s)
    level[(cells == serving[:, None]) | (cells < 0)] = -np.inf
    best = np.argsort(-level, axis=1, kind="stable")[:, :MOST_NEIGHBOURS]
    cells, level = np.take_along_axis(cells, best, 1), np.take_along_axis(level, best, 1)
    rat = network.rat[cells]
    received = (level > SENSITIVITY_DBM[rat]) & (cells >= 0)
    wanted = rng.integers(1, MOST_NEIGHBOURS + 1, len(phone))
    received &= np.arange(MOST_NEIGHBOURS) < wanted[:, None]
    named_share = np.where(rat == GSM, *_named_shares(world))
    identified = rng.random(cells.shape) < named_share
    shown = quantised(rat, np.where(received, level, -100.0))
    return [
        [
            {**(named if known else bare)[cell], "signal_dbm": dbm}
            for cell, dbm, ok, known in zip(*row, strict=True)
            if ok
        ]
        for row in zip(
            *(each.tolist() for each in (cells, shown, received, identified)), strict=True
        )
    ]


def cell_records(network: Network) -> tuple[list[Record], list[Record]]:
    """For each cell what a phone may know of it: everything, or only channel and code."""
    named = [_named(network, row) for row in range(len(network))]
    return named, [{key: cell[key] for key in ("rat", "arfcn", "pci")} for cell in named]


def _named_shares(world: World) -> tuple[float, float]:
    """The shares of neighbours that come with area and cell: of GSM, of LTE and NR."""
    feeds = world.scenario.feeds
    return feeds.gsm_neighbours_named_share, feeds.lte_neighbours_named_share


def _named(network: Network, row: int) -> Record:
    return {
        **network.cell_fields(row),
        "arfcn": int(network.arfcn[row]),
        "pci": int(network.pci[row]),
    }


def _due(world: World, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Phones and times of all reports, unsorted: a period for each phone, a fifth of jitter."""
    reporting = np.flatnonzero(world.phones.reporting)
    shortest_s, longest_s = world.scenario.people.report_every_s
    duration_s = world.scenario.duration_s
    period_s = rng.uniform(shortest_s, longest_s, len(reporting))
    most = int(np.ceil(duration_s / (0.8 * shortest_s))) + 1
    gaps = period_s[:, None] * rng.uniform(0.8, 1.2, (len(reporting), most))
    gaps[:, 0] *= rng.random(len(reporting))
    times = np.cumsum(gaps, axis=1)
    which, _ = np.nonzero(times < duration_s)
    return reporting[which], times[times < duration_s]


def _report_chunk(
    world: World,
    feed: Feed,
    rng: np.random.Generator,
    phone: Ints,
    time_s: Floats,
    named: list[Record],
    bare: list[Record],
) -> None:
    network, phones = world.network, world.phones
    count = len(phone)
    serving = world.serving(phone, time_s)
    rat = network.rat[serving]
    x, y = phones.place(phone, time_s)
    level = world.radio.levels(serving[:, None], x, y)[:, 0] + phones.gain_db[phone]
    level = quantised(rat, level + rng.normal(0.0, FADING_DB, count)).tolist()
    site = network.site[serving]
    mast_m = np.hypot(x - network.site_x[site], y - network.site_y[site])
    steps = timing_steps(rng, rat, mast_m + network.site_extra_m[site])
    timed = rng.random(count) < world.scenario.feeds.timing_advance_share
    quality = np.round(-8.0 - rng.gamma(2.0, 1.5, count), 1).tolist()
    neighbours = neighbours_of(world, rng, phone, time_s, serving, named, bare)
    add_rogues(world, rng, phone, time_s, neighbours, MOST_NEIGHBOURS)
    lat, lon, accuracy_m = world.fixes(rng, phone, time_s)
    speed = np.round(phones.speed_mps(phone, time_s), 1).tolist()
    ts_ms, rx_ms = world.ms(time_s), world.ms(time_s + world.delays_s(rng, count))
    indoor = phones.indoor[phone].tolist()
    for row, (cell, who) in enumerate(zip(serving.tolist(), phone.tolist(), strict=True)):
        feed.add(
            ts_ms[row],
            rx_ms[row],
            {
                "device": phones.device[who],
                "lat": lat[row],
                "lon": lon[row],
                "position_source": None if lat[row] is None else "wifi" if indoor[row] else "gnss",
                "accuracy_m": accuracy_m[row],
                "speed_mps": speed[row],
                **named[cell],
                "signal_dbm": level[row],
                "quality_db": None if rat[row] == GSM else quality[row],
                "timing_advance": int(steps[row]) if timed[row] else None,
                "neighbours": neighbours[row],
            },
        )
