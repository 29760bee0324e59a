"""How `unknown_cell` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, term

_GRADES: Final = {
    "unknown_cell": "unknown cell",
    "wrong_area": "wrong area",
    "unknown_area": "unknown area",
}
_GRADES_ZH: Final = {
    "unknown_cell": "未知小区",
    "wrong_area": "位置区不符",
    "unknown_area": "未知位置区",
}


def _english(who: str, claimed: str, values: Values) -> str:
    grade = term(_GRADES, values, "grade", "unknown cell")
    return f"{who} saw {claimed}, which the register does not have ({grade})"


def _chinese(who: str, claimed: str, values: Values) -> str:
    grade = term(_GRADES_ZH, values, "grade", "未知")
    return f"{who}测到{claimed}，登记表中没有它（{grade}）"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Cell that nobody knows",
        name="unknown cell",
        sentence=_english,
        terms={"grade": _GRADES},
    ),
    "zh": RuleWords(
        title="未登记小区",
        name="登记表中没有的小区",
        sentence=_chinese,
        terms={"grade": _GRADES_ZH},
    ),
}
