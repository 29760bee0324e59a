"""An SMS without the operator's record: how long it is waited for, and the honest reasons.

Long because each honest reason changes one thing of the same wait.
"""

from math import log
from typing import Any

import pytest

from detectors.model.codes import GSM, LTE
from detectors.model.finding import Identity
from detectors.model.text import SENT_FROM
from detectors.rules.phantom_sms.rule import PhantomSms
from detectors.rules.phantom_sms.samples import (
    CENTRE,
    COMPLAINT,
    arrival,
    campaign,
    honest,
    message,
    spam,
)

FAR_HASH = "ffffffffffffff00"
CLONED = "lte-460-0-4100-1001"


def about(findings: list[Any], sender: str = "95588") -> list[Any]:
    return [finding for finding in findings if finding.values["sender"] == sender]


def found(make: Any, *rows: dict[str, Any], rule: Any = None, **more: Any) -> list[Any]:
    batch = make.sms(*sorted(rows, key=arrival))
    return make.found(rule or PhantomSms(), batch, **more)  # type: ignore[no-any-return]


def without(name: str) -> PhantomSms:
    """The rule without one of its excuses."""
    return PhantomSms(**{f"excuse_{name}": False})


def heaviest(findings: list[Any]) -> float:
    return max((float(finding.weight) for finding in findings), default=0.0)


def test_what_a_finding_shows(make: Any) -> None:
    (finding,) = found(make, *honest(), spam())
    assert (finding.space, finding.who, finding.family) == ("device", "victim", "sms")
    assert finding.ts == make.t0_ms + 205_000
    assert finding.values == {"sender": "95588", "content": "00000000000000ff"}
    assert (finding.place.lat, finding.place.lon) == make.at(100.0)
    assert finding.weight == PhantomSms().lone_weight


def test_the_wait_is_as_long_as_the_centre_usually_takes(make: Any) -> None:
    def waited_s(delay_s: float, count: int = 60) -> float:
        rows = []
        for n in range(count):
            rows += message(n * 5.0, delay_s, device=f"h{n}", sender=f"1069{n}")
        (finding,) = about(found(make, *rows, spam()))
        return float(finding.rx_ts - make.t0_ms) / 1000 - 205.0

    assert waited_s(2.0) == 15.0
    assert waited_s(40.0) == pytest.approx(45.0, abs=5.0)
    assert waited_s(170.0, 90) == pytest.approx(175.0, abs=5.0)


def test_a_record_within_the_wait_speaks_for_it(make: Any) -> None:
    for late_s in (0.0, 1.0, 15.0):
        assert found(make, *honest(), *message(205.0, late_s, device="victim")) == []


def test_a_late_record_clears_its_group_from_then_on(make: Any) -> None:
    late = message(205.0, 60.0, device="victim")
    assert len(found(make, *honest(), *late)) == 1
    long = honest(count=40)
    after = found(make, *long, *late, *campaign(at_s=270.0))
    assert heaviest(about(after)) < 0.5 * heaviest(about(found(make, *long, *campaign(at_s=270.0))))


def test_the_weight_is_that_of_one_device_and_bounded(make: Any) -> None:
    findings = about(found(make, *honest(), *campaign(20)))
    weights = [finding.weight for finding in findings]
    assert weights[0] == PhantomSms().lone_weight
    assert 1.5 < weights[1] <= weights[-1] <= PhantomSms().max_weight
    small = PhantomSms(max_weight=1.1)
    assert heaviest(found(make, *honest(), *campaign(), rule=small)) == 1.1


def test_one_device_alone_stays_alone_however_much_it_reports(make: Any) -> None:
    repeated = [spam(205.0 + n) for n in range(12)]
    assert {f.weight for f in found(make, *honest(), *repeated)} == {PhantomSms().lone_weight}


def test_unlike_messages_are_each_alone(make: Any) -> None:
    unlike = [spam(device="a"), spam(206.0, device="b", content_hash=FAR_HASH)]
    unlike += [spam(207.0, device="c", sender="95599")]
    assert {f.weight for f in found(make, *honest(), *unlike)} == {PhantomSms().lone_weight}


def test_where_the_centre_sent_some_of_like_messages_the_others_say_little(make: Any) -> None:
    rows = [*honest(), *message(150.0, device="early"), *campaign()]
    assert heaviest(about(found(make, *rows))) < 0.5 * heaviest(found(make, *honest(), *campaign()))
    many = [row for n in range(40) for row in message(150.0 + n, device=f"early{n}")]
    assert about(found(make, *honest(), *many, *campaign(20))) == []


def test_three_forged_records_hide_no_campaign(make: Any) -> None:
    forged = [row for n in range(3) for row in message(150.0 + n, device=f"liar{n}")]
    assert sum(f.weight for f in about(found(make, *honest(), *forged, *campaign(30)))) > 3.0
    assert about(found(make, *honest(), *forged, *campaign(3))) == []


