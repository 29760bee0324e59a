"""An SMS without the operator's record: the join, the norms, and the honest reasons to miss one."""

from math import log
from typing import Any

import pytest

from detectors.columns import Batch
from detectors.finding import Identity
from detectors.rules.phantom_sms import PhantomSms
from detectors.vocabulary import GSM, LTE

PHONE, CENTRE, COMPLAINT = 1, 2, 3
FAR_HASH = "ffffffffffffff00"


def honest(count: int = 8, **every: Any) -> list[dict[str, Any]]:
    """Ordinary messages of as many senders, each with its record two seconds later."""
    rows: list[dict[str, Any]] = []
    for n in range(count):
        row = {"device": f"h{n}", "sender": f"1069{n}", "at_s": n * 10.0, **every}
        rows += [{**row, "source": PHONE}, {**row, "source": CENTRE, "rx_s": n * 10.0 + 2}]
    return rows


def spam(at_s: float = 200.0, **row: Any) -> dict[str, Any]:
    return {"device": "victim", "at_s": at_s, **row}


def found(make: Any, *rows: dict[str, Any], rule: Any = None, **more: Any) -> list[Any]:
    return make.found(rule or PhantomSms(), make.sms(*rows), **more)


def kinds(make: Any, *rows: dict[str, Any]) -> list[str]:
    return [norm.kind for norm in make.screen(PhantomSms(), make.sms(*rows)).norms]


def test_a_message_without_a_record_fires_when_the_window_is_over(make: Any) -> None:
    (finding,) = found(make, *honest(), spam())
    assert (finding.space, finding.who, finding.family) == ("device", "victim", "sms")
    assert finding.ts == make.t0_ms + 200_000
    assert finding.rx_ts == make.t0_ms + 380_000
    assert finding.values == {"sender": "95588", "content": "00000000000000ff"}
    assert (finding.place.lat, finding.place.lon) == make.at(100.0)
    assert finding.source.offset == 16
    assert found(make, *honest(), spam(), until_s=380.0) == []
    assert len(found(make, *honest(), spam(), until_s=380.1)) == 1


def test_a_lone_missing_message_says_little(make: Any) -> None:
    (finding,) = found(make, *honest(), spam())
    assert finding.weight == PhantomSms().lone_weight


def test_of_several_alike_the_weight_is_how_seldom_all_are_missing(make: Any) -> None:
    def second(count: int, rule: Any = None) -> float:
        campaign = [spam(1000.0 + n, device=f"v{n}") for n in range(2)]
        weight: float = found(make, *honest(count), *campaign, rule=rule)[-1].weight
        return weight

    # One in ten senders may pass the centre by, else one in ten messages squared misses its record.
    assert second(8) == pytest.approx(-log(0.1 + 0.9 * 0.1**2), abs=0.001)
    assert second(60) == PhantomSms().max_weight
    assert second(60, PhantomSms(max_weight=1.5)) == 1.5


@pytest.mark.parametrize("rx_s", [200.0, 201.0, 379.0, 380.0])
def test_a_record_until_the_window_is_over_speaks_for_it(make: Any, rx_s: float) -> None:
    assert found(make, *honest(), spam(), spam(source=CENTRE, rx_s=rx_s)) == []


def test_a_record_may_come_first(make: Any) -> None:
    assert found(make, *honest(), spam(199.0, source=CENTRE), spam()) == []


def test_a_record_that_comes_too_late_does_not_undo_the_finding(make: Any) -> None:
    assert len(found(make, *honest(), spam(), spam(source=CENTRE, rx_s=381.0))) == 1


def test_records_older_than_the_horizon_are_forgotten(make: Any) -> None:
    def after(seconds: float) -> list[Any]:
        record = spam(0.0, source=CENTRE, message_ref="m1", device="victim")
        return found(make, record, *honest(), spam(seconds, message_ref="m1"))

    assert after(899.0) == []
    assert len(after(901.0)) == 1


