"""Which exposures a network explains by proving itself, which shares are odd, and excuses.

Long because its exposures, shares and excuses are tried on the same connections.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from detectors.model.codes import CIPHERS, GSM, INTEGRITIES, LTE
from detectors.model.finding import Identity
from detectors.rules import ROOMS
from detectors.rules.identity_exposure.exposing import EXPOSING_CAUSES, exposure_score, surprise
from detectors.rules.identity_exposure.rule import IdentityExposure
from detectors.rules.identity_exposure.samples import (
    ABORT,
    ACCEPT,
    ACCEPTED,
    ASKED,
    ATTACH,
    CHALLENGED,
    CORE,
    FAKE,
    MAC_FAILURE,
    REJECT,
    SECURED,
    code,
    shown,
)
from detectors.rules.sample_town import Row

WORDS = ROOMS["identity_exposure"].words
NOT_GIVEN = {"area": 0, "cell": 0xFFFFFFF}
EVERY_ONE = {"sample_one_in": 1}


def rejected(cause: int | None, procedure: str = "attach") -> Row:
    return {"procedure": code(procedure), "outcome": REJECT, "cause": cause}


def found(make: Any, rows: Iterable[Row], rule: Any = None, register: Any = None) -> list[Any]:
    ordered = sorted(rows, key=lambda row: float(row["at_s"]))
    batch = make.signalling(*ordered)
    return make.found(rule or IdentityExposure(), batch, register)


def reasons(findings: list[Any]) -> list[Any]:
    return [(f.values["kind"], f.values["reason"]) for f in findings]


def test_a_network_that_fails_its_own_authentication(make: Any) -> None:
    (finding,) = found(make, shown(ATTACH, ASKED, CHALLENGED, MAC_FAILURE, **FAKE))
    assert reasons([finding]) == [("unproven", "mac_failure")]
    assert finding.claimed == Identity("lte", 460, 0, 61001, 7)
    assert (finding.weight, finding.cap, finding.space) == (2.0, 6.5, "subscriber")


def test_a_phone_out_of_step_is_no_failure_of_the_network(make: Any) -> None:
    out_of_step = {**MAC_FAILURE, "cause": 21}
    rows = shown(ATTACH, CHALLENGED, out_of_step, CHALLENGED, SECURED, ACCEPTED, **FAKE)
    assert found(make, rows) == []


@pytest.mark.parametrize("proof", [SECURED, ACCEPTED])
def test_a_network_that_proves_itself_may_ask(make: Any, proof: Row) -> None:
    rows = shown(ATTACH, ASKED, CHALLENGED, proof) + shown(ATTACH, at_s=60.0)
    assert found(make, rows) == []
    without = shown(ATTACH, ASKED, CHALLENGED) + shown(ATTACH, at_s=60.0)
    assert reasons(found(make, without)) == [("unproven", "identity_request")]


def test_integrity_without_a_key_proves_nothing(make: Any) -> None:
    bare = {**SECURED, "integrity": INTEGRITIES.index("EIA0") + 1}
    refused = {"procedure": code("security_mode"), "outcome": REJECT}
    for proof in ([bare], [SECURED, refused]):
        rows = shown(ATTACH, ASKED, *proof, **FAKE) + shown(ATTACH, at_s=60.0)
        assert reasons(found(make, rows)) == [("unproven", "identity_request")]


@pytest.mark.parametrize(
    ("proof", "proves"),
    [
        (CHALLENGED, True),
        ({"procedure": code("security_mode"), "cipher": CIPHERS.index("A5/1") + 1}, True),
        ({"procedure": code("security_mode"), "cipher": CIPHERS.index("A5/0") + 1}, False),
        ({"procedure": code("location_update"), "outcome": ACCEPT}, False),
    ],
)
def test_what_proves_a_network_in_gsm(make: Any, proof: Row, proves: bool) -> None:
    update = {"procedure": code("location_update")}
    where = {"rat": GSM, **FAKE}
    rows = shown(update, ASKED, proof, **where) + shown(update, at_s=60.0, **where)
    assert (found(make, rows) == []) is proves


def test_a_phone_led_from_one_made_up_cell_to_another(make: Any) -> None:
    lure, last = {"area": 61000, "cell": 6}, {"rat": GSM, "lat": 39.9, "lon": 116.4, **FAKE}
    accept = {"procedure": code("location_update"), "outcome": ACCEPT}
    rows = shown(ASKED, **lure) + shown(ASKED, accept, at_s=2.0, **last)
    assert [f.claimed.cell for f in found(make, rows)] == [6, 7]


def test_the_cores_own_message_proves_a_cell(make: Any) -> None:
    asked = shown(ATTACH, ASKED)
    served = shown(ACCEPTED, at_s=2.0, source=CORE)
    later = shown(ATTACH, at_s=60.0)
    assert found(make, asked + served + later) == []
    elsewhere = shown(ACCEPTED, at_s=40.0, source=CORE)
    (finding,) = found(make, shown(ATTACH, ASKED, **FAKE) + elsewhere)
    assert (finding.rx_ts - finding.ts, finding.claimed.cell) == (39_500, 7)


def test_a_cell_change_on_the_way_does_not_end_a_connection(make: Any) -> None:
    before, after = shown(ATTACH, ASKED, cell=1999), shown(SECURED, ACCEPTED, at_s=2.0)
    assert found(make, before + after + shown(ATTACH, at_s=60.0)) == []


def test_how_well_the_cell_is_known_decides_the_weight(make: Any) -> None:
    def weight(*rows: Row, **where: Any) -> float:
        (finding,) = found(make, shown(ATTACH, *rows, **where))
        return float(finding.weight)

    for rows in ([ASKED, {**ATTACH, "outcome": ABORT}], [rejected(3)], [MAC_FAILURE]):
        unlisted, not_given, listed = (
            weight(*rows, **FAKE),
            weight(*rows, **NOT_GIVEN),
            weight(*rows),
        )
        assert unlisted >= not_given >= listed > 0
    assert weight(rejected(3)) < 1.0 <= weight(MAC_FAILURE)


def test_a_cell_that_is_not_given_claims_nothing(make: Any) -> None:
    (finding,) = found(make, shown(ATTACH, MAC_FAILURE, **NOT_GIVEN))
    assert (finding.claimed, finding.place) == (None, None)


def test_a_captured_phone_is_about_where_it_was_last_served(make: Any) -> None:
    rows = shown(ATTACH, ACCEPTED) + shown(ATTACH, MAC_FAILURE, at_s=60.0, **FAKE)
    (finding,) = found(make, rows)
    assert (finding.place.lat, finding.place.lon) == make.at()
    lat, lon = make.at(500.0)
    (finding,) = found(make, shown(ATTACH, MAC_FAILURE, lat=lat, lon=lon, accuracy_m=9.0, **FAKE))
    assert (finding.place.lon, finding.place.accuracy_m) == (lon, 9.0)


@pytest.mark.parametrize(("rat", "procedure"), sorted(EXPOSING_CAUSES))
def test_which_rejects_expose(make: Any, rat: int, procedure: str) -> None:
    causes = set(EXPOSING_CAUSES[rat, procedure])
    for cause in (*sorted(causes), 22, 10, None):
        rows = shown({"procedure": code(procedure)}, rejected(cause, procedure), rat=rat, **FAKE)
        assert bool(found(make, rows)) == (cause is None or cause in causes), cause


def test_other_exposing_messages(make: Any) -> None:
    for message, reason in (
        ({"procedure": code("authentication_reject")}, "authentication_reject"),
        ({"procedure": code("detach"), "outcome": ABORT}, "detach"),
    ):
        assert reasons(found(make, shown(ATTACH, message, **FAKE))) == [("unproven", reason)]
    assert found(make, shown({"procedure": code("detach")}, **FAKE)) == []
    imei = {**ASKED, "identity_type": 2}
    assert found(make, shown(ATTACH, imei, **FAKE) + shown(ATTACH, at_s=60.0, **FAKE)) == []


def test_a_protected_reject_is_the_networks_own(make: Any) -> None:
    assert found(make, shown(ATTACH, SECURED, rejected(8), **FAKE)) == []


def connections(count: int, exposed: int, at_s: float = 0.0, **where: Any) -> list[Row]:
    """So many phones within half a minute, all proved to, ``exposed`` of them asked first."""
    rows = []
    for n in range(count):
        more = (ASKED,) if (n + 1) * exposed // count > n * exposed // count else ()
        who = f"{where.get('cell', 0)}-{at_s}-{n}"
        rows += shown(
            ATTACH, *more, SECURED, ACCEPTED, who=who, at_s=at_s + 25.0 * n / count, **where
        )
    return rows


def test_a_share_of_exposures_that_the_network_never_has(make: Any) -> None:
    rule = IdentityExposure(**EVERY_ONE)
    findings = found(make, connections(20, 15, **FAKE), rule)
    assert {kind for kind, _ in reasons(findings)} == {"ratio"}
    assert len({f.who for f in findings}) == 15
    assert all(f.weight == 2.0 for f in findings)


def test_ten_connections_are_too_few_for_a_share(make: Any) -> None:
    rule = IdentityExposure(**EVERY_ONE)
    assert found(make, connections(10, 10, **FAKE), rule) == []
    assert found(make, connections(11, 11, **FAKE), rule) != []


def test_a_sample_of_connections_gives_the_share_on_average(make: Any) -> None:
    rows = connections(400, 0, **FAKE)
    observations = make.screen(
        IdentityExposure(sample_one_in=4), make.signalling(*rows)
    ).observations
    assert 400 * 0.18 < len(observations) < 400 * 0.32
    assert {observation.kind for observation in observations} == {"connection"}
    assert (
        len(make.screen(IdentityExposure(**EVERY_ONE), make.signalling(*rows)).observations) == 400
    )


def test_one_phone_counts_once_a_minute(make: Any) -> None:
    rows = [row for n in range(40) for row in shown(ATTACH, ASKED, SECURED, at_s=2.0 * n, **FAKE)]
    assert found(make, rows, IdentityExposure(**EVERY_ONE)) == []


# Innocent causes: what each excuse prevents, and the attack that it must not hide.


def test_ordinary_rejects(make: Any) -> None:
    """F36: a few per cent of a busy cell's connections end in a reject."""
    rows = connections(200, 6)
    assert found(make, rows, IdentityExposure(**EVERY_ONE)) == []
    off = IdentityExposure(excuse_ordinary_rejects=False, **EVERY_ONE)
    assert found(make, rows, off) != []
    assert found(make, connections(200, 60), IdentityExposure(**EVERY_ONE)) != []


