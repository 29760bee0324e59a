"""Networks that can't be there, and those that only look so."""

from typing import Any

import msgspec
import pytest

from detectors.model.codes import GSM, LTE, NR, UMTS
from detectors.model.finding import Finding
from detectors.register.register import Register
from detectors.rules.impossible_network.rule import ImpossibleNetwork
from detectors.rules.impossible_network.samples import OWN


def found(make: Any, listed: Register | None = None, **row: Any) -> list[Finding]:
    return found_by(make, ImpossibleNetwork(), listed, **row)


def found_by(
    make: Any, rule: ImpossibleNetwork, listed: Register | None = None, **row: Any
) -> list[Finding]:
    findings: list[Finding] = make.found(rule, make.measurements({**OWN, **row}), listed)
    return findings


def reasons(findings: list[Finding]) -> list[Any]:
    return [finding.values["reason"] for finding in findings]


@pytest.mark.parametrize("mcc", [0, 2, 199, 800, 900, 902, 998])
def test_country_codes_that_nobody_has(make: Any, mcc: int) -> None:
    (finding,) = found(make, mcc=mcc, mnc=1)
    assert reasons([finding]) == ["no_such_network"]
    assert (finding.weight, finding.cap) == (1.5, 5.0)


@pytest.mark.parametrize("mcc", [200, 460, 799, 901])
def test_country_codes_that_somebody_has_or_may_have(make: Any, mcc: int) -> None:
    assert found(make, mcc=mcc, mnc=1) == []


def test_the_test_network(make: Any) -> None:
    assert reasons(found(make, mcc=1, mnc=1)) == ["test_network"]


def test_a_laboratory_takes_nobodys_phone(make: Any) -> None:
    (lab,), (nobody,) = found(make, mcc=1, mnc=1), found(make, mcc=899, mnc=1)
    assert lab.cap < 2.0 < nobody.cap


def test_what_the_register_has_is_real(make: Any) -> None:
    lab = {"rat": LTE, "mcc": 1, "mnc": 1, "area": 9, "cell": 9}
    assert found(make, make.register(lab), mcc=1, mnc=1, area=9, cell=9) == []


def test_a_neighbour_with_its_network(make: Any) -> None:
    near = {"rat": GSM, "mcc": 1, "mnc": 1, "signal_dbm": -70.0}
    (finding,) = make.found(ImpossibleNetwork(), make.measurements({"neighbours": [near, {}]}))
    assert (finding.claimed.mcc, finding.claimed.area, finding.signal_dbm) == (1, None, -70.0)
    assert finding.values["heard_only"] == 1


def test_a_private_network_of_a_campus(make: Any) -> None:
    licensed = ImpossibleNetwork(private_networks=("1-1",))
    assert found_by(make, licensed, mcc=1, mnc=1) == []
    assert len(
        found_by(make, msgspec.structs.replace(licensed, excuse_private=False), mcc=1, mnc=1)
    )
    assert reasons(found_by(make, licensed, mcc=1, mnc=2)) == ["test_network"]
    assert found(make, mcc=999, mnc=99) == []


def test_railways_have_channels_of_their_own(make: Any) -> None:
    train = {"rat": GSM, "mcc": 1, "mnc": 1, "arfcn": 960}
    assert found(make, **train) == []
    assert len(found_by(make, ImpossibleNetwork(excuse_private=False), **train)) == 1


@pytest.mark.parametrize("change", [{"arfcn": 60}, {"rat": LTE}, {"arfcn": None}])
def test_other_channels_are_no_railway(make: Any, change: dict[str, Any]) -> None:
    train = {"rat": GSM, "mcc": 1, "mnc": 1, "arfcn": 960}
    assert len(found(make, **{**train, **change})) == 1


def abroad(make: Any, km: float) -> Register:
    """The town, and one cell of another country so far away."""
    lat, lon = make.at(1000.0 * km)
    cell = {"rat": GSM, "mcc": 262, "mnc": 1, "area": 1, "cell": 1, "lat": lat, "lon": lon}
    listed: Register = make.register(cell)
    return listed


