"""A town with 500 honest phones in a trace, and liars whose messages are put between theirs."""

import gzip
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from replay.detect import detect
from streams.config.settings import Settings
from streams.privacy.hasher import Hasher

START_MS = 1_748_916_000_000
LAT, LON = 30.6586, 104.0648
#: Metres of a degree of latitude, and of longitude there.
NORTH_M, EAST_M = 111_195.0, 95_650.0
#: How often each liar says all that it has to say (s).
EVERY_S = 5
TOWN: dict[str, Any] = {
    "name": "town",
    "description": "Five hundred honest phones in two kilometres, and liars among them.",
    "start_ms": START_MS,
    "duration_s": 2100,
    "city": {"centre_lat_deg": LAT, "centre_lon_deg": LON, "size_m": 2000},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0, "site_spacing_m": 650}],
    "people": {"phones": 500},
}
FEEDS = {"measurements": "device", "signalling": "subscriber", "sms": "device"}

Messages = list[tuple[str, dict[str, Any]]]
#: What a liar says at a second since the start: ``script(at_s, liar)``.
Script = Callable[[int, int], Messages]


class Town(msgspec.Struct):
    """What liars know of the town: honest cells to lie about, ``all_near`` those of GSM within a
    kilometre and ``lte`` those of LTE, the nearest first; ``far_place`` is that of the far one."""

    near: dict[str, Any]
    crossing: dict[str, Any]
    far: dict[str, Any]
    all_near: list[dict[str, Any]]
    lte: list[dict[str, Any]]
    far_place: tuple[float, float]


def here(east_m: float = 0.0, north_m: float = 0.0) -> dict[str, Any]:
    """A position so far (m) from the middle of the town, as a phone reports it."""
    lat, lon = round(LAT + north_m / NORTH_M, 6), round(LON + east_m / EAST_M, 6)
    return {"lat": lat, "lon": lon, "accuracy_m": 8.0, "position_source": "gnss"}


def town_of(trace: Path) -> Town:
    """Registered GSM cells: one near the centre, one a good kilometre off, one of the far town."""
    by_rat: dict[str, list[tuple[float, dict[str, Any]]]] = {"gsm": [], "lte": []}
    places: dict[int, tuple[float, float]] = {}
    for line in (trace / "register.csv").read_text("utf-8").splitlines()[1:]:
        radio, mcc, mnc, area, cell, _, lon, lat, *_ = line.split(",")
        if radio.lower() in by_rat:
            metres = NORTH_M * max(abs(float(lat) - LAT), 0.86 * abs(float(lon) - LON))
            named = {"rat": radio.lower(), "mcc": int(mcc), "mnc": int(mnc), "area": int(area)}
            by_rat[radio.lower()].append((metres, {**named, "cell": int(cell)}))
            places[int(cell)] = float(lat), float(lon)
    cells, lte = (sorted(of_rat, key=lambda pair: pair[0]) for of_rat in by_rat.values())
    crossing = next(cell for metres, cell in cells if metres > 1000.0)
    far = next(cell for metres, cell in cells if metres > 15_000.0)
    near = [cell for metres, cell in cells if metres <= 1000.0]
    return Town(cells[0][1], crossing, far, near, [cell for _, cell in lte], places[far["cell"]])


def with_liars(honest: Path, out: Path, script: Script, liars: int, seconds: Iterable[int]) -> None:
    """The honest trace with what liars add at some ``seconds``, in order of arrival."""
    added = {feed: list[tuple[int, bytes]]() for feed in FEEDS}
    for at_s in seconds:
        for liar in range(liars):
            ts = START_MS + at_s * 1000 + 137 * liar
            for feed, content in script(at_s, liar):
                message = {"ts": ts, "rx_ts": ts + 900, FEEDS[feed]: f"liar-{liar}", **content}
                added[feed].append((ts + 900, msgspec.json.encode(message)))
    out.mkdir(parents=True, exist_ok=True)
    for kept in ("register.csv", "truth.jsonl"):
        if (honest / kept).is_file():
            shutil.copy(honest / kept, out)
    for feed, lines in added.items():
        whole = [
            (msgspec.json.decode(line)["rx_ts"], line)
            for line in gzip.decompress((honest / f"{feed}.jsonl.gz").read_bytes()).splitlines()
        ]
        merged = sorted(whole + lines, key=lambda pair: pair[0])
        (out / f"{feed}.jsonl").write_bytes(b"".join(line + b"\n" for _, line in merged))


def detected(trace: Path, out: Path, settings: Settings) -> Path:
    """The alerts that a trace raises."""
    detect(trace, out, settings, Hasher(b"k" * 32, settings.senders))
    return out / "alerts.jsonl"
