"""What counts as less protection than a network gives, how that is learned, and excuses."""

from math import log
from typing import Any

import pytest

from detectors.model.codes import GSM
from detectors.model.finding import Identity
from detectors.rules import ROOMS
from detectors.rules.sample_town import Row
from detectors.rules.security_downgrade.rule import SecurityDowngrade
from detectors.rules.security_downgrade.samples import CORE, DEVICE, FAKE, code, secured, town

WORDS = ROOMS["security_downgrade"].words
ACCEPT, REJECT = 1, 2


def found(make: Any, rows: list[Row], rule: Any = None, register: Any = None) -> list[Any]:
    return make.found(rule or SecurityDowngrade(), make.signalling(*rows), register)


def test_a_null_cipher_where_the_network_ciphers(make: Any) -> None:
    (finding,) = found(make, [*town("EEA2"), secured("EEA0", at_s=50, **FAKE)])
    assert finding.claimed == Identity("lte", 460, 0, 61001, 7)
    assert finding.values["algorithm"] == "EEA0"
    assert (finding.weight, finding.cap, finding.space) == (2.0, 5.0, "subscriber")


def test_a_weak_cipher_is_graded_between(make: Any) -> None:
    where = {"rat": GSM}
    strong = town("A5/3", **where)
    for row, (cipher, weight) in enumerate((("A5/1", 2.0), ("A5/0", 2.0))):
        (finding,) = found(make, [*strong, secured(cipher, at_s=60 + row, **where, **FAKE)])
        assert finding.weight == weight
    mixed = [*town("A5/3", 30, **where), *town("A5/1", 10, first=30, **where)]
    last = found(make, [*mixed, secured("A5/1", at_s=60, **where, **FAKE)])[-1]
    assert last.weight == pytest.approx(log(42 / 11), abs=0.01)


def test_without_a_norm_a_cipher_says_nothing(make: Any) -> None:
    assert found(make, [secured("EEA0", **FAKE)]) == []
    assert found(make, [*town("EEA2", 9), secured("EEA0", at_s=50, **FAKE)]) == []


def test_null_integrity_is_odd_from_the_first(make: Any) -> None:
    (finding,) = found(make, [secured("EEA0", "EIA0", **FAKE)])
    assert (finding.values["aspect"], finding.weight) == ("integrity", 2.0)
    refused = secured("EEA0", "EIA0", outcome=REJECT, **FAKE)
    assert found(make, [refused]) == []


def test_the_cores_choices_count_for_the_norm_by_a_sample(make: Any) -> None:
    core = [secured("EEA2", subscriber=f"c{n}", source=CORE, at_s=n / 20) for n in range(2000)]
    observations = make.screen(SecurityDowngrade(), make.signalling(*core)).observations
    assert 10 < len(observations) < 70
    (finding,) = found(make, [*core, secured("EEA0", at_s=200, **FAKE)])
    assert finding.weight == 2.0
    bare = [secured("EEA0", subscriber=f"c{n}", source=CORE, at_s=n / 20) for n in range(2000)]
    assert found(make, bare) == []


def test_what_a_made_up_cell_does_is_no_observation(make: Any) -> None:
    rogue = [secured("EEA0", subscriber=f"r{n}", at_s=50 + n / 10, **FAKE) for n in range(100)]
    findings = found(make, [*town("EEA2"), *rogue])
    assert len(findings) == 100
    assert {f.weight for f in findings} == {2.0}


def test_a_phone_says_the_same_once(make: Any) -> None:
    rows = [
        *town("EEA2"),
        *(secured("EEA0", subscriber="d", at_s=50 + n, **FAKE) for n in range(9)),
    ]
    assert len(found(make, rows)) == 1
    again = [*rows, secured("EEA0", subscriber="d", at_s=2000, **FAKE)]
    assert len(found(make, again)) == 2


def updated(*between: Row, who: str, at_s: float, **where: Any) -> list[Row]:
    """A location update in GSM, with what lay between request and accept."""
    update = {"procedure": code("location_update"), "outcome": None}
    rows = [update, *between, {**update, "outcome": ACCEPT}]
    fixed = {"rat": GSM, "source": DEVICE, "subscriber": who, "outcome": None, **where}
    return [{**fixed, "at_s": at_s + n / 4, **row} for n, row in enumerate(rows)]


CHALLENGE = {"procedure": code("authentication_request")}


def test_an_update_without_any_authentication(make: Any) -> None:
    honest = [r for n in range(20) for r in updated(CHALLENGE, who=f"h{n}", at_s=float(n))]
    (finding,) = found(make, [*honest, *updated(who="d", at_s=50.0, **FAKE)])
    assert finding.values["aspect"] == "authentication"
    assert finding.weight == 2.0
    assert found(make, [*honest, *updated(CHALLENGE, who="d", at_s=50.0, **FAKE)]) == []
    skipping = [r for n in range(20) for r in updated(who=f"h{n}", at_s=float(n))]
    assert found(make, [*skipping, *updated(who="d", at_s=50.0, **FAKE)]) == []


# Innocent causes: what each excuse prevents, and the attack that it must not hide.


def test_networks_that_cipher_little(make: Any) -> None:
    """F26: where nobody is ciphered, one more says nothing; nor do testbeds without a cipher."""
    rows = [*town("EEA0"), secured("EEA0", at_s=50, **FAKE)]
    assert found(make, rows) == []
    assert found(make, rows, SecurityDowngrade(excuse_usual=False)) != []
    some = [*town("EEA2", 30), *town("EEA0", 10, first=30)]
    last = found(make, [*some, secured("EEA0", at_s=50, **FAKE)])[-1]
    assert last.weight == pytest.approx(log(42 / 11), abs=0.01)


def test_a_port_that_is_misread(make: Any) -> None:
    """F16: a phone that always seems unprotected, wherever it goes."""
    register = make.register(*({"area": 4100, "cell": 2000 + n, "rat": 3} for n in range(10)))
    walk = [secured("EEA0", subscriber="d", at_s=50 + n, cell=2000 + n) for n in range(10)]
    rows = [*town("EEA2"), *walk]
    assert len(found(make, rows, register=register)) == 2
    assert len(found(make, rows, SecurityDowngrade(excuse_parsers=False), register)) == 10
    clone = [secured("EEA0", subscriber=f"d{n}", at_s=50 + n, cell=2000) for n in range(10)]
    assert len(found(make, [*town("EEA2", 80), *clone], register=register)) == 10


def test_it_says_what_was_seen() -> None:
    values = {"aspect": "cipher", "algorithm": "EEA0"}
    assert WORDS["en"].sentence("1 phone", "LTE 460-00 TAC 61001", values) == (
        "1 phone had to use EEA0 on LTE 460-00 TAC 61001, less protection than the network gives"
    )
