"""The same SMS to many of one place: the ratio behind it, and the honest reasons."""

from math import comb, log
from typing import Any

import msgspec
import pytest

from detectors.model.codes import GSM
from detectors.rules import ROOMS
from detectors.rules.sms_burst.rule import SmsBurst
from detectors.rules.sms_burst.samples import burst, town
from detectors.rules.sms_burst.template_places import log_tail

WORDS = ROOMS["sms_burst"].words
CENTRE, COMPLAINT = 2, 3


def crowd(make: Any, count: int = 80) -> list[dict[str, Any]]:
    """A stadium: texts of all kinds at the place of the burst."""
    rows = []
    for n in range(count):
        lat, lon = make.at(3000.0 + 10.0 * n, 3000.0)
        row = {"device": f"s{n}", "sender": f"h-{n}", "at_s": 100.0 + n, "content_hash": f"{n:x}"}
        rows.append({**row, "lat": lat, "lon": lon})
    return rows


def arrival(row: dict[str, Any]) -> float:
    return float(row.get("rx_s", row["at_s"]))


def found(make: Any, *rows: dict[str, Any], rule: Any = None) -> list[Any]:
    batch = make.sms(*sorted(rows, key=arrival))
    return make.found(rule or SmsBurst(), batch)  # type: ignore[no-any-return]


def heaviest(findings: list[Any]) -> float:
    return max((float(finding.weight) for finding in findings), default=0.0)


def test_what_a_finding_shows(make: Any) -> None:
    findings = found(make, *town(make), *burst(make))
    assert len(findings) == 8
    first = findings[0]
    assert (first.family, first.space, first.who) == ("sms", "device", "v0")
    assert first.rx_ts == make.t0_ms + 275_000
    assert (first.values["here"], first.values["all"]) == (8, 8)
    assert first.values["others"] == 60
    assert 1.0 < first.weight <= SmsBurst().max_weight
    assert "8 received within minutes, 8 of them" in WORDS["en"].sentence(
        "8 phones", "", first.values
    )


def test_a_few_are_no_burst(make: Any) -> None:
    assert found(make, *town(make), *burst(make, 3)) == []
    assert len(found(make, *town(make), *burst(make, 4))) == 4
    repeated = [{**row, "device": "v0"} for row in burst(make)]
    assert found(make, *town(make), *repeated) == []


def test_the_window_is_minutes(make: Any) -> None:
    slow = [{**row, "at_s": 245.0 + 250.0 * n} for n, row in enumerate(burst(make))]
    assert found(make, *town(make), *slow) == []


def test_unlike_contents_are_no_burst(make: Any) -> None:
    unlike = [{**row, "content_hash": f"{0xFF << 8 * n:016x}"} for n, row in enumerate(burst(make))]
    assert found(make, *town(make), *unlike) == []
    near = [{**row, "content_hash": f"ff00ff00ff00ff{n:02x}"} for n, row in enumerate(burst(make))]
    assert len(found(make, *town(make), *near)) == 8


def test_without_a_place_it_says_nothing(make: Any) -> None:
    nowhere: dict[str, Any] = {"lat": None, "lon": None, "area": None, "cell": None}
    assert found(make, *town(make), *burst(make, **nowhere)) == []


def test_complaints_count_as_well(make: Any) -> None:
    observed = [
        {**row, "source": COMPLAINT, "rx_s": 900.0 + n} for n, row in enumerate(burst(make))
    ]
    findings = found(make, *town(make, at_s=700.0), *observed)
    assert len(findings) == 8
    assert {finding.place.reach_m for finding in findings} == {500.0}


def test_excuse_everywhere(make: Any) -> None:
    """A warning to the whole town is in every place as much as anywhere."""
    warning = town(make, 81, sender="12379", content_hash="abc", at_s=250.0)
    warning = [{**row, "device": f"w{n}"} for n, row in enumerate(warning)]
    assert found(make, *town(make, 81, at_s=100.0), *warning) == []
    off = SmsBurst(excuse_everywhere=False)
    assert heaviest(found(make, *town(make, 81, at_s=100.0), *warning, rule=off)) > 0.5
    posing = burst(make, sender="12379")
    assert {f.who[0] for f in found(make, *town(make, 81, at_s=100.0), *warning, *posing)} == {"v"}


