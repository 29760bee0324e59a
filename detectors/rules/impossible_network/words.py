"""How `impossible_network` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, term

_REASONS: Final = {
    "no_such_network": "no such network",
    "test_network": "test network",
    "switched_off": "switched off",
    "foreign": "foreign",
    "no_such_rat": "no such rat",
}
_REASONS_ZH: Final = {
    "no_such_network": "不存在的网络",
    "test_network": "测试网络",
    "switched_off": "已关闭的网络",
    "foreign": "外国网络",
    "no_such_rat": "该运营商没有这种制式",
}


def _english(who: str, claimed: str, values: Values) -> str:
    reason = term(_REASONS, values, "reason")
    return f"{who} heard {claimed}, a network that can't be there ({reason})"


def _chinese(who: str, claimed: str, values: Values) -> str:
    reason = term(_REASONS_ZH, values, "reason", "未知")
    return f"{who}收听到{claimed}，这个网络不可能出现在此处（{reason}）"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Network that can't exist",
        name="impossible network",
        sentence=_english,
        terms={"reason": _REASONS},
    ),
    "zh": RuleWords(
        title="不存在的网络",
        name="网络不可能",
        sentence=_chinese,
        terms={"reason": _REASONS_ZH},
    ),
}
