"""The attacks of the suite: each does what its file says, and its truth is whole.

Long because it is one list, a check for each scenario of the suite.
"""

import gzip
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from replay.simulate import Scenario, ScenarioError, load_scenario, simulate
from replay.simulate.feeds.writing import Feed
from replay.simulate.happenings import effects_of
from replay.simulate.happenings.effect import AnyEffect
from replay.simulate.rogue.transmitter import pattern_db
from replay.simulate.run import draw_world, write_world
from replay.simulate.scenario.rogue import Beam
from replay.simulate.victims.stray_handovers import hand_to_rogues
from replay.simulate.world import World

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parents[3] / "configs" / "suites" / "attacks"
NAMES = sorted(path.stem for path in SUITE.glob("*.yaml"))
#: Every third in the short form, all in the long one.
FORMS = [
    pytest.param(name, marks=[pytest.mark.long] if number % 3 else [])
    for number, name in enumerate(NAMES)
]
NO_AREA = 0xFFFE
SEED = 5
Rows = list[dict[str, Any]]


class Trace:
    """A simulated folder, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.measurements = self._read(folder / "measurements.jsonl.gz")
        self.signalling = self._read(folder / "signalling.jsonl.gz")
        self.sms = self._read(folder / "sms.jsonl.gz")
        self.register = (folder / "register.csv").read_text().splitlines()[1:]
        self.truth = [
            msgspec.json.decode(line) for line in (folder / "truth.jsonl").read_text().splitlines()
        ]
        self.claimed = {key(each) for truth in self.truth for each in truth["identities"]}

    @staticmethod
    def _read(path: Path) -> Rows:
        return [
            msgspec.json.decode(line) for line in gzip.decompress(path.read_bytes()).splitlines()
        ]

    def core(self) -> Rows:
        return [row for row in self.signalling if row["source"] == "core"]

    def on_rogue(self) -> Rows:
        """Device-side signalling on cells that a rogue claims."""
        return [
            row for row in self.signalling if row["source"] == "device" and key(row) in self.claimed
        ]


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("rat", "mcc", "mnc", "area", "cell"))


@cache
def small(name: str) -> Scenario:
    """An attack of the suite in a smaller city, so that fewer phones meet it as often."""
    whole = load_scenario(SUITE / f"{name}.yaml")
    city = replace(whole.city, size_m=4500.0)
    phones = 450 if whole.happenings else 300
    people = replace(whole.people, phones=phones, report_every_s=(30.0, 80.0))
    return replace(whole, city=city, people=people, step_s=10.0)


@cache
def drawn(name: str) -> tuple[World, list[AnyEffect]]:
    """What `simulate` draws before it writes: once, for those who look at the world, and for the
    trace."""
    effects = effects_of(small(name), SEED)
    return draw_world(small(name), SEED, effects), effects


def world_of(name: str) -> World:
    return drawn(name)[0]


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    return Traces(tmp_path_factory.mktemp("attacks"))


class Traces(dict[str, Trace]):
    """Traces made when first asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> Trace:
        world, effects = drawn(name)
        write_world(world, effects, self.folder / name)
        self[name] = Trace(self.folder / name)
        return self[name]


def changed(name: str, **rogue: Any) -> Scenario:
    """A small attack with something else about its rogues."""
    scenario = small(name)
    return replace(scenario, rogues=tuple(replace(each, **rogue) for each in scenario.rogues))


