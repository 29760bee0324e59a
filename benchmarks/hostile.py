"""How many colluding phones it takes to raise a false alert, by what they lie about.

A town with 500 honest phones, and among them some that lie in step: each reports the same made-up
story from the same street corner every few seconds for ten minutes, over every feed that a phone
can reach. Printed for each kind of lie, and for all at once: the highest probability that any alert
raised, by the number of liars. ``python benchmarks/hostile.py [--seeds 1,2] [--liars 1,3,4]``
"""

import argparse
import gzip
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec

from replay.detect import detect
from replay.simulate import Scenario, simulate
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher

START_MS = 1_748_916_000_000
LAT, LON = 30.6586, 104.0648
FROM_S, TO_S, EVERY_S = 900, 1500, 5
TOWN = {
    "name": "town",
    "description": "Five hundred honest phones in two kilometres, and liars among them.",
    "start_ms": START_MS,
    "duration_s": 2100,
    "city": {"centre_lat_deg": LAT, "centre_lon_deg": LON, "size_m": 2000},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0, "site_spacing_m": 650}],
    "people": {"phones": 500},
}
MADE_UP = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 61001, "cell": 777}
FEEDS = {"measurements": "device", "signalling": "subscriber", "sms": "device"}

Messages = list[tuple[str, dict[str, Any]]]
Lie = Callable[["Town"], Messages]


class Town(msgspec.Struct):
    """What liars know of the town: honest cells to lie about."""

    near: dict[str, Any]
    crossing: dict[str, Any]
    far: dict[str, Any]


def here() -> dict[str, Any]:
    return {"lat": LAT, "lon": LON, "accuracy_m": 8.0, "position_source": "gnss"}


def unknown_cell(town: Town) -> Messages:
    return [("measurements", {**MADE_UP, **here(), "signal_dbm": -55.0, "timing_advance": 0})]


def far_clone(town: Town) -> Messages:
    return [("measurements", {**town.far, **here(), "signal_dbm": -55.0, "timing_advance": 0})]


def near_clone(town: Town) -> Messages:
    report = {**town.crossing, **here(), "signal_dbm": -48.0, "timing_advance": 0}
    return [("measurements", {**report, "neighbours": [{**town.near, "signal_dbm": -80.0}]})]


def broadcast(town: Town) -> Messages:
    information = {"t3212_min": 1, "cell_reselect_offset_db": 60.0, "neighbours_advertised": 0}
    return [("measurements", {**MADE_UP, **here(), "signal_dbm": -55.0, "broadcast": information})]


def other_channel(town: Town) -> Messages:
    report = {**town.near, **here(), "arfcn": 3, "pci": 63, "signal_dbm": -60.0}
    return [("measurements", report)]


def bare_code(town: Town) -> Messages:
    neighbours = [{"rat": "lte", "arfcn": 38400, "pci": 503, "signal_dbm": -60.0}]
    return [
        ("measurements", {**town.near, **here(), "signal_dbm": -80.0, "neighbours": neighbours})
    ]


def old_area(town: Town) -> Messages:
    update = {**town.near, "source": "core", "procedure": "location_update", "outcome": "accept"}
    old = {"old_mcc": 460, "old_mnc": 0, "old_area": 61001, "update_type": "normal"}
    return [("signalling", {**update, **old})]


def lost_area(town: Town) -> Messages:
    update = {**town.near, "source": "core", "procedure": "attach", "outcome": "accept"}
    return [("signalling", {**update, "old_mcc": 460, "old_mnc": 0, "old_area": 0xFFFE})]


def handover(town: Town) -> Messages:
    failed = {**town.near, "source": "ran", "procedure": "handover", "outcome": "abort"}
    return [("signalling", {**failed, "target_pci": 503})]


def diagnostics(town: Town) -> Messages:
    port = {**MADE_UP, **here(), "source": "device"}
    return [
        ("signalling", {**port, "procedure": "identity_request", "identity_type": "imsi"}),
        ("signalling", {**port, "procedure": "location_update", "outcome": "reject", "cause": 15}),
        ("signalling", {**port, "procedure": "security_mode", "cipher": "A5/0"}),
    ]


