"""What probes decode of the system information of cells about them, honest and not.

A probe scans all cells that it receives, whatever network it belongs to. Honest cells differ by
operator and a little by cell; what a rogue sends, its scenario says.
"""

from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, RATS, code_of
from replay.simulate.feeds.reports import FADING_DB
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.network import SECTORS, Network
from replay.simulate.network.radio import SENSITIVITY_DBM, quantised
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.world import World

EVERY_S = (40.0, 120.0)
MOST_CELLS = 4
DECODING_MARGIN_DB = 6.0  # system information needs a better signal than a level does
T3212_MIN = (54, 60, 30, 120)  # by place of the operator
PRIORITY = (5, 6, 4, 5)


#: A cell as a probe decodes it: who it is, its level in dBm, what it broadcasts.
_Decoded: TypeAlias = tuple[Record, float, object]


def probing(world: World) -> NDArray[np.bool_]:
    """Which phones are probes."""
    share = world.scenario.feeds.probe_share
    return np.asarray(world.random("probes").random(len(world.phones)) < share)


def probe(world: World, feed: Feed) -> None:
    """What all probes report of broadcasts, into ``feed``; nothing unless the scenario asks."""
    probes = np.flatnonzero(probing(world))
    if len(probes) == 0:
        return
    rng = world.random("scans")
    settings = _settings(world.network, world.random("broadcasts"))
    for who in probes.tolist():
        time_s = float(rng.uniform(0.0, EVERY_S[1]))
        while time_s < world.scenario.duration_s:
            _scan(world, rng, feed, who, time_s, settings)
            time_s += float(rng.uniform(*EVERY_S))


def _scan(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    who: int,
    time_s: float,
    settings: list[Record],
) -> None:
    phone, at = np.array([who]), np.array([time_s])
    if world.captures.held(phone, at)[0] or not world.reachable(phone, at)[0]:
        return
    fix = world.fix(rng, who, time_s, "gnss")
    rx_ms = world.ms(at + world.delays_s(rng, 1))[0]
    decoded = _honest(world, rng, who, time_s, settings)
    for each in world.transmitters:
        decoded += _rogue(world, rng, each, who, time_s)
    for cell, dbm, broadcast in sorted(decoded, key=lambda each: -each[1])[:MOST_CELLS]:
        rat = np.array([code_of(str(cell["rat"]), RATS)])
        level = {"signal_dbm": float(quantised(rat, np.array([dbm]))[0])}
        seen = {**cell, **level, "serving": False, "broadcast": broadcast}
        feed.add(world.ms_at(time_s), rx_ms, {"device": world.phones.device[who], **fix, **seen})


def _honest(
    world: World, rng: np.random.Generator, who: int, time_s: float, settings: list[Record]
) -> list[_Decoded]:
    """Cells of the probe's own operator that it can decode."""
    phone, at = np.array([who]), np.array([time_s])
    x, y = world.phones.place(phone, at)
    operator, rat = world.phones.operator[phone], world.phones.rat[phone]
    cells = world.radio.candidates(operator, rat, x, y)
    level = world.radio.levels(cells, x, y, SECTORS)[0] + world.phones.gain_db[who]
    level += rng.normal(0.0, FADING_DB, len(level))
    rows = world.cells_at(cells, at)[0]
    enough = level > SENSITIVITY_DBM[world.network.rat[rows]] + DECODING_MARGIN_DB
    return [
        (world.network.named[row], float(dbm), settings[row])
        for row, dbm in zip(rows[enough & (rows >= 0)], level[enough & (rows >= 0)], strict=True)
    ]


def _rogue(
    world: World, rng: np.random.Generator, transmitter: Transmitter, who: int, time_s: float
) -> list[_Decoded]:
    """What is decoded of a rogue's cells: one operator's at a time, and its lures."""
    phone, at = np.array([who]), np.array([time_s])
    below = bool(world.phones.below(phone, at)[0])
    if not transmitter.active(time_s) or not transmitter.reaches(below):
        return []
    x, y = world.phones.place(phone, at)
    level = float(transmitter.level_dbm(x, y, at)[0] + world.phones.gain_db[who])
    level += float(rng.normal(0.0, FADING_DB))
    claims = transmitter.claims_at(time_s)
    claim = claims[int(rng.integers(len(claims)))]
    place = transmitter.identity_index(time_s, claim, int(rng.integers(1, 5)))
    on_air: list[tuple[Identity, float, object]] = [
        (transmitter.identities[place], level, transmitter.spec.broadcast)
    ]
    lured_dbm = level + transmitter.lure_above_db()
    on_air += [(each, lured_dbm, None) for each in transmitter.lures]
    return [
        (msgspec.structs.asdict(identity), dbm, broadcast)
        for identity, dbm, broadcast in on_air
        if dbm > SENSITIVITY_DBM[code_of(identity.rat, RATS)] + DECODING_MARGIN_DB
    ]


def _settings(network: Network, rng: np.random.Generator) -> list[Record]:
    """For each honest cell what it broadcasts (ranges as in docs/science.md, A16 to A19)."""
    count = len(network)
    offset_db = 2 * rng.choice(8, count, p=np.array([8, 3, 3, 2, 1, 1, 1, 1]) / 20)
    hysteresis_db = 2 * rng.integers(2, 5, count)
    neighbours = rng.integers(6, 28, count)
    blocks = rng.integers(5, 10, count)
    lower = rng.random(count) < 0.15  # a second layer, or a site at the edge of the network
    settings: list[Record] = []
    for row in range(count):
        operator = int(network.operator[row]) % len(PRIORITY)
        common: Record = {
            "neighbours_advertised": int(neighbours[row]),
            "cell_barred": False,
            "reselect_hysteresis_db": float(hysteresis_db[row]),
        }
        if network.rat[row] == GSM:
            common["t3212_min"] = T3212_MIN[operator]
            common["cell_reselect_offset_db"] = float(offset_db[row])
            common["gprs"] = True
        elif network.rat[row] >= LTE:
            common["sib_count"] = int(blocks[row])
            common["reselect_priority"] = PRIORITY[operator] - int(lower[row])
        settings.append(common)
    return settings