@pytest.mark.parametrize("name", FORMS)
def test_every_attack_is_what_its_file_says_and_its_truth_keeps_the_contract(
    name: str, traces: dict[str, Trace]
) -> None:
    scenario, trace = load_scenario(SUITE / f"{name}.yaml"), traces[name]
    assert scenario.name == name
    assert len(scenario.description) > 20
    assert [truth["id"] for truth in trace.truth] == [rogue.id for rogue in scenario.rogues]
    for truth, rogue in zip(trace.truth, scenario.rogues, strict=True):
        assert truth["kind"] == rogue.kind
        assert truth["rat"] == rogue.rat
        spans = [[scenario.start_ms + round(1000 * end) for end in span] for span in rogue.active_s]
        assert truth["active"] == spans
        times = [point[0] for point in truth["track"]]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (spans[0][0], spans[-1][1])
        assert len(truth["honest"]) == len(truth["identities"]) > 0
        assert all(
            set(each) == {"rat", "mcc", "mnc", "area", "cell"} for each in truth["identities"]
        )
        assert truth["first_return_ts"] >= spans[0][0]
    honest = {
        key(each)
        for truth in trace.truth
        for each, kind in zip(truth["identities"], truth["honest"], strict=True)
        if kind == "cell"
    }
    made_up = trace.claimed - honest
    # Neither the core nor a base station serves anybody on a cell that isn't theirs.
    assert not made_up & {key(row) for row in trace.signalling if row["source"] != "device"}
    active = [span for truth in trace.truth for span in truth["active"]]
    received = [row for row in trace.measurements if key(row) in made_up]
    for row in received + [row for row in trace.signalling if key(row) in made_up]:
        assert any(start <= row["ts"] <= end for start, end in active)


@pytest.mark.parametrize("name", ["near-clone", "near-clone-gsm"])
def test_a_near_clone_is_a_registered_cell_one_to_three_kilometres_off(
    name: str, traces: dict[str, Trace]
) -> None:
    world, trace = world_of(name), traces[name]
    (transmitter,) = world.transmitters
    (identity,) = transmitter.identities
    network = world.network
    rows = np.flatnonzero(
        (network.cell == identity.cell)
        & (network.mnc == identity.mnc)
        & (network.area == identity.area)
    )
    (row,) = rows.tolist()
    assert (network.arfcn[row], network.pci[row]) == (identity.arfcn, identity.pci)
    site = network.site[row]
    away_m = np.hypot(
        network.site_x[site] - transmitter.x[0, 0], network.site_y[site] - transmitter.y[0, 0]
    )
    assert 1000.0 <= away_m <= 3000.0
    assert trace.truth[0]["honest"] == ["cell"]
    known = {tuple(map(int, line.split(",")[1:4])) for line in trace.register}
    unlisted = [
        row
        for row in trace.core()
        if row["old_mcc"] == 460
        and row["old_area"] not in (0, 0xFFFE, 0xFFFF, 0xFFFFFE)
        and (row["old_mcc"], row["old_mnc"], row["old_area"]) not in known
    ]
    assert len(unlisted) <= 3  # stray ones, as in any city


def test_a_valid_area_has_real_cells_but_not_this_one(traces: dict[str, Trace]) -> None:
    trace = traces["valid-area"]
    (claimed,) = trace.truth[0]["identities"]
    rows = [line.split(",") for line in trace.register]
    inside = [
        row
        for row in rows
        if row[0] == "GSM" and int(row[2]) == claimed["mnc"] and int(row[3]) == claimed["area"]
    ]
    assert len(inside) > 5
    assert claimed["cell"] not in {int(row[4]) for row in inside}
    assert trace.truth[0]["honest"] in (["area"], [None])
    world = world_of("valid-area")
    (transmitter,) = world.transmitters
    captures = world.captures
    before = world.serving(captures.phone, captures.start_s)
    assert transmitter.own_area is not None
    other = transmitter.own_area[before] != claimed["area"]
    assert other.sum() > 5
    # Who was in that very area already sends no update when it is free again.
    named = [
        row
        for row in trace.core()
        if claimed["area"] in (row.get("old_area"), row.get("old_lai_area"))
        and row["area"] != claimed["area"]
        and row["ts"] >= trace.truth[0]["active"][0][0]
    ]
    assert len(named) > 0.5 * other.sum()


