"""What phones read high or low is recovered from a crowd, and one liar shifts nobody."""

import msgspec
import numpy as np
import pytest

from detectors.context import device_offsets
from detectors.context.device_offsets import DeviceOffsets
from detectors.features.baselines.level_profiles import Levels
from detectors.model.finding import Identity, Observation, Source
from detectors.rules.odd_level.rule import OddLevel

RULE = OddLevel()


def report(
    who: str, cell: int, tile: int, level_dbm: float, rx_ms: int, neighbours: str = ""
) -> Observation:
    return Observation(
        detector="odd_level",
        kind="level",
        ts=rx_ms,
        rx_ts=rx_ms,
        space="device",
        who=who,
        claimed=Identity("lte", 460, 0, 4100, cell),
        signal_dbm=round(level_dbm),
        values={"tile": tile, "heard": neighbours},
        source=Source("cell.measurements", 0, rx_ms, 0),
    )


def learned(observations: list[Observation]) -> tuple[DeviceOffsets, Levels]:
    levels, offsets = RULE.new_zone_state(), DeviceOffsets()
    for observation in observations:
        RULE.observe(levels, observation)
        offsets.learn(observation, RULE.level_deviations(levels, observation))
    return offsets, levels


def crowd(
    seed: int, phones: int, reports: int, sd_db: float = 3.0
) -> tuple[list[Observation], np.ndarray]:
    """Observations of phones that go about 30 places, shadowed by 4 dB, and what each phone
    adds."""
    rng = np.random.default_rng(seed)
    offset_db = rng.normal(0.0, sd_db, phones)
    usual_dbm = rng.uniform(-110.0, -70.0, 30)
    observations = []
    for turn in range(reports):
        for phone in rng.permutation(phones).tolist():
            place = int(rng.integers(30))
            level = usual_dbm[place] + offset_db[phone] + rng.normal(0.0, 4.0)
            observations.append(
                report(f"p{phone}", place, place, level, 1_000 * (turn * phones + phone))
            )
    return observations, offset_db


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_offsets_of_a_crowd_are_recovered(seed: int) -> None:
    observations, truth = crowd(seed, phones=120, reports=13)  # the first few find no profile yet
    offsets, _ = learned(observations)
    found = np.array([offsets.offset_db("device", f"p{phone}") for phone in range(120)])
    error = (found - found.mean()) - (truth - truth.mean())
    assert np.sqrt(np.mean(error**2)) <= 1.5
    assert np.sqrt(np.mean(error**2)) <= 0.6 * truth.std()


def test_a_liar_shifts_no_other() -> None:
    observations, _ = crowd(5, phones=60, reports=12)
    honest, _ = learned(observations)
    lying = [
        msgspec.structs.replace(n, signal_dbm=(n.signal_dbm or 0.0) + 15.0) if n.who == "p7" else n
        for n in observations
    ]
    lied, _ = learned(lying)
    others = [f"p{phone}" for phone in range(60) if phone != 7]
    shifts = [abs(lied.offset_db("device", w) - honest.offset_db("device", w)) for w in others]
    assert max(shifts) <= 0.7
    assert np.mean(shifts) <= 0.15
    assert lied.offset_db("device", "p7") > honest.offset_db("device", "p7") + 5.0


def test_few_reports_change_little_and_unknown_phones_nothing() -> None:
    observations = [report(f"p{phone}", 1, 1, -90.0, phone) for phone in range(8)]
    offsets, _ = learned([*observations, report("loud", 1, 1, -82.0, 9)])
    assert 0.0 < offsets.offset_db("device", "loud") < 4.0
    assert offsets.of("device:loud") == offsets.offset_db("device", "loud")
    assert offsets.offset_db("device", "nobody") == 0.0
    assert offsets.offset_db("subscriber", "loud") == 0.0
    assert learned(observations[:5])[0].phones == {}


def test_all_levels_of_a_message_count_as_one() -> None:
    near = "lte 460 0 4100 2 -82.0"
    observations = [report(f"p{p}", 1, 1, -90.0, p, "lte 460 0 4100 2 -90.0") for p in range(8)]
    alone, _ = learned([*observations, report("loud", 1, 1, -82.0, 9)])
    both, _ = learned([*observations, report("loud", 1, 1, -82.0, 9, near)])
    later = report("loud", 2, 1, -82.0, 10)
    two, _ = learned([*observations, report("loud", 1, 1, -82.0, 9), later])
    one, same, more = (each.offset_db("device", "loud") for each in (alone, both, two))
    assert one < same < more


def test_flagged_cells_teach_nothing() -> None:
    observations = [report(f"p{phone}", 1, 1, -100.0, phone) for phone in range(8)]
    offsets, levels = learned([*observations, report("victim", 1, 1, -60.0, 9)])
    assert len(levels.flags) == 1
    assert offsets.offset_db("device", "victim") == 0.0


def test_a_zone_remembers_so_many_phones_and_what_it_stores_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device_offsets, "MOST_PHONES", 40)
    observations, _ = crowd(2, phones=60, reports=6)
    offsets, _ = learned(observations)
    assert len(offsets.phones) == 40
    stored = msgspec.msgpack.encode(offsets)
    back = msgspec.msgpack.decode(stored, type=DeviceOffsets)
    assert back == offsets
    assert list(back.phones) == list(offsets.phones)
    assert msgspec.msgpack.encode(learned(observations)[0]) == stored


def test_a_phone_that_changed_is_learned_anew() -> None:
    rng = np.random.default_rng(4)
    others = [report(f"p{phone}", 1, 1, -90.0 + rng.normal(0, 3), phone) for phone in range(14)]
    loud = [report("a", 1, 1, -82.0, 100 + turn) for turn in range(60)]
    quiet = [report("a", 1, 1, -96.0, 200 + turn) for turn in range(60)]
    assert learned([*others, *loud])[0].offset_db("device", "a") > 5.0
    assert learned([*others, *loud, *quiet])[0].offset_db("device", "a") < -2.0
