"""A profile as records of a compacted topic."""

import zlib

import msgspec
import pytest

from detectors.profile.age import Age
from detectors.profile.profile import Profile, ZoneProfile
from detectors.sites.learned_sites import LearnedSite, SiteReport
from streams.profile.records import newest_by_key, profile_of, records_of


def site(number: int) -> LearnedSite:
    report = SiteReport(number, 1, 2, 65_535, 0, 70, 10)
    return LearnedSite(
        lat=39.0 + number / 1000, lon=116.0, seen=number + 1, phones=1, reports=(report,)
    )


PROFILE = Profile(
    zones=(
        ZoneProfile(zone="a", age=Age(1, 2, 3, 4), sites=tuple(map(site, range(100)))),
        ZoneProfile(zone="b", age=Age(5, 6, 7, 8), rules={"odd_level": {"places": []}}),
    ),
    attested=("la-460-0-1",),
)


def ordered(profile: Profile) -> Profile:
    zones = (
        msgspec.structs.replace(zone, sites=tuple(sorted(zone.sites, key=lambda one: one.lat)))
        for zone in profile.zones
    )
    return msgspec.structs.replace(profile, zones=tuple(zones))


def test_it_is_the_same_after_a_way_through_records() -> None:
    records = records_of(PROFILE, 3)
    assert {key.partition("/")[0] for key in records} == {"a", "b", "everywhere"}
    back, unusable = profile_of(records)
    assert (ordered(back), unusable) == (PROFILE, [])


def test_sites_that_are_forgotten_leave_no_record_behind() -> None:
    """Every part is written each time, so that the newest record of each key is all there is."""
    fewer = Profile(zones=(msgspec.structs.replace(PROFILE.zones[0], sites=(site(5),)),))
    back, _ = profile_of(records_of(PROFILE, 0) | records_of(fewer, 0))
    assert back.zones[0].sites == (site(5),)


def test_what_is_known_everywhere_is_known_by_partition() -> None:
    """One correlator may be ahead of another, which must not learn from it what is to come."""
    both = records_of(PROFILE, 0) | records_of(Profile(attested=("la-460-0-2",)), 1)
    assert profile_of(both, 0)[0].attested == ("la-460-0-1",)
    assert profile_of(both, 1)[0].attested == ("la-460-0-2",)
    assert profile_of(both)[0].attested == ("la-460-0-1", "la-460-0-2")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no zlib",
        zlib.compress(b"no JSON"),
        zlib.compress(b'{"version": 2, "content": []}'),
        zlib.compress(b'{"version": 1, "content": 7}'),
        zlib.compress(b'{"version": 1, "content": [{"lat": 99}]}'),
        zlib.compress(b" " * (65 << 20)),
    ],
)
def test_a_record_that_cant_be_used_is_passed_over(value: bytes) -> None:
    records = records_of(PROFILE, 0) | {"a/sites/03": value}
    back, unusable = profile_of(records)
    assert unusable == ["a/sites/03"]
    assert [zone.zone for zone in back.zones] == ["a", "b"]
    assert 80 < len(back.zones[0].sites) < 100


@pytest.mark.parametrize("key", ["a", "a/", "a/what", "a/sites", "", "everywhere/1/what"])
def test_a_key_that_is_none_of_ours_is_passed_over(key: str) -> None:
    value = records_of(PROFILE, 0)["a/age"]
    back, unusable = profile_of({key: value})
    assert unusable == [key]
    assert back.zones == ()


def test_the_newest_record_of_a_key_counts() -> None:
    records = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None), (None, b"4")]
    assert newest_by_key(records) == {"a": b"3", "": b"4"}
