"""A phone's cell comes in far stronger than those around it say that it can."""

from functools import lru_cache
from typing import Any, ClassVar, Final

import msgspec
import numpy as np

from detectors.association import near_m
from detectors.code_plan import code_key
from detectors.columns import F8, I8, U1, Batch, Measurements
from detectors.finding import Family, Finding, Norm
from detectors.register import Register
from detectors.register_index import plmn_key
from detectors.rule import Origin, Rule, Screened, identity_of, iterate, optional, place_of
from detectors.sightings import sightings_of
from detectors.vocabulary import NETWORK_POSITION, RATS
from detectors.words import metres_text
from geo.sphere import bearing_deg, distance_m
from geo.timing import TA_STEP_M

#: Typical level 100 m before a macro antenna, dBm by RAT code: 57 dBm EIRP less COST 231's loss
#: (GSM carrier), one code of UMTS, one resource element of LTE and NR. It only chooses which
#: messages are looked at closely; the comparison with the neighbours doesn't need it.
_TYPICAL_100M_DBM: Final = np.array([np.inf, -50.0, -60.0, -70.0, -72.0])
_LOOK_FROM_DB: Final = 3.0
#: Path-loss exponent of towns (COST 231-Hata at 30 m: 3.52).
_EXPONENT: Final = 3.5
#: Sector antenna, TR 36.942 table 4.2: half-power width, and the most it takes off behind.
_BEAM_DEG, _BEHIND_DB = 65.0, 20.0
#: What an antenna of unknown direction takes off a neighbour on the average of all directions.
_UNKNOWN_DIRECTION_DB: Final = 5.0
_TA_STEP_M = np.array([np.nan, *(TA_STEP_M.get(rat, np.nan) for rat in RATS)])
#: A code is used again some kilometres on: farther away than this it is another cell's.
_RESOLVED_M: Final = 6_000.0
_BANDS_A_DEG: Final = 10
#: Cells and words on each that a zone remembers, and for how long (ms of arrival time).
_CELLS, _WORDS, _WORD_LASTS_MS = 512, 12, 7_200_000


class Word(msgspec.Struct, array_like=True):
    """A phone whose odd cell told a timing advance: as long as the way to the mast, or shorter."""

    who: str
    lat: float
    lon: float
    rx_ms: int
    carried: bool


class Zone(msgspec.Struct):
    """Judging state: what waits, in order of arrival, and words by cell in order of last use."""

    waiting: list[Norm] = []
    words: dict[str, list[Word]] = {}


