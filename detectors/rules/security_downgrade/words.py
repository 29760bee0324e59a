"""How `security_downgrade` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    if values.get("aspect") == "authentication":
        return f"{who} had no authentication and no cipher on {claimed}, unlike others there"
    used = values.get("algorithm")
    return f"{who} had to use {used} on {claimed}, less protection than the network gives"


def _chinese(who: str, claimed: str, values: Values) -> str:
    if values.get("aspect") == "authentication":
        return f"{who}在{claimed}上既无鉴权也无加密，与该处其他手机不同"
    used = shown(values, "algorithm", "未知")
    return f"{who}在{claimed}上只能使用 {used}，保护弱于该网络通常所给"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Security taken away",
        name="security downgrade",
        sentence=_english,
        values={
            "aspect": "aspect",
            "algorithm": "algorithm",
            "usual_share": "usual share",
        },
    ),
    "zh": RuleWords(
        title="安全降级",
        name="安全降级",
        sentence=_chinese,
        values={
            "aspect": "方面",
            "algorithm": "算法",
            "usual_share": "通常占比",
        },
    ),
}
