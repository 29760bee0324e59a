"""Each nuisance that can be asked for shows in the trace, and by as much as was asked for.

A town of two kilometres and ten minutes, simulated once as it is and once for each nuisance.

Long because it is one list, a test for each nuisance.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from replay.simulate import Scenario
from replay.simulate.drawn.parameters import TRANSMITTER, WORLD
from replay.simulate.drawn.world_draw import draw
from replay.simulate.drawn.world_scenario import scenario_of
from replay.simulate.happenings import effects_of
from replay.simulate.run import draw_world, write_world

pytestmark = pytest.mark.slow

METRES_A_DEGREE = 111_195.0
TOWN = {
    "name": "town",
    "description": "A small town.",
    "start_ms": 1_748_916_000_000,
    "duration_s": 600,
    "city": {"centre_lat_deg": 30.0, "centre_lon_deg": 85.0, "size_m": 2000},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0, "sites_per_area": 5}],
    "far_town": None,
    "register": {"missing_share": 0.0, "crowd_share": 0.0, "stale_share": 0.0},
    "people": {"phones": 300, "reporting_share": 1.0},
    "feeds": {"position_outlier_share": 0.0, "timing_advance_share": 1.0, "diagnostic_share": 0.3},
}
ROGUE = {
    "id": "rogue",
    "place": {"mode": "parked", "at_m": [0, 0]},
    "active_s": [[0, 600]],
    "claims": [0],
    "identity": {"mode": "fixed"},
    "power_at_100m_dbm": -50,
    "capture_delay_s": 20,
}
FEW = {"phones": 10}
Row = dict[str, Any]


def scenario(*happenings: Row, rogues: tuple[Row, ...] = (), **parts: Row) -> Scenario:
    tree = {name: TOWN.get(name) for name in TOWN} | {"rogues": rogues, "happenings": happenings}
    for name, more in parts.items():
        tree[name] = {**(TOWN.get(name) or {}), **more}
    return msgspec.convert(tree, Scenario)


class Trace:
    def __init__(self, folder: Path, what: Scenario) -> None:
        effects = effects_of(what, 3)
        self.world = draw_world(what, 3, effects)
        self.summary = write_world(self.world, effects, folder)
        self.measurements = _feed(folder / "measurements.jsonl.gz")
        self.signalling = _feed(folder / "signalling.jsonl.gz")
        self.sms = _feed(folder / "sms.jsonl.gz")
        with (folder / "register.csv").open() as text:
            self.register = list(csv.DictReader(text))


def _feed(path: Path) -> list[Row]:
    return [msgspec.json.decode(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


Make = Callable[..., Trace]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda *args, **kwargs: Trace(tmp_path, scenario(*args, **kwargs))


@pytest.fixture
def listing(tmp_path: Path) -> Make:
    """A town of hardly anybody, for what is wrong with its register: nobody has a part in that."""
    return lambda **parts: Trace(tmp_path, scenario(people=FEW, **parts))


@pytest.fixture(scope="module")
def plainly_listed(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return Trace(tmp_path_factory.mktemp("listed"), scenario(people=FEW))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return Trace(tmp_path_factory.mktemp("plain"), scenario())


def places(trace: Trace) -> dict[str, tuple[float, float]]:
    """Registered places in metres from the centre, by the cell's number in the register."""
    centre = np.array([30.0, 85.0])
    scale = METRES_A_DEGREE * np.array([1.0, np.cos(np.radians(30.0))])
    found = {}
    for row in trace.register:
        place = (np.array([float(row["lat"]), float(row["lon"])]) - centre) * scale
        found[row["radio"].lower() + row["cell"]] = (float(place[1]), float(place[0]))
    return found