def quirky(cells: int, of_ten: int, at_s: float) -> list[Row]:
    """Ten phones on each of many listed cells, some of them asked and not proved to."""
    rows = []
    for cell in range(cells):
        for n in range(10):
            more = (ASKED, {**ATTACH, "outcome": ABORT}) if n < of_ten else (SECURED, ACCEPTED)
            where = {"cell": 2000 + cell, "who": f"{cell}-{n}", "at_s": at_s + cell + n / 10}
            rows += shown(ATTACH, *more, **where)
    return rows


def many_cells(make: Any, count: int = 100) -> Any:
    return make.register(*({"rat": LTE, "area": 4100, "cell": 2000 + n} for n in range(count)))


@pytest.mark.slow
def test_a_network_that_is_wont_to_ask(make: Any) -> None:
    """F14: where half of the connections are such, one more says next to nothing."""
    rows = quirky(100, 5, 0.0) + quirky(1, 1, 600.0)
    rule = IdentityExposure(excuse_core_restart=False, **EVERY_ONE)
    off = IdentityExposure(excuse_core_restart=False, excuse_quirks=False, **EVERY_ONE)
    excused = found(make, rows, rule, many_cells(make))[-1]
    counted = found(make, rows, off, many_cells(make))[-1]
    assert excused.values["kind"] == counted.values["kind"] == "unproven"
    assert excused.weight < 0.8 < counted.weight == 1.0
    honest = quirky(100, 0, 0.0) + shown(ATTACH, MAC_FAILURE, at_s=600.0, **FAKE)
    assert [f.weight for f in found(make, honest, rule, many_cells(make))] == [2.0]


