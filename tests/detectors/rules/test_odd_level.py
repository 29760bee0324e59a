"""Where a cell's level stands out from what others reported of it there, and where it doesn't."""

from typing import Any

from detectors.features.baselines.level_profiles import LearnedLevels, Levels
from detectors.model.codes import GSM, LTE
from detectors.register.register import Register
from detectors.rules import ROOMS
from detectors.rules.odd_level.rule import OddLevel
from detectors.rules.odd_level.samples import learned

WORDS = ROOMS["odd_level"].words
NETWORK = 3


def found(make: Any, *more: dict[str, Any], **rule: Any) -> list[Any]:
    findings: list[Any] = make.found(OddLevel(**rule), make.measurements(*learned(make, *more)))
    return findings


def reports(cell: int, level_dbm: float, **over: Any) -> dict[str, Any]:
    fixed = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100}
    return {**fixed, "cell": cell, "signal_dbm": level_dbm, **over}


def test_a_level_far_above_what_others_reported_there(make: Any) -> None:
    (finding,) = found(make, {"signal_dbm": -70.0, "timing_advance": 1})
    assert (finding.weight, finding.cap, finding.signal_dbm) == (0.5, 2.0, -70.0)
    assert finding.timing_advance == 1.0
    assert finding.values == {
        "level_dbm": -70,
        "expected_dbm": -100,
        "excess_db": 30,
        "heard_only": 0,
        "jump_db": None,
    }


def test_twenty_decibels_or_some_deviations_whichever_is_more(make: Any) -> None:
    # The median is -100 dBm, the median deviation 1.5 dB.
    assert found(make, {"signal_dbm": -81.0}) == []
    assert len(found(make, {"signal_dbm": -80.0})) == 1
    assert found(make, {"signal_dbm": -80.0}, mads=10.0) == []
    assert len(found(make, {"signal_dbm": -77.0}, mads=10.0)) == 1


def test_weaker_than_usual_says_nothing(make: Any) -> None:
    assert found(make, {"signal_dbm": -135.0}) == []


def test_five_other_phones_are_needed(make: Any) -> None:
    batch = make.measurements(*learned(make, {"signal_dbm": -60.0}))
    few = batch.take(slice(2, None))
    assert len(make.found(OddLevel(), batch)) == 1
    assert make.found(OddLevel(), few) == []
    assert len(make.found(OddLevel(least_phones=4), few)) == 1


def test_one_phone_alone_makes_no_profile(make: Any) -> None:
    alone = [
        {"device": "u", "at_s": 30.0 * n, "signal_dbm": -100.0 - 15 * (n % 2)} for n in range(9)
    ]
    batch = make.measurements(*alone, {"device": "v", "at_s": 300.0, "signal_dbm": -60.0})
    assert make.found(OddLevel(), batch) == []


def test_another_tile_and_another_rat_have_their_own_profile(make: Any) -> None:
    lat, lon = make.at(900.0)
    assert found(make, {"signal_dbm": -70.0, "lat": lat, "lon": lon}) == []
    assert found(make, {"signal_dbm": -70.0, "rat": GSM, "area": 4100, "cell": 1001}) == []


def test_a_neighbour_with_its_identity_counts_too(make: Any) -> None:
    (finding,) = found(make, {"cell": 1002, "neighbours": [reports(1001, -75.0)]})
    assert (finding.claimed.cell, finding.values["heard_only"]) == (1001, 1)
    assert (finding.values["level_dbm"], finding.timing_advance) == (-75, None)
    bare = [{"rat": LTE, "arfcn": 1300, "pci": 7, "signal_dbm": -60.0}]
    assert found(make, {"cell": 1002, "neighbours": bare}) == []


def test_a_sudden_jump_of_a_standing_phone_is_shown(make: Any) -> None:
    before = {"device": "v", "at_s": 60.0, "signal_dbm": -100.0, "speed_mps": 0.0}
    jump = {**before, "at_s": 90.0, "signal_dbm": -68.0}
    (finding,) = found(make, before, jump)
    assert finding.values["jump_db"] == 32
    (finding,) = found(make, before, {**jump, "speed_mps": 9.0})
    assert finding.values["jump_db"] is None


def test_f18_a_loud_phone_is_loud_everywhere(make: Any) -> None:
    loud = {"device": "loud", "signal_dbm": -84.0}
    cells = [{**loud, "at_s": 1000.0 * n, "cell": 1000 + n} for n in range(2, 6)]
    others = [
        {"device": f"u{cell}-{n}", "at_s": n, "cell": cell, "signal_dbm": -100.0 - n % 3}
        for cell in range(1001, 1006)
        for n in range(6)
    ]
    last = {**loud, "at_s": 7600.0, "cell": 1001, "signal_dbm": -79.0}
    batch = make.measurements(*others, *cells, last)
    assert [f.who for f in make.found(OddLevel(excuse_device=False), batch)] == ["loud"]
    assert make.found(OddLevel(), batch) == []


