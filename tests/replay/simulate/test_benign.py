"""The suite of honest happenings: each scenario really holds the trouble that it is named after.

Played with fewer phones than they ship with; what a happening brings stays as it ships. Every check
counts what would mislead a careless detector, and asks for a dose that would.

Long because it is one list, a check for each scenario of the suite.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from replay.simulate import ScenarioError, load_scenario, simulate
from replay.simulate.happenings import EFFECTS
from replay.simulate.scenario.scenario import Happening

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parents[3] / "configs" / "suites" / "benign"
NAMES = sorted(path.stem for path in SUITE.glob("*.yaml"))
#: Every sixth by day, as many by night, all in the long form.
FORMS = [
    pytest.param(name, marks={0: [], 3: [pytest.mark.nightly]}.get(number % 6, [pytest.mark.long]))
    for number, name in enumerate(NAMES)
]
PHONES = 350
RESERVED = {0, 0xFFFE, 0xFFFF, 0xFFFFFE}
HOME_MCC = 460
METRES_A_DEGREE = np.array([110_860.0, 95_800.0])  # of latitude and longitude at 30.66 degrees
Row = dict[str, Any]


class Trace:
    """A scenario of the suite, played and read back."""

    def __init__(self, name: str, folder: Path) -> None:
        scenario = load_scenario(SUITE / f"{name}.yaml")
        people = msgspec.structs.replace(scenario.people, phones=PHONES)
        simulate(msgspec.structs.replace(scenario, people=people), 11, folder)
        self.folder = folder
        self.start_ms = scenario.start_ms
        self.measurements = self.feed("measurements")
        self.signalling = self.feed("signalling")
        self.sms = self.feed("sms")
        with (folder / "register.csv").open() as text:
            rows = list(csv.DictReader(text))
        self.listed = {
            (row["radio"].lower(), *(int(row[key]) for key in ("mcc", "net", "area", "cell"))): row
            for row in rows
        }
        self.areas = {key[:4] for key in self.listed}

    def feed(self, name: str) -> list[Row]:
        packed = (self.folder / f"{name}.jsonl.gz").read_bytes()
        return [msgspec.json.decode(line) for line in gzip.decompress(packed).splitlines()]

    def unknown_cells(self) -> Counter[Any]:
        """Reports by serving cell that the list doesn't have."""
        return Counter(cell for row in self.measurements if (cell := key(row)) not in self.listed)

    def unknown_old_areas(self) -> Counter[tuple[int, int, int]]:
        """Procedures by old area of the home country that the list doesn't have."""
        known = {area[1:] for area in self.areas}
        old = Counter(
            (row["old_mcc"], row["old_mnc"], row["old_area"])
            for row in self.signalling
            if row.get("old_mcc") == HOME_MCC and row["old_area"] not in RESERVED
        )
        return Counter({area: count for area, count in old.items() if area not in known})

    def rejects(self, *causes: int) -> int:
        return sum(
            row.get("outcome") == "reject" and row.get("cause") in causes for row in self.signalling
        )

    def updates(self, from_s: float = 0.0, to_s: float = 1e9) -> list[Row]:
        return [
            row
            for row in self.signalling
            if "old_area" in row and from_s <= (row["ts"] - self.start_ms) / 1000 < to_s
        ]

    def mast_distances_m(self) -> np.ndarray:
        """From every report on a listed cell to where the list has its mast."""
        masts = [
            (row, self.listed[key(row)]) for row in self.measurements if key(row) in self.listed
        ]
        away = np.array(
            [[row["lat"] - float(m["lat"]), row["lon"] - float(m["lon"])] for row, m in masts]
        )
        return np.asarray(np.hypot(*(away * METRES_A_DEGREE).T))


def key(row: Row) -> tuple[str, int, int, int, int]:
    return row["rat"], row["mcc"], row["mnc"], row["area"], row["cell"]


