"""Why each hypothesis may hold is in Chinese, too, with all figures and names that it has."""

import ast
import re
from pathlib import Path

import pytest

from detectors.alert import hypotheses
from detectors.alert.hypotheses import _wrong_row
from detectors.alert.record import Alert, Hypothesis
from detectors.calls import alert as of_calls
from detectors.model.finding import CALL_ALERTS, Identity
from detectors.sites.site_places import SiteVerdict
from field.formats.words.hypotheses import hypothesis_zh
from field.formats.words.wording import HYPOTHESES_ZH
from tests.field.alerts_and_fates import golden
from tests.field.call_alert import a_call_alert

CELL = Identity("lte", 460, 0, 4100, 1001)


def named_in(source: str) -> set[str]:
    """The names of hypotheses that a module makes."""
    calls = [
        one
        for one in ast.walk(ast.parse(Path(source).read_text("utf-8")))
        if isinstance(one, ast.Call)
    ]
    made = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id == "Hypothesis"]
    return {one.args[0].value for one in made if isinstance(one.args[0], ast.Constant)}


def test_all_hypotheses_are_known() -> None:
    made = named_in(hypotheses.__file__) | named_in(of_calls.__file__)
    assert len(made) > 5
    assert made | {"calls", "off"} == set(HYPOTHESES_ZH)


def test_those_of_the_golden_alerts_are_in_chinese() -> None:
    alerts: list[Alert] = [*golden(), a_call_alert(2)]
    shown = [one for alert in alerts for one in alert.hypotheses]
    assert len(shown) > 20
    for one in shown:
        words = hypothesis_zh(one)
        assert re.search(r"[\u4e00-\u9fff]", words), one
        assert not re.search(r"\b[a-z]{3,}\b|{", words), words
    for kind in CALL_ALERTS:
        assert hypothesis_zh(Hypothesis(kind, 0.9, "numbers")) == HYPOTHESES_ZH["calls"]


@pytest.mark.parametrize("reports", [0, 12])
def test_a_wrong_row_keeps_its_cell_and_figures(reports: int) -> None:
    english = _wrong_row(
        CELL, SiteVerdict(log_odds=1.0, far=0.0, off_m=420.4, reports=reports, cells=3)
    )
    words = hypothesis_zh(Hypothesis("wrong_register_row", 0.4, english))
    assert words.startswith("台账中 LTE 中国移动 460-00 TAC 4100 小区 1001 的位置有误")
    assert ("3 个小区的 12 条报告" in words, "420 米" in words) == (reports > 0, reports > 0)


@pytest.mark.parametrize("cell", ["GSM network 460-77 LAC 1 cell 2", "something", "LTE TAC 4100"])
def test_other_names_of_cells_come_through(cell: str) -> None:
    english = f"the register has {cell} in a wrong place"
    words = hypothesis_zh(Hypothesis("wrong_register_row", 0.4, english))
    assert words == {
        "GSM network 460-77 LAC 1 cell 2": "台账中 GSM 网络 460-77 LAC 1 小区 2 的位置有误",
    }.get(cell, f"台账中 {cell} 的位置有误")


def test_what_is_not_known_keeps_its_own_words() -> None:
    for name in ("a_new_one", "wrong_register_row"):
        assert hypothesis_zh(Hypothesis(name, 0.1, "who knows")) == "who knows"