def test_texts_that_one_phone_makes_up_make_nothing_usual(make: Any) -> None:
    """Of senders that exist and of such as don't, and of the very text."""
    made_up = [
        spam(100.0 + 0.2 * n, device="liar", content_hash=f"{n * 0x9E3779B97F4A7C15 % 2**64:016x}")
        for n in range(500)
    ]
    usual = heaviest(about(found(make, *honest(), *campaign(20))))
    others = found(make, *honest(), *made_up, *campaign(20))
    assert heaviest([f for f in about(others) if f.who != "liar"]) > 1.0
    assert usual > 1.0


# --- a stopped, slow or broken feed -----------------------------------------------------------


def stopped(at_s: float) -> list[dict[str, Any]]:
    """Bulk of forty senders, whose records end at that time."""
    rows: list[dict[str, Any]] = []
    for n in range(240):
        rows += message(n * 2.0, device=f"u{n}", sender=f"1069{n % 40}-{n // 80}")
    return [r for r in rows if r.get("source") != CENTRE or arrival(r) < at_s]


def test_excuse_stopped_feed(make: Any) -> None:
    """All of a feed's messages go missing at once when it stops; a campaign goes missing alone."""
    assert heaviest(found(make, *stopped(200.0), rule=without("stopped_feed"))) > 1.0
    assert heaviest(found(make, *stopped(200.0))) < 1.0
    assert heaviest(found(make, *stopped(200.0), *campaign())) < 1.0
    attack = about(found(make, *stopped(1000.0), *campaign()))
    assert len([f for f in attack if f.weight >= 1.0]) == 5


def test_without_any_record_of_an_operator_nothing_is_missing(make: Any) -> None:
    only_phones = [row for row in honest() if row.get("source") != CENTRE]
    assert found(make, *only_phones, *campaign()) == []
    assert found(make, *only_phones, *campaign(), rule=without("stopped_feed"))


def test_when_the_feed_slows_the_waits_grow_first(make: Any) -> None:
    rows: list[dict[str, Any]] = []
    for n in range(200):
        slow_s = 2.0 if n < 60 else 120.0
        rows += message(n * 4.0, slow_s, device=f"s{n}", sender=f"1069{n % 10}-{n // 20}")
    assert found(make, *rows) == []
    assert heaviest(found(make, *rows, rule=without("stopped_feed"))) > 1.0
    assert len(about(found(make, *rows, *campaign()))) == 6


def test_a_hole_that_the_feed_gets_over_is_no_campaign(make: Any) -> None:
    rows: list[dict[str, Any]] = []
    for n in range(240):
        rows += message(n * 3.0, device=f"g{n}", sender=f"1069{n % 4}-{n // 12}")
    lost = [r for r in rows if r.get("source") == CENTRE and 300.0 <= arrival(r) < 480.0]
    assert heaviest(found(make, *(r for r in rows if r not in lost))) < 1.0


def test_two_campaigns_at_once_are_no_hole(make: Any) -> None:
    second = campaign(at_s=205.5, sender="10086", content_hash=FAR_HASH)
    findings = found(make, *honest(every_s=5.0, count=90), *campaign(), *second)
    assert min(heaviest(about(findings)), heaviest(about(findings, "10086"))) > 1.0


# --- records that get lost, senders on other routes, the other SIM --------------------------------


