"""How `vanish_and_return` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} registered anew in the area in which they already were"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}在其原本所在的位置区重新登记"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Phones vanish and return",
        name="vanish and return",
        sentence=_english,
    ),
    "zh": RuleWords(
        title="手机消失又返回",
        name="消失后重新登记",
        sentence=_chinese,
    ),
}
