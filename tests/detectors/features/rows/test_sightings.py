"""All cells in messages."""

from typing import Any

from detectors.features.rows.sightings import listed_of, sightings_of, unlisted_of
from detectors.model.codes import GSM, UMTS
from detectors.model.finding import Identity


def test_serving_cells_come_first_then_neighbours_as_they_stand(make: Any) -> None:
    near = [{"rat": GSM, "arfcn": 60, "pci": 7}, {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200}]
    known = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200, "cell": 11}
    batch = make.measurements({}, {"neighbours": near}, {"neighbours": [known], "area": 9})
    seen = sightings_of(make.facts(batch))
    assert seen.row.tolist() == [0, 1, 2, 1, 1, 2]
    assert seen.neighbour.tolist() == [False] * 3 + [True] * 3
    assert (seen.found >= 0).tolist() == [True, True, False, False, False, True]
    assert seen.is_full.tolist() == [True, True, True, False, False, True]
    assert seen.identity(3) == Identity("gsm", arfcn=60, pci=7)
    assert seen.identity(4) == Identity("gsm", 460, 0, 4200)


def test_a_batch_is_laid_out_once(make: Any) -> None:
    facts = make.facts(make.measurements({}))
    assert sightings_of(facts) is sightings_of(facts)
    assert sightings_of(make.facts(facts.batch, make.register_of())).found.tolist() == [-1]


def test_what_is_listed_and_what_is_not_comes_in_the_order_of_messages(make: Any) -> None:
    known = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200, "cell": 11}
    half = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200}
    near = [known, {**known, "cell": 12}, half]
    facts = make.facts(make.measurements({"neighbours": near}, {"cell": 7}, {}))
    listed, unlisted = listed_of(facts), unlisted_of(facts)
    assert list(zip(listed.row, listed.neighbour, strict=True)) == [(0, 0), (0, 1), (2, 0)]
    assert list(zip(unlisted.row, unlisted.cell, strict=True)) == [(0, 12), (1, 7)]


def test_of_messages_and_diagnostic_ports_only_full_identities(make: Any) -> None:
    sms = make.sms({}, {"source": 2}, {"cell": None}, {"rat": 0}, {"rat": UMTS})
    assert sightings_of(make.facts(sms)).row.tolist() == [0, 4]
    port = make.signalling({}, {"source": 3})
    assert sightings_of(make.facts(port)).row.tolist() == [1]