def test_a_foreign_network_far_from_its_country(make: Any) -> None:
    (finding,) = found(make, abroad(make, 400.0), mcc=262, mnc=1)
    assert reasons([finding]) == ["foreign"]
    assert (finding.weight, finding.cap) == (1.0, 1.5)


def test_a_foreign_network_near_the_border(make: Any) -> None:
    assert found(make, abroad(make, 50.0), mcc=262, mnc=1) == []


def test_a_country_that_the_register_does_not_know_may_be_next_door(make: Any) -> None:
    assert found(make, mcc=262, mnc=1) == []
    everything = ImpossibleNetwork(excuse_border=False)
    assert reasons(found_by(make, everything, mcc=262, mnc=1)) == ["foreign"]


def test_a_border_excuses_no_code_that_nobody_has(make: Any) -> None:
    assert len(found(make, abroad(make, 50.0), mcc=199, mnc=1)) == 1


def test_without_a_place_no_country_is_foreign(make: Any) -> None:
    assert found(make, abroad(make, 400.0), mcc=262, mnc=1, lat=None, lon=None) == []


@pytest.mark.parametrize("name", ["gsm-460-0", "gsm-460"])
def test_a_rat_that_is_switched_off(make: Any, name: str) -> None:
    rule = ImpossibleNetwork(switched_off={name: make.t0_ms + 60_000})
    assert found_by(make, rule, rat=GSM, at_s=59.0) == []
    assert reasons(found_by(make, rule, rat=GSM, at_s=60.0)) == ["switched_off"]
    assert found_by(make, rule, rat=LTE, at_s=60.0) == []
    listed = {"area": 4200, "cell": 11}
    assert len(found_by(make, rule, rat=GSM, at_s=60.0, **listed)) == 1


def test_switched_off_by_another_operator(make: Any) -> None:
    rule = ImpossibleNetwork(switched_off={"gsm-460-1": 0})
    assert found_by(make, rule, rat=GSM) == []


@pytest.mark.parametrize(
    "wrong",
    [{"switched_off": {"2g-460": 0}}, {"switched_off": {"gsm": 0}}, {"private_networks": ["x"]}],
)
def test_networks_that_are_not_written_so_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="is not written like"):
        msgspec.convert(wrong, type=ImpossibleNetwork)


def without_gsm(make: Any, rats: tuple[int, ...], others_have_it: bool = True) -> Register:
    """A network of 200 cells of these RATs, and another of the country with one GSM cell."""
    rows = [{"rat": rats[n % len(rats)], "area": 4100, "cell": 5000 + n} for n in range(200)]
    other = {"rat": GSM if others_have_it else LTE, "mnc": 1, "area": 9, "cell": 9}
    listed: Register = make.register_of(*rows, other)
    return listed


def test_a_large_network_without_that_rat(make: Any) -> None:
    (finding,) = found(make, without_gsm(make, (LTE, NR)), rat=GSM)
    assert reasons([finding]) == ["no_such_rat"]
    assert (finding.weight, finding.cap) == (0.4, 1.5)


def test_a_rat_of_its_own_anywhere_is_one(make: Any) -> None:
    assert found(make, without_gsm(make, (LTE, NR, UMTS)), rat=UMTS) == []


@pytest.mark.parametrize("rest", [{"rats": (LTE,)}, {"rats": (LTE, NR), "others_have_it": False}])
def test_a_register_of_some_rats_only(make: Any, rest: dict[str, Any]) -> None:
    listed = without_gsm(make, **rest)
    assert found(make, listed, rat=GSM) == []
    everything = ImpossibleNetwork(excuse_partial_register=False)
    assert reasons(found_by(make, everything, listed, rat=GSM)) == ["no_such_rat"]


def test_a_small_list_knows_nothing(make: Any) -> None:
    rule = ImpossibleNetwork(least_cells=201)
    assert found_by(make, rule, without_gsm(make, (LTE, NR)), rat=GSM) == []
