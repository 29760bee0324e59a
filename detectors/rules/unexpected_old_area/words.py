"""How `unexpected_old_area` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} came back from {claimed}, where the core network did not have them"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}自称从{claimed}返回，而核心网并无其在该处的记录"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Came from an odd area",
        name="unexpected old area",
        sentence=_english,
    ),
    "zh": RuleWords(
        title="来自异常区域",
        name="意外的原位置区",
        sentence=_chinese,
    ),
}
