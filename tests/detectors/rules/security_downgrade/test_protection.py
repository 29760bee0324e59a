"""Grades of algorithms, what a network is wont to use, and bounds of both memories."""

from typing import Any

from detectors.features.rows.serving import LISTED
from detectors.model.codes import CIPHERS, INTEGRITIES, code_of
from detectors.rules.security_downgrade.ledger import Ledger
from detectors.rules.security_downgrade.protection import (
    CIPHER_GRADES,
    GOOD,
    INTEGRITY_GRADES,
    NO_GRADE,
    NULL,
    WEAK,
    Phone,
    Step,
    Terms,
)

TERMS = Terms(20_000.0, 900_000, doubts=False)


def test_grades() -> None:
    graded = {name: int(CIPHER_GRADES[code_of(name, CIPHERS)]) for name in CIPHERS}
    assert {name for name, grade in graded.items() if grade == WEAK} == {"A5/1", "A5/2"}
    assert {graded[name] for name in ("A5/0", "EEA0", "NEA0")} == {NULL}
    assert {graded[name] for name in ("A5/3", "EEA2")} == {GOOD}
    assert WEAK not in INTEGRITY_GRADES
    assert INTEGRITY_GRADES[code_of("EIA0", INTEGRITIES)] == NULL
    assert CIPHER_GRADES[0] == INTEGRITY_GRADES[0] == NO_GRADE


def step(cell: int, cipher: int, rx: int = 0) -> Step:
    where = (3, 460, 0, 4100, cell)
    return Step(0, where, LISTED, "a", rx, rx, False, False, 0, 0, cipher, NO_GRADE)


def test_what_is_good_counts_once_and_what_is_not_once_a_cell() -> None:
    for grade, times in ((GOOD, 1), (WEAK, 5), (NULL, 5)):
        phone = Phone()
        news = [phone.observe(step(cell, grade), TERMS) for cell in (1, 2, 3, 4, 5, 1, 2)]
        assert sum(len(each) for each in news) == times


def test_it_is_news_again_after_the_horizon() -> None:
    phone = Phone()
    times = (0, 900_000, 900_001, 1_800_002)
    assert [bool(phone.observe(step(1, WEAK, rx), TERMS)) for rx in times] == [
        True,
        False,
        True,
        True,
    ]


def test_one_that_is_bare_on_many_cells_is_doubted() -> None:
    phone = Phone()
    doubting = TERMS._replace(doubts=True)
    news = [bool(phone.observe(step(cell, NULL), doubting)) for cell in range(5)]
    assert news == [True, True, False, False, False]


def test_a_phone_remembers_a_few_cells() -> None:
    phone = Phone()
    for cell in range(500):
        phone.observe(step(cell, NULL), TERMS._replace(doubts=cell % 2 == 0))
    assert len(phone.reported) <= 32
    assert max(len(cells) for cells in phone.bare_cells.values()) <= 8


def test_habits_are_by_network_and_aspect_and_fade(make: Any) -> None:
    ledger, observation = Ledger(), make.observation()
    ledger.of(observation, "cipher").counts = [1.0, 2.0, 5.0]
    assert ledger.of(observation, "cipher").no_better(WEAK) == (3.0, 8.0)
    assert ledger.of(observation, "integrity").no_better(GOOD) == (0.0, 0.0)
    ledger.halve(observation.rx_ts, 3_600_000.0)
    ledger.halve(observation.rx_ts + 3_599_999, 3_600_000.0)
    assert ledger.of(observation, "cipher").no_better(NULL) == (0.5, 4.0)
    ledger.halve(observation.rx_ts + 3_600_000, 3_600_000.0)
    assert ledger.of(observation, "cipher").no_better(GOOD) == (2.0, 2.0)
    for mnc in range(999):
        ledger.of(make.observation(claimed=make.claimed(mnc=mnc)), "cipher")
    assert len(ledger.usual) == 256
