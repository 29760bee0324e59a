"""Both sides of the roll-up without a broker: topics are lists, a mirror a name before one."""

import json
from typing import Any

from field.rollup.upwards import Upwards
from streams.kafka.stage_records import REPLAY
from tests.field.rollup.country import (
    DAY,
    KEYS,
    NOW,
    ONE,
    OTHER,
    UNTIL,
    Country,
    Record,
    alert,
    hasher_of,
    marked,
    settings_of,
    settled,
)


def from_others(country: Country, place: str, bare: str) -> dict[str, Any] | None:
    own = hasher_of(place).sender(bare)
    return country.newest(place, "number.reputation").get(f"{own}|national")


def test_all_comes_to_rest_and_to_the_same_after_all_began_anew(country: Country) -> None:
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]), alert("east", "b", [OTHER]))
    country.put("west", "fbs.alerts", alert("west", "c", [ONE]))
    country.put("east", "number.reputation", marked(OTHER))
    settled(country)
    found = country.newest("national", "national.campaigns").values()
    assert sorted(one["provinces"] for one in found) == [["east"], ["east", "west"]]
    assert from_others(country, "west", OTHER)["count"] == 8
    country.begin()
    assert country.pass_on() == 0


def test_the_own_mark_stands_beside_that_of_the_others_and_does_not_come_back(
    country: Country,
) -> None:
    country.put("east", "number.reputation", marked(ONE))
    country.put("west", "number.reputation", marked(ONE, count=2))
    settled(country)
    assert from_others(country, "east", ONE)["count"] == 2
    assert from_others(country, "west", ONE)["count"] == 7
    (up,) = country.newest("east", "rollup.reputation").values()
    assert (up["by"], up["count"]) == ("app", 7)


def test_our_own_marks_go_up_as_accusations_alone(country: Country) -> None:
    country.put("east", "number.reputation", marked(ONE, source="cellhound"))
    settled(country)
    assert country.newest("east", "rollup.reputation") == {}
    assert from_others(country, "west", ONE) is None


def test_what_comes_down_ends_without_the_own_mark(country: Country) -> None:
    country.put("east", "number.reputation", marked(ONE, valid_until=NOW + DAY))
    country.put("west", "number.reputation", marked(ONE, count=2, valid_until=NOW + 9 * DAY))
    settled(country)
    own = hasher_of("west").sender(ONE)
    country.put("west", "number.reputation", Record(f"{own}|national".encode(), None))
    settled(country)
    (up,) = country.newest("west", "rollup.reputation").values()
    assert (up["by"], up["count"]) == ("app", 2)


def test_a_mark_that_is_taken_back_ends_elsewhere(country: Country) -> None:
    own = hasher_of("east").sender(ONE)
    country.put("east", "number.reputation", marked(own, valid_until=NOW + DAY))
    settled(country)
    assert from_others(country, "west", ONE)["valid_until"] == NOW + DAY
    country.put("east", "number.reputation", Record(own.encode(), None))
    settled(country)
    assert country.newest("east", "rollup.reputation") == {}
    # First the mark ends, for those who read it; then it is deleted.
    *_, over, deleted = country.topics["west"]["number.reputation"]
    assert json.loads(over.value)["valid_until"] == NOW
    assert (deleted.key, deleted.value) == (over.key, None)


def test_accusations_end_everywhere(country: Country) -> None:
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]))
    settled(country)
    assert from_others(country, "west", ONE)["valid_until"] == UNTIL
    settled(country, UNTIL + 1)
    assert country.newest("east", "rollup.reputation") == {}
    assert country.newest("national", "national.reputation") == {}
    assert from_others(country, "west", ONE) is None


def test_a_verdict_takes_back_the_accusation(country: Country) -> None:
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]))
    settled(country)
    country.put("east", "fbs.alerts", alert("east", "a", [ONE], 2, verdict="false_alarm"))
    settled(country)
    assert country.newest("national", "national.reputation") == {}
    (one,) = country.newest("national", "national.campaigns").values()
    assert one["status"] == "withdrawn"


def test_an_accusation_does_not_outlive_a_restart(country: Country) -> None:
    """What ends while nobody runs is taken back by the next process."""
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]))
    settled(country)
    country.begin()
    settled(country, UNTIL + 1)
    assert country.newest("east", "rollup.reputation") == {}
    assert country.newest("national", "national.reputation") == {}


def test_a_silent_province_holds_nothing_back(country: Country) -> None:
    country.put("west", "fbs.alerts", alert("west", "c", [ONE]))
    settled(country)
    country.put("east", "fbs.alerts", alert("east", "a", [OTHER]))
    country.pass_on(NOW + DAY, only=("east", "national"))
    windows = country.newest("national", "national.windows")
    assert windows.pop("progress")["provinces"] == {"east": NOW + DAY, "west": NOW}
    (hour,) = windows.values()
    assert (hour["alerts"], round(hour["suspects"]), hour["version"]) == (2, 2, 2)
    assert hour["provinces"] == {"east": NOW + DAY, "west": NOW}


def test_what_a_recording_brings_is_not_put_up(country: Country) -> None:
    replayed = alert("east", "a", [ONE], ts=NOW - DAY)
    replayed.headers.append((REPLAY, b"1"))
    country.put("east", "fbs.alerts", replayed, Record(b"x", b"no alert"), Record(b"y", None))
    country.pass_on()
    assert "rollup.campaigns" not in country.topics["east"]


def test_of_a_number_that_a_producer_named_itself_nothing_goes_up(country: Country) -> None:
    country.put("east", "number.reputation", marked("somebody"))
    country.pass_on()
    assert "rollup.reputation" not in country.topics["east"]


def test_after_a_change_of_the_key_numbers_keep_the_names_of_their_time(country: Country) -> None:
    moment = {"CELLHOUND_KEY_FROM": "2025-11-30T11:00:00Z"}
    changing = hasher_of(
        "east", CELLHOUND_KEY="new key of the east", CELLHOUND_KEY_FORMER=KEYS["east"], **moment
    )
    country.sides["east"] = Upwards(settings_of("east"), changing)
    before = alert("east", "a", [ONE], ts=NOW - DAY)
    country.put("east", "fbs.alerts", before)
    country.put("west", "fbs.alerts", alert("west", "c", [ONE]))
    country.pass_on()
    (one,) = country.newest("national", "national.campaigns").values()
    assert one["provinces"] == ["east", "west"]


def test_what_topics_have_forgotten_is_not_put_up_again(country: Country) -> None:
    old = dict.fromkeys(("ts", "first_seen", "last_seen"), NOW - 91 * DAY)
    country.put("east", "fbs.alerts", alert("east", "a", [ONE], **old))
    country.pass_on(only=("east",))
    assert list(country.newest("east", "rollup.campaigns")) == ["a"]
    country.put("east", "fbs.alerts", alert("east", "b", [OTHER]))
    country.pass_on(only=("east",))
    del country.topics["east"]["rollup.campaigns"][0]
    country.begin()
    country.pass_on(only=("east",))
    assert list(country.newest("east", "rollup.campaigns")) == ["b"]


def test_a_mark_without_an_end_ends_when_it_has_faded(country: Country) -> None:
    country.put("east", "number.reputation", marked(ONE))
    settled(country)
    until = NOW + 180 * DAY
    assert from_others(country, "west", ONE)["valid_until"] == until
    settled(country, until + 1)
    for place, topic in (("east", "rollup.reputation"), ("national", "national.reputation")):
        assert country.newest(place, topic) == {}
    # Neither does it come back when all is read anew.
    country.begin()
    assert country.pass_on(until + 2) == 0
