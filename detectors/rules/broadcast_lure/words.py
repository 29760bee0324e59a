"""How `broadcast_lure` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values

_LURES: Final = {
    "very_short_timer": "asks phones to report every few minutes",
    "short_timer": "asks phones to report unusually often",
    "offset": "makes itself look much stronger than it is",
    "hysteresis": "makes it hard for phones to leave",
    "few_neighbours": "names hardly any neighbour that phones could move to",
    "priority": "puts itself before the cells that phones should prefer",
    "few_blocks": "broadcasts hardly any system information",
}
_LURES_ZH: Final = {
    "very_short_timer": "要求手机每隔几分钟就上报一次",
    "short_timer": "要求手机异常频繁地上报",
    "offset": "使自身信号显得远强于实际",
    "hysteresis": "使手机难以离开",
    "few_neighbours": "几乎不广播手机可以转往的邻区",
    "priority": "把自身优先级置于手机应优先选择的小区之上",
    "few_blocks": "几乎不广播系统消息",
}


def _english(who: str, claimed: str, values: Values) -> str:
    lures = [_LURES[lure] for lure in str(values.get("lures", "")).split() if lure in _LURES]
    return f"{who} heard that {claimed} {' and '.join(lures) or 'lures phones'}"


def _chinese(who: str, claimed: str, values: Values) -> str:
    lures = [_LURES_ZH[lure] for lure in str(values.get("lures", "")).split() if lure in _LURES_ZH]
    return f"{who}收听到{claimed}的广播：{'，并且'.join(lures) or '引诱手机接入'}"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Broadcast that lures phones",
        name="broadcast lure",
        sentence=_english,
        values={
            "lures": "lures",
            "priority": "priority",
        },
        terms={"lures": _LURES},
    ),
    "zh": RuleWords(
        title="诱骗性广播参数",
        name="广播引诱手机",
        sentence=_chinese,
        values={
            "lures": "诱骗参数",
            "priority": "优先级",
        },
        terms={"lures": _LURES_ZH},
    ),
}