def offsets(trace: Trace) -> dict[int, set[tuple[int, int]]]:
    """By site, by which vectors (tens of metres) its cells are registered elsewhere."""
    network, found = trace.world.network, places(trace)
    vectors: dict[int, set[tuple[int, int]]] = {}
    for row, cell in enumerate(network.named):
        x, y = found[f"{cell['rat']}{cell['cell']}"]
        site = int(network.site[row])
        off = (x - network.site_x[site], y - network.site_y[site])
        vectors.setdefault(site, set()).add((round(off[0], -1), round(off[1], -1)))
    return vectors


def test_a_displaced_site_takes_all_its_cells_along(listing: Make) -> None:
    trace = listing(register={"displaced_site_share": 0.3, "displaced_m": 2000.0})
    vectors = offsets(trace)
    assert all(len(each) == 1 for each in vectors.values())
    moved = [np.hypot(*next(iter(each))) for each in vectors.values() if each != {(0, 0)}]
    assert 0.1 * len(vectors) < len(moved) < 0.5 * len(vectors)
    assert 980.0 < min(moved) < max(moved) < 4020.0
    displaced = {flaw.key for flaw in trace.world.register.flaws if flaw.problem == "displaced"}
    assert len(displaced) > len(moved)


def test_single_cells_are_displaced_alone(listing: Make) -> None:
    vectors = offsets(listing(register={"displaced_cell_share": 0.1}))
    assert any(len(each) > 1 for each in vectors.values())


def test_unlisted_sites_have_no_row(listing: Make, plainly_listed: Trace) -> None:
    trace = listing(register={"missing_site_share": 0.3})
    missing = {flaw.key for flaw in trace.world.register.flaws if flaw.problem == "missing"}
    assert len(plainly_listed.register) - len(trace.register) == len(missing) > 0


@pytest.mark.parametrize(
    ("share", "problem", "column"),
    [
        ("wrong_area_share", "area", "area"),
        ("renamed_site_share", "renamed", "cell"),
        ("wrong_code_share", "code", "pci"),
        ("swapped_sectors_share", "swapped", "azimuth_deg"),
        ("truncated_share", "coordinates", "lat"),
        ("swapped_axes_share", "coordinates", "lat"),
    ],
)
def test_rows_are_wrong_in_the_column(
    listing: Make, plainly_listed: Trace, share: str, problem: str, column: str
) -> None:
    trace = listing(register={share: 0.3})
    flaws = [flaw for flaw in trace.world.register.flaws if flaw.problem == problem]
    differ = [
        (was, row)
        for was, row in zip(plainly_listed.register, trace.register, strict=True)
        if was[column] != row[column]
    ]
    assert len(differ) == len(flaws) > 0.1 * len(trace.register)


def key(row: Row) -> str:
    return "-".join(row[name].lower() for name in ("radio", "mcc", "net", "area", "cell"))


def test_misnamed_rows_say_under_which_key_they_stand(listing: Make) -> None:
    trace = listing(register={"renamed_site_share": 0.3})
    renamed = [flaw for flaw in trace.world.register.flaws if flaw.problem == "renamed"]
    listed = {key(row) for row in trace.register}
    assert {flaw.registered for flaw in renamed} <= listed
    assert not {flaw.key for flaw in renamed} & listed


def test_exchanged_sites_stand_at_one_anothers_places(listing: Make, plainly_listed: Trace) -> None:
    trace = listing(register={"exchanged_site_share": 0.3})
    exchanged = {flaw.key for flaw in trace.world.register.flaws if flaw.problem == "exchanged"}
    before, after = ({key(row): (row["lat"], row["lon"]) for row in each.register}
                     for each in (plainly_listed, trace))  # fmt: skip
    assert {name for name in after if before[name] != after[name]} == exchanged
    old, new = ({places[name] for name in exchanged} for places in (before, after))
    assert len(new) == len(old) > 0
    for place in new:
        assert min(np.hypot(*(np.array(place, float) - np.array(at, float))) for at in old) < 2e-6