def test_excuse_crowd(make: Any) -> None:
    """Where most of the town's traffic is, most of a template's receivers are."""
    some = burst(make, 6)
    assert heaviest(found(make, *town(make, 20), *crowd(make), *some)) < 0.3
    off = SmsBurst(excuse_crowd=False)
    assert heaviest(found(make, *town(make, 20), *crowd(make), *some, rule=off)) > 1.0
    quiet = crowd(make, 10)
    assert heaviest(found(make, *town(make, 60), *quiet, *burst(make, 20))) > 1.0


def test_excuse_recorded(make: Any) -> None:
    """A greeting at the station that the centre sent is honest; records of others excuse nobody."""
    rows = burst(make, 12)
    records = [{**row, "source": CENTRE, "rx_s": arrival(row) + 5.0} for row in rows]
    assert found(make, *town(make), *rows, *records) == []
    off = SmsBurst(excuse_recorded=False)
    some = records[:6]
    assert heaviest(found(make, *town(make), *rows, *some, rule=off)) > 1.0
    assert found(make, *town(make), *rows, *some) == []
    others = [{**row, "source": CENTRE, "rx_s": arrival(row) + 5.0} for row in town(make)]
    assert len(found(make, *town(make), *others, *rows)) == 12


def test_a_message_whose_record_came_first_is_not_even_passed_on(make: Any) -> None:
    rows = burst(make)
    records = [{**row, "source": CENTRE, "rx_s": arrival(row) - 1.0} for row in rows]
    batch = make.sms(*sorted([*rows, *records], key=arrival))
    assert make.screen(SmsBurst(), batch).observations == []


@pytest.mark.parametrize(
    ("sender", "cell", "more"),
    [
        ("95588", {"rat": GSM}, 0.5),
        ("10086", {"area": 61001, "cell": 7}, 0.5),
        ("95588", {}, 0.0),
        ("106575258", {"rat": GSM}, 0.0),
        ("1008600000", {"rat": GSM}, 0.0),
    ],
)
def test_protected_senders_on_odd_cells_weigh_more(
    make: Any, sender: str, cell: dict[str, Any], more: float
) -> None:
    plain = heaviest(found(make, *town(make), *burst(make)))
    odd = heaviest(found(make, *town(make), *burst(make, sender=sender, **cell)))
    assert odd == pytest.approx(plain + more)


def test_who_is_protected_is_configured() -> None:
    rule = msgspec.convert({"protected": ["BANK.*"]}, type=SmsBurst)
    assert rule.is_protected("BANKOFX")
    assert not rule.is_protected("95588")
    assert not SmsBurst(protected=()).is_protected("")
    with pytest.raises(msgspec.ValidationError, match="no regular expression"):
        msgspec.convert({"protected": ["("]}, type=SmsBurst)


def test_the_tail_is_the_binomial_one() -> None:
    for count, least, share in ((5, 2, 0.3), (20, 20, 0.1), (8, 1, 0.9), (3, 0, 0.5)):
        terms = (comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1))
        assert log_tail(count, least, share) == pytest.approx(log(sum([*terms][least:])), abs=1e-9)


def test_its_family_alone_never_alerts(make: Any) -> None:
    assert SmsBurst().cap <= 3.0


def test_the_sentence_holds_whatever_part_of_the_receivers_is_behind_an_alert() -> None:
    """An alert may have more phones than one burst had receivers, or fewer."""
    values = {"sender": "95533", "here": 11, "all": 15}
    for phones in (41, 2):
        text = WORDS["en"].sentence(f"{phones} phones", "", values)
        assert text == (
            f"{phones} phones received an SMS as 95533 that 15 received within minutes,"
            " 11 of them in one place"
        )
