"""What the shipped plans say of numbers that are known: China's classes, and other countries."""

import pytest

from detectors.model.codes import text_of
from detectors.numbers.classes import FIXED, NUMBER_CLASSES
from detectors.numbers.plans.shipped import china, shipped_plan
from detectors.numbers.texts import written


def known(number: str) -> tuple[str | None, ...]:
    """Class, country, carrier and region of a number in international form."""
    plan, columns = shipped_plan(), written([number])
    found = plan.look_up(columns.prefix, columns.digits, columns.length)
    return (
        text_of(int(found.kind[0]), NUMBER_CLASSES),
        text_of(int(found.country[0]), plan.countries),
        text_of(int(found.carrier[0]), plan.carriers),
        text_of(int(found.region[0]), plan.regions),
    )


@pytest.mark.parametrize(
    ("number", "kind", "carrier"),
    [
        ("13912345678", "mobile", "China Mobile"),
        ("13412345678", "mobile", "China Mobile"),
        ("13491234567", "mobile", "China Telecom"),
        ("18612345678", "mobile", "China Unicom"),
        ("19912345678", "mobile", "China Telecom"),
        ("19212345678", "mobile", "China Broadnet"),
        ("17012345678", "mvno", "China Telecom"),
        ("17052345678", "mvno", "China Mobile"),
        ("17112345678", "mvno", "China Unicom"),
        ("16212345678", "mvno", "China Telecom"),
        ("16512345678", "mvno", "China Mobile"),
        ("16712345678", "mvno", "China Unicom"),
        ("1064812345678", "iot", "China Mobile"),
        ("1064612345678", "iot", "China Unicom"),
        ("1064912345678", "iot", "China Telecom"),
        ("14012345678", "iot", "China Unicom"),
        ("14412345678", "iot", "China Mobile"),
        ("1440123456789", "iot", "China Mobile"),
        ("14612345678", "iot", "China Unicom"),
        ("14812345678", "iot", "China Mobile"),
        ("14912345678", "iot", "China Telecom"),
        ("4008123456", "400", None),
        ("8008123456", "service", None),
        ("95588", "short", None),
        ("950131234567", "service", None),
        ("96110", "short", None),
        ("1069123456789", "service", None),
        ("110", "short", None),
        ("10086", "short", None),
        ("12321", "short", None),
        ("12599", "short", None),
        ("17951", "short", None),
        ("1258313912345678", "service", None),
        ("116114", "short", None),
    ],
)
def test_china_s_classes_and_carriers(number: str, kind: str, carrier: str | None) -> None:
    assert known(f"86{number}") == (kind, "CN", carrier, None)


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("1062345678", "Beijing"),
        ("2162345678", "Shanghai"),
        ("75581234567", "Guangdong, Shenzhen"),
        ("8982345678", "Hainan"),
        ("9552345678", "Ningxia, Zhongwei"),
        ("99121234567", "Xinjiang, Ürümqi"),
    ],
)
def test_china_s_lines_have_a_place(number: str, region: str) -> None:
    assert known(f"86{number}") == ("fixed", "CN", None, region)


@pytest.mark.parametrize(
    "number",
    [
        "1000000000",  # a Beijing line of zeros, which `phonenumbers` has for a good one
        "15412345678",
        "1391234567",
        "139123456789",
        "7551234567",
        "2662345678",
        "9558812",
        "600",
    ],
)
def test_nobody_has_these(number: str) -> None:
    assert known(f"86{number}")[:2] == ("unallocated", "CN")


def test_a_line_after_its_area_code_keeps_the_area() -> None:
    assert known("861095588") == ("short", "CN", None, "Beijing")
    assert known("8675512345") == ("short", "CN", None, "Guangdong, Shenzhen")


def test_all_areas_of_china_have_lines() -> None:
    lines = {each.region for each in china() if each.kind == FIXED}
    assert len(lines) > 320
    assert {region.partition(",")[0] for region in lines} >= {"Tibet", "Ningxia", "Beijing"}
    assert len({region.partition(",")[0] for region in lines}) == 31


@pytest.mark.parametrize(
    ("number", "kind", "country"),
    [
        ("442079460000", "fixed", "GB"),
        ("447400123456", "mobile", "GB"),
        ("447624123456", "mobile", "IM"),
        ("448081570000", "service", "GB"),
        ("12025550123", None, "US"),
        ("14165550123", None, "CA"),
        ("18765550123", "mobile", "JM"),
        ("18005550123", "service", "US"),
        ("390612345678", "fixed", "IT"),
        ("79161234567", "mobile", "RU"),
        ("77011234567", "mobile", "KZ"),
        ("85261234567", "mobile", "HK"),
        ("886912345678", "mobile", "TW"),
        ("870301234567", "mobile", "001"),
        ("4915123456789", "mobile", "DE"),
        ("21012345", "unallocated", None),
        ("4410", "unallocated", "GB"),
    ],
)
def test_other_countries(number: str, kind: str | None, country: str | None) -> None:
    assert known(number)[:2] == (kind, country)