def test_a_quick_lure_frees_its_victims_within_ten_seconds(traces: dict[str, Trace]) -> None:
    captures, trace = world_of("quick-lure").captures, traces["quick-lure"]
    assert (captures.end_s - captures.start_s).max() < 10.0
    gsm = {each["area"] for each in trace.truth[0]["identities"] if each["rat"] == "gsm"}
    lte = {each["area"] for each in trace.truth[0]["identities"] if each["rat"] == "lte"}
    combined = [row for row in trace.core() if "old_lai_area" in row]
    assert len(combined) > 10
    for row in combined:
        assert (row["rat"], row["update_type"]) == ("lte", "combined")
        assert row["old_lai_area"] in gsm
        assert row["old_area"] not in gsm | lte
    assert any(row["rat"] == "lte" and row["area"] in lte for row in trace.measurements)


def test_the_same_seed_gives_the_same_bytes(traces: dict[str, Trace], tmp_path: Path) -> None:
    first = traces["redirect-chain"].folder
    simulate(small("redirect-chain"), SEED, tmp_path)
    for path in first.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_phones_turned_away_from_gsm_have_lost_their_location_area_only(
    traces: dict[str, Trace],
) -> None:
    trace = traces["pulled-back"]
    since = trace.truth[0]["active"][0][0]
    combined = [row for row in trace.core() if "old_lai_area" in row]
    assert combined
    assert all(row["old_lai_area"] == NO_AREA for row in combined)
    plain = [
        row
        for row in trace.core()
        if row["rat"] == "gsm" and row.get("old_area") == NO_AREA and row["ts"] > since
    ]
    assert len(plain) > 5


def test_a_chain_leads_from_5g_to_2g_without_keys(traces: dict[str, Trace]) -> None:
    trace = traces["redirect-chain"]
    chains = defaultdict(list)
    for row in sorted(trace.on_rogue(), key=lambda row: row["ts"]):
        chains[row["subscriber"]].append(row)
    assert chains
    procedures = Counter(row["procedure"] for rows in chains.values() for row in rows)
    assert procedures["authentication_request"] == 0
    whole = [rows for rows in chains.values() if rows[0]["rat"] == "nr"]
    assert whole
    for rows in whole:
        rats = [row["rat"] for row in rows]
        assert rats == sorted(rats, key=("nr", "lte", "gsm").index)
        assert {"lte", "gsm"} <= set(rats)
        rejected = [row for row in rows if row.get("outcome") == "reject"]
        assert [row["cause"] for row in rejected] == [27]
        assert [row["target_rat"] for row in rows if row["procedure"] == "redirect"] == ["gsm"]
    assert {row["cipher"] for row in trace.on_rogue() if "cipher" in row} <= {"A5/0"}


def test_barred_phones_stay_away_for_half_an_hour(traces: dict[str, Trace]) -> None:
    world, trace = world_of("silent-reject"), traces["silent-reject"]
    captures = world.captures
    barred = ~np.isin(captures.cause, (12, 13, 15))
    away_s = captures.back_s - captures.end_s
    assert barred.sum() > 3
    assert (~barred).sum() > 3
    assert away_s[barred].min() >= 1500.0
    assert away_s[barred].max() <= 2100.0
    assert away_s[~barred].max() <= 60.0
    start_ms = world.scenario.start_ms
    attached = {
        row["subscriber"]: row
        for row in trace.core()
        if row.get("old_area") == NO_AREA and row["update_type"] == "attach"
    }
    for row in range(len(captures)):
        if captures.back_s[row] >= world.scenario.duration_s:
            continue
        who = world.phones.subscriber[int(captures.phone[row])]
        assert attached[who]["ts"] >= start_ms + 1000 * captures.back_s[row] - 1.0
        silent = [
            message
            for message in trace.signalling
            if message["subscriber"] == who
            and message["source"] == "core"
            and captures.end_s[row] < (message["ts"] - start_ms) / 1000 < captures.back_s[row] - 0.1
        ]
        assert silent == []