def test_the_same_reference_joins_whatever_the_rest(make: Any) -> None:
    told = spam(message_ref="m1")
    record = spam(source=CENTRE, message_ref="m1", sender="other", content_hash=FAR_HASH)
    assert found(make, *honest(), told, record) == []


def test_another_reference_does_not_join(make: Any) -> None:
    told, record = spam(message_ref="m1"), spam(source=CENTRE, message_ref="m2")
    assert len(found(make, *honest(), told, record)) == 1


@pytest.mark.parametrize("without", ["told", "record", "both"])
def test_without_a_reference_sender_content_and_time_join(make: Any, without: str) -> None:
    told = spam(message_ref="m1" if without == "record" else None)
    record = spam(201.0, source=CENTRE, message_ref="m1" if without == "told" else None)
    assert found(make, *honest(), told, record) == []


@pytest.mark.parametrize(
    "other",
    [
        {"device": "somebody else"},
        {"sender": "95599"},
        {"content_hash": FAR_HASH},
        {"at_s": 19.0, "rx_s": 201.0},
    ],
    ids=["device", "sender", "content", "time"],
)
def test_the_record_of_another_message_does_not_join(make: Any, other: dict[str, Any]) -> None:
    record = {**spam(source=CENTRE), **other}
    assert [f.who for f in found(make, *honest(), spam(), record)] == ["victim"]


@pytest.mark.parametrize(("record_hash", "joins"), [("3f", True), ("7f", False)])
def test_similar_contents_are_the_same_message(make: Any, record_hash: str, joins: bool) -> None:
    told, record = spam(content_hash="00"), spam(source=CENTRE, content_hash=record_hash)
    assert (found(make, *honest(), told, record) == []) is joins


@pytest.mark.parametrize("unreadable", [None, "not hexadecimal"])
def test_without_a_content_sender_and_time_decide(make: Any, unreadable: str | None) -> None:
    told, record = spam(content_hash=unreadable), spam(source=CENTRE, content_hash="ff")
    assert found(make, *honest(), told, record) == []


def test_one_record_speaks_for_one_message(make: Any) -> None:
    rows = spam(200.0), spam(205.0), spam(206.0, source=CENTRE)
    assert kinds(make, *rows) == ["seen", "seen", "vouched"]
    first = kinds(make, spam(199.0, source=CENTRE), *rows[:2])
    assert sorted(first) == ["seen", "seen", "vouched"]
    assert kinds(make, *rows[1:], rows[2]) == ["seen", "vouched"]


def test_where_the_centre_sent_one_of_like_messages_the_others_say_nothing(make: Any) -> None:
    answered = [spam(100.0, device="early"), spam(100.0, device="early", source=CENTRE, rx_s=101.0)]
    assert found(make, *honest(), *answered, spam()) == []


def test_complaints_are_rough_and_join_nothing(make: Any) -> None:
    assert kinds(make, spam(source=COMPLAINT)) == []


def test_centre_records_alone_are_no_news(make: Any) -> None:
    assert kinds(make, *[row for row in honest() if row["source"] == CENTRE]) == []


def test_without_any_record_of_an_operator_nothing_is_missing(make: Any) -> None:
    only_phones = [row for row in honest() if row["source"] == PHONE]
    assert found(make, *only_phones, spam()) == []


def test_the_second_sims_operator_is_judged_by_its_own_records(make: Any) -> None:
    assert found(make, *honest(), spam(subscription_mnc=1)) == []
    second = [{**row, "device": f"2{row['device']}"} for row in honest(subscription_mnc=1)]
    (finding,) = found(make, *honest(), *second, spam(subscription_mnc=1))
    assert finding.who == "victim"


def test_without_a_subscription_the_cells_network_is_the_operator(make: Any) -> None:
    nobodys = {"subscription_mcc": None, "subscription_mnc": None}
    assert len(found(make, *honest(), spam(**nobodys))) == 1
    assert found(make, *honest(), spam(**nobodys, mcc=None, mnc=None)) == []


