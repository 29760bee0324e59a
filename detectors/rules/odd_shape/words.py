"""How `odd_shape` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, metres_of, shown


def _english(who: str, claimed: str, values: Values) -> str:
    excess, distance = values.get("excess_db"), metres_of(values, "site_distance_m")
    return (
        f"{who} had {claimed} {excess} dB stronger beside its neighbours than "
        f"{distance} from its registered site allow"
    )


def _chinese(who: str, claimed: str, values: Values) -> str:
    excess, distance = shown(values, "excess_db", "未知"), metres_of(values, "site_distance_m")
    return f"{who}测到{claimed}相对邻区强出 {excess} dB，距登记站址 {distance} 处不可能如此"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Level falls off wrongly",
        name="odd shape",
        sentence=_english,
        values={
            "neighbours": "neighbours",
            "neighbours_distance_m": "distance of its neighbours",
            "estimated": "estimated",
        },
    ),
    "zh": RuleWords(
        title="衰减异常",
        name="与邻区强度不符",
        sentence=_chinese,
        values={
            "neighbours": "邻区数",
            "neighbours_distance_m": "与邻区距离",
            "estimated": "为估计值",
        },
    ),
}