def test_retired_rows_may_bear_no_date(listing: Make) -> None:
    trace = listing(register={"stale_share": 0.3, "stale_dated_share": 0.0})
    assert trace.world.register.retired
    assert all(row["valid_to"] == "" for row in trace.register)
    retired = [flaw.key for flaw in trace.world.register.flaws if flaw.problem == "retired"]
    assert len(retired) == len(trace.world.register.retired)
    assert set(retired) <= {key(row) for row in trace.register}


def test_stray_areas_come_back_by_zipf_at_their_places(make: Make, plain: Trace) -> None:
    asked = {"kind": "stray_areas", "areas": 10, "busiest_per_hour": 300.0, "zipf": 1.0}
    trace = make({**asked, "station_share": 0.0, "road_share": 0.0})
    counts, before = _unknown(trace), _unknown(plain)
    often = [count for _, count in (counts - before).most_common()]
    assert 30 < often[0] < 75  # of 50, some of whom had no network
    assert 8 <= len([count for count in often if count > 1]) <= 10
    assert often[4] < 0.5 * often[0]


def test_a_train_s_passengers_come_within_seconds_and_are_new_in_town(
    make: Make, plain: Trace
) -> None:
    asked = {"kind": "stray_trains", "at_m": [0, 0], "every_s": 200.0, "riders": 30, "areas": 4}
    trace = make(asked)
    areas = set((_unknown(trace) - _unknown(plain)).elements())
    assert len(areas) == 4
    named = {row["subscriber"]: row for row in trace.signalling if row.get("old_area") in areas}
    assert 60 < len(named) <= 90
    gaps_s = np.diff(sorted(row["ts"] / 1000.0 for row in named.values()))
    assert (gaps_s > 150.0).sum() == 2
    assert gaps_s[gaps_s <= 150.0].max() < 20.0  # one that was rejected tries again
    first = {row["subscriber"]: row for row in reversed(trace.signalling)}
    assert all(first[who]["old_area"] in areas for who in named)


def _unknown(trace: Trace) -> Counter[int]:
    areas = set(trace.world.network.area.tolist()) | {0, 0xFFFE, 0xFFFF, 0xFFFFFE}
    old = (row.get("old_area") for row in trace.signalling if row.get("old_mcc") == 460)
    return Counter(area for area in old if area is not None and area not in areas)


def errors_m(trace: Trace) -> Any:
    """How far reported places of phones at home are from the middle of all of theirs."""
    by: dict[str, list[Row]] = {}
    for row in trace.measurements:
        if "lat" in row and row["position_source"] == "wifi":
            by.setdefault(row["device"], []).append(row)
    scale = METRES_A_DEGREE * np.array([1.0, np.cos(np.radians(30.0))])
    every = [np.array([[row["lat"], row["lon"]] for row in rows]) for rows in by.values()]
    return np.concatenate([np.hypot(*((at - np.median(at, axis=0)) * scale).T) for at in every])


def test_positions_are_wrong_beyond_their_accuracy(make: Make, plain: Trace) -> None:
    assert (errors_m(plain) > 150.0).mean() == 0.0
    far = errors_m(make(feeds={"position_outlier_share": 0.08, "position_outlier_m": 800.0}))
    assert (far > 150.0).mean() == pytest.approx(0.075, abs=0.02)
    assert far.max() > 2500.0


def test_jammed_places_are_wrong_and_others_right(make: Make) -> None:
    jam = {"kind": "gnss_jamming", "at_m": (0.0, 0.0), "radius_m": 400.0, "wrong_m": 1000.0}
    far = (errors_m(make(jam)) > 150.0).mean()
    assert 0.02 < far < 0.4


def test_uploads_wait(make: Make) -> None:
    trace = make({"kind": "batched_uploads", "mean_s": 120.0})
    age_s = np.array([row["rx_ts"] - row["ts"] for row in trace.measurements]) / 1000.0
    assert age_s.mean() == pytest.approx(120.0, rel=0.3)


