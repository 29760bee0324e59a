"""Records that no province writes, and such as are broken: none ends a side of the roll-up."""

import json

from tests.field.rollup.country import (
    ONE,
    OTHER,
    Country,
    Record,
    alert,
    marked,
    settled,
)


def test_no_province_speaks_for_another(country: Country) -> None:
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]))
    country.pass_on(only=("east",))
    for topic in ("windows", "campaigns", "reputation"):
        own = country.topics["national"].pop(f"east.rollup.{topic}")
        country.put("national", f"west.rollup.{topic}", *own)
    country.put("national", "west.rollup.campaigns", Record(b"x", b"{}"), Record(None, b"{}"))
    country.pass_on(only=("national",))
    assert "national.campaigns" not in country.topics["national"]
    assert country.sides["national"].refused.total() == 6


def test_a_province_that_sends_too_much_stops_nothing(country: Country) -> None:
    """What is made of many records must be one that can be written."""
    country.put("east", "fbs.alerts", alert("east", "a", [ONE]))
    country.put("east", "number.reputation", marked(OTHER))
    country.pass_on(only=("east",))
    for topic in ("windows", "campaigns", "reputation"):
        mirrored = country.topics["national"][f"east.rollup.{topic}"]
        (own,) = [json.loads(one.value) for one in mirrored if one.key != b"progress"][:1]
        most = {name: 2**64 for name, value in own.items() if type(value) is int}
        long = {name: "x" * 500_000 for name, value in own.items() if isinstance(value, str)}
        sent = [own | {name: value} for name, value in (*most.items(), *long.items())]
        if topic == "campaigns":
            sent.append(own | {"numbers": [{"number": "h-" + "x" * 300_000}]})
        records = [Record(b"k%d" % at, json.dumps(one).encode()) for at, one in enumerate(sent)]
        country.topics["national"][f"east.rollup.{topic}"] = records
    country.pass_on(only=("national",))
    refused = country.sides["national"].refused
    assert refused == {
        name: len(country.topics["national"][name])
        for name in country.topics["national"]
        if name[:4] == "east"
    }


def test_hostile_records_end_nothing(country: Country) -> None:
    broken = (
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"province": 7}',
        b"\xff\xfe",
        b'{"numbers":' + b"[" * 100_000,
        None,
    )
    keys = (b"progress", b"x", b"h-" + b"0" * 24, b"\xff|\xff", b"a|b", None)
    records = [Record(key, value) for key in keys for value in broken]
    for topic in ("rollup.windows", "rollup.campaigns", "rollup.reputation"):
        country.put("national", f"east.{topic}", *records)
        country.put("east", topic, *records)
    for topic in ("national.windows", "national.campaigns", "national.reputation"):
        country.put("national", topic, *records)
    country.put("west", "national.national.reputation", *records)
    country.put("west", "fbs.alerts", *records, alert("west", "c", [ONE]))
    settled(country)
    whole = [one.value for one in country.topics["national"]["national.campaigns"]]
    (one,) = [json.loads(value) for value in whole if value and value.startswith(b'{"campaign"')]
    assert one["provinces"] == ["west"]