def busiest(trace: Trace, seconds: int, fits: Callable[[Row], bool]) -> int:
    """The most updates of a kind in any window of so many seconds."""
    windows = Counter(row["ts"] // (1000 * seconds) for row in trace.updates() if fits(row))
    return max(windows.values(), default=0)


def everything(row: Row) -> bool:
    return True


def failed_updates(trace: Trace) -> bool:
    returns = Counter(row["old_area"] in RESERVED for row in trace.updates())
    return trace.rejects(11, 12, 13, 15) > 100 and returns[True] > 100


def sentinel_ids(trace: Trace) -> bool:
    cells = Counter(row["cell"] in (0xFFFF, 0xFFFFFFF, 0xFFFFFFFFF) for row in trace.measurements)
    unfit = [row for row in trace.measurements if -1 in key(row) or 2**31 - 1 in key(row)]
    near = [cell for row in trace.measurements for cell in row["neighbours"] if "area" in cell]
    return (
        cells[True] > 200
        and len(unfit) > 10
        and sum(cell["area"] in RESERVED for cell in near) > 200
        and sum(row.get("area") in RESERVED for row in trace.sms) > 5
    )


def area_replan(trace: Trace) -> bool:
    # Whichever way the list is wrong, hundreds of reports or returns don't fit to it.
    moved = busiest(trace, 120, lambda row: row["update_type"] == "normal")
    return moved > 80 and sum(trace.unknown_cells().values()) > 500


def old_area_dropped(trace: Trace) -> bool:
    return area_replan(trace) and sum(trace.unknown_old_areas().values()) > 50


def announced(trace: Trace) -> bool:
    change = trace.feed("changes")[0]
    return area_replan(trace) and change["kind"] == "replan" and len(change["old_to_new"]) >= 40


def new_site(trace: Trace) -> bool:
    cells = trace.unknown_cells()
    return sum(sorted(cells.values())[-6:]) > 60


def new_area(trace: Trace) -> bool:
    return new_site(trace) and max(trace.unknown_old_areas().values()) >= 15


def festival(trace: Trace) -> bool:
    temporary = [row for row in trace.listed.values() if row["kind"] == "temporary"]
    return (
        new_area(trace)
        and trace.rejects(22) > 100
        and len(temporary) == 9
        and all(int(row["valid_from"]) > trace.start_ms + 3_000_000 for row in temporary)
    )


def femto_and_repeater(trace: Trace) -> bool:
    far_m = trace.mast_distances_m()
    femto = [row for row in trace.measurements if row["area"] in (24500, 24501)]
    strong = [row for row in femto if row["signal_dbm"] > -75]
    return (far_m > 1700.0).sum() > 1000 and len(strong) > 100


def metro_exit(trace: Trace) -> bool:
    return busiest(trace, 15, lambda row: row["update_type"] == "normal") > 15


def train(trace: Trace) -> bool:
    return busiest(trace, 30, lambda row: row["update_type"] == "normal") > 150


def landing(trace: Trace) -> bool:
    return max(trace.unknown_old_areas().values()) > 15


def roaming(trace: Trace) -> bool:
    served = Counter(row["mcc"] for row in trace.measurements)
    returns = [row for row in trace.updates() if row["old_mcc"] == 455]
    host = Counter(row["mnc"] for row in trace.updates(600, 700))
    return served[455] > 500 and served[454] > 100 and len(returns) > 50 and host[0] > host[1]


def shared_host_only(trace: Trace) -> bool:
    return sum(trace.unknown_cells().values()) > 1500


def shared_both(trace: Trace) -> bool:
    masts = Counter(cell for _, _, mnc, _, cell in trace.listed if mnc in (0, 1))
    return sum(count > 1 for count in masts.values()) > 100


def fallback_surge(trace: Trace) -> bool:
    down = [row for row in trace.updates(600, 1300) if row.get("csfb")]
    return len(down) > 300 and any(row["rat"] == "lte" for row in down)


def core_restart(trace: Trace) -> bool:
    asked = [row for row in trace.signalling if row["procedure"] == "identity_request"]
    failed = [row for row in trace.signalling if row["procedure"] == "authentication_failure"]
    core = [row for row in asked if row["source"] == "core"]
    attached = [row for row in trace.updates(800, 950) if row["update_type"] == "attach"]
    return len(core) > 80 and len(failed) > 3 and len(attached) > 150 and trace.rejects(9, 10) > 10


def full_core(trace: Trace) -> bool:
    """Returns without an area, all of phones that the core had turned away."""
    turned_away = {row["subscriber"] for row in trace.signalling if row.get("outcome") == "reject"}
    nothing = [row for row in trace.signalling if row.get("old_area") in RESERVED]
    return len(nothing) > 200 and sum(r["subscriber"] in turned_away for r in nothing) > 200


def stadium(trace: Trace) -> bool:
    return trace.rejects(22) > 300 and busiest(trace, 300, everything) > 250


def hill(trace: Trace) -> bool:
    far_m = trace.mast_distances_m()
    cells_by_code: dict[Any, set[Any]] = defaultdict(set)
    for row in trace.measurements:
        for cell in row["neighbours"]:
            if "cell" in cell:
                cells_by_code[row["rat"], cell.get("arfcn"), cell.get("pci")].add(key(cell))
    return (far_m > 2500.0).sum() > 1000 and max(map(len, cells_by_code.values())) > 1


def stale_modem(trace: Trace) -> bool:
    halves = [cell for cell, count in trace.unknown_cells().items() if count < 5]
    return (trace.mast_distances_m() > 1500.0).sum() > 200 and len(halves) > 30


def private_networks(trace: Trace) -> bool:
    scanned = [row for row in trace.measurements if row.get("serving") is False]
    campus = [row for row in trace.measurements if row["cell"] // 1000 == 60_000]
    return (
        len(scanned) > 200
        and any(row["mnc"] == 20 for row in scanned)
        and sum(row["mnc"] == 0 and row.get("serving") is not False for row in campus) > 200
    )


def late_inventory(trace: Trace) -> bool:
    late = {cell for cell, row in trace.listed.items() if row["valid_from"]}
    return sum(key(row) in late for row in trace.measurements) > 500


def clock_skew(trace: Trace) -> bool:
    ahead = [row["ts"] - row["rx_ts"] for row in trace.signalling if row["source"] == "core"]
    wrong = [row["ts"] - row["rx_ts"] for row in trace.measurements]
    return float(np.median(ahead)) > 80_000 and max(wrong) > 3_000_000 > -3_000_000 > min(wrong)


def clock_behind(trace: Trace) -> bool:
    late = [row["rx_ts"] - row["ts"] for row in trace.sms]
    return float(np.median(late)) > 110_000 and max(late) < 86_400_000


def delivery_disorder(trace: Trace) -> bool:
    arrivals = np.array([row["rx_ts"] for row in trace.measurements])
    behind_ms = np.maximum.accumulate(arrivals) - arrivals
    twice = Counter((row["ts"], row["device"]) for row in trace.measurements)
    doubled = sum(count > 1 for count in twice.values())
    return (behind_ms > 1000).sum() > 500 and behind_ms.max() > 20_000 and doubled > 1000


def night_works(trace: Trace) -> bool:
    off = 0
    for row in trace.measurements:
        listed = trace.listed.get(key(row))
        off += bool(listed and listed["arfcn"] and int(listed["arfcn"]) != row["arfcn"])
    before, during = (
        {
            row["cell"] // 256
            for row in trace.measurements
            if row["rat"] == "lte" and from_s <= (row["ts"] - trace.start_ms) / 1000 < to_s
        }
        for from_s, to_s in ((0, 690), (710, 1390))
    )
    return off > 3000 and len(during) < 0.7 * len(before)


def steering_and_meters(trace: Trace) -> bool:
    meters = [row for row in trace.updates(900, 980) if row["update_type"] == "attach"]
    return trace.rejects(11, 13, 15, 17) > 400 and len(meters) > 300


def managed_access(trace: Trace) -> bool:
    served = [row for row in trace.measurements if row["area"] == 41001]
    returns = [row for row in trace.updates() if row["old_area"] == 41001]
    tracked = {row["cell"] for row in served} <= {61001, 61002, 61003, 61004}
    inside = [row for row in trace.signalling if row["area"] == 41001]
    return (
        len(served) > 300
        and len(returns) > 60
        and tracked
        and not [row for row in inside if row["source"] == "core"]
    )


def diagnostic_ports(trace: Trace) -> bool:
    mine = [row for row in trace.signalling if row["source"] == "device"]
    ciphers = Counter(row.get("cipher") for row in mine)
    asked = Counter(row.get("identity_type") for row in mine)
    return ciphers["A5/0"] > 30 and ciphers["A5/1"] > 30 and asked["imsi"] > 15


def dual_sim(trace: Trace) -> bool:
    recorded = {row["content_hash"] for row in trace.sms if row["source"] == "smsc"}
    seen = [row for row in trace.sms if row["source"] == "device"]
    return bool(np.mean([row["content_hash"] not in recorded for row in seen]) > 0.5)


def wrong_register(trace: Trace) -> bool:
    unknown = sum(trace.unknown_cells().values()) / len(trace.measurements)
    return 0.05 < unknown < 0.2 and (trace.mast_distances_m() > 25_000.0).sum() > 50


CHECKS: dict[str, Callable[[Trace], Any]] = {
    "area-replan-announced": announced,
    "area-replan-dropped-register": old_area_dropped,
    "area-replan-new-register": old_area_dropped,
    "area-replan-old-register": area_replan,
    "clock-behind": clock_behind,
    "clock-skew": clock_skew,
    "core-restart": core_restart,
    "delivery-disorder": delivery_disorder,
    "diagnostic-ports": diagnostic_ports,
    "dual-sim": dual_sim,
    "failed-updates": failed_updates,
    "fallback-surge": fallback_surge,
    "femto-and-repeater": femto_and_repeater,
    "festival": festival,
    "full-core": full_core,
    "hill": hill,
    "landing": landing,
    "late-inventory": late_inventory,
    "managed-access": managed_access,
    "metro-exit": metro_exit,
    "new-site": new_site,
    "new-site-new-area": new_area,
    "night-works": night_works,
    "private-networks": private_networks,
    "roaming": roaming,
    "sentinel-ids": sentinel_ids,
    "shared-cells-both": shared_both,
    "shared-cells-host": shared_host_only,
    "stadium": stadium,
    "stale-modem": stale_modem,
    "steering-and-meters": steering_and_meters,
    "train": train,
    "wrong-register": wrong_register,
}


def test_every_scenario_of_the_suite_is_looked_at() -> None:
    assert sorted(CHECKS) == NAMES


@pytest.mark.parametrize("name", FORMS)
def test_the_scenario_holds_its_trouble_and_no_rogue(name: str, tmp_path: Path) -> None:
    trace = Trace(name, tmp_path)
    assert (tmp_path / "truth.jsonl").read_bytes() == b""
    assert (tmp_path / "changes.jsonl.gz").exists() == (name == "area-replan-announced")
    assert CHECKS[name](trace)


def test_handovers_are_honest_and_fail_now_and_then(tmp_path: Path) -> None:
    trace = Trace("train", tmp_path)
    mine = [row for row in trace.signalling if row["source"] == "ran"]
    codes = {(row["rat"], row["pci"]) for row in trace.measurements}
    outcomes = Counter(row["outcome"] for row in mine)
    assert {row["procedure"] for row in mine} == {"handover"}
    assert np.mean([(row["rat"], row["target_pci"]) in codes for row in mine]) > 0.95
    assert 0.005 < (outcomes["reject"] + outcomes["abort"]) / len(mine) < 0.03


def test_an_area_forgotten_after_nr_has_the_value_of_nr(tmp_path: Path) -> None:
    path = tmp_path / "nr.yaml"
    text = (SUITE / "fallback-surge.yaml").read_text()
    path.write_text(text.replace("nr_share: 0.25", "nr_share: 0.5, gsm_share: 0.1"))
    scenario = load_scenario(path)
    feeds = msgspec.structs.replace(scenario.feeds, reject_share=0.5, power_on_share=0.0)
    simulate(msgspec.structs.replace(scenario, feeds=feeds), 3, tmp_path / "out")
    packed = (tmp_path / "out" / "signalling.jsonl.gz").read_bytes()
    rows = [msgspec.json.decode(line) for line in gzip.decompress(packed).splitlines()]
    forgotten = [row for row in rows if row.get("old_rat") and row.get("old_area") in RESERVED]
    assert Counter(row["old_rat"] for row in forgotten)["nr"] > 5
    for row in forgotten:
        assert (row["old_area"] == 0xFFFFFE) == (row["old_rat"] == "nr")


def test_a_happening_of_an_operator_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text((SUITE / "shared-cells-both.yaml").read_text().replace("guest: 1", "guest: 2"))
    with pytest.raises(ScenarioError, match=r"places in operators, 0\.\.1"):
        load_scenario(path)


def test_every_happening_has_an_effect() -> None:
    assert set(EFFECTS) == set(get_args(Happening))