def test_operators_are_announced_in_turn(traces: dict[str, Trace]) -> None:
    trace = traces["several-operators"]
    (truth,) = trace.truth
    order = [each["mnc"] for each in truth["identities"]]
    assert len(set(order)) == 3
    received = [row for row in trace.measurements if key(row) in trace.claimed]
    assert len({row["mnc"] for row in received}) == 3
    for row in received:
        turn = int((row["ts"] - truth["active"][0][0]) // 120_000)
        # A captivity that began at the end of a turn reaches into the next.
        late = int((row["ts"] - 30_000 - truth["active"][0][0]) // 120_000)
        assert row["mnc"] in (order[turn % 3], order[late % 3])


def test_two_carriers_are_on_the_air_at_once(traces: dict[str, Trace]) -> None:
    trace = traces["two-carriers"]
    (truth,) = trace.truth
    assert len({each["area"] for each in truth["identities"]}) == 2
    spans = defaultdict(list)
    for row in trace.measurements:
        if key(row) in trace.claimed:
            spans[row["area"]].append(row["ts"])
    (first, second) = spans.values()
    assert min(first) < max(second)
    assert min(second) < max(first)


def test_a_sector_antenna_loses_power_beside_behind_and_beneath_it() -> None:
    beam = Beam(azimuth_deg=90.0, width_deg=60.0, vertical_width_deg=10.0, tilt_deg=0.0)
    east = np.array([5000.0, 5000.0 * np.cos(np.radians(30)), -5000.0, 1.0])
    north = np.array([0.0, 5000.0 * np.sin(np.radians(30)), 0.0, 0.0])
    loss = pattern_db(beam, east, north, 50.0)
    assert loss[0] < 0.1
    assert loss[1] == pytest.approx(3.0, abs=0.1)
    assert loss[2] == beam.front_to_back_db
    assert loss[3] == beam.side_lobe_db


def test_victims_of_a_high_antenna_are_in_its_beam() -> None:
    world = world_of("high-floor")
    (transmitter,) = world.transmitters
    captures = world.captures
    x, y = world.phones.place(captures.phone, captures.start_s)
    own_x, own_y = transmitter.place(captures.start_s)
    bearing = np.degrees(np.arctan2(x - own_x, y - own_y)) - 50.0
    aside = np.abs((bearing + 180.0) % 360.0 - 180.0)
    assert len(captures) > 5
    assert np.median(aside) < 45.0
    assert np.median(np.hypot(x - own_x, y - own_y)) > 500.0


def test_a_train_takes_only_its_passengers_who_do_not_know_where_they_are(
    traces: dict[str, Trace],
) -> None:
    world, trace = world_of("metro-train"), traces["metro-train"]
    captures = world.captures
    assert len(captures) > 20
    assert world.phones.below(captures.phone, captures.start_s).all()
    received = [row for row in trace.measurements if key(row) in trace.claimed]
    placed = [row for row in received if "lat" in row]
    assert len(placed) < 0.2 * len(received)  # those who came up before they were let go
    assert all("position_source" not in row for row in received if "lat" not in row)
    x, y = world.phones.place(captures.phone, captures.start_s)
    own_x, own_y = world.transmitters[0].place(captures.start_s)
    assert np.median(np.hypot(x - own_x, y - own_y)) < 150.0


def test_base_stations_fail_to_hand_over_to_a_rogue(traces: dict[str, Trace]) -> None:
    trace = traces["handover-failures"]
    codes = {each.pci for each in world_of("handover-failures").transmitters[0].identities}
    cells = {each["cell"] for each in trace.truth[0]["identities"]}
    tried = [
        row
        for row in trace.signalling
        if row["procedure"] == "handover"
        and row["target_pci"] in codes
        and row["outcome"] != "accept"
    ]
    assert len(tried) > 15
    assert {row["source"] for row in tried} == {"ran"}
    assert not cells & {row["cell"] for row in tried}
    refused = [row for row in tried if row["outcome"] == "reject" and "target_cell" in row]
    assert len({row["target_cell"] for row in refused} & cells) > 0
    for rate, some in ((0.0, False), (20.0, True)):
        feed = Feed()
        world = draw_world(changed("handover-failures", handovers_per_hour=rate), SEED)
        hand_to_rogues(world, feed)
        assert (len(feed) > 0) == some


def test_complaints_can_be_all_that_is_known_of_a_text(traces: dict[str, Trace]) -> None:
    trace = traces["complaints-only"]
    assert not [row for row in trace.sms if row["source"] == "device"]
    reported = [row for row in trace.sms if row["source"] == "complaint"]
    centre = {row["content_hash"] for row in trace.sms if row["source"] == "smsc"}
    assert len(reported) > 3
    for row in reported:
        assert row["content_hash"] not in centre
        assert row["ts"] % 300_000 == 0
        assert row["accuracy_m"] >= 500.0


def test_phones_may_report_never_or_late(tmp_path: Path) -> None:
    rows = {}
    for share in ("never_share", "late_share"):
        others = {"never_share": 0.0, "late_share": 0.0, share: 1.0}
        simulate(changed("parked-blaster", **others), SEED, tmp_path / share)
        trace = Trace(tmp_path / share)
        rows[share] = [
            row
            for row in trace.measurements
            if key(row) in trace.claimed and row.get("serving", True)
        ]
    assert rows["never_share"] == []
    assert min(row["rx_ts"] - row["ts"] for row in rows["late_share"]) > 120_000


def test_who_was_taken_before_the_start_is_not_taken_again() -> None:
    assert len(draw_world(changed("before-start", taken_before_share=1.0), SEED).captures) == 0
    some = len(draw_world(changed("before-start", taken_before_share=0.5), SEED).captures)
    every = len(draw_world(changed("before-start", taken_before_share=0.0), SEED).captures)
    assert 0 < some < every


def test_probes_report_what_honest_cells_and_the_lure_broadcast(traces: dict[str, Trace]) -> None:
    trace = traces["priority-lure"]
    reported = [row for row in trace.measurements if "broadcast" in row]
    rogue = [row["broadcast"] for row in reported if key(row) in trace.claimed]
    honest = [row["broadcast"] for row in reported if key(row) not in trace.claimed]
    assert {each["reselect_priority"] for each in rogue} == {7}
    lte = {each["reselect_priority"] for each in honest if "reselect_priority" in each}
    assert max(lte) < 7
    gsm = [each for each in honest if "t3212_min" in each]
    assert len({each["cell_reselect_offset_db"] for each in gsm}) > 2


def test_lte_victims_mostly_update_where_they_were(traces: dict[str, Trace]) -> None:
    """No LTE phone takes an area from a message that isn't protected (TS 24.301 4.4.4.2)."""
    trace = traces["priority-lure"]
    areas = {each["area"] for each in trace.truth[0]["identities"]}
    named = [row for row in trace.core() if row.get("old_area") in areas]
    kept = [
        row
        for row in trace.core()
        if row["rat"] == "lte"
        and row["update_type"] == "normal"
        and row.get("old_area") == row["area"]
        and row["ts"] > trace.truth[0]["active"][0][0]
    ]
    assert len(kept) > len(named) > 0


def test_what_cannot_be_built_is_an_error(tmp_path: Path) -> None:
    one_area = replace(
        small("valid-area"),
        operators=[replace(each, sites_per_area=1000) for each in small("valid-area").operators],
    )
    with pytest.raises(ScenarioError, match="only one gsm area"):
        simulate(one_area, 1, tmp_path)
    path = tmp_path / "lure.yaml"
    text = (SUITE / "quick-lure.yaml").read_text()
    path.write_text(text.replace("rat: gsm", "rat: lte"))
    with pytest.raises(ScenarioError, match="lure leads down to GSM"):
        load_scenario(path)
