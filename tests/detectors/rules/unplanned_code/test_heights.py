"""How high a phone is above the ground near by, which codes began elsewhere, and bounds."""

from typing import Any

from detectors.features.memory.novelty import Spell
from detectors.model.finding import Identity, Observation
from detectors.rules.unplanned_code.heights import Begun, Heights

BEGUN = Begun(600_000.0, 3_600_000.0)
GONE_MS = 3_600_000


def at(make: Any, altitude_m: float | None, east_m: float = 0.0, at_s: float = 0.0) -> Observation:
    observation: Observation = make.observation(
        0, at_s, kind="ground", place=make.place(east_m), values={"altitude_m": altitude_m}
    )
    return observation


def unplanned(
    make: Any, who: int, pci: int, east_m: float, at_s: float, rat: str = "gsm"
) -> Observation:
    claimed = Identity(rat, arfcn=60, pci=pci)
    observation: Observation = make.observation(
        who, at_s, kind="unplanned", claimed=claimed, place=make.place(east_m)
    )
    return observation


def test_the_ground_is_what_most_phones_near_by_have(make: Any) -> None:
    heights = Heights()
    assert heights.above_ground_m(at(make, 600.0)) is None
    for altitude_m in (500.0, 502.0, 498.0, 900.0, None):
        heights.observe_ground(at(make, altitude_m))
    assert heights.above_ground_m(at(make, 600.0)) == 98.0
    assert heights.above_ground_m(at(make, None)) is None
    assert heights.above_ground_m(at(make, 600.0, east_m=5000.0)) is None


def test_the_ground_of_so_many_quarters_is_remembered(make: Any) -> None:
    heights = Heights()
    for n in range(5000):
        heights.observe_ground(at(make, 500.0, 1200.0 * n))
    assert len(heights.ground) <= 4096
    for n in range(40):
        heights.observe_ground(at(make, 500.0 + n))
    assert heights.above_ground_m(at(make, 532.0)) == 0.0
    assert max(len(altitudes) for altitudes in heights.ground.values()) == 15


def test_when_a_spell_has_begun_lately() -> None:
    def lately(since_ms: int | None, first_ms: int, now_ms: int) -> bool:
        return BEGUN.lately(Spell(39.9, 116.4, first_ms, now_ms, since_ms), now_ms)

    assert lately(0, 600_000, 600_000)
    assert not lately(None, 600_000, 600_000)
    assert not lately(0, 599_999, 600_000)
    assert lately(0, 600_000, 4_200_000)
    assert not lately(0, 600_000, 4_200_001)


def watched(make: Any, *easts_m: float) -> Heights:
    heights = Heights()
    for east_m in easts_m:
        for minute in range(40):
            heights.observe_ground(at(make, None, east_m, 60.0 * minute))
    return heights


def test_codes_that_began_elsewhere_and_last(make: Any) -> None:
    heights = watched(make, 0.0, 5000.0, 12_000.0)
    observation = unplanned(make, 9, 1, 0.0, 2400.0)
    borne_out = heights.observe(observation, GONE_MS, least_devices=1)
    assert borne_out is not None
    for pci, east_m, at_s, rat in (
        (2, 5000.0, 2390.0, "gsm"),
        (3, 12_000.0, 2380.0, "gsm"),
        (4, 5000.0, 2390.0, "lte"),  # of another RAT
        (5, 1000.0, 2390.0, "gsm"),  # near by
        (6, 5000.0, 2050.0, "gsm"),  # no longer on
        (7, 40_000.0, 2390.0, "gsm"),  # where nobody had listened
    ):
        for who in range(2):
            heights.observe(unplanned(make, who, pci, east_m, at_s, rat), GONE_MS, 1)
    heights.observe(unplanned(make, 0, 8, 5000.0, 2390.0), GONE_MS, 1)  # by one phone only
    assert heights.begun_elsewhere(borne_out[0], observation, BEGUN) == 2
