"""How `lost_area` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values


def _english(who: str, claimed: str, values: Values) -> str:
    return f"{who} came back without any area, as after a reject that the core did not send"


def _chinese(who: str, claimed: str, values: Values) -> str:
    return f"{who}返回网络时不带任何位置区，如同刚被拒绝接入，而核心网并未拒绝过"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Area lost and back",
        name="lost area",
        sentence=_english,
        values={
            "away_s": "time away",
        },
    ),
    "zh": RuleWords(
        title="区域异常往返",
        name="返回时没有位置区",
        sentence=_chinese,
        values={
            "away_s": "离开时长",
        },
    ),
}