def phantom(town: Town) -> Messages:
    text = {"sender": "95588", "content_hash": "00ff00ff00ff00ff", "has_url": True}
    sim = {"subscription_mcc": 460, "subscription_mnc": 0}
    return [("sms", {**MADE_UP, **here(), "source": "device", **text, **sim})]


LIES: dict[str, tuple[Lie, ...]] = {
    lie.__name__: (lie,)
    for lie in (
        unknown_cell,
        far_clone,
        near_clone,
        broadcast,
        other_channel,
        bare_code,
        old_area,
        lost_area,
        handover,
        diagnostics,
        phantom,
    )
}
LIES["everything"] = tuple(lie for (lie,) in LIES.values())


def town_of(trace: Path) -> Town:
    """Registered GSM cells: one near the centre, one a good kilometre off, one of the far town."""
    cells = []
    for line in (trace / "register.csv").read_text("utf-8").splitlines()[1:]:
        radio, mcc, mnc, area, cell, _, lon, lat, *_ = line.split(",")
        if radio == "GSM":
            metres = 111_195.0 * max(abs(float(lat) - LAT), 0.86 * abs(float(lon) - LON))
            named = {"rat": "gsm", "mcc": int(mcc), "mnc": int(mnc), "area": int(area)}
            cells.append((metres, {**named, "cell": int(cell)}))
    cells.sort(key=lambda pair: pair[0])
    crossing = next(cell for metres, cell in cells if metres > 1000.0)
    far = next(cell for metres, cell in cells if metres > 15_000.0)
    return Town(cells[0][1], crossing, far)


def with_liars(honest: Path, out: Path, lies: tuple[Lie, ...], liars: int) -> None:
    """The honest trace with what liars add, in order of arrival."""
    town, added = town_of(honest), {feed: list[tuple[int, bytes]]() for feed in FEEDS}
    for at_s in range(FROM_S, TO_S, EVERY_S):
        for liar in range(liars):
            ts = START_MS + at_s * 1000 + 137 * liar
            for lie in lies:
                for feed, content in lie(town):
                    message = {"ts": ts, "rx_ts": ts + 900, FEEDS[feed]: f"liar-{liar}", **content}
                    added[feed].append((ts + 900, msgspec.json.encode(message)))
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(honest / "register.csv", out)
    for feed, lines in added.items():
        whole = [
            (msgspec.json.decode(line)["rx_ts"], line)
            for line in gzip.decompress((honest / f"{feed}.jsonl.gz").read_bytes()).splitlines()
        ]
        merged = sorted(whole + lines, key=lambda pair: pair[0])
        (out / f"{feed}.jsonl").write_bytes(b"".join(line + b"\n" for _, line in merged))


def highest(trace: Path, out: Path, settings: Settings) -> float:
    """The highest probability of any alert of a run; 0 without any."""
    detect(trace, out, settings, Hasher(b"k" * 32, settings.senders))
    lines = (out / "alerts.jsonl").read_bytes().splitlines()
    return max((msgspec.json.decode(line)["probability"] for line in lines), default=0.0)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--liars", default="1,3,4,5,6,8,12")
    parser.add_argument("--only", default=",".join(LIES))
    given = parser.parse_args()
    settings = load_settings(env={})
    counts = [int(count) for count in given.liars.split(",")]
    print("highest probability of an alert, by the number of liars among 500 honest phones")
    print(f"{'lie':<14}" + "".join(f"{count:>8}" for count in counts))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for seed in given.seeds.split(","):
            honest = work / f"honest-{seed}"
            simulate(msgspec.convert(TOWN, Scenario), int(seed), honest)
        for name in given.only.split(","):
            row = []
            for count in counts:
                chance = 0.0
                for seed in given.seeds.split(","):
                    with_liars(work / f"honest-{seed}", work / "trace", LIES[name], count)
                    chance = max(chance, highest(work / "trace", work / "out", settings))
                row.append(chance)
            print(f"{name:<14}" + "".join(f"{chance:>8.2f}" for chance in row), flush=True)


if __name__ == "__main__":
    main()
