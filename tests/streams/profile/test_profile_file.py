"""Profiles as files: the same bytes again, and a sentence for each thing that can be wrong."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors.profile.age import Age
from detectors.profile.profile import Profile, ZoneProfile
from detectors.rules import RULES
from detectors.sites.learned_sites import LearnedSite, SiteReport
from streams.profile import profile_file
from streams.profile.profile_file import ProfileError, read_profile, usable, write_profile
from streams.profile.words import text

ALL = tuple(rule() for rule in RULES)
SITE = LearnedSite(
    lat=39.9, lon=116.4, seen=12, phones=1, reports=(SiteReport(7, -3, 2, 65_535, 0, 70, 10),)
)
ZONE = ZoneProfile(
    zone="8331aafffffffff",
    age=Age(1_748_916_000_000, 1_748_923_200_000, 121, 5012, {"unknown_cell": 40}),
    sites=(SITE,),
    rules={
        "odd_level": {"places": [["lte-460-0-1-2@7", [-900, -915, -1010]]]},
        "unknown_old_area": {"areas": [["460-0-61001", [1, 5]]]},
        "a_rule_of_old": {"whatever": 1},
    },
)
PROFILE = Profile(zones=(ZONE,), attested=("gsm-460-0-61001-7",))


@pytest.mark.parametrize("name", ["p.json", "p.json.gz", "deep/er/p.json"])
def test_it_is_the_same_after_a_way_through_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_profile(path, PROFILE)
    assert read_profile(path, ALL) == PROFILE
    first = path.read_bytes()
    write_profile(path, read_profile(path, ALL))
    assert path.read_bytes() == first
    assert (first[:2] == b"\x1f\x8b") == name.endswith(".gz")


def test_a_file_with_nothing_but_its_format_and_version_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"format": "cellhound-profile", "version": 1}')
    assert read_profile(path, ALL) == Profile()


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        keys: list[Any] = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in keys[:-1]:
            tree = tree[key]
        tree[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_set("format", "another"), "format: is no profile; .* 'cellhound-profile'"),
        (_set("version", 2), "version: must be 1, got 2; export it anew"),
        (_set("version", "1"), "version: must be 1, got '1'"),
        (_set("version", True), "version: must be 1, got True"),
        (_set("zone", []), "zone: no such key; known keys are .*zones, attested"),
        (_set("zones", {}), "zones: must be a list"),
        (_set("zones.0.zone", ""), r"zones\[0\]\.zone: "),
        (_set("zones.0.age.minutes", -1), r"zones\[0\]\.age\.minutes: .*at least 0 .*got -1"),
        (_set("zones.0.sites.0.lat", 91), r"zones\[0\]\.sites\[0\]\.lat: .*at most 90, got 91"),
        (_set("zones.0.sites.0.seen", "12"), r"sites\[0\]\.seen: .*whole number.*, got '12'"),
        (_set("zones.0.sites.0.reports.0.6", 0), r"sites\[0\]\.reports: .*>= 1.*\[0\]\[6\]"),
        (_set("zones.0.sites.0.reports", []), r"sites\[0\]\.reports: .*length >= 1"),
        (
            _set("zones.0.rules.odd_level.places.0.1.0", 9999),
            r"zones\[0\]\.rules\.odd_level\.places: .*<= 500",
        ),
        (_set("zones.0.rules.odd_level.place", []), r"rules\.odd_level\.place: no such key"),
        (_set("attested", [7]), r"attested: .*`str`, got `int`.*\[0\]"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    tmp_path: Path, change: Callable[[Any], None], sentence: str
) -> None:
    path = tmp_path / "p.json"
    write_profile(path, PROFILE)
    tree = json.loads(path.read_text())
    change(tree)
    path.write_text(json.dumps(tree))
    with pytest.raises(ProfileError, match=sentence) as refused:
        read_profile(path, ALL)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "format: is no profile"),
        (b'{"zones": []}', "format: is no profile"),
        (gzip.compress(b"{}", mtime=0)[:-4], "damaged or cut short"),
        (b'{"format": "cellhound-profile"}', "version: must be 1, got None"),
    ],
)
def test_what_is_no_profile_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match=sentence):
        read_profile(path, ALL)
    with pytest.raises(ProfileError, match="can't be read"):
        read_profile(tmp_path / "none", ALL)


def test_many_problems_are_not_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    write_profile(path, Profile(zones=(ZONE,) * 30))
    path.write_text(path.read_text().replace('"seen":12', '"seen":0'))
    with pytest.raises(ProfileError, match=r"and 22 more"):
        read_profile(path, ALL)


def test_parts_of_another_form_are_left_out_one_by_one() -> None:
    odd = {**ZONE.rules, "odd_level": {"places": 7}}
    kept, bad = usable(ZoneProfile(zone="z", age=Age(), rules=odd), ALL)
    assert bad == ["odd_level"]
    assert set(kept.rules) == {"unknown_old_area", "a_rule_of_old"}


def test_it_says_in_words_what_is_known() -> None:
    lines = text(PROFILE, ["z/age"]).splitlines()
    assert lines[0] == "1 zones; 1 identities beyond the register that the core network attests"
    assert "zone 8331aafffffffff: warm (an hour of reports or more)" in lines
    since = "  5012 reports in 2.0 hours from 2025-06-03 02:00 UTC to 2025-06-03 04:00 UTC"
    assert since in lines
    assert "  sites: 1, 1 of them by 8 reports or more" in lines
    assert "  odd_level: 1 places" in lines
    assert "  findings in an hour: unknown_cell 19.8" in lines
    assert "  not yet learned: habits of places, areas that strays name" in lines
    assert lines[-1] == "not of this version's form, and passed over: z/age"
    assert "nothing has been learned yet" in text(Profile())


def test_what_unpacks_to_more_than_a_profile_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_file, "_MOST_BYTES", 1 << 20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * (4 << 20)))
    with pytest.raises(ProfileError, match="holds more than 1 MiB"):
        read_profile(path, ())
