"""A cell comes in far stronger than it ever did at that place."""

from statistics import median
from typing import Any, ClassVar, Final
from zlib import crc32

import msgspec
import numpy as np

from detectors.columns import F8, I8, Batch, Bool, Measurements
from detectors.finding import Family, Finding, Identity, Norm
from detectors.register import Register
from detectors.register_index import area_key
from detectors.rule import Origin, Rule, Screened, iterate, optional, place_of
from detectors.trail import Trail
from detectors.vocabulary import NETWORK_POSITION, RATS, code_of, word_of
from geo.sphere import distance_m

#: Side of the tiles in which a cell's level is learned: parts of a degree of latitude (185 m).
_TILES_A_DEG: Final = 600
#: A phone's unchanged word counts once in so long, ms.
_COUNTS_FOR_MS: Final = 1_800_000
_ON_ITS_WAY_MS: Final = 180_000
_STRONGER_DB: Final = 3.0
#: Cells at places that are remembered of a phone: a power of two.
_WORDS: Final = 8
#: Neighbours of a message that are learned from.
_HEARD: Final = 4
#: What a zone remembers: profiles, levels in each, phones and levels of each, flagged cells.
_PROFILES, _LEVELS, _PHONES, _OFFSETS, _FLAGS = 16_384, 15, 2048, 9, 256
#: No phone on the ground is faster.
_FASTEST_MPS: Final = 100.0
#: 1.4826 MADs are the standard deviation of a normal distribution.
_SIGMAS_A_MAD: Final = 1.4826


class Heard:
    """Screening state: each phone's last message, and its last words on some cells at places."""

    def __init__(self, horizon_ms: int) -> None:
        places = dict.fromkeys(("lat", "lon", "level_dbm"), np.float64)
        self.last = Trail(horizon_ms, cell=np.int64, tile=np.int64, ts_ms=np.int64, **places)
        self.words = Trail(horizon_ms, where=np.int64, ts_ms=np.int64, level_dbm=np.float64)


class Profile(msgspec.Struct, array_like=True):
    """Levels of one cell in one tile, tenths of dB, and a number of the phone that told each."""

    levels: list[int] = []
    who: list[int] = []


class Zone(msgspec.Struct):
    """Judging state, all in order of last use: profiles by cell and tile, each phone's last
    deviations (tenths of dB), since when and until when cells are flagged, findings to tell."""

    profiles: dict[str, Profile] = {}
    phones: dict[str, list[int]] = {}
    flags: dict[str, tuple[int, int]] = {}
    due: list[Finding] = []