def test_a_core_that_restarts(make: Any) -> None:
    """F23: all cells ask all phones at once; a rogue does it alone."""
    rows = [
        r for c in range(40) for r in connections(15, 14, at_s=c / 10, area=4100, cell=2000 + c)
    ]
    excused = found(make, rows, IdentityExposure(**EVERY_ONE), many_cells(make))
    off = IdentityExposure(excuse_core_restart=False, excuse_quirks=False, **EVERY_ONE)
    assert len(excused) < 0.1 * len(found(make, rows, off, many_cells(make)))
    rows = [r for c in range(40) for r in connections(15, 0, at_s=c / 10, area=4100, cell=2000 + c)]
    alone = found(make, rows + connections(15, 14, **FAKE), IdentityExposure(**EVERY_ONE))
    assert len(alone) == 14


def test_crowds(make: Any) -> None:
    """F22: a stadium has as many exposures as a rogue, but not such a share."""
    rows = connections(800, 16)
    assert found(make, rows, IdentityExposure(**EVERY_ONE)) == []
    assert found(make, rows, IdentityExposure(excuse_crowds=False, **EVERY_ONE)) != []
    assert found(make, connections(800, 300), IdentityExposure(**EVERY_ONE)) != []


def test_an_inactive_sim(make: Any) -> None:
    """F12: the same phone is rejected at every cell, over and over; its neighbours aren't."""
    rows = [row for n in range(10) for row in shown(ATTACH, rejected(8), at_s=60.0 * n)]
    assert len(found(make, rows)) == 1
    assert len(found(make, rows, IdentityExposure(excuse_inactive_sims=False))) == 10
    others = [
        row for n in range(4) for row in shown(ATTACH, rejected(8), who=f"e{n}", at_s=9.0 * n)
    ]
    assert len({f.who for f in found(make, rows + others)}) == 5
    fake = [row for n in range(10) for row in shown(ATTACH, rejected(8), at_s=60.0 * n, **FAKE)]
    assert len(found(make, fake)) == 10


