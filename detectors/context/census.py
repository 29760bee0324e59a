"""How many phones received what was normal, where: counts of the reports that screening drops.

Phones that a transmitter could have taken and didn't bound where it is. Only such count as stood at
a place of their own, were idle, and have reported nothing strange lately: a blaster doesn't
take a phone twice. They are counted by half-minutes of arrival time in squares of about 100 m, by
network and technology; no count says who. A square is counted in one half-minute of four, in turn:
where phones are changes less than that.

Windows are sent as `detectors.features.rows.window_tiles` says.
"""

from collections.abc import Container, Sequence
from typing import Final

import numpy as np
from pybase64 import b64encode_as_string

from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS, of_window, tile_of
from detectors.model.codes import NETWORK_POSITION, RATS
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.model.finding import Finding, Observation

NAME: Final = "census"
#: Squares are thousandths of a degree, tiles (one observation each) tenths.
SQUARES_A_DEG: Final = 1_000
SQUARES_A_TILE: Final = 100
#: A square is counted in one window of so many.
TURNS: Final = 4
#: A phone that has reported something strange isn't counted for so long (ms of arrival time).
TAKEN_MS: Final = 1_800_000
#: Only what was measured just before it arrived shows where phones are now (ms).
_FRESH_MS: Final = 60_000
#: A rougher place may lie in another square (m).
_ACCURATE_M: Final = 100.0
#: Faster phones have passed before they could be taken (m/s).
_PASSING_MPS: Final = 20.0
#: One row of a tile: place in the tile, network in its list, phones, and their levels (dBm) summed
#: up: other partitions have counted other phones of the square, so that only sums add up exactly.
ROW: Final = np.dtype([("y", "u1"), ("x", "u1"), ("net", "u1"), ("phones", "<u2"), ("dbm", "<i4")])
_MOST_PHONES: Final = 10_000
_MOST_NETS: Final = 256


class Census:
    """Screening's counts of one source partition; windows are sent by `due`."""

    def __init__(self) -> None:
        self._windows: dict[int, list[tuple[I8, I8]]] = {}
        self._asked: dict[int, dict[str, None]] = {}
        self._strange: dict[str, int] = {}
        self._swept_ms = 0
        self._sent_ms = 0

    def take(self, batch: Measurements, findings: list[Finding]) -> None:
        """Counts a batch's ordinary rows; ``findings`` are all that rules made of it."""
        ordinary = _is_ordinary(batch)
        if not findings and not ordinary.any():
            return
        rows = np.flatnonzero(ordinary & ~self._taken(batch, findings))
        window = batch.rx_ms[rows] // WINDOW_MS
        for number in np.unique(window).tolist():
            if (number + 1) * WINDOW_MS > self._sent_ms:
                self._count(batch, number, rows[window == number])

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """Observations of all windows that ended by ``until_ms`` and weren't sent yet, a tile
        each."""
        sent: list[Observation] = []
        self._sent_ms = max(self._sent_ms, until_ms)
        for number in sorted(self._asked):
            if (number + 1) * WINDOW_MS <= until_ms:
                parts = self._windows.pop(number, [])
                del self._asked[number]
                sent += _observations(number, parts, origin)
        return sent

    def _count(self, batch: Measurements, number: int, rows: I8) -> None:
        """Adds rows of one window: the first of each phone, where its square has its turn."""
        asked = self._asked.setdefault(number, {})
        # Backwards, so that of a phone's rows the first is left.
        first = dict(zip(batch.device[rows][::-1], rows[::-1].tolist(), strict=True))
        fresh = [row for who, row in first.items() if who not in asked]
        asked.update(dict.fromkeys(first))
        at = np.array(fresh, dtype=np.int64)
        y, x = _squares(batch.lat[at], batch.lon[at])
        turn = (y + 2 * x + number) % TURNS == 0
        at, y, x = at[turn], y[turn], x[turn]
        if len(at):
            network = (batch.rat[at].astype(np.int64) * 1_000 + batch.mcc[at]) * 1_000
            key = ((y * 360_001 + x) * 8_000_000) + network + batch.mnc[at]
            level = np.rint(batch.signal_dbm[at]).astype(np.int64)
            self._windows.setdefault(number, []).append((key, level))

    def _taken(self, batch: Measurements, findings: list[Finding]) -> Bool:
        """Rows of phones that reported something strange before, this batch included, but not
        longer than `TAKEN_MS` before: however batches are cut."""
        now_ms = int(batch.rx_ms.max()) if len(batch) else 0
        if now_ms - self._swept_ms > TAKEN_MS // 4:
            self._swept_ms = now_ms
            # What the first of these rows asks for is kept too.
            since = int(batch.rx_ms.min()) - TAKEN_MS
            self._strange = {who: rx for who, rx in self._strange.items() if rx >= since}
        strange, news = self._strange, [f for f in findings if f.space == "device"]
        taken = np.zeros(len(batch), dtype=np.bool_)
        if strange:
            for row in np.flatnonzero(_of(batch, strange)).tolist():
                taken[row] = batch.rx_ms[row] - strange[batch.device[row]] <= TAKEN_MS
        if news:
            # In order of the messages, so that it doesn't matter how batches are cut.
            reported_at: dict[str, list[tuple[tuple[int, int], int]]] = {}
            for finding in news:
                source = finding.source
                reported_at.setdefault(finding.who, []).append(
                    ((source.offset, source.index), finding.rx_ts)
                )
                strange[finding.who] = max(strange.get(finding.who, 0), finding.rx_ts)
            for row in np.flatnonzero(_of(batch, reported_at)).tolist():
                here = (int(batch.offset[row]), int(batch.index[row]))
                before = [rx for at, rx in reported_at[batch.device[row]] if at <= here]
                taken[row] |= bool(before) and batch.rx_ms[row] - max(before) <= TAKEN_MS
        return taken


