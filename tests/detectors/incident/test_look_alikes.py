"""Look-alikes acquit; those that a few phones make up acquit little."""

from typing import Any

from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident


def candidate(make: Any, area: int, phones: range, detector: str = "unknown_cell") -> Incident:
    t0_ms = make.t0_ms
    incident = Incident("z", "z", t0_ms, t0_ms, t0_ms, t0_ms)
    for n in phones:
        claimed = make.claimed(area=area)
        incident.add(make.finding(n, detector=detector, claimed=claimed, cap=4.5), t0_ms)
    return incident


def like(make: Any, peers: list[Incident], detector: str = "unknown_cell") -> float:
    mine = candidate(make, 1, range(5), detector)
    return Fusion().look_alikes(mine, [mine, *peers]).count(detector, 4.5, 2.5)


def test_each_candidate_of_other_phones_counts(make: Any) -> None:
    peers = [candidate(make, 10 + n, range(10 * n + 10, 10 * n + 13)) for n in range(20)]
    assert like(make, peers) == 20.0


def test_a_few_phones_speak_for_few_look_alikes(make: Any) -> None:
    peers = [candidate(make, 10 + n, range(100, 103)) for n in range(20)]
    assert like(make, peers) == 4.0
    harmed = [candidate(make, 10 + n, range(100, 103), "unknown_old_area") for n in range(20)]
    assert like(make, harmed, "unknown_old_area") == 1.0


def test_a_few_phones_make_few_quiet_areas_up(make: Any) -> None:
    """Strays of a dozen areas show that they are rare; one phone that names a dozen doesn't."""
    name = "unknown_old_area"

    def strays(phones: list[range]) -> tuple[float, ...]:
        mine = candidate(make, 1, range(5), name)
        peers = [candidate(make, 10 + n, who, name) for n, who in enumerate(phones)]
        first_rx = mine.last_rx - 1_800_000
        for peer in peers:
            peer.first_rx = first_rx
        return Fusion().look_alikes(mine, peers, by_rate={name}).strays[name]

    nobody, some = strays([]), strays([range(100 + n, 101 + n) for n in range(12)])
    assert some[0] > 0.5 > nobody[0] + 0.3
    made_up, four = strays([range(100, 101)] * 12), strays([range(100, 101)] * 4)
    assert made_up == four
    assert made_up[0] < some[0] - 0.2
