"""A known cell is heard, or answers with a timing advance, where it can't be."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
import numpy as np

from detectors.association import near_m
from detectors.columns import F8, I8, Batch, Bool, Measurements
from detectors.finding import Family, Finding, Identity, Norm
from detectors.register import Register
from detectors.register_index import area_key
from detectors.rule import Origin, Rule, Screened, identity_of, iterate, optional, place_of
from detectors.sightings import sightings_of
from detectors.trail import Before, Trail
from detectors.vocabulary import NETWORK_POSITION, RATS
from detectors.words import metres_text
from geo.sphere import distance_m
from geo.timing import TA_STEP_M

#: Farthest that a cell is served at all, by RAT code. GSM: 63 steps of timing advance (TS 45.010
#: 5.6); the others well beyond what deployed cells reach, so that hills and water don't matter.
_REACH_M = np.array([np.inf, 35_000.0, 30_000.0, 30_000.0, 20_000.0])
_TA_STEP_M = np.array([np.nan, *(TA_STEP_M.get(rat, np.nan) for rat in RATS)])
#: Level at 100 m of the strongest deployed cells in free space, by RAT code (GSM and UMTS near
#: 58 dBm EIRP; LTE and NR levels are those of one resource element, some 28 dB less).
_FREE_SPACE_100M_DBM = np.array([np.inf, -20.0, -25.0, -40.0, -40.0])
#: No phone on the ground is faster (the fastest trains do 97 m/s).
_FASTEST_MPS: Final = 100.0
#: How far a phone moves between two messages, or since a sample was first shown, to call it stale.
_STEP_M, _WAY_M = 50.0, 300.0
#: A phone's unchanged word on a cell counts once in so long, ms.
_COUNTS_FOR_MS: Final = 1_800_000
#: What a zone remembers: tiles, cells, and of each cell off its place messages and phones.
_TILES, _CELLS, _HELD, _PHONES = 4096, 512, 8, 32
#: A cell was lately heard at home for so long, ms of arrival time.
_HOME_LASTS_MS: Final = 3_600_000

Values = dict[str, str | int | float | None]


@dataclass(slots=True)
class Shown:
    """What a phone last showed of a cell that can't be there: since where, and if it is stale."""

    sample: int
    lat: float
    lon: float
    rx_ms: int
    stale: bool = False


class Ways:
    """Screening state: each phone's last message, and what is being shown of impossible cells."""

    def __init__(self, horizon_ms: int) -> None:
        columns: dict[str, Any] = {"sample": np.int64, "cell": np.int64, "ts_ms": np.int64}
        columns |= dict.fromkeys(("lat", "lon", "speed_mps", "accuracy_m"), np.float64)
        self.last = Trail(horizon_ms, **columns)
        self.shown: dict[str, Shown] = {}


class Spot(msgspec.Struct):
    """A tile where a cell was heard off its place: reports there before the first, and since."""

    before: int
    heard: int = 0


class Stray(msgspec.Struct):
    """A cell that is heard off its place: where, by whom, and what waits for a judgement."""

    spots: dict[str, Spot] = {}
    who: dict[str, int] = {}
    held: list[Norm] = []
    is_new: bool = False


class Zone(msgspec.Struct):
    """Judging state: reports by tile, cells heard at home (last ``rx_ts``, by whom), strays."""

    watched: dict[str, int] = {}
    home: dict[str, tuple[int, list[str]]] = {}
    strays: dict[str, Stray] = {}
    due: list[Finding] = []