class OddLevel(Rule, frozen=True, kw_only=True):
    """A cell whose level stands out from its profile at that place, upwards.

    What it sees: the level of the serving cell and of neighbours told with their identity, against
    the median of what at least `least_phones` other phones told of the very cell (RAT included) in
    the same tile of some 200 m. An excess of `least_db` or `mads` median absolute deviations,
    whichever is more, is found. `jump_db` says, of a phone that stands still, by how much its own
    level on the cell has changed within a minute.

    Why a rogue station does it: to take phones over it must be the strongest, and a clone of a cell
    that can be heard at the place is too strong for it.

    Why an honest network may, each excused unless turned off:

    * `excuse_device` (F18): phones differ by ten dB and more, pockets and walls add to it. The
      median of a phone's last deviations from the profiles, serving cells and neighbours alike, is
      taken off, once it has told three;
    * `excuse_poisoned` (F25): not an innocent cause but a way to hide one. What is found, and all
      that is told of a cell for half an hour after, is not learned, lest the rogue station become
      the norm. After `thaw_s` of that the network has changed: the cell's profile begins anew;
    * `excuse_jumping` (F28): a place reached from the last one faster than anything moves is wrong,
      and neither judged nor learned.

    A repeater or femtocell that is switched on (F7) looks the same, and so the rule has a low cap:
    strength never suffices alone.

    The profiles live where findings are fused, by zone; screening lets through a phone's word on
    its cell and named neighbours once in half an hour, in each new tile or cell, or when its level
    has changed by `news_db` since its last message, or a named neighbour is louder than the serving
    cell by as much.

    References: detection notes R4, B1 to B3, F18, F25; Edge Sentinel's baseline (five observations,
    the larger of 20 dB and two deviations; three here).

    >>> rule, register = OddLevel(least_phones=2), Register.empty()
    >>> heard = Measurements.of(
    ...     ts_ms=[0, 1, 2], device=["a", "b", "c"], rat=[3] * 3, mcc=[460] * 3, mnc=[0] * 3,
    ...     area=[4100] * 3, cell=[7] * 3, lat=[39.9] * 3, lon=[116.4] * 3,
    ...     signal_dbm=[-101.0, -99.0, -60.0],
    ... )
    >>> zone = rule.new_judgement()
    >>> for norm in rule.screen(rule.new_state(), heard, register, Origin("t", 0)).norms:
    ...     rule.hear(zone, norm)
    >>> [(f.who, f.values["expected_dbm"]) for f in rule.judge(zone, 2)]
    [('c', -100)]
    """

    name: ClassVar[str] = "odd_level"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "radio"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements,)
    horizon_ms: ClassVar[int] = _COUNTS_FOR_MS

    least_db: float = 20.0
    mads: float = 4.5
    least_phones: int = 5
    news_db: float = 12.0
    thaw_s: float = 21_600.0
    weight: float = 1.0
    cap: float = 4.0
    excuse_device: bool = True
    excuse_poisoned: bool = True
    excuse_jumping: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        return (
            f"{who} heard {claimed} at {values.get('level_dbm')} dBm where it used to be at "
            f"{values.get('expected_dbm')} dBm"
        )

    def new_state(self) -> Heard:
        return Heard(self.horizon_ms)

    def screen(self, state: Heard, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Norms: what phones say of cells where it is news."""
        assert isinstance(batch, Measurements)
        if not len(batch):
            return Screened()
        tile, cell = _tiles(batch.lat, batch.lon), _cells(batch)
        before = state.last.step(
            batch.device,
            batch.rx_ms,
            cell=cell,
            tile=tile,
            ts_ms=batch.ts_ms,
            lat=batch.lat,
            lon=batch.lon,
            level_dbm=batch.signal_dbm,
        )
        stays = before.known & (before["cell"] == cell)
        same = stays & (before["tile"] == tile)
        jump_db = batch.signal_dbm - before["level_dbm"]
        loud = _loudest_named(batch) > batch.signal_dbm + self.news_db
        # A phone on its way is in new tiles and on new cells all the time: now and then will do,
        # unless the new cell is the stronger one, as that of a rogue station has to be.
        every_ms = np.where(same, _COUNTS_FOR_MS, _ON_ITS_WAY_MS)
        aged = before["ts_ms"] // every_ms != batch.ts_ms // every_ms
        stronger = ~stays & (jump_db > _STRONGER_DB)
        maybe = ~before.known | aged | stronger | loud | (stays & (np.abs(jump_db) > self.news_db))
        maybe &= (tile >= 0) & (batch.position_source != NETWORK_POSITION)
        gap_s = np.abs(batch.ts_ms - before["ts_ms"]) / 1000
        rows = np.flatnonzero(maybe)
        if self.excuse_jumping:
            moved_m = distance_m(
                batch.lat[rows], batch.lon[rows], before["lat"][rows], before["lon"][rows]
            )
            far = before.known[rows] & (moved_m > 500.0 + _FASTEST_MPS * gap_s[rows])
            rows = rows[~far]
        where = _mixed(cell[rows], tile[rows])
        rows = rows[self._is_news(state, batch, rows, where) | loud[rows]]
        stands = same & (gap_s <= 60.0) & (np.nan_to_num(batch.speed_mps, nan=0.0) < 1.0)
        heard = _named(batch, rows)
        norms = []
        claims = _identities(batch, rows)
        for (row, source), claimed in zip(iterate(batch, rows, origin), claims, strict=True):
            norms.append(
                Norm(
                    detector=self.name,
                    kind="level",
                    ts=int(batch.ts_ms[row]),
                    rx_ts=int(batch.rx_ms[row]),
                    space="device",
                    who=batch.device[row],
                    claimed=claimed,
                    place=place_of(batch, row),
                    signal_dbm=float(batch.signal_dbm[row]),
                    values={
                        "tile": int(tile[row]),
                        "jump_db": round(float(jump_db[row])) if stands[row] else None,
                        "timing_advance": optional(batch.timing_advance[row]),
                        "ta_step_m": optional(batch.ta_step_m[row]),
                        "heard": heard.get(row, ""),
                    },
                    source=source,
                )
            )
        return Screened(norms=norms)

    def _is_news(self, state: Heard, batch: Measurements, rows: I8, where: I8) -> Bool:
        """Whether a phone's word on its cell there is another than its last one of this slot."""
        who = np.fromiter(map(hash, batch.device[rows]), np.int64, len(rows))
        words = _mixed(who, where & (_WORDS - 1)).astype(object)
        ts_ms, level_dbm = batch.ts_ms[rows], batch.signal_dbm[rows]
        last = state.words.step(
            words, batch.rx_ms[rows], where=where, ts_ms=ts_ms, level_dbm=level_dbm
        )
        told = last.known & (last["where"] == where)
        told &= last["ts_ms"] // _COUNTS_FOR_MS == ts_ms // _COUNTS_FOR_MS
        return np.asarray(~told | (np.abs(level_dbm - last["level_dbm"]) > self.news_db))

    def new_judgement(self) -> Zone:
        return Zone()

    def hear(self, state: Zone, norm: Norm) -> None:
        """Judges each level that the message tells, and learns from it."""
        assert norm.claimed is not None
        told = [(norm.claimed, norm.signal_dbm or 0.0, True), *_heard_of(norm)]
        for claimed, level_dbm, serving in told:
            cell = _cell_text(claimed)
            profile = self._profile(state, f"{cell}@{norm.values['tile']}", cell, norm.rx_ts)
            expected = self._expected(profile, norm.who)
            offset = self._offset(state, norm.who)
            excess = level_dbm * 10 - offset - expected[0] if expected else 0.0
            found = expected is not None and excess >= max(
                self.least_db * 10, self.mads * expected[1]
            )
            if found and expected is not None:
                since, until = state.flags.pop(cell, (norm.rx_ts, 0))
                since = since if until >= norm.rx_ts else norm.rx_ts
                _keep(state.flags, cell, (since, norm.rx_ts + _COUNTS_FOR_MS), _FLAGS)
                state.due.append(
                    self._finding(norm, claimed, level_dbm, serving, expected[0] / 10, excess / 10)
                )
            elif expected is not None:
                deviations = [*state.phones.pop(norm.who, []), round(excess + offset)]
                _keep(state.phones, norm.who, deviations[-_OFFSETS:], _PHONES)
            flagged = state.flags.get(cell, (0, -1))[1] >= norm.rx_ts
            if not self.excuse_poisoned or not flagged:
                _learn(profile, norm.who, round(level_dbm * 10 - offset))

    def next_due_ms(self, state: Zone) -> int | None:
        return state.due[0].rx_ts if state.due else None

    def judge(self, state: Zone, until_ms: int) -> list[Finding]:
        due = [finding for finding in state.due if finding.rx_ts <= until_ms]
        state.due = state.due[len(due) :]
        return due

    def _profile(self, state: Zone, key: str, cell: str, rx_ms: int) -> Profile:
        """The profile of a cell in a tile; a fresh one where flagging has lasted too long."""
        since, until = state.flags.get(cell, (rx_ms, rx_ms))
        profile = state.profiles.pop(key, None) or Profile()
        if until >= rx_ms and rx_ms - since > self.thaw_s * 1000:
            del state.flags[cell]
            profile = Profile()
        _keep(state.profiles, key, profile, _PROFILES)
        return profile

    def _expected(self, profile: Profile, who: str) -> tuple[float, float] | None:
        """Median of what others told and its MAD, tenths of dB; ``None`` where they are few."""
        mine = _number(who)
        told = [level for level, by in zip(profile.levels, profile.who, strict=True) if by != mine]
        if len(told) < self.least_phones:
            return None
        middle = median(told)
        return middle, _SIGMAS_A_MAD * median(abs(level - middle) for level in told)

    def _offset(self, state: Zone, who: str) -> float:
        deviations = state.phones.get(who, [])
        if not self.excuse_device or len(deviations) < 3:
            return 0.0
        return median(deviations)

    def _finding(
        self,
        norm: Norm,
        claimed: Identity,
        level_dbm: float,
        serving: bool,
        expected_dbm: float,
        excess_db: float,
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=norm.rx_ts,
            weight=self.weight,
            cap=self.cap,
            space=norm.space,
            who=norm.who,
            claimed=claimed,
            place=norm.place,
            signal_dbm=level_dbm,
            timing_advance=_number_or_none(norm.values["timing_advance"]) if serving else None,
            ta_step_m=_number_or_none(norm.values["ta_step_m"]) if serving else None,
            values={
                "level_dbm": round(level_dbm),
                "expected_dbm": round(expected_dbm),
                "excess_db": round(excess_db),
                "heard_only": int(not serving),
                "jump_db": norm.values["jump_db"] if serving else None,
            },
            source=norm.source,
        )


def _learn(profile: Profile, who: str, level: int) -> None:
    """Takes in one phone's level in place of its older one; the oldest goes beyond the most."""
    mine = _number(who)
    if mine in profile.who:
        at = profile.who.index(mine)
        del profile.who[at], profile.levels[at]
    profile.who = [*profile.who, mine][-_LEVELS:]
    profile.levels = [*profile.levels, level][-_LEVELS:]


def _number(who: str) -> int:
    """A phone as a short number: two that share one only count as one."""
    return crc32(who.encode())


def _number_or_none(value: Any) -> float | None:
    return None if value is None else float(value)


def _identities(batch: Measurements, rows: I8) -> list[Identity]:
    """As `identity_of` for many rows at once."""
    rats = [word_of(code, RATS) for code in batch.rat[rows].tolist()]
    numbers = (getattr(batch, name)[rows].tolist() for name in ("mcc", "mnc", "area", "cell"))
    codes = (
        [None if code != code else int(code) for code in column[rows].tolist()]
        for column in (batch.arfcn, batch.pci)
    )
    return [Identity(*fields) for fields in zip(rats, *numbers, *codes, strict=True)]


def _cell_text(claimed: Identity) -> str:
    return f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{claimed.area}-{claimed.cell}"


def _keep(kept: dict[str, Any], key: str, value: Any, most: int) -> None:
    """Adds as the newest, and forgets the oldest beyond ``most``."""
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


def _tiles(lat: F8, lon: F8) -> I8:
    """The tile of each place, about square and everywhere of one size; -1 without a place."""
    placed = np.isfinite(lat) & np.isfinite(lon)
    band = np.floor(np.where(placed, lat + 90.0, 0.0) * _TILES_A_DEG).astype(np.int64)
    # All of a band have the width of its middle.
    width = np.cos(np.radians((band + 0.5) / _TILES_A_DEG - 90.0))
    column = np.floor(np.where(placed, lon + 360.0, 0.0) * _TILES_A_DEG * width).astype(np.int64)
    return np.where(placed, band << 20 | column, -1)


def _cells(batch: Measurements) -> I8:
    """One number a cell, on purpose wrapping around: a mix, not a packing."""
    return area_key(batch.rat, batch.mcc, batch.mnc, batch.area) * np.int64(1_000_003) + batch.cell


def _mixed(one: I8, other: I8) -> I8:
    """One number for two, on purpose wrapping around; its low bits depend on all of both."""
    mixed = (one * np.int64(1_000_003) + other) * np.int64(0x9E3779B97F4A7C1)
    return np.asarray(mixed ^ mixed >> np.int64(29))


def _loudest_named(batch: Measurements) -> F8:
    """Level of each message's loudest neighbour of known identity; minus infinity without any."""
    near = batch.neighbours
    loudest = np.full(len(batch), -np.inf)
    told = (near.rat == batch.rat[near.row]) & ~np.isnan(near.cell + near.area + near.signal_dbm)
    np.maximum.at(loudest, near.row[told], near.signal_dbm[told])
    return loudest


def _named(batch: Measurements, rows: I8) -> dict[int, str]:
    """The neighbours of known identity in some messages, written as `_heard_of` reads them."""
    near = batch.neighbours
    asked = np.zeros(len(batch), dtype=np.bool_)
    asked[rows] = True
    told = asked[near.row] & (near.rat > 0)
    numbers = near.mcc + near.mnc + near.area + near.cell + near.signal_dbm
    heard: dict[int, list[str]] = {}
    for entry in np.flatnonzero(told & ~np.isnan(numbers)).tolist():
        listed = heard.setdefault(int(near.row[entry]), [])
        if len(listed) < _HEARD:
            listed.append(
                f"{word_of(int(near.rat[entry]), RATS)} {int(near.mcc[entry])} "
                f"{int(near.mnc[entry])} {int(near.area[entry])} {int(near.cell[entry])} "
                f"{float(near.signal_dbm[entry])}"
            )
    return {row: ";".join(listed) for row, listed in heard.items()}


def _heard_of(norm: Norm) -> list[tuple[Identity, float, bool]]:
    """Identities and levels of the neighbours that a norm tells of."""
    told = []
    for each in str(norm.values["heard"]).split(";"):
        rat, *numbers, level = each.split(" ") if each else ["", ""]
        if code_of(rat, RATS):
            told.append((Identity(rat, *map(int, numbers)), float(level), False))
    return told
