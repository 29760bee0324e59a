"""How old a zone is: in minutes in which something came."""

import pytest

from detectors.profile.age import Age, Learning, busiest_first, learning_of, stage_of

MINUTE = 60_000


def aged(minutes: int, every: int = 1) -> Age:
    age = Age()
    for number in range(minutes):
        age.observe(MINUTE * (1000 + number * every), 3)
        age.observe(MINUTE * (1000 + number * every) + 20_000, 0)
    return age


@pytest.mark.parametrize("every", [1, 60])
def test_minutes_count_in_which_something_came(every: int) -> None:
    age = aged(90, every)
    assert (age.minutes, age.reports) == (90, 270)
    assert (age.first_ms, age.last_ms) == (MINUTE * 1000, MINUTE * (1000 + 89 * every) + 20_000)


def test_what_comes_late_makes_nothing_older_or_younger() -> None:
    age = aged(10)
    age.observe(MINUTE * 3)
    assert (age.minutes, age.first_ms, age.last_ms) == (10, MINUTE * 1000, MINUTE * 1009 + 20_000)


@pytest.mark.parametrize(
    ("minutes", "stage", "not_yet"),
    [
        (5, "cold", ("sites", "levels", "networks", "habits", "areas")),
        (60, "hour", ("habits", "areas")),
        (240, "hour", ("areas",)),
        (1440, "hour", ()),
        (10_080, "week", ()),
    ],
)
def test_stages(minutes: int, stage: str, not_yet: tuple[str, ...]) -> None:
    known = learning_of("z", Age(minutes=minutes), 0)
    assert (stage_of(minutes), known.stage, known.not_yet) == (stage, stage, not_yet)


def test_detectors_are_counted_and_bounded() -> None:
    age = Age()
    for number in range(500):
        age.find(f"rule {number % 200}")
    assert len(age.findings) == 64
    assert age.findings["rule 0"] == 3


def test_a_zone_counts_once_as_who_knows_it_best_reports_it() -> None:
    def known(zone: str, reports: int) -> Learning:
        return Learning(
            zone=zone, stage="cold", since_ms=1, minutes=1, reports=reports, sites=0, not_yet=()
        )

    every = [known("edge", 4), known("city", 70), known("city", 900), known("edge", 3)]
    assert [(one.zone, one.reports) for one in busiest_first(every)] == [("city", 900), ("edge", 4)]