class ImpossibleDistance(Rule, frozen=True, kw_only=True):
    """A registered cell whose site is farther from the phone than physics or its range allows.

    What it sees, each with all benefit of doubt given (the position's accuracy, the way driven
    since, the site's own uncertainty):

    * `too_far`: beyond what the RAT reaches, or thrice the cell's own range where that is more;
    * `timing_advance`: the ring that the timing advance allows ends before the site. An echo only
      lengthens a timing advance, never shortens it. The ring's edge is taken half a step
      farther than rounding allows, and `ring_slack_m` more for errors of the two clockworks;
    * `too_strong`: several times its range away and still stronger than free space allows;
    * `beyond_range`: served several times beyond the range of a cell whose mast is known: weak.

    Why a rogue station does it: it borrows the identity of an honest cell of another quarter or
    town, so that registers and area checks find nothing wrong.

    Why an honest network may, each excused unless its parameter is turned off:

    * `excuse_stale` (F20): a modem that shows its last cell on and on. The very same cell and level
      as in the message before, or since this began, although the phone has moved; from then on
      until either changes. A level that is measured anew hardly stays the same on the way;
    * `excuse_outlier` (F28): a wrong position or clock. The phone's own place has jumped faster
      than anything on the ground, or much faster than the speed that it tells;
    * `excuse_repeater` (F7): a repeater or a long fibre carries a cell out of its range and adds
      delay. Beyond range, or strong there, with a timing advance no shorter than the way to the
      mast; a ring that ends before it, or a distance past all reach, is never a repeater's;
    * `excuse_high` (F19): from towers and hills far cells are heard, not served on: weak then;
    * `excuse_wrong_row`: a crowd estimate may be a town off. What contradicts one is judged by
      zone: it counts once the cell has lately been heard at its registered place by two phones
      too, or once it can be told that it came on the air late: in the tiles (about a kilometre)
      where three phones now hear it, so many like reports came before its first that an honest
      cell would have been among them (on average `late_expected` times). So a wrong row that has
      been heard for as long as the zone was watched stays silent; so does a clone of a crowd row
      that was on the air before the watch began, unless the true cell is heard in the zone.

    A position from the network (`position_source` `network`) may rest on the very cell and is left
    out. Ducting over water (F32) shows in the incident, not in one message.

    References: detection notes E8, B6, B7, R3, F7, F19, F20, F28; TA steps: TS 45.010, TS 36.213
    4.2.3.

    Weights are log-likelihood ratios of one device; `cap` bounds them where the register knows the
    mast or has learned the place from many samples, `weak_cap` elsewhere.

    >>> from detectors.columns import RegisterRows
    >>> cell = {"rat": [1], "mcc": [460], "mnc": [0], "area": [4200], "cell": [11]}
    >>> mast = RegisterRows.of(ts_ms=[0], lat=[39.9], lon=[116.4], changeable=[0], **cell)
    >>> heard = Measurements.of(
    ...     ts_ms=[0], device=["a"], lat=[39.9], lon=[117.4], signal_dbm=[-90], **cell
    ... )
    >>> rule, register = ImpossibleDistance(), Register.from_rows(mast)
    >>> origin = Origin("cell.measurements", 0)
    >>> (finding,) = rule.screen(rule.new_state(), heard, register, origin).findings
    >>> finding.detector, finding.values["reason"], finding.weight
    ('impossible_distance', 'too_far', 1.6)
    """

    name: ClassVar[str] = "impossible_distance"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "radio"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements,)
    horizon_ms: ClassVar[int] = 900_000

    weight: float = 1.6
    weak_weight: float = 0.7
    cap: float = 9.0
    weak_cap: float = 4.0
    ring_slack_m: float = 300.0
    stale_s: float = 30.0
    beyond_ranges: float = 4.0
    beyond_m: float = 3000.0
    trusted_samples: float = 10.0
    late_expected: float = 4.0
    excuse_stale: bool = True
    excuse_outlier: bool = True
    excuse_repeater: bool = True
    excuse_high: bool = True
    excuse_wrong_row: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: Values) -> str:
        reason = str(values.get("reason", "")).replace("_", " ")
        distance = metres_text(float(values.get("site_distance_m") or 0.0))
        return f"{who} saw {claimed} {distance} from its registered site ({reason})"

    def new_state(self) -> Ways:
        return Ways(self.horizon_ms)

    def screen(self, state: Ways, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Findings where the mast is known; norms where the register only has an estimate."""
        assert isinstance(batch, Measurements)
        if not len(batch):
            return Screened()
        placed = ~np.isnan(batch.lat) & (batch.position_source != NETWORK_POSITION)
        at = sightings_of(batch, register).found[: len(batch)]
        rows = np.flatnonzero(placed & (at >= 0))
        site = register.rows.take(at[rows])
        some = batch.take(rows)
        far_m = distance_m(some.lat, some.lon, site.lat, site.lon)
        range_m = np.nan_to_num(site.range_m, nan=1000.0)
        crowd = np.nan_to_num(site.changeable, nan=1.0) > 0
        samples = np.nan_to_num(site.samples, nan=1.0)
        trusted = ~crowd | (samples >= self.trusted_samples)
        site_m = np.where(crowd, range_m + np.where(trusted, 0.0, 3000.0), 100.0)
        phone_m = 2 * np.nan_to_num(some.accuracy_m, nan=100.0)
        phone_m += self.stale_s * np.nan_to_num(some.speed_mps, nan=0.0)
        least_m = far_m - site_m - phone_m

        reason = self._reason(some, least_m, range_m, crowd)
        odd = reason > 0
        before = _step(state.last, batch)
        jumped = self._jumped(before, batch, rows)
        if self.excuse_stale:
            odd &= ~self._is_stale(state, before, batch, rows, odd)
        if self.excuse_outlier:
            odd &= ~jumped
        strong = trusted & (reason != _BEYOND_RANGE)
        if self.excuse_high:
            strong &= some.serving | (reason == _TIMING_ADVANCE)
        judged_later = crowd & self.excuse_wrong_row
        again = before.known[rows] & (before["cell"][rows] == _cell_number(some))
        again &= before["ts_ms"][rows] // _COUNTS_FOR_MS == some.ts_ms // _COUNTS_FOR_MS
        # What was explained away says nothing of the cell's home either.
        let = odd | (judged_later & (reason == 0) & some.serving & ~jumped & ~again)
        findings, norms = [], []
        for i, source in iterate(some, np.flatnonzero(let), origin):
            values: Values = {"reason": _REASONS[reason[i]], "site_distance_m": round(far_m[i])}
            told: dict[str, Any] = {
                "ts": int(some.ts_ms[i]),
                "rx_ts": int(some.rx_ms[i]),
                "space": "device",
                "who": some.device[i],
                "claimed": identity_of(some, i),
                "place": place_of(some, i),
                "signal_dbm": float(some.signal_dbm[i]),
                "source": source,
            }
            advance = optional(some.timing_advance[i]), optional(some.ta_step_m[i])
            if judged_later[i]:
                values |= {"timing_advance": advance[0], "ta_step_m": advance[1]}
                values["strong"] = int(strong[i])
                kind = "far" if odd[i] else "home"
                norms.append(Norm(detector=self.name, kind=kind, values=values, **told))
            else:
                findings.append(self._finding(told, values, bool(strong[i]), *advance))
        return Screened(findings, norms)

    def _reason(self, some: Measurements, least_m: F8, range_m: F8, crowd: Bool) -> I8:
        """Place of the first reason that holds in `_REASONS`, 0 for none."""
        step_m = np.where(some.ta_step_m > 0, some.ta_step_m, _TA_STEP_M[some.rat])
        ring_m = (some.timing_advance + 1) * step_m
        above = some.signal_dbm > _free_space_dbm(some.rat, least_m)
        outside = least_m > self.beyond_ranges * range_m + self.beyond_m
        repeated = (ring_m >= least_m) & self.excuse_repeater
        held = (
            least_m > np.maximum(_REACH_M[some.rat], 3 * range_m),
            least_m > ring_m + self.ring_slack_m,
            above & outside & ~repeated,
            outside & some.serving & ~crowd & ~repeated,
        )
        first: I8 = np.select(held, np.arange(1, len(_REASONS)), 0).astype(np.int64)
        return first

    def _is_stale(
        self, state: Ways, before: Before, batch: Measurements, rows: I8, odd: Bool
    ) -> Bool:
        """Of the odd messages, row by row, those of a modem that shows its last cell on and on."""
        stale = np.zeros(len(rows), dtype=np.bool_)
        sample = _sample_number(batch)[rows]
        moving = before.known[rows] & (before["sample"][rows] == sample)
        moving &= _moved_m(before, batch, rows) > _STEP_M
        for i in np.flatnonzero(odd).tolist():
            who, rx_ms = batch.device[rows[i]], int(batch.rx_ms[rows[i]])
            lat, lon = float(batch.lat[rows[i]]), float(batch.lon[rows[i]])
            shown = state.shown.pop(who, None)
            if shown is None or shown.sample != sample[i] or rx_ms - shown.rx_ms > self.horizon_ms:
                shown = Shown(int(sample[i]), lat, lon, rx_ms)
            shown.rx_ms = rx_ms
            shown.stale |= bool(moving[i]) or near_m(shown.lat, shown.lon, lat, lon) > _WAY_M
            stale[i] = shown.stale
            state.shown[who] = shown
        # In order of last use, so that what is too old stands first.
        newest_ms = int(batch.rx_ms.max())
        for who in list(state.shown):
            if newest_ms - state.shown[who].rx_ms <= self.horizon_ms:
                break
            del state.shown[who]
        return stale

    def _jumped(self, before: Before, batch: Measurements, rows: I8) -> Bool:
        """Whether the phone's own place has moved faster than it can have moved itself."""
        moved_m = _moved_m(before, batch, rows)
        gap_s = np.abs(batch.ts_ms[rows] - before["ts_ms"][rows]) / 1000 + 5.0
        told = np.maximum(batch.speed_mps[rows], before["speed_mps"][rows])
        fastest = np.minimum(np.nan_to_num(3 * told + 5.0, nan=_FASTEST_MPS), _FASTEST_MPS)
        return np.asarray(before.known[rows] & (moved_m > 200.0 + fastest * gap_s))

    def _finding(
        self, told: dict[str, Any], values: Values, strong: bool, ta: Any, ta_step_m: Any
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            weight=self.weight if strong else self.weak_weight,
            cap=self.cap if strong else self.weak_cap,
            timing_advance=ta,
            ta_step_m=ta_step_m,
            values=values,
            **told,
        )

    def new_judgement(self) -> Zone:
        return Zone()

    def hear(self, state: Zone, norm: Norm) -> None:
        """Counts a report of its tile; one that is far off its place is judged, or held."""
        assert norm.claimed is not None
        assert norm.place is not None
        tile, cell = _tile(norm), _cell_text(norm.claimed)
        if norm.kind == "home":
            _keep(state.watched, tile, state.watched.pop(tile, 0) + 1, _TILES)
            _, who = state.home.pop(cell, (0, []))
            kept = [norm.who, *(name for name in who if name != norm.who)][:2]
            _keep(state.home, cell, (norm.rx_ts, kept), _CELLS)
            return
        stray = state.strays.pop(cell, None) or Stray()
        _keep(state.strays, cell, stray, _CELLS)
        if norm.rx_ts - stray.who.get(norm.who, -_COUNTS_FOR_MS) >= _COUNTS_FOR_MS:
            _keep(stray.who, norm.who, norm.rx_ts, _PHONES)
            reports = state.watched.pop(tile, 0) + 1
            _keep(state.watched, tile, reports, _TILES)
            _keep(stray.spots, tile, stray.spots.pop(tile, None) or Spot(reports - 1), _PHONES)
            stray.spots[tile].heard += 1
        stray.held = [*stray.held, norm][-_HELD:]
        stray.is_new = stray.is_new or self._came_late(state, stray)
        last_home, who = state.home.get(cell, (0, []))
        at_home = len(who) > 1 and norm.rx_ts - last_home <= _HOME_LASTS_MS
        if stray.is_new or at_home:
            for held in stray.held:
                if norm.rx_ts - held.rx_ts <= _COUNTS_FOR_MS:
                    state.due.append(self._judged(held, norm.rx_ts))
            stray.held = []

    def next_due_ms(self, state: Zone) -> int | None:
        return state.due[0].rx_ts if state.due else None

    def judge(self, state: Zone, until_ms: int) -> list[Finding]:
        due = [finding for finding in state.due if finding.rx_ts <= until_ms]
        state.due = state.due[len(due) :]
        return due

    def _came_late(self, state: Zone, stray: Stray) -> bool:
        """Whether a cell of that share of the reports would have been heard before its first."""
        if len(stray.who) < 3:
            return False
        expected = []
        for tile, spot in stray.spots.items():
            reports = max(state.watched.get(tile, 0), spot.before + spot.heard)
            if reports >= 5:
                # Its first report chose the moment, and so tells nothing of how often it is heard.
                share = (spot.heard - 1) / (reports - spot.before)
                expected.append(spot.before * share)
        return bool(expected) and sum(expected) / len(expected) >= self.late_expected

    def _judged(self, norm: Norm, rx_ms: int) -> Finding:
        names = ("ts", "space", "who", "claimed", "place", "signal_dbm", "source")
        told = {name: getattr(norm, name) for name in names} | {"rx_ts": rx_ms}
        values: Values = {name: norm.values[name] for name in ("reason", "site_distance_m")}
        advance = norm.values["timing_advance"], norm.values["ta_step_m"]
        return self._finding(told, values, bool(norm.values["strong"]), *advance)


_REASONS = ("none", "too_far", "timing_advance", "too_strong", "beyond_range")
_TIMING_ADVANCE, _BEYOND_RANGE = 2, 4


def _step(trail: Trail, batch: Measurements) -> Before:
    return trail.step(
        batch.device,
        batch.rx_ms,
        sample=_sample_number(batch),
        cell=_cell_number(batch),
        ts_ms=batch.ts_ms,
        lat=batch.lat,
        lon=batch.lon,
        speed_mps=batch.speed_mps,
        accuracy_m=batch.accuracy_m,
    )


def _moved_m(before: Before, batch: Measurements, rows: I8) -> F8:
    """How far the phone has moved at least since the message before; NaN where unknown."""
    lat, lon = before["lat"][rows], before["lon"][rows]
    moved_m = distance_m(batch.lat[rows], batch.lon[rows], lat, lon)
    moved_m -= 2 * np.nan_to_num(batch.accuracy_m[rows], nan=100.0)
    return np.asarray(moved_m - 2 * np.nan_to_num(before["accuracy_m"][rows], nan=100.0))


def _cell_number(batch: Measurements) -> I8:
    """One number a cell, on purpose wrapping around: a mix, not a packing."""
    return area_key(batch.rat, batch.mcc, batch.mnc, batch.area) * np.int64(1_000_003) + batch.cell


def _sample_number(batch: Measurements) -> I8:
    tenths = np.round(batch.signal_dbm * 10.0).astype(np.int64)
    return _cell_number(batch) * np.int64(1_000_003) + tenths


def _tile(norm: Norm) -> str:
    """A hundredth of a degree of one operator and RAT: reports that could have heard the like."""
    assert norm.claimed is not None
    assert norm.place is not None
    lat, lon = int(norm.place.lat * 100 // 1), int(norm.place.lon * 100 // 1)
    return f"{norm.claimed.rat}-{norm.claimed.mcc}-{norm.claimed.mnc}-{lat}-{lon}"


def _cell_text(claimed: Identity) -> str:
    return f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{claimed.area}-{claimed.cell}"


def _keep(kept: dict[str, Any], key: str, value: Any, most: int) -> None:
    """Adds as the newest, and forgets the oldest beyond ``most``."""
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


def _free_space_dbm(rat: Any, distance: F8) -> F8:
    """The strongest level that a cell at ``distance`` (m) may have (Friis: 20 dB a decade)."""
    level_dbm: F8 = _FREE_SPACE_100M_DBM[rat]
    return level_dbm - 20.0 * np.log10(np.maximum(distance, 100.0) / 100.0)
