"""How `unknown_old_area` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} came back to the network from {claimed}, an area that it does not have"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}从{claimed}返回网络，而该网络没有这个位置区"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Came from an area that isn't",
        name="unknown old area",
        sentence=_english,
        values={
            "known": "known",
            "fresh": "fresh",
        },
    ),
    "zh": RuleWords(
        title="来自不存在的区域",
        name="未知的原位置区",
        sentence=_chinese,
        values={
            "known": "已知",
            "fresh": "新出现",
        },
    ),
}
