"""How `unplanned_code` is put into words."""

from typing import Final

from detectors.features.room import RuleWords, Words
from detectors.model.words import Values, shown


def _english(who: str, claimed: str, values: Values) -> str:
    channel, code = values.get("arfcn"), values.get("pci")
    return f"{who} heard channel {channel} with code {code}, which no cell near by has"


def _chinese(who: str, claimed: str, values: Values) -> str:
    channel, code = shown(values, "arfcn", "未知"), shown(values, "pci", "未知")
    return f"{who}收听到频点 {channel}、码 {code}，附近没有小区使用它们"


WORDS: Final[Words] = {
    "en": RuleWords(
        title="Code that wasn't planned",
        name="unplanned code",
        sentence=_english,
        values={
            "altitude_m": "altitude",
            "from_afar": "from afar",
        },
    ),
    "zh": RuleWords(
        title="未规划的码",
        name="未规划的码",
        sentence=_chinese,
        values={
            "altitude_m": "高度",
            "from_afar": "来自远处",
        },
    ),
}