def test_some_phones_collect_and_others_send_at_once(make: Make) -> None:
    trace = make({"kind": "batched_uploads", "mean_s": 120.0, "share": 0.4})
    ages_s: dict[str, list[float]] = {}
    for row in trace.measurements:
        ages_s.setdefault(row["device"], []).append((row["rx_ts"] - row["ts"]) / 1000.0)
    medians_s = np.array([np.median(each) for each in ages_s.values() if len(each) >= 5])
    assert np.mean(medians_s > 20.0) == pytest.approx(0.4, abs=0.1)
    assert np.mean(medians_s < 5.0) == pytest.approx(0.6, abs=0.1)


def test_what_is_measured_at_a_site_that_is_cut_off_arrives_late(make: Make, plain: Trace) -> None:
    trace = make({"kind": "cut_off_sites", "sites": 2, "active_s": [300.0, 900.0], "stay_s": 60.0})
    late_ms = {
        (before["device"], before["ts"], before["cell"]): after["rx_ts"] - before["rx_ts"]
        for before, after in zip(
            *(sorted(each.measurements, key=_whose) for each in (plain, trace)), strict=True
        )
    }
    held = {whose: ms for whose, ms in late_ms.items() if ms > 0}
    cells = {cell for _, _, cell in held}
    network = trace.world.network
    of_sites = {
        int(network.site[row])
        for row in range(len(network.cell))
        if network.named[row]["cell"] in cells
    }
    begin_ms, end_ms = trace.world.ms(np.array([300.0, 900.0]))
    assert len(of_sites) == 2
    assert all(begin_ms <= ts < end_ms for _, ts, _ in held)
    assert 10_000 < np.mean(list(held.values())) < 60_000
    assert max(ts + ms for (_, ts, _), ms in held.items()) <= end_ms


def _whose(row: dict[str, Any]) -> tuple[str, int]:
    return row["device"], row["ts"]


def test_a_high_mast_serves_phones_far_beyond_its_range(make: Make, plain: Trace) -> None:
    mast = {"kind": "high_mast", "at_m": [5000.0, 0.0], "power_offset_db": 10.0}
    trace = make(mast)
    (site,) = np.flatnonzero(trace.world.network.site_x == 5000.0)
    rows = np.flatnonzero(trace.world.network.site == site).tolist()
    own = {trace.world.network.named[row]["cell"] for row in rows}
    assert own <= {int(row["cell"]) for row in trace.register}
    served = [row for row in trace.measurements if row["cell"] in own and row.get("timing_advance")]
    assert len(served) > 20
    assert all(int(row["timing_advance"]) * 78.07 > 3500.0 for row in served if row["rat"] == "lte")
    assert not any(row["cell"] in own for row in plain.measurements)


def test_pseudonyms_change_in_all_feeds(make: Make, plain: Trace) -> None:
    trace = make({"kind": "pseudonym_lifetime", "lifetime_s": 200.0})
    for feed, key in (("measurements", "device"), ("signalling", "subscriber")):
        many, few = ({row[key] for row in getattr(each, feed)} for each in (trace, plain))
        assert len(many) > 1.2 * len(few)
        assert not many & few


def test_levels_come_in_steps_and_are_clipped(make: Make) -> None:
    trace = make({"kind": "level_reporting", "step_db": 4, "highest_dbm": -60.0})
    levels = [
        cell["signal_dbm"]
        for row in trace.measurements
        for cell in (row, *row["neighbours"])
        if cell["rat"] == "lte"
    ]
    assert max(levels) <= -60.0
    assert {level % 4.0 for level in levels} == {0.0}


def test_timing_is_too_large_or_constant(make: Make, plain: Trace) -> None:
    trace = make({"kind": "timing_errors", "bias_m": 300.0})
    more = [np.mean([row["timing_advance"] for row in each.measurements if row["rat"] == "lte"])
            for each in (plain, trace)]  # fmt: skip
    assert more[1] - more[0] == pytest.approx(300.0 / 78.07, abs=0.3)


