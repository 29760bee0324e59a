"""What may be behind an alert, in Chinese: detectors give an English sentence for each."""

import re
from typing import Final

from detectors.alert.record import Hypothesis
from detectors.model.finding import CALL_ALERTS
from detectors.networks.names import network_text
from field.formats.words.wording import HYPOTHESES_ZH

#: As `detectors.alert.hypotheses` writes it: a cell, and where its site's reports fit best.
_ROW: Final = re.compile(
    r"the register has (?P<cell>.+?) in a wrong place"
    r"(?:: (?P<reports>\d+) reports of (?P<cells>\d+) cells of its site fit a place"
    r" (?P<metres>\d+) m from there best, if they are of one place)?"
)
_CELL: Final = re.compile(r"([A-Z]+) .*\b(\d{3})-(\d{2,3})(?: (.*))?")


def hypothesis_zh(one: Hypothesis) -> str:
    """Why a hypothesis may hold, in Chinese; in English where it isn't known here.

    >>> hypothesis_zh(Hypothesis("chance", 0.1, "strays"))
    '零散报告、错误定位与台账缺漏碰巧重合'
    """
    if one.name == "wrong_register_row":
        return _wrong_row(one.explanation)
    name = "calls" if one.name in CALL_ALERTS else one.name
    return HYPOTHESES_ZH.get(name, one.explanation)


def _wrong_row(english: str) -> str:
    row = _ROW.fullmatch(english)
    if row is None:
        return english
    known = {name: value for name, value in row.groupdict().items() if value is not None}
    words = HYPOTHESES_ZH["off" if "metres" in known else "wrong_register_row"]
    return words.format(**known | {"cell": _cell(known["cell"])})


def _cell(english: str) -> str:
    """A cell's name in Chinese, of that in English."""
    found = _CELL.fullmatch(english)
    if found is None:
        return english
    rat, mcc, mnc, rest = found.groups()
    more = (rest or "").replace("cell ", "小区 ").replace("channel ", "频点 ")
    return f"{rat} {network_text(int(mcc), int(mnc), 'zh')} {more}".rstrip()
