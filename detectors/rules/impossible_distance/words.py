"""How `impossible_distance` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, metres_of, term

_REASONS: Final = {
    "too_far": "too far",
    "timing_advance": "timing advance",
    "too_strong": "too strong",
    "beyond_range": "beyond range",
}
_REASONS_ZH: Final = {
    "too_far": "距离过远",
    "timing_advance": "与时间提前量不符",
    "too_strong": "信号过强",
    "beyond_range": "超出小区覆盖范围",
}


def _english(who: str, claimed: str, values: Values) -> str:
    reason = term(_REASONS, values, "reason")
    distance = metres_of(values, "site_distance_m")
    return f"{who} saw {claimed} {distance} from its registered site ({reason})"


def _chinese(who: str, claimed: str, values: Values) -> str:
    reason = term(_REASONS_ZH, values, "reason", "未知")
    distance = metres_of(values, "site_distance_m")
    return f"{who}在距登记站址 {distance} 处测到{claimed}（{reason}）"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Too far from its mast",
        name="impossible distance",
        sentence=_english,
        terms={"reason": _REASONS},
    ),
    "zh": RuleWords(
        title="距离不可能",
        name="距离不可能",
        sentence=_chinese,
        terms={"reason": _REASONS_ZH},
    ),
}