def _of(batch: Measurements, whose: Container[str]) -> Bool:
    """Rows of some phones."""
    return np.fromiter(map(whose.__contains__, batch.device), np.bool_, len(batch))


def _is_ordinary(batch: Measurements) -> Bool:
    """Rows of idle phones at a place of their own, measured just now."""
    good = batch.serving & np.isfinite(batch.lat) & np.isfinite(batch.signal_dbm)
    good &= batch.position_source != NETWORK_POSITION
    good &= ~(batch.accuracy_m > _ACCURATE_M) & ~(batch.speed_mps > _PASSING_MPS)
    good &= np.isnan(batch.timing_advance)  # without a connection there is none: idle
    good &= np.abs(batch.rx_ms - batch.ts_ms) <= _FRESH_MS
    return np.asarray(good & (batch.rat > 0))


def _squares(lat: F8, lon: F8) -> tuple[I8, I8]:
    """Whole squares north of the south pole and east of the date line."""
    y = np.floor((lat + 90.0) * SQUARES_A_DEG).astype(np.int64)
    x = np.floor((lon + 180.0) * SQUARES_A_DEG).astype(np.int64)
    return y, x


def _observations(number: int, parts: Sequence[tuple[I8, I8]], origin: Origin) -> list[Observation]:
    if not parts:
        return []
    keys, levels = (np.concatenate(column) for column in zip(*parts, strict=True))
    distinct, back = np.unique(keys, return_inverse=True)
    phones = np.bincount(back)
    level = np.bincount(back, weights=levels)
    place, network = np.divmod(distinct, 8_000_000)
    y, x = np.divmod(place, 360_001)
    tile = tile_of(y // SQUARES_A_TILE, x // SQUARES_A_TILE)
    found = []
    for part, each in enumerate(np.unique(tile).tolist()):
        here = np.flatnonzero(tile == each)
        networks, net = np.unique(network[here], return_inverse=True)
        kept = net < _MOST_NETS
        rows = np.empty(int(kept.sum()), dtype=ROW)
        rows["y"], rows["x"] = (axis[here][kept] % SQUARES_A_TILE for axis in (y, x))
        rows["net"] = net[kept]
        rows["phones"] = np.minimum(phones[here][kept], _MOST_PHONES)
        rows["dbm"] = level[here][kept]
        values = {
            "tile": each,
            "networks": ",".join(map(_network_text, networks.tolist())),
            "sums": b64encode_as_string(rows.tobytes()),
        }
        found.append(of_window(NAME, "counted", number, part, each, values, origin))
    return found


def _network_text(network: int) -> str:
    """``rat-mcc-mnc`` of a packed network."""
    rest, mnc = divmod(network, 1_000)
    rat, mcc = divmod(rest, 1_000)
    return f"{RATS[rat - 1]}-{mcc}-{mnc}"