def test_some_phones_report_one_timing(make: Make) -> None:
    trace = make({"kind": "timing_errors", "constant_share": 0.5})
    by: dict[str, set[int]] = {}
    for row in trace.measurements:
        by.setdefault(row["device"], set()).add(row["timing_advance"])
    assert np.mean([len(values) == 1 for values in by.values()]) > 0.4


def test_the_core_knows_some_subscribers_only(make: Make, plain: Trace) -> None:
    known, all_known = (
        {row["subscriber"] for row in each.signalling if row["source"] == "core"}
        for each in (make(feeds={"core_share": 0.3}), plain)
    )
    assert known < all_known
    assert len(known) == pytest.approx(0.3 * len(all_known), rel=0.35)


def test_an_honest_core_fails_asks_and_does_not_cipher(make: Make) -> None:
    habits = {"failing_share": 0.1, "imei_share": 0.2, "unciphered_share": 1.0}
    trace = make({"kind": "core_habits", **habits})
    core = Counter(row["procedure"] for row in trace.signalling if row["source"] == "core")
    assert core["authentication_failure"] == pytest.approx(30, abs=15)
    assert core["identity_request"] == pytest.approx(60, abs=20)
    plain_text = {row["cipher"] for row in trace.signalling if row["procedure"] == "security_mode"}
    assert plain_text <= {"A5/0", "EEA0", "NEA0"}


def test_centre_records_are_missing_by_sender(make: Make, plain: Trace) -> None:
    trace = make({"kind": "missing_centre_records", "share": 0.6})
    had, has = (Counter(row["source"] for row in each.sms)["smsc"] for each in (plain, trace))
    assert 0.1 * had < has < 0.8 * had


@pytest.mark.parametrize(
    ("parts", "stronger"),
    [
        ({"radio": {"exponent": 2.2}}, True),
        ({"radio": {"exponent": 5.0}}, False),
        ({"radio": {"corner_loss_db": 20.0}}, False),
    ],
)
def test_levels_follow_the_radio(make: Make, plain: Trace, parts: Row, stronger: bool) -> None:
    def mean(trace: Trace) -> float:
        return float(np.mean([row["signal_dbm"] for row in trace.measurements]))

    assert (mean(make(**parts)) > mean(plain) + 2.0) == stronger


def test_phones_differ_as_much_as_asked(make: Make) -> None:
    phones = make(people={"device_offset_db": 10.0, "home_share": 0.0}).world.phones
    assert np.std(phones.gain_db) == pytest.approx(10.0, rel=0.15)


def test_a_rogue_takes_the_share_and_each_captive_is_a_witness_once(make: Make) -> None:
    every, some = (make(rogues=({**ROGUE, "captured_share": share},)) for share in (1.0, 0.2))
    assert 0 < some.summary.captures < 0.5 * every.summary.captures
    taken = len(set(every.world.captures.phone.tolist()))
    assert 0.5 * taken < every.summary.witnesses["rogue"] <= taken


def test_a_retired_identity_is_listed_and_not_on_the_air(make: Make) -> None:
    retired = {**ROGUE, "identity": {"mode": "retired"}}
    trace = make(rogues=(retired,), register={"stale_share": 0.2})
    claimed = trace.world.transmitters[0].identities[0]
    assert any(f",{claimed.area},{claimed.cell}," in line for line in trace.world.register.retired)
    assert claimed.cell not in trace.world.network.cell


@pytest.mark.parametrize("parameter", [*WORLD, *TRANSMITTER], ids=lambda each: each.name)
def test_every_parameter_changes_the_scenario(parameter: Any) -> None:
    given = {"transmitters": 1, "stray_areas": 5, "rat": "gsm", "gnss_jammed_places": 1}
    given |= {"identity": "hopping", "release": "accept"}
    given |= {"high_masts": 1, "landings": 1, "fallback_surges": 1}
    scenarios = [
        scenario_of(draw(4, given={**given, parameter.name: end})) for end in parameter.ends
    ]
    assert len({msgspec.json.encode(each) for each in scenarios}) == len(scenarios)
