"""How `failed_handover` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} could not be handed over to {claimed}, which no cell of the register here is"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}未能切换到{claimed}，而登记表中该处没有这样的小区"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Handovers fail",
        name="failed handover",
        sentence=_english,
    ),
    "zh": RuleWords(
        title="切换失败",
        name="切换失败",
        sentence=_chinese,
    ),
}
