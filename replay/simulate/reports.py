"""Honest measurement reports: what phones on honest cells send every so often."""

import numpy as np
from numpy.typing import NDArray

from detectors.vocabulary import GSM, RATS
from replay.simulate.network import SECTORS, Network
from replay.simulate.radio import SENSITIVITY_DBM, quantised, timing_steps
from replay.simulate.world import World
from replay.simulate.writing import Feed, Record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK = 4000
MOST_NEIGHBOURS = 6
FADING_DB = 2.0
GSM_NAMED_SHARE, LTE_NAMED_SHARE = 0.85, 0.08  # neighbours that come with area and cell
ROGUE_HEARD_DBM = -95.0


def report_honestly(world: World, feed: Feed) -> None:
    """All reports of phones that camp on honest cells, into ``feed``."""
    rng = world.random("reports")
    phone, time_s = _due(world, rng)
    free = ~world.captures.held(phone, time_s)
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
    """The next strongest honest cells that each phone hears, at most `MOST_NEIGHBOURS`."""
    network, phones = world.network, world.phones
    x, y = phones.place(phone, time_s)
    cells = world.radio.candidates(phones.operator[phone], phones.rat[phone], x, y)
    level = world.radio.levels(cells, x, y, SECTORS) + phones.gain_db[phone][:, None]
    level += rng.normal(0.0, FADING_DB, level.shape)
    level[cells == serving[:, None]] = -np.inf
    best = np.argsort(-level, axis=1, kind="stable")[:, :MOST_NEIGHBOURS]
    cells, level = np.take_along_axis(cells, best, 1), np.take_along_axis(level, best, 1)
    rat = network.rat[cells]
    heard = (level > SENSITIVITY_DBM[rat]) & (cells >= 0)
    wanted = rng.integers(1, MOST_NEIGHBOURS + 1, len(phone))
    heard &= np.arange(MOST_NEIGHBOURS) < wanted[:, None]
    told = rng.random(cells.shape) < np.where(rat == GSM, GSM_NAMED_SHARE, LTE_NAMED_SHARE)
    shown = quantised(rat, np.where(heard, level, -100.0))
    return [
        [
            {**(named if tell else bare)[cell], "signal_dbm": dbm}
            for cell, dbm, ok, tell in zip(*row, strict=True)
            if ok
        ]
        for row in zip(cells.tolist(), shown.tolist(), heard.tolist(), told.tolist(), strict=True)
    ]


def cell_records(network: Network) -> tuple[list[Record], list[Record]]:
    """For each cell what a phone may know of it: everything, or only channel and code."""
    named = [_named(network, row) for row in range(len(network))]
    return named, [{key: cell[key] for key in ("rat", "arfcn", "pci")} for cell in named]


def _named(network: Network, row: int) -> Record:
    return {
        "rat": RATS[network.rat[row] - 1],
        "mcc": int(network.mcc[row]),
        "mnc": int(network.mnc[row]),
        "area": int(network.area[row]),
        "cell": int(network.cell[row]),
        "arfcn": int(network.arfcn[row]),
        "pci": int(network.pci[row]),
    }


def _due(world: World, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """When which phone reports: a period of its own with a jitter of a fifth, in no order."""
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
    steps = timing_steps(rng, rat, np.hypot(x - network.site_x[site], y - network.site_y[site]))
    timed = rng.random(count) < world.scenario.feeds.timing_advance_share
    quality = np.round(-8.0 - rng.gamma(2.0, 1.5, count), 1).tolist()
    neighbours = neighbours_of(world, rng, phone, time_s, serving, named, bare)
    _add_rogues(world, rng, phone, time_s, neighbours)
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
                "position_source": "wifi" if indoor[row] else "gnss",
                "accuracy_m": accuracy_m[row],
                "speed_mps": speed[row],
                **named[cell],
                "signal_dbm": level[row],
                "quality_db": None if rat[row] == GSM else quality[row],
                "timing_advance": int(steps[row]) if timed[row] else None,
                "neighbours": neighbours[row],
            },
        )


def _add_rogues(
    world: World,
    rng: np.random.Generator,
    phone: Ints,
    time_s: Floats,
    neighbours: list[list[Record]],
) -> None:
    """Now and then a free phone hears a rogue as just another neighbour."""
    phones = world.phones
    x, y = phones.place(phone, time_s)
    for each in world.transmitters:
        level = each.level_dbm(x, y, time_s) + phones.gain_db[phone]
        lucky = rng.random(len(phone)) < world.scenario.feeds.rogue_heard_share
        fits = lucky & (level > ROGUE_HEARD_DBM) & (phones.rat[phone] == each.rat)
        for row in np.flatnonzero(fits).tolist():
            claim = int(phones.operator[phone[row]])
            if claim not in each.spec.claims or not each.active(float(time_s[row])):
                continue
            identity = each.identities[each.identity_index(float(time_s[row]), claim)]
            entry: Record = {"rat": identity.rat, "arfcn": identity.arfcn, "pci": identity.pci}
            if rng.random() < (GSM_NAMED_SHARE if each.rat == GSM else LTE_NAMED_SHARE):
                entry.update(
                    mcc=identity.mcc, mnc=identity.mnc, area=identity.area, cell=identity.cell
                )
            shown = quantised(phones.rat[phone[row : row + 1]], level[row : row + 1])
            neighbours[row].insert(0, {**entry, "signal_dbm": float(shown[0])})
            del neighbours[row][MOST_NEIGHBOURS:]
