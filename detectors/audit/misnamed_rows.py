"""Cells that phones report and the register lacks: missing rows, or rows under other numbers.

Of each such cell three answers compete:

* *missing*: an honest cell without a row. It is on the air all the time, in an area that the
  network has, and the core serves subscribers on it;
* *renamed*: it is a registered cell under other numbers. It is about that cell's place, has its
  channel and code, or its number in another area; and nobody reports the registered cell, though
  phones are in front of it (`detectors.audit.never_reported`);
* *other*: a rogue station, or what phones make up. It has no core, often names an area that the
  network lacks, and comes and goes: on the air for a part of the time, or for some hours.

A rogue station that is on the air from before the first report to after the last, under an area
that exists, looks like a missing row for some hours, and only for so long: then it is likelier
honest. Somebody looks before a row is added.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import exp, log, pi
from typing import Final

import numpy as np

from detectors.audit.listed_cells import ListedCells, places_of
from detectors.audit.never_reported import Silence
from detectors.model.codes import RATS, code_of
from detectors.model.columns import F8, I8
from detectors.model.finding import Identity
from detectors.register.identity_keys import cell_key
from detectors.register.index import plmn_key
from detectors.sites.traffic.cell_traffic import Unlisted
from detectors.sites.traffic.tally import Tally
from geo.earth.sphere import distance_m
from geo.fix.serving_share import given_at

#: Prior weights: of honest cells that lack a row and of rogue identities, by listed cell; that a
#: given row is under numbers of before, and that its cell is off the air.
_MISSING, _OTHER, _RENAMED, _RETIRED = 0.03, 0.0075, 0.01, 0.03
#: How often an honest unlisted cell is in an area that the network has, and a rogue one.
_KNOWN_AREA, _ROGUE_KNOWN_AREA = 0.95, 0.3
#: How much likelier it is that the core serves subscribers on an honest cell than on a rogue one.
_SERVED: Final = 1000.0
#: Rogue stations are on the air for some hours (mean).
_ON_AIR_MS: Final = 6 * 3_600_000.0
#: A renamed cell keeps its code and channel, or its number, this often.
_KEEPS_CODE, _KEEPS_NUMBER = 0.95, 0.5
#: Registered cells that far off are asked whether it is they (m), and about a place density of
#: cells is counted within this (m).
_NEAR_M: Final = 3_000.0
#: Phones, at so many squares, that one device alone can't be.
LEAST_PHONES, LEAST_SQUARES = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Misnamed:
    """A cell that the register lacks. ``row`` is the listed cell (its number) that it is under
    other numbers; ``None`` if its row is missing. ``lat`` and ``lon`` are the middle of
    its phones, ``sigma_m`` the doubt of that."""

    identity: Identity
    probability: float
    row: int | None
    lat: float
    lon: float
    sigma_m: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class Observed:
    """For how long reports were counted (ms since the epoch), on which identities the core served
    subscribers, and which are claimed by a suspected transmitter; keys as `cell_key` makes them."""

    first_ms: int
    last_ms: int
    served: Collection[str] = ()
    suspected: Collection[str] = ()


def misnamed_rows(
    cells: ListedCells, silence: Silence, unlisted: Mapping[int, Unlisted], observed: Observed
) -> Iterator[Misnamed]:
    """Unlisted cells of which a missing or a renamed row is the likeliest answer, each registered
    row for one of them."""
    networks = {int(cells.network[group[0]]): _Network(cells, group) for group in cells.networks()}
    found = []
    for number in sorted(unlisted):
        each = unlisted[number]
        network = networks.get(_network_of(each.identity))
        if network is None or cell_key(each.identity) in observed.suspected:
            continue
        lat, lon = places_of(each.tally)
        if each.tally.phones >= LEAST_PHONES and len(lat) >= LEAST_SQUARES:
            found.append(_answer(network, silence, each, observed, (lat, lon)))
    taken: set[int] = set()
    for answer in sorted(found, key=lambda one: -one.probability):
        if answer.row is None or answer.row not in taken:
            taken |= set() if answer.row is None else {answer.row}
            yield answer


class _Network:
    """Listed cells of one network and technology, with how often codes, channels and numbers occur
    among them."""

    def __init__(self, cells: ListedCells, group: I8) -> None:
        rows, row = cells.rows, cells.row[group]
        self.group = group
        self.lat, self.lon = rows.lat[row], rows.lon[row]
        self.reach_m = cells.reach_m[group]
        self.silent = ~cells.reported[group]
        self.columns = {name: getattr(rows, name)[row] for name in ("area", "cell", "arfcn", "pci")}
        self.often: dict[str, Counter[float]] = {
            name: Counter(column.tolist()) for name, column in self.columns.items()
        }

    def share(self, name: str, value: float | None) -> float:
        """How often a value occurs in a column, at least once in all."""
        return max(self.often[name][value], 1) / len(self.group) if value is not None else 1.0


def _answer(
    network: _Network,
    silence: Silence,
    unlisted: Unlisted,
    observed: Observed,
    places: tuple[F8, F8],
) -> Misnamed:
    lat, lon = (float(np.median(axis)) for axis in places)
    identity, tally = unlisted.identity, unlisted.tally
    off_m = distance_m(lat, lon, network.lat, network.lon)
    # Cells by square metre; the place of a missing one is like any other's.
    density = max(float((off_m < _NEAR_M).sum()), 1.0) / (pi * _NEAR_M**2)
    known_area = identity.area is not None and network.often["area"][identity.area] > 0
    codes = network.share("arfcn", identity.arfcn) * network.share("pci", identity.pci)
    number = network.share("cell", identity.cell)
    by_chance = log(density * codes * number)
    honest = log(_SERVED) if cell_key(identity) in observed.served else 0.0
    logs = {
        "missing": by_chance + log(_MISSING) + honest + _area(known_area, _KNOWN_AREA),
        "other": by_chance + log(_OTHER) + _area(known_area, _ROGUE_KNOWN_AREA),
    }
    logs["other"] += _coming_and_going(tally, observed)
    renamed = {
        at: honest + _renamed(network, silence, at, identity, float(off_m[at]))
        for at in np.flatnonzero(network.silent & (off_m < _NEAR_M)).tolist()
    }
    every = np.array([*logs.values(), *renamed.values()])
    chances = np.exp(every - np.logaddexp.reduce(every))
    best = max(renamed, key=lambda at: renamed[at], default=None)
    is_renamed = best is not None and chances[2:].sum() > chances[0]
    apart_m = distance_m(lat, lon, *places)
    return Misnamed(
        identity=identity,
        probability=float(chances[2:].sum() if is_renamed else chances[0]),
        row=int(network.group[best]) if best is not None and is_renamed else None,
        lat=lat,
        lon=lon,
        sigma_m=float(np.median(apart_m) / np.sqrt(len(apart_m))),
        tally=tally,
    )


def _area(known: bool, share_known: float) -> float:
    return log(share_known if known else 1.0 - share_known)


def _renamed(
    network: _Network, silence: Silence, at: int, identity: Identity, off_m: float
) -> float:
    """Log-weight of a row's being the cell's, under other numbers."""
    reach_m = float(network.reach_m[at])
    near = float(given_at(off_m**2, reach_m)) / (pi * reach_m**2)
    cell = int(network.group[at])
    quiet = _RETIRED + (1.0 - _RETIRED) * float(silence.silent_though_on_air[cell])
    weight = log(_RENAMED) + log(near) - log(quiet)
    for name, value in (("arfcn", identity.arfcn), ("pci", identity.pci)):
        registered = network.columns[name][at]
        share = network.share(name, value)
        if value is None or registered != registered:
            weight += log(share)
        else:
            same = _KEEPS_CODE if registered == value else 0.0
            weight += log(same + (1.0 - _KEEPS_CODE) * share)
    keeps = network.columns["cell"][at] == identity.cell
    share = network.share("cell", identity.cell)
    return weight + log((_KEEPS_NUMBER if keeps else 0.0) + (1.0 - _KEEPS_NUMBER) * share)


def _coming_and_going(tally: Tally, observed: Observed) -> float:
    """How much likelier the times of its reports are of a station that is on the air for a part of
    the time than of one that always is: times alike over the part, whose ends may lie anywhere."""
    span_ms = max(observed.last_ms - observed.first_ms, 1)
    throughout = exp(-span_ms / _ON_AIR_MS)
    count = int(min(tally.phones, tally.reports))
    begin = (tally.first_ms - observed.first_ms) / span_ms
    end = min(max((tally.last_ms - observed.first_ms) / span_ms, begin + 1e-3), 1.0)
    power = count - 2
    part = 1.0 + (end - begin) ** -power - (1.0 - begin) ** -power - end**-power
    part = max(part, 1e-9) * 2.0 / ((count - 1) * power)
    return log(throughout + (1.0 - throughout) * part)


def _network_of(identity: Identity) -> int:
    rat = np.array([code_of(identity.rat, RATS)], dtype=np.uint8)
    return int(plmn_key(rat, np.array([identity.mcc]), np.array([identity.mnc]))[0])