def test_senders_whose_messages_pass_the_centre_by_lower_the_weight(make: Any) -> None:
    past = [{"device": f"p{n}", "sender": f"+86{n}", "at_s": 90.0 + n} for n in range(8)]
    campaign = [spam(200.0 + n, device=f"v{n}") for n in range(3)]
    alone = found(make, *honest(), *campaign)[-1].weight
    beside_others = found(make, *honest(), *past, *campaign)[-1].weight
    assert 0.0 < beside_others < alone / 2


def test_like_messages_of_one_sender_are_one_group(make: Any) -> None:
    campaign = [spam(200.0 + n, device=f"v{n}", content_hash=f"{1 << n:x}") for n in range(20)]
    weights = [f.weight for f in found(make, *honest(), *campaign)]
    assert len(weights) == 20
    assert weights == sorted(weights)
    assert weights[0] < weights[1] < weights[-1] <= PhantomSms().max_weight


def test_unlike_messages_are_each_alone(make: Any) -> None:
    unlike = [spam(200.0, device="a"), spam(201.0, device="b", content_hash=FAR_HASH)]
    unlike += [spam(202.0, device="c", sender="95599")]
    assert {f.weight for f in found(make, *honest(), *unlike)} == {PhantomSms().lone_weight}


def test_a_feed_that_stopped_says_less_and_less(make: Any) -> None:
    """Pairs of like messages of forty senders, all of them honest and without a record."""
    unheard = [{"device": f"u{n}", "sender": f"20{n // 2}", "at_s": 200.0 + n} for n in range(80)]
    weights = [f.weight for f in found(make, *honest(20), *unheard)][1::2]
    assert weights[0] == max(weights)
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] < weights[0] / 4
    assert PhantomSms().cap < 7.0  # so never an alert of its own


def test_missing_records_within_covered_groups_lower_the_weight(make: Any) -> None:
    leaky = [{"device": f"l{n}", "sender": f"1069{n}", "at_s": 90.0 + n} for n in range(8)]
    campaign = [spam(200.0 + n, device=f"v{n}") for n in range(2)]
    tight = found(make, *honest(), *campaign)[-1].weight
    assert found(make, *honest(), *leaky, *campaign)[-1].weight < tight


def test_the_cell_tells_the_place_where_the_phone_does_not(make: Any) -> None:
    (finding,) = found(make, *honest(), spam(lat=None, lon=None))
    assert (finding.place.lat, finding.place.lon) == make.at()
    assert finding.place.reach_m == 1000.0


def test_without_a_cell_there_is_no_place(make: Any) -> None:
    gone = {"lat": None, "lon": None, "area": None, "cell": None}
    honest_placeless = honest(**gone)
    (finding,) = found(make, *honest_placeless, spam(**gone))
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


def test_what_it_remembers_of_an_operator_is_bounded(make: Any) -> None:
    rule = PhantomSms()
    ledger = rule.new_judgement()
    rows = [{"device": f"x{n}", "sender": f"s{n}", "at_s": n * 1.0} for n in range(400)]
    for norm in make.screen(rule, make.sms(*rows)).norms:
        rule.hear(ledger, norm)
        rule.judge(ledger, norm.rx_ts)
    late = [spam(at_s=500.0), spam(at_s=500.0, source=CENTRE, rx_s=900.0)]
    for norm in make.screen(rule, make.sms(*late)).norms:
        rule.judge(ledger, norm.rx_ts)
        rule.hear(ledger, norm)
    assert len(ledger.vouched) == 1
    rule.judge(ledger, make.t0_ms + 10_000_000)
    assert ledger.vouched == {}
    assert [len(groups) for groups in ledger.groups.values()] == [256]
    assert ledger.waiting == []


def joined_sms(make: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for n in range(6):
        row = {"device": f"h{n}", "sender": f"1069{n}", "at_s": 10.0 * n}
        rows += [row, {**row, "source": 2, "rx_s": 10.0 * n + 2}]
    return rows


def fires(make: Any) -> list[Batch]:
    """Six messages with their records, then three without."""
    return [make.sms(*joined_sms(make), *({"at_s": 100.0 + n} for n in range(3)))]


def silent(make: Any) -> list[Batch]:
    return [make.sms(*joined_sms(make))]