def test_steering_of_roaming(make: Any) -> None:
    """F34: home networks turn their subscribers away with these; a made-up cell does it too."""
    for cause in (11, 13, 15):
        rows = shown(ATTACH, rejected(cause))
        assert found(make, rows) == []
        assert len(found(make, rows, IdentityExposure(excuse_steering=False))) == 1
        assert len(found(make, shown(ATTACH, rejected(cause), **FAKE))) == 1


def test_congestion_exposes_nobody(make: Any) -> None:
    rows = [r for n in range(30) for r in shown(ATTACH, rejected(22), who=f"d{n}", at_s=n, **FAKE)]
    assert found(make, rows, IdentityExposure(**EVERY_ONE)) == []


def test_scores_rank_by_share_and_doubt_small_numbers() -> None:
    assert exposure_score(11, 11, 0.02) > exposure_score(3, 11, 0.02) > exposure_score(1, 50, 0.02)
    assert exposure_score(1, 1, 0.02) < exposure_score(10, 10, 0.02)
    assert exposure_score(5, 250, 0.02) == pytest.approx(0.0)
    assert surprise(0, 100, 0.02) == 0.0
    assert surprise(60, 60, 0.02) > surprise(12, 12, 0.02) > surprise(12, 60, 0.02)


def test_it_says_what_was_seen() -> None:
    sentence = WORDS["en"].sentence
    assert sentence("2 phones", "LTE 460-00 TAC 61001", {"kind": "ratio", "share": 0.75}) == (
        "2 phones had to identify themselves on LTE 460-00 TAC 61001, as 75% of all there did"
    )
    assert "authentication" in sentence("1 phone", "no known identity", {"reason": "mac_failure"})
