"""Who was near a moving transmitter again and again is found, who lives by the road is not."""

import pytest

from field.console.casework import companions
from field.console.casework.companions import Companions, Search

T0 = 1_748_916_000_000
#: Half an hour eastwards at about 16 m/s, a fix each minute.
TRACK = [(T0 + 60_000 * n, 30.6, 104.0 + 0.01 * n) for n in range(31)]
MINUTE = 60_000


def along(found: Companions, device: str, minutes: range, off_deg: float = 0.001) -> None:
    """Reports of a phone in the car, so far beside the track."""
    for minute in minutes:
        found.observe(device, T0 + minute * MINUTE, 30.6 + off_deg, 104.0 + 0.01 * minute)


def test_who_travels_along_is_found() -> None:
    found = Companions(TRACK, Search())
    along(found, "h-driver", range(31))
    along(found, "h-short", range(5))
    along(found, "h-beside", range(31), off_deg=0.01)
    for minute in range(31):
        found.observe("h-resident", T0 + minute * MINUTE, 30.6, 104.15)
    travelled = found.found()
    assert [one.device for one in travelled] == ["h-driver"]
    assert travelled[0].places > 20
    assert travelled[0].minutes == 30.0
    assert travelled[0].share == 1.0
    assert travelled[0].median_m == pytest.approx(111, abs=2)


def test_between_fixes_the_transmitter_is_between_them() -> None:
    found = Companions(TRACK, Search(within_m=50.0))
    for minute in range(30):
        found.observe("h-driver", T0 + minute * MINUTE + 30_000, 30.6, 104.005 + 0.01 * minute)
    assert [one.device for one in found.found()] == ["h-driver"]


def test_who_is_elsewhere_meanwhile_is_no_companion() -> None:
    found = Companions(TRACK, Search())
    for minute in range(31):
        where = 104.0 + 0.01 * minute if minute % 2 else 104.5
        found.observe("h-crosser", T0 + minute * MINUTE, 30.6, where)
    assert found.found() == []
    kinder = Companions(TRACK, Search(least_share=0.3))
    for minute in range(31):
        where = 104.0 + 0.01 * minute if minute % 2 else 104.5
        kinder.observe("h-crosser", T0 + minute * MINUTE, 30.6, where)
    assert kinder.found()[0].share == pytest.approx(15 / 29, abs=0.01)


def test_reports_of_other_times_and_of_long_gaps_do_not_count() -> None:
    gap = [*TRACK[:10], *((ts + 3_600_000, lat, lon) for ts, lat, lon in TRACK[10:])]
    found = Companions(gap, Search(least_places=2, least_minutes=1))
    found.observe("h-1", T0 - 1, 30.6, 104.0)
    found.observe("h-1", gap[-1][0] + 1, 30.6, 104.3)
    found.observe("h-1", T0 + 40 * MINUTE, 30.6, 104.095)
    assert found.found() == []
    found.observe("h-1", T0, 30.6, 104.0)
    found.observe("h-1", gap[-1][0], 30.6, 104.3)
    assert found.found()[0].reports == 2


def test_the_order_of_reports_does_not_matter() -> None:
    there, back = Companions(TRACK, Search()), Companions(TRACK, Search())
    along(there, "h-1", range(31))
    for minute in reversed(range(31)):
        back.observe("h-1", T0 + minute * MINUTE, 30.601, 104.0 + 0.01 * minute)
    assert there.found() == back.found()


@pytest.mark.parametrize("track", [[], TRACK[:1], TRACK[:2]])
def test_a_transmitter_that_stands_has_neighbours_not_companions(
    track: list[tuple[int, float, float]],
) -> None:
    with pytest.raises(ValueError, match="too short for 4 places"):
        Companions(track, Search())


def test_a_flood_of_made_up_phones_takes_no_more_than_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(companions, "_MOST_PHONES", 3)
    monkeypatch.setattr(companions, "_MOST_REPORTS", 40)
    found = Companions(TRACK, Search())
    for number in range(10):
        along(found, f"h-{number}", range(5))
    along(found, "h-driver", range(31))
    for _ in range(10):
        along(found, "h-driver", range(31))
        along(found, "h-driver", range(31), off_deg=0.1)
    assert list(found._phones) == ["h-8", "h-9", "h-driver"]
    driver = found._phones["h-driver"]
    assert (len(driver.distances), len(driver.away)) == (40, 40)