def test_f18_a_loud_phone_still_finds_what_is_louder_yet(make: Any) -> None:
    cells = [
        {"device": "loud", "at_s": 1000.0 * n, "cell": 1000 + n, "signal_dbm": -84.0}
        for n in (2, 3, 4)
    ]
    others = [
        {"device": f"u{cell}-{n}", "at_s": n, "cell": cell, "signal_dbm": -100.0}
        for cell in range(1001, 1006)
        for n in range(6)
    ]
    last = {"device": "loud", "at_s": 7600.0, "cell": 1001, "signal_dbm": -60.0}
    (finding,) = make.found(OddLevel(), make.measurements(*others, *cells, last))
    assert finding.values["excess_db"] == 24


def test_f25_what_is_found_is_not_learned(make: Any) -> None:
    rogue = [{"signal_dbm": -70.0} for _ in range(25)]
    assert len(found(make, *rogue)) == 25
    assert len(found(make, *rogue, excuse_poisoned=False)) < 15


def test_f25_a_network_that_has_changed_is_learned_in_the_end(make: Any) -> None:
    changed = [{"signal_dbm": -70.0} for _ in range(25)]
    late = found(make, *changed, thaw_s=600.0)
    assert [f.who for f in late] == [f"v{n}" for n in range(11)]


def test_f28_a_phone_that_jumps_has_a_wrong_position(make: Any) -> None:
    lat, lon = make.at(30_000.0)
    away = {"device": "v", "lat": lat, "lon": lon, "signal_dbm": -70.0}
    back = {"device": "v", "at_s": 200.0, "signal_dbm": -70.0}
    assert found(make, away, back) == []
    assert len(found(make, away, back, excuse_jumping=False)) == 1
    assert len(found(make, away, {**back, "at_s": 400.0})) == 1  # driven there


def test_a_position_from_the_network_teaches_nothing(make: Any) -> None:
    assert make.screen(OddLevel(), make.measurements(position_source=NETWORK)).observations == []
    assert make.screen(OddLevel(), make.measurements({"lat": None, "lon": None})).observations == []


def standing(make: Any, *levels: float, every_s: float = 30.0, **every: Any) -> Any:
    rows = [{"device": "u", "at_s": every_s * n, "signal_dbm": dbm} for n, dbm in enumerate(levels)]
    return make.measurements(*rows, **every)


def test_a_standing_phone_counts_once_in_half_an_hour(make: Any) -> None:
    flat = standing(make, *[-90.0] * 130)
    assert 2 <= len(make.screen(OddLevel(), flat).observations) <= 3


def test_a_change_of_level_is_news(make: Any) -> None:
    assert len(make.screen(OddLevel(), standing(make, -90.0, -80.0, -76.0)).observations) == 1
    assert len(make.screen(OddLevel(), standing(make, -90.0, -74.0)).observations) == 2
    assert (
        len(make.screen(OddLevel(), standing(make, -74.0, -90.0)).observations) == 1
    )  # it has fallen


def test_a_phone_between_two_cells_counts_once_for_each(make: Any) -> None:
    rows = [{"device": "u", "at_s": 10.0 * n, "cell": 1001 + n % 2} for n in range(12)]
    observations = make.screen(OddLevel(), make.measurements(*rows, signal_dbm=-90.0)).observations
    assert len(observations) <= 2


def test_a_loud_named_neighbour_is_news(make: Any) -> None:
    row = {"device": "u", "neighbours": [reports(1002, -60.0)]}
    batch = make.measurements({"device": "u"}, row, {**row, "neighbours": [reports(1002, -80.0)]})
    assert [
        observation.source.offset for observation in make.screen(OddLevel(), batch).observations
    ] == [0, 1]


def test_a_zone_remembers_a_bounded_number_of_places(make: Any) -> None:
    rule, zone = OddLevel(), Levels()
    (observation,) = make.screen(rule, make.measurements()).observations
    for tile in range(17_000):
        moved = type(observation)(
            **{f: getattr(observation, f) for f in observation.__struct_fields__ if f != "values"},
            values={**observation.values, "tile": tile},
        )
        rule.observe(zone, moved)
    learned = rule.learned(zone)
    assert isinstance(learned, LearnedLevels)
    assert len(learned.places) == 16_384
    assert learned.places[0].place.endswith("@616")


def test_what_it_says(make: Any) -> None:
    (finding,) = found(make, {"signal_dbm": -70.0})
    text = WORDS["en"].sentence("1 phone", "the cell", finding.values)
    assert text == "1 phone heard the cell at -70 dBm where it used to be at -100 dBm"


def test_it_needs_no_register(make: Any) -> None:
    batch = make.measurements(*learned(make, {"signal_dbm": -70.0}))
    assert len(make.found(OddLevel(), batch, Register.empty())) == 1