class OddShape(Rule, frozen=True, kw_only=True):
    """The serving cell is too strong beside its neighbours for where the register has its site.

    What it sees: each cell's level against what a log-distance law with the antenna's pattern
    expects of it at the phone's place. What phone, pocket or wall take off is common to all cells
    that the phone hears, so the serving cell's excess is taken over the median excess of at least
    `least_neighbours` neighbours, known by identity or as the nearest registered cell of the same
    network on that channel and code. An excess of `excess_db` or more, to the site's own benefit
    of position errors, is found.

    Why a rogue station does it: a clone of a cell of the next quarter (FlashCatch style, with its
    channel and code) passes every check of identity and is too near for checks of distance. But it
    is strong where its model is weak, amid the neighbours of another place.

    Why an honest network may: shadowing of some 8 dB a site, and a phone chooses the cell that
    shadowing favours; a back lobe counts up to 20 dB where the register doesn't tell the azimuth,
    so unknown directions are read in the serving cell's favour. Excused unless turned off:

    * `excuse_repeater` (F7, F32): repeaters, long fibres and water carry a cell far with all its
      strength, and its timing advance with it. No shorter than the way to the mast, it tells that
      the cell is what it claims to be; a clone close by has a short one. What two phones so tell of
      a cell holds for all within `carried_m` of it that tell none, unless as many tell of a short
      one there. So all is judged by zone, after `wait_s`;
    * `excuse_high` (F19): in towers and on hills all cells are far and strong. So the neighbours'
      median distance must be below half of the serving cell's;
    * `excuse_estimate`: a crowd estimate may be some streets or kilometres off, for all phones
      alike and for ever: such rows weigh `weak_weight` and never more than `weak_cap`, and say
      nothing of sites more than `estimate_reach_m` away.

    The cap stays below what an alert needs, since at a lookout many phones share one odd way.

    References: detection notes B6, B8, R4; Ericsson's detection of false base stations from
    measurement reports (arXiv 2207.10999); pattern: TR 36.942 table 4.2.

    Weights are log-likelihood ratios of one device: the first `weight` from `excess_db` on,
    `strong_weight` from `strong_db` on.

    >>> from detectors.columns import RegisterRows
    >>> plmn = {"rat": [3] * 3, "mcc": [460] * 3, "mnc": [0] * 3, "area": [4100] * 3}
    >>> sites = {"lat": [39.93, 39.9, 39.904], "lon": [116.4] * 3, "changeable": [0] * 3}
    >>> rows = RegisterRows.of(ts_ms=[0] * 3, cell=[1, 2, 3], **plmn, **sites)
    >>> one = {key: value[0] for key, value in plmn.items()}
    >>> near = [{"row": 0, **one, "cell": cell, "signal_dbm": -85.0} for cell in (2, 3)]
    >>> heard = Measurements.of(
    ...     ts_ms=[0], device=["a"], cell=[1], **{key: [value] for key, value in one.items()},
    ...     lat=[39.902], lon=[116.4], signal_dbm=[-70], neighbours=near,
    ... )
    >>> origin = Origin("cell.measurements", 0)
    >>> rule, zone = OddShape(), Zone()
    >>> for norm in rule.screen(None, heard, Register.from_rows(rows), origin).norms:
    ...     rule.hear(zone, norm)
    >>> (finding,) = rule.judge(zone, 15_000)
    >>> finding.values["excess_db"], finding.values["site_distance_m"]
    (49, 3113)
    """

    name: ClassVar[str] = "odd_shape"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "radio"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements,)

    excess_db: float = 20.0
    strong_db: float = 28.0
    least_neighbours: int = 2
    weight: float = 1.0
    strong_weight: float = 1.8
    weak_weight: float = 0.5
    cap: float = 5.0
    weak_cap: float = 2.0
    estimate_reach_m: float = 10_000.0
    carried_m: float = 700.0
    wait_s: float = 15.0
    excuse_repeater: bool = True
    excuse_high: bool = True
    excuse_estimate: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        distance = metres_text(float(values.get("site_distance_m") or 0.0))
        return (
            f"{who} had {claimed} {values.get('excess_db')} dB stronger beside its neighbours than "
            f"{distance} from its registered site allow"
        )

    def screen(self, state: Any, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Norms of what is odd; no state."""
        assert isinstance(batch, Measurements)
        found = sightings_of(batch, register).found
        placed = ~np.isnan(batch.lat) & (batch.position_source != NETWORK_POSITION)
        rows = np.flatnonzero(placed & batch.serving & (found[: len(batch)] >= 0))
        listed = np.zeros(len(batch), dtype=np.bool_)
        listed[batch.neighbours.row] = True
        rows = rows[listed[rows]]
        if not len(rows):
            return Screened()
        lat, lon, site = batch.lat[rows], batch.lon[rows], found[rows]
        far_m = distance_m(lat, lon, register.rows.lat[site], register.rows.lon[site])
        estimated = np.nan_to_num(register.rows.changeable[site], nan=1.0) > 0
        range_m = np.nan_to_num(register.rows.range_m[site], nan=1000.0)
        least_m = far_m - np.where(estimated, range_m, 100.0)
        least_m -= 2 * np.nan_to_num(batch.accuracy_m[rows], nan=100.0)
        own_db = batch.signal_dbm[rows] + _loss_db(least_m)
        # Looked at closely: what no typical cell would be, phone and walls aside.
        near = np.flatnonzero(own_db > _TYPICAL_100M_DBM[batch.rat[rows]] + _LOOK_FROM_DB)
        if not len(near):
            return Screened()
        rows, least_m, estimated = rows[near], least_m[near], estimated[near]
        own_db = own_db[near] + _pattern_db(register, site[near], lat[near], lon[near], 0.0)
        around_db, around_m, count = self._around(batch, rows, found, register)
        excess_db = own_db - around_db
        odd = (excess_db >= self.excess_db) & (count >= self.least_neighbours)
        if self.excuse_high:
            odd &= around_m < least_m / 2
        if self.excuse_estimate:
            odd &= ~estimated | (far_m[near] <= self.estimate_reach_m)
        told_m = batch.ta_step_m[rows]
        step_m = np.where(told_m > 0, told_m, _TA_STEP_M[batch.rat[rows]])
        carried = (batch.timing_advance[rows] + 1) * step_m >= least_m
        norms = []
        for at in np.flatnonzero(odd).tolist():
            row = int(rows[at])
            ((_, source),) = iterate(batch, rows[at : at + 1], origin)
            norms.append(
                Norm(
                    detector=self.name,
                    kind="carried" if carried[at] else "odd",
                    ts=int(batch.ts_ms[row]),
                    rx_ts=int(batch.rx_ms[row]),
                    space="device",
                    who=batch.device[row],
                    claimed=identity_of(batch, row),
                    place=place_of(batch, row),
                    signal_dbm=float(batch.signal_dbm[row]),
                    values={
                        "excess_db": round(float(excess_db[at])),
                        "neighbours": int(count[at]),
                        "neighbours_distance_m": round(float(around_m[at])),
                        "site_distance_m": round(float(far_m[near[at]])),
                        "estimated": int(estimated[at]),
                        "timing_advance": optional(batch.timing_advance[row]),
                        "ta_step_m": optional(batch.ta_step_m[row]),
                    },
                    source=source,
                )
            )
        return Screened(norms=norms)

    def new_judgement(self) -> Zone:
        return Zone()

    def hear(self, state: Zone, norm: Norm) -> None:
        """Notes what timing advances say of the cell there, and lets the message wait its turn."""
        assert norm.place is not None
        if norm.values["timing_advance"] is not None:
            cell = _cell_text(norm)
            words = [word for word in state.words.pop(cell, []) if word.who != norm.who]
            carried = norm.kind == "carried"
            words.append(Word(norm.who, norm.place.lat, norm.place.lon, norm.rx_ts, carried))
            state.words[cell] = words[-_WORDS:]
            if len(state.words) > _CELLS:
                del state.words[next(iter(state.words))]
        if norm.kind == "odd" or not self.excuse_repeater:
            state.waiting.append(norm)

    def next_due_ms(self, state: Zone) -> int | None:
        return state.waiting[0].rx_ts + self._wait_ms if state.waiting else None

    def judge(self, state: Zone, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].rx_ts + self._wait_ms <= until_ms:
            norm = state.waiting.pop(0)
            if not (self.excuse_repeater and self._is_carried(state, norm)):
                findings.append(self._finding(norm))
        return findings

    @property
    def _wait_ms(self) -> int:
        return int(self.wait_s * 1000)

    def _is_carried(self, state: Zone, norm: Norm) -> bool:
        """Whether the timing advances of others there say that the cell is what it claims to be."""
        assert norm.place is not None
        if norm.values["timing_advance"] is not None:
            return False
        here = [
            word.carried
            for word in state.words.get(_cell_text(norm), ())
            if norm.rx_ts - word.rx_ms <= _WORD_LASTS_MS
            and near_m(word.lat, word.lon, norm.place.lat, norm.place.lon) <= self.carried_m
        ]
        return here.count(True) > max(1, here.count(False))

    def _finding(self, norm: Norm) -> Finding:
        values = dict(norm.values)
        advance, step_m = values.pop("timing_advance"), values.pop("ta_step_m")
        weak = bool(values.pop("estimated")) and self.excuse_estimate
        strong = float(values["excess_db"] or 0) >= self.strong_db
        weight = self.strong_weight if strong else self.weight
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=norm.rx_ts + self._wait_ms,
            weight=self.weak_weight if weak else weight,
            cap=self.weak_cap if weak else self.cap,
            space=norm.space,
            who=norm.who,
            claimed=norm.claimed,
            place=norm.place,
            signal_dbm=norm.signal_dbm,
            timing_advance=None if advance is None else float(advance),
            ta_step_m=None if step_m is None else float(step_m),
            values=values,
            source=norm.source,
        )

    def _around(
        self, batch: Measurements, rows: I8, found: I8, register: Register
    ) -> tuple[F8, F8, I8]:
        """Of each row's known neighbours the median excess (dB), median distance (m) and number."""
        heard = batch.neighbours
        place = np.full(len(batch), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        told = (place[heard.row] >= 0) & (heard.rat == batch.rat[heard.row])
        entries = np.flatnonzero(told & ~np.isnan(heard.signal_dbm))
        row = heard.row[entries]
        site = found[len(batch) + entries].copy()
        bare = np.flatnonzero(site < 0)
        site[bare] = _nearest_of_code(register, batch, row[bare], entries[bare])
        known = (site >= 0) & (site != found[row])
        entries, row, site = entries[known], row[known], site[known]
        lat, lon = batch.lat[row], batch.lon[row]
        away_m = distance_m(lat, lon, register.rows.lat[site], register.rows.lon[site])
        excess = heard.signal_dbm[entries] + _loss_db(away_m)
        excess += _pattern_db(register, site, lat, lon, _UNKNOWN_DIRECTION_DB)
        kept = ~np.isnan(excess) & (away_m <= _RESOLVED_M)
        at = place[row[kept]]
        count = np.bincount(at, minlength=len(rows)).astype(np.int64)
        return _medians(at, excess[kept], count), _medians(at, away_m[kept], count), count


def _cell_text(norm: Norm) -> str:
    assert norm.claimed is not None
    claimed = norm.claimed
    return f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{claimed.area}-{claimed.cell}"


def _loss_db(away_m: F8) -> F8:
    """Loss beyond that at 100 m; nearer than 50 m nothing is won any more."""
    return np.asarray(10.0 * _EXPONENT * np.log10(np.maximum(away_m, 50.0) / 100.0))


def _pattern_db(register: Register, site: I8, lat: F8, lon: F8, unknown_db: float) -> F8:
    """What each cell's antenna takes off in the direction of the phone, dB."""
    rows = register.rows
    towards_deg = bearing_deg(rows.lat[site], rows.lon[site], lat, lon)
    off_deg = (towards_deg - rows.azimuth_deg[site] + 180.0) % 360.0 - 180.0
    pattern_db = np.minimum(12.0 * (off_deg / _BEAM_DEG) ** 2, _BEHIND_DB)
    return np.where(np.isnan(pattern_db), unknown_db, pattern_db)


def _medians(group: I8, values: F8, count: I8) -> F8:
    """Median of each group's values; NaN for a group without any."""
    order = np.lexsort((values, group))
    padded = np.append(values[order], np.nan)
    first = np.cumsum(count) - count
    low, high = first + np.maximum(count - 1, 0) // 2, first + count // 2
    middle = (padded[np.minimum(low, len(values))] + padded[np.minimum(high, len(values))]) / 2
    return np.where(count > 0, middle, np.nan)


def _nearest_of_code(register: Register, batch: Measurements, row: I8, entries: I8) -> I8:
    """Register row of the nearest cell of the phone's network on a neighbour's channel and code.

    -1 where there is none in the phone's band of latitude or the nearer of the two next to it.
    """
    heard, rows = batch.neighbours, register.rows
    sorted_keys, row_of = _codes(register)
    code = code_key(heard.rat[entries], heard.arfcn[entries], heard.pci[entries])
    band = batch.lat[row] * _BANDS_A_DEG
    best, best_m = np.full(len(row), -1, dtype=np.int64), np.full(len(row), np.inf)
    for each in (np.floor(band), np.floor(band) + np.where(band % 1.0 < 0.5, -1.0, 1.0)):
        keys = _mixed(code, heard.rat[entries], batch.mcc[row], batch.mnc[row], each)
        at = np.searchsorted(sorted_keys, keys, side="left")
        left = np.flatnonzero(code >= 0)
        while len(left := left[at[left] < len(sorted_keys)]):
            left = left[sorted_keys[at[left]] == keys[left]]
            there = row_of[at[left]]
            lat, lon = batch.lat[row[left]], batch.lon[row[left]]
            away_m = distance_m(lat, lon, rows.lat[there], rows.lon[there])
            nearer = away_m < best_m[left]
            best[left[nearer]], best_m[left[nearer]] = there[nearer], away_m[nearer]
            at[left] += 1
    return best


@lru_cache(maxsize=2)
def _codes(register: Register) -> tuple[I8, I8]:
    """Keys of network, channel, code and band of latitude in order, and the row of each."""
    rows = register.rows
    code = code_key(rows.rat, rows.arfcn, rows.pci)
    some = np.flatnonzero((code >= 0) & np.isfinite(rows.lat) & np.isfinite(rows.lon))
    band = np.floor(rows.lat[some] * _BANDS_A_DEG)
    keys = _mixed(code[some], rows.rat[some], rows.mcc[some], rows.mnc[some], band)
    order = np.argsort(keys, kind="stable")
    return keys[order], some[order]


def _mixed(code: I8, rat: U1, mcc: I8, mnc: I8, band: F8) -> I8:
    """One number for all of it, on purpose wrapping around: a mix, not a packing."""
    mixed = code * np.int64(1_000_003) + plmn_key(rat, mcc, mnc)
    return np.asarray(mixed * np.int64(1_000_003) + band.astype(np.int64))