def test_excuse_incomplete(make: Any) -> None:
    """Where every other record is lost, two that miss theirs are no wonder."""
    rows: list[dict[str, Any]] = []
    for n in range(200):
        pair = message(n * 3.0, device=f"l{n}", sender=f"1069{n % 10}")
        rows += pair[: 1 + n // 10 % 2]
    pairs = [spam(205.0 + n, device=f"p{n}", sender="95555") for n in range(2)]
    assert heaviest(about(found(make, *rows, *pairs), "95555")) < 1.0
    strict = PhantomSms(excuse_incomplete=False)
    assert heaviest(about(found(make, *rows, *pairs, rule=strict), "95555")) > 1.0
    assert heaviest(about(found(make, *honest(), *campaign()))) > 1.5
    assert sum(f.weight for f in about(found(make, *rows, *campaign(20)))) > 6.0


def test_excuse_uncovered_sender(make: Any) -> None:
    """Senders on a route past the centre miss all their records; one that is covered doesn't."""
    past: list[dict[str, Any]] = []
    for n in range(60):
        past.append({"device": f"p{n}", "sender": f"852{n // 3}", "at_s": 2.0 * n})
    newcomer = campaign(3, at_s=320.0, sender="85299")
    other = PhantomSms(excuse_uncovered_sender=False, excuse_stopped_feed=False)
    ours = PhantomSms(excuse_stopped_feed=False)
    assert heaviest(about(found(make, *honest(), *past, *newcomer, rule=other), "85299")) > 1.5
    assert heaviest(about(found(make, *honest(), *past, *newcomer, rule=ours), "85299")) < 1.0
    known = []
    for n in range(8):
        known += message(5.0 + n, device=f"k{n}", content_hash=f"{0xFF00FF00 << n:016x}")
    attack = campaign(3, at_s=320.0, content_hash=FAR_HASH)
    assert heaviest(about(found(make, *honest(), *past, *known, *attack, rule=ours))) > 1.0


def test_excuse_other_sim(make: Any) -> None:
    """The centre of the cell's network knows nothing of what the other SIM's operator sends."""
    second = campaign(subscription_mnc=1)
    assert found(make, *honest(), *second) == []
    assert heaviest(found(make, *honest(), *second, rule=without("other_sim"))) > 1.0
    its_own = honest(subscription_mnc=1)
    its_own = [{**row, "device": f"2{row['device']}"} for row in its_own]
    assert heaviest(found(make, *honest(), *its_own, *second)) > 1.0


def test_excuse_served(make: Any) -> None:
    """An honest sender past the centre: its receivers are on honest cells and report at once."""
    at_once = [spam(700.0 + n, device=f"v{n}", rx_s=701.0 + n) for n in range(12)]
    rows = [
        row if row.get("source") == CENTRE else {**row, "rx_s": row["at_s"] + 1.0}
        for row in honest(count=90)
    ]
    assert heaviest(about(found(make, *rows, *at_once))) < 0.5
    assert heaviest(about(found(make, *rows, *at_once, rule=without("served")))) > 1.0
    assert heaviest(about(found(make, *rows, *campaign(12, at_s=700.0)))) > 1.0


def test_without_a_subscription_the_cells_network_is_the_operator(make: Any) -> None:
    nobodys: dict[str, Any] = {"subscription_mcc": None, "subscription_mnc": None}
    assert len(found(make, *honest(), spam(**nobodys))) == 1
    assert found(make, *honest(), spam(**nobodys, mcc=None, mnc=None)) == []


# --- complaints -------------------------------------------------------------------------------


def complaint(at_s: float = 300.0, reported_s: float = 900.0, **row: Any) -> dict[str, Any]:
    rough: dict[str, Any] = {"rat": None, "mcc": None, "mnc": None, "area": None, "cell": None}
    return spam(at_s, rx_s=reported_s, source=COMPLAINT, accuracy_m=500.0, **rough, **row)


def complaints(count: int = 8, **row: Any) -> list[dict[str, Any]]:
    return [complaint(300.0, 900.0 + n, device=f"c{n}", **row) for n in range(count)]


def centre_only(count: int = 8) -> list[dict[str, Any]]:
    """Records of other messages to those who complain."""
    fixed = {"source": CENTRE, "sender": "10010"}
    return [{"device": f"c{n}", "at_s": 100.0 + 90.0 * n, **fixed} for n in range(count)]


def test_complaints_count_without_any_phones_record(make: Any) -> None:
    findings = found(make, *centre_only(), *complaints())
    assert [f.values["by"] for f in findings] == ["complaint"] * 8
    assert all(f.weight >= 1.0 for f in findings[1:])
    assert all(f.place.reach_m == 500.0 and f.place.accuracy_m is None for f in findings)
    assert findings[0].rx_ts - make.t0_ms == 915_000


def test_a_complaint_weighs_less_than_a_phones_record(make: Any) -> None:
    reported = heaviest(found(make, *honest(), *campaign()))
    by_people = heaviest(found(make, *honest(), *centre_only(), *complaints()))
    assert 0.0 < by_people < reported


def test_complaints_of_what_the_centre_sent_say_nothing(make: Any) -> None:
    sent = [
        {"device": f"c{n}", "at_s": 60.0 + 50.0 * n, "source": CENTRE, "content_hash": "1ff"}
        for n in range(8)
    ]
    assert found(make, *centre_only(), *sent, *complaints()) == []
    late = [{**row, "rx_s": 905.0} for row in sent]
    assert found(make, *centre_only(), *late, *complaints()) == []
    others = [{**row, "content_hash": FAR_HASH} for row in sent]
    assert len(found(make, *centre_only(), *others, *complaints())) == 8


def test_without_the_centres_life_complaints_say_nothing(make: Any) -> None:
    assert found(make, *complaints()) == []
    before = [{**row, "at_s": row["at_s"] - 1500.0} for row in centre_only()]
    assert found(make, *before, *complaints()) == []


def test_a_complaint_beside_the_phones_own_record_counts_once(make: Any) -> None:
    twice = [complaint(210.0, device=f"v{n}") for n in range(6)]
    alone = found(make, *honest(), *campaign())
    assert found(make, *honest(), *campaign(), *twice) == alone
    again = [complaint(300.0, 950.0 + n, device="c0") for n in range(5)]
    findings = found(make, *centre_only(), complaint(device="c1"), *again)
    assert sorted(finding.who for finding in findings) == ["c0", "c1"]


def test_a_complaint_of_long_ago_cannot_be_checked(make: Any) -> None:
    old = [complaint(300.0, 3300.0 + n, device=f"c{n}") for n in range(8)]
    assert found(make, *centre_only(), *old) == []
    assert len(found(make, *centre_only(), *complaints())) == 8


# --- place and claim --------------------------------------------------------------------------


def test_the_cell_gives_the_place_where_the_phone_does_not(make: Any) -> None:
    (finding,) = found(make, *honest(), spam(lat=None, lon=None))
    assert (finding.place.lat, finding.place.lon) == make.at()
    assert finding.place.reach_m == 1000.0


def test_without_a_cell_there_is_no_place(make: Any) -> None:
    gone: dict[str, Any] = {"lat": None, "lon": None, "area": None, "cell": None}
    (finding,) = found(make, *honest(**gone), spam(**gone))
    assert finding.place is None


@pytest.mark.parametrize(
    ("cell", "claimed"),
    [
        ({"rat": LTE}, None),
        ({"rat": GSM, "area": 61001, "cell": 7}, Identity("gsm", 460, 0, 61001, 7)),
        ({"rat": GSM, "area": 61001, "cell": None}, Identity("gsm", 460, 0, 61001)),
        ({"rat": GSM, "cell": None}, None),
        ({"rat": None}, None),
        ({"mcc": 262, "area": 61001}, None),
    ],
)
def test_only_an_identity_that_the_register_lacks_is_a_claim(
    make: Any, cell: dict[str, Any], claimed: Identity | None
) -> None:
    assert [f.claimed for f in found(make, *honest(), spam(**cell))] == [claimed]


@pytest.mark.parametrize(
    ("same", "others", "cell"),
    [(8, 0, CLONED), (8, 3, CLONED), (4, 0, None), (6, 6, None)],
)
def test_most_of_a_campaign_on_one_listed_cell_name_as_whom_it_is_sent(
    make: Any, same: int, others: int, cell: str | None
) -> None:
    elsewhere = {"rat": LTE, "area": 4100, "cell": 1002}
    rows = campaign(same, 205.0, rat=LTE)
    rows += [
        {**row, **elsewhere, "device": f"o{n}"} for n, row in enumerate(campaign(others, 205.0))
    ]
    findings = about(found(make, *honest(), *rows))
    assert len(findings) == same + others
    named = {str(finding.values.get(SENT_FROM)) for finding in findings}
    assert named == ({"None"} if cell is None else {"None", cell})
    newest = [finding for finding in findings if finding.who == f"v{same - 1}"]
    assert [finding.values.get(SENT_FROM) for finding in newest] == [cell]
    # The cell is honest, or isn't: that is weighed elsewhere.
    assert {finding.claimed for finding in findings if finding.who.startswith("v")} == {None}


def test_few_who_name_a_cell_speak_for_no_others(make: Any) -> None:
    """Three of them may be hostile, and one honest on the cell that they name."""
    rows = campaign(5, 205.0, rat=LTE)
    rows += [{**row, "device": f"o{n}"} for n, row in enumerate(campaign(24, 205.0, cell=None))]
    findings = about(found(make, *honest(), *rows))
    assert len(findings) == 29
    assert {finding.values.get(SENT_FROM) for finding in findings[-9:]} == {None}


def test_of_records_that_came_first_every_second_is_passed_on(make: Any) -> None:
    rows: list[dict[str, Any]] = []
    for n in range(400):
        rows += message(float(n), -0.5, device=f"e{n}", sender=f"1069{n}")
    observations = make.screen(PhantomSms(), make.sms(*sorted(rows, key=arrival))).observations
    assert {observation.kind for observation in observations} == {"vouched"}
    assert 140 < len(observations) < 260
    late = make.screen(PhantomSms(), make.sms(*honest())).observations
    assert [observation.kind for observation in late] == ["seen", "vouched"] * 30


def test_the_weight_follows_from_the_shares(make: Any) -> None:
    """Thirty recorded of thirty, no other sender: one in 85 gets lost, one in 85 passes by."""
    rule = PhantomSms(excuse_stopped_feed=False)
    second = about(found(make, *honest(count=20), *campaign(2), rule=rule))[-1]
    lost = past = 0.4 / 24.0
    assert second.weight == pytest.approx(min(3.0, -log(past + (1 - past) * lost**2)), abs=0.001)
