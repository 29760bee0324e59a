"""Honest measurement reports: what phones on honest cells send every so often."""

import numpy as np
from msgspec import structs

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.network import SECTORS, Floats, Ints
from replay.simulate.network.radio import SENSITIVITY_DBM, quantised, timing_steps
from replay.simulate.rogue.identities import Identity
from replay.simulate.world import World

CHUNK = 4000
MOST_NEIGHBOURS = 6
FADING_DB = 2.0
RECEIVED_DBM = -95.0
LURE_RECEIVED_DBM = -112.0  # RSRP lies some 20 dB below the level of a GSM carrier


def report_honestly(world: World, feed: Feed) -> None:
    """All reports of phones that camp on honest cells, into ``feed``."""
    rng = world.random("reports")
    phone, time_s = _due(world, rng)
    free = ~world.captures.held(phone, time_s) & world.reachable(phone, time_s)
    phone, time_s = phone[free], time_s[free]
    for first in range(0, len(phone), CHUNK):
        part = slice(first, first + CHUNK)
        _report_chunk(world, feed, rng, phone[part], time_s[part])


def neighbours_of(
    world: World, rng: np.random.Generator, phone: Ints, time_s: Floats, serving: Ints
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
    identified = rng.random(cells.shape) < _named_share(world, rat)
    shown = quantised(rat, np.where(received, level, -100.0))
    return [
        [
            {**_entry(network.named[cell], known), "signal_dbm": dbm}
            for cell, dbm, ok, known in zip(*row, strict=True)
            if ok
        ]
        for row in zip(
            *(each.tolist() for each in (cells, shown, received, identified)), strict=True
        )
    ]


def _named_share(world: World, rat: Ints) -> Floats:
    """The share of neighbours that come with area and cell, by their RAT."""
    feeds = world.scenario.feeds
    return np.where(rat == GSM, feeds.gsm_neighbours_named_share, feeds.lte_neighbours_named_share)


def _entry(cell: Record, known: bool) -> Record:
    """What a phone may know of a cell: everything, or only channel and code."""
    return cell if known else {key: cell[key] for key in ("rat", "arfcn", "pci")}


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
    world: World, feed: Feed, rng: np.random.Generator, phone: Ints, time_s: Floats
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
    neighbours = neighbours_of(world, rng, phone, time_s, serving)
    _add_rogues(world, rng, phone, time_s, neighbours)
    sources = np.where(phones.indoor[phone], "wifi", "gnss").tolist()
    fixes = world.fixes(rng, phone, time_s, sources)
    speed = np.round(phones.speed_mps(phone, time_s), 1).tolist()
    ts_ms, rx_ms = world.ms(time_s), world.ms(time_s + world.delays_s(rng, count))
    for row, (cell, who) in enumerate(zip(serving.tolist(), phone.tolist(), strict=True)):
        report = {
            "device": phones.device[who],
            **fixes[row],
            "speed_mps": speed[row],
            **network.named[cell],
            "signal_dbm": level[row],
            "quality_db": None if rat[row] == GSM else quality[row],
            "timing_advance": int(steps[row]) if timed[row] else None,
            "neighbours": neighbours[row],
        }
        feed.add(ts_ms[row], rx_ms[row], report)


def _add_rogues(
    world: World,
    rng: np.random.Generator,
    phone: Ints,
    time_s: Floats,
    neighbours: list[list[Record]],
) -> None:
    """Now and then a free phone receives a rogue, or the cell that leads to it.

    A rogue comes first in the list, of which `MOST_NEIGHBOURS` entries are kept.
    """
    phones = world.phones
    x, y = phones.place(phone, time_s)
    below = phones.below(phone, time_s)
    for each in world.transmitters:
        level = each.level_dbm(x, y, time_s) + phones.gain_db[phone]
        cells = [(each.rat, level, RECEIVED_DBM)]
        if each.lures:
            lured_dbm = level + each.lure_above_db()
            cells += [(rat, lured_dbm, LURE_RECEIVED_DBM) for rat in (LTE, NR)]
        for place, (rat, level_dbm, needed_dbm) in enumerate(cells):
            fits = rng.random(len(phone)) < world.scenario.feeds.rogue_reported_share
            fits &= (level_dbm > needed_dbm) & (phones.rat[phone] == rat) & each.reaches(below)
            for row in np.flatnonzero(fits).tolist():
                at_s, claim = float(time_s[row]), int(phones.operator[phone[row]])
                claims = each.spec.claims if place else each.claims_at(at_s)
                if claim not in claims or not each.active(at_s):
                    continue
                own = each.identities[each.identity_index(at_s, claim, row)]
                identity = each.lure(rat, claim) if place else own
                if identity is not None:
                    shown = _shown(world, rng, identity, rat, float(level_dbm[row]))
                    neighbours[row].insert(0, shown)
                    del neighbours[row][MOST_NEIGHBOURS:]


def _shown(
    world: World, rng: np.random.Generator, identity: Identity, rat: int, level_dbm: float
) -> Record:
    """A neighbour's entry: channel and code always, area and cell in a share of the reports."""
    here, cell = np.array([rat]), structs.asdict(identity)
    known = rng.random() < _named_share(world, here)[0]
    level = quantised(here, np.array([level_dbm]))
    shown = {**_entry(cell, known=False), **(cell if known else {})}
    return {**shown, "signal_dbm": float(level[0])}
